using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Shop.Payments;
using Shop.Payments.Sandbox;

namespace Shop.Web.Sandbox;

/// <summary>The bank's API as a shop's server sees it: JSON, a bearer key, and an Idempotency-Key on everything that changes something.</summary>
internal sealed class BankApi(BankFile file, BankPost post, BankAddresses addresses, IOptions<SandboxBankOptions> options, SandboxKey bankKey, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private const int LongestRequestBytes = 16 * 1024;
    private const int PageSize = 100;
    private static readonly DateTimeOffset LastTime = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 8 };

    public static void Map(IEndpointRouteBuilder bank)
    {
        // reached with the bearer key alone: cookies are not looked at, so no antiforgery
        var api = bank.MapGroup("api").AllowAnonymous().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(LongestRequestBytes))
            // a silence lasts as long as it is set to
            .WithMetadata(new DisableRequestTimeoutAttribute())
            .AddEndpointFilter(async (context, next) =>
            {
                var headers = context.HttpContext.Response.Headers;
                headers.CacheControl = "no-store";
                headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
                if (context.HttpContext.RequestServices.GetRequiredService<BankApi>().Knows(context.HttpContext.Request))
                {
                    return await next(context);
                }

                headers.WWWAuthenticate = "Bearer";
                return Refusal(StatusCodes.Status401Unauthorized, "key_not_known", "Send the API key as a bearer token.");
            });
        api.MapGet("account", (BankApi it) => Results.Json(new { it.Account, Live = false }, Json));
        api.MapPost("payments", (HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.CreateAsync(request, cancellationToken));
        api.MapGet("payments", (string? attempt, HttpContext context, BankApi it) => it.FindPaymentsAsync(attempt, context));
        api.MapGet("payments/{id}", (string id, HttpContext context, BankApi it) => it.GetPaymentAsync(id, context));
        api.MapPost("payments/{id}/cancel", (string id, HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.CancelAsync(id, request, cancellationToken));
        api.MapPost("payments/{id}/confirm", (string id, HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.ConfirmAsync(id, request, cancellationToken));
        api.MapGet("customers/{id}/methods", (string id, BankApi it, CancellationToken cancellationToken) => it.ListMethodsAsync(id, cancellationToken));
        api.MapPost("methods", (HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.AttachAsync(request, cancellationToken));
        api.MapDelete("methods/{id}", (string id, BankApi it) => it.ForgetAsync(id));
        api.MapPost("setups", (HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.SetUpAsync(request, cancellationToken));
        api.MapGet("setups/{id}", (string id, BankApi it, CancellationToken cancellationToken) => it.GetSetupAsync(id, cancellationToken));
        api.MapPost("charges/{id}/refunds", (string id, HttpRequest request, BankApi it, CancellationToken cancellationToken) => it.RefundAsync(id, request, cancellationToken));
        api.MapGet("refunds", (string? refund, BankApi it, CancellationToken cancellationToken) => it.FindRefundsAsync(refund, cancellationToken));
        api.MapGet("refunds/{id}", (string id, BankApi it, CancellationToken cancellationToken) => it.GetRefundAsync(id, cancellationToken));
        api.MapGet("events", (string? since, string? after, BankApi it, CancellationToken cancellationToken) => it.ListEventsAsync(since, after, cancellationToken));
        api.MapGet("activity", (string? from, string? until, string? after, BankApi it, CancellationToken cancellationToken) => it.ListActivityAsync(from, until, after, cancellationToken));
        api.MapGet("ledger", (BankApi it, CancellationToken cancellationToken) => it.LedgerAsync(cancellationToken));
    }

    private string Account => options.Value.Account;

    private bool Knows(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var given = request.Headers.Authorization.ToString();
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(given[Scheme.Length..]), Hash(bankKey.Value));
    }

    private Task<IResult> CreateAsync(HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<NewPayment>(request, async (books, wanted) => (await books.FindPaymentsAsync(wanted.Attempt)).FirstOrDefault(), async (books, wanted) =>
        {
            if (Fault(wanted) is { } fault)
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, fault, "The payment was not created.");
            }

            if ((await books.FindPaymentsAsync(wanted.Attempt)).Count > 0)
            {
                return Refused(StatusCodes.Status409Conflict, "attempt_exists", "There is a payment of this attempt, made with another key.");
            }

            var method = await books.FindMethodAsync(wanted.Method);
            if (wanted.Method is not null && (method is null || method.Customer != wanted.Customer))
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "no_such_method", "This customer has no such method.");
            }

            var payment = new BankPayment
            {
                Number = 0,
                Id = BankBooks.NewId("sp"),
                Attempt = wanted.Attempt,
                AmountMinor = wanted.AmountMinor,
                Currency = wanted.Currency,
                Summary = wanted.Summary,
                Reference = wanted.Reference,
                Merchant = wanted.Merchant,
                Locale = wanted.Locale,
                ReturnUrl = wanted.ReturnUrl,
                CancelUrl = wanted.CancelUrl,
                FormToken = RandomNumberGenerator.GetHexString(32, lowercase: true),
                Status = method is null ? BankStatus.Open : BankStatus.Approved,
                CreatedAt = clock.GetUtcNow(),
                Customer = method is not null ? method.Customer : wanted.Save ? await books.CustomerAsync(wanted.Payer!) : null,
                Charges = method?.Id,
            };
            await books.AddAsync(payment);
            if (payment.Customer is { } customer)
            {
                await books.AddSourceAsync(payment.Id, customer, payment.Charges);
            }

            return await TellAsync(books, payment, StatusCodes.Status201Created);
        }, cancellationToken);

    private async Task<IResult> GetPaymentAsync(string id, HttpContext context)
    {
        var (payment, told) = await file.ReadAsync(async books => await books.FindPaymentAsync(id) is { } found
            ? (found, await DescribeAsync(books, found))
            : (null, (object?)null), context.RequestAborted);
        return payment is null ? NoSuch("payment")
            : IsSilent(payment) ? await FallSilentAsync(payment, context)
            : Results.Json(told, Json);
    }

    private async Task<IResult> FindPaymentsAsync(string? attempt, HttpContext context)
    {
        if (!Guid.TryParse(attempt, out var id))
        {
            return Refusal(StatusCodes.Status400BadRequest, "attempt_not_readable", "Name the attempt by its id, such as ?attempt=01890a5d-ac96-774b-bcce-b302099a8057.");
        }

        var found = await file.ReadAsync(async books =>
        {
            var told = new List<(BankPayment Payment, object Told)>();
            foreach (var payment in await books.FindPaymentsAsync(id))
            {
                told.Add((payment, await DescribeAsync(books, payment)));
            }

            return told;
        }, context.RequestAborted);
        return found.Find(one => IsSilent(one.Payment)) is { Payment: { } silent }
            ? await FallSilentAsync(silent, context)
            : Results.Json(new { data = found.Select(one => one.Told) }, Json);
    }

    private Task<IResult> CancelAsync(string id, HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<object>(request, (books, _) => books.FindPaymentAsync(id), async (books, _) =>
        {
            if (await books.FindPaymentAsync(id) is not { } payment)
            {
                return Refused(StatusCodes.Status404NotFound, "no_such_payment", "There is no such payment.");
            }

            var cancelled = payment with { Status = BankStatus.Cancelled };
            if (await books.CancelAsync(id))
            {
                await books.AddEventAsync(BankEvent.Of(cancelled, Account, clock.GetUtcNow()), clock.GetUtcNow());
                return await TellAsync(books, cancelled, StatusCodes.Status200OK);
            }

            return payment.Status == BankStatus.Cancelled
                ? await TellAsync(books, cancelled, StatusCodes.Status200OK)
                : payment.Status switch
                {
                    BankStatus.Pending => Refused(StatusCodes.Status409Conflict, "still_deciding", "The bank is still deciding, and it may yet be paid."),
                    BankStatus.Declined => Refused(StatusCodes.Status409Conflict, "already_declined", "The payment was declined. There is nothing to cancel."),
                    _ => Refused(StatusCodes.Status409Conflict, "already_captured", "The payment is paid. Refund it instead."),
                };
        }, cancellationToken);

    /// <summary>Charges the kept method of a payment: what comes of it is the kind of card.</summary>
    private Task<IResult> ConfirmAsync(string id, HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<ConfirmPayment>(request, (books, _) => books.FindPaymentAsync(id), async (books, wanted) =>
        {
            if (await books.FindPaymentAsync(id) is not { } payment)
            {
                return Refused(StatusCodes.Status404NotFound, "no_such_payment", "There is no such payment.");
            }

            if (payment.Status != BankStatus.Approved)
            {
                return Refused(StatusCodes.Status409Conflict, "not_approved", "There is nothing to confirm.");
            }

            var now = clock.GetUtcNow();
            var method = await books.FindMethodAsync(payment.Charges);
            var (kind, declined) = (method?.Card.Kind, BankStatus.Approved);
            await (method switch
            {
                null => (Task)books.DeclineAsync(id, declined, DeclineCode.Declined, now),
                _ when method.ExpiresOn < DateOnly.FromDateTime(now.UtcDateTime) => books.DeclineAsync(id, declined, DeclineCode.Expired, now),
                _ when kind == BankCard.Ok => books.ChargeAsync(id, BankStatus.Approved, now),
                _ when kind == BankCard.Declined => books.DeclineAsync(id, declined, DeclineCode.Declined, now),
                _ when wanted.BuyerPresent => books.MoveAsync(id, BankStatus.Approved, BankStatus.Authenticating),
                _ => books.DeclineAsync(id, declined, DeclineCode.AuthenticationRequired, now),
            });
            var after = (await books.FindPaymentAsync(id))!;
            await books.AddEventAsync(BankEvent.Of(after, Account, now), now);
            return await TellAsync(books, after, StatusCodes.Status200OK);
        }, cancellationToken);

    private Task<IResult> ListMethodsAsync(string customer, CancellationToken cancellationToken) => file.ReadAsync(async books =>
        Results.Json(new { Data = (await books.ListMethodsAsync(customer)).Select(Describe) }, Json), cancellationToken);

    /// <summary>A token <c>tok_{kind}_{anything}</c> becomes a kept method, once.</summary>
    private Task<IResult> AttachAsync(HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<AttachToken>(request, (_, _) => Task.FromResult<BankPayment?>(null), async (books, wanted) =>
        {
            if (wanted.Token.Split('_') is not ["tok", var kind, _] || BankCard.Find(kind) is null || wanted.Payer.Length is 0 or > 100)
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "no_such_token", "There is no such token.");
            }

            if (!await books.UseTokenAsync(wanted.Token, clock.GetUtcNow()))
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "token_already_used", "The token was used before.");
            }

            var setup = NewSetupOf(await books.CustomerAsync(wanted.Payer), new Uri("https://localhost"), "en");
            await books.AddSetupAsync(setup);
            await books.EndSetupAsync(setup.Id, BankStatus.Saved, await books.AddMethodAsync(setup.Customer, kind, clock.GetUtcNow()));
            return await TellSetupAsync(books, setup.Id, StatusCodes.Status201Created);
        }, cancellationToken);

    private async Task<IResult> ForgetAsync(string id) => await file.WriteAsync(async books =>
    {
        var method = await books.FindMethodAsync(id);
        await books.ForgetMethodAsync(id, clock.GetUtcNow());
        return Results.Json(method is null ? new { Id = id, Brand = "gone", Last4 = "0000", ExpiresOn = DateOnly.MinValue } : Describe(method), Json);
    });

    private Task<IResult> SetUpAsync(HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<NewSetup>(request, (_, _) => Task.FromResult<BankPayment?>(null), async (books, wanted) =>
        {
            if (!addresses.MaySendTo(wanted.ReturnUrl) || wanted.Locale.Length > 35 || wanted.Payer.Length is 0 or > 100)
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "return_url_not_allowed", "The setup was not created.");
            }

            var setup = NewSetupOf(await books.CustomerAsync(wanted.Payer), wanted.ReturnUrl, wanted.Locale);
            await books.AddSetupAsync(setup);
            return await TellSetupAsync(books, setup.Id, StatusCodes.Status201Created);
        }, cancellationToken);

    private async Task<IResult> GetSetupAsync(string id, CancellationToken cancellationToken) => await file.ReadAsync(
        async books => await books.FindSetupAsync(id) is null ? NoSuch("setup") : Results.Text((await TellSetupAsync(books, id, 200)).Body, "application/json", Encoding.UTF8),
        cancellationToken);

    private static BankSetup NewSetupOf(string customer, Uri returnUrl, string locale) =>
        new(BankBooks.NewId("ss"), customer, returnUrl, locale, RandomNumberGenerator.GetHexString(32, lowercase: true), BankStatus.Open, null);

    private async Task<BankReply> TellSetupAsync(BankBooks books, string id, int status)
    {
        var setup = (await books.FindSetupAsync(id))!;
        var method = await books.FindMethodAsync(setup.Method);
        var told = new { setup.Id, setup.Customer, setup.Status, Url = addresses.Page("setup", setup.Id, setup.ReturnUrl), Method = method is null ? null : Describe(method) };
        return new BankReply(status, JsonSerializer.Serialize(told, Json));
    }

    private static object Describe(BankMethod method) => new { method.Id, method.Brand, method.Last4, method.ExpiresOn };

    private Task<IResult> RefundAsync(string id, HttpRequest request, CancellationToken cancellationToken) =>
        OnceAsync<NewRefund>(request, (_, _) => Task.FromResult<BankPayment?>(null), async (books, wanted) =>
        {
            if (await books.FindChargeAsync(id) is not { } charge)
            {
                return Refused(StatusCodes.Status404NotFound, "no_such_charge", "There is no such charge.");
            }

            if (wanted.AmountMinor <= 0 || wanted.Currency != charge.Currency)
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "amount_not_possible", "A refund is more than zero and in the currency of its charge.");
            }

            if ((await books.FindRefundsAsync(wanted.Refund)).Count > 0)
            {
                return Refused(StatusCodes.Status409Conflict, "refund_exists", "There is such a refund, made with another key.");
            }

            var refund = new BankRefund(BankBooks.NewId("sr"), id, charge.Payment, wanted.Refund, wanted.AmountMinor, charge.Currency, BankStatus.Succeeded, clock.GetUtcNow());
            if (!await books.RefundAsync(refund))
            {
                return Refused(StatusCodes.Status422UnprocessableEntity, "amount_too_large", "Less than that is left of the charge.");
            }

            await books.AddEventAsync(BankEvent.Of(refund, charge.Attempt, Account), refund.At);
            return new BankReply(StatusCodes.Status201Created, JsonSerializer.Serialize(refund, Json));
        }, cancellationToken);

    private Task<IResult> GetRefundAsync(string id, CancellationToken cancellationToken) => file.ReadAsync(async books =>
        await books.FindRefundAsync(id) is { } refund ? Results.Json(refund, Json) : NoSuch("refund"), cancellationToken);

    private async Task<IResult> FindRefundsAsync(string? refund, CancellationToken cancellationToken) =>
        Guid.TryParse(refund, out var id)
            ? await file.ReadAsync(async books => Results.Json(new { Data = await books.FindRefundsAsync(id) }, Json), cancellationToken)
            : Refusal(StatusCodes.Status400BadRequest, "refund_not_readable", "Name the refund by its id, such as ?refund=01890a5d-ac96-774b-bcce-b302099a8057.");

    /// <summary>Oldest first, each as it was sent; the next page comes after the last one's id.</summary>
    private async Task<IResult> ListEventsAsync(string? since, string? after, CancellationToken cancellationToken)
    {
        if (!TryTime(since, DateTimeOffset.UnixEpoch, out var from))
        {
            return TimeNotReadable();
        }

        var found = await file.ReadAsync(books => books.ListEventsAsync(from, after, PageSize + 1), cancellationToken);
        return Results.Json(new { Data = found.Take(PageSize).Select(news => JsonElement.Parse(news.Body)), HasMore = found.Count > PageSize }, Json);
    }

    /// <summary>Oldest first; the next page goes on from the last one's time, after its id.</summary>
    private async Task<IResult> ListActivityAsync(string? from, string? until, string? after, CancellationToken cancellationToken)
    {
        if (!TryTime(from, DateTimeOffset.UnixEpoch, out var start) || !TryTime(until, LastTime, out var end))
        {
            return TimeNotReadable();
        }

        var found = await file.ReadAsync(books => books.ListMovementsAsync(start, after ?? "", end, PageSize + 1), cancellationToken);
        return Results.Json(new { Data = found.Take(PageSize), HasMore = found.Count > PageSize }, Json);
    }

    private static bool TryTime(string? text, DateTimeOffset otherwise, out DateTimeOffset time)
    {
        time = otherwise;
        return string.IsNullOrEmpty(text)
            || (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time) && time < LastTime);
    }

    private static IResult TimeNotReadable() =>
        Refusal(StatusCodes.Status400BadRequest, "time_not_readable", "Write times as ISO 8601, such as 2026-03-01T12:00:00Z.");

    private Task<IResult> LedgerAsync(CancellationToken cancellationToken) => file.ReadAsync(async books =>
        Results.Json(new { Account, Live = false, Charges = await books.ListChargesAsync(), Refunds = await books.ListRefundsAsync() }, Json), cancellationToken);

    /// <summary>Does it once for a key. The effect and its answer are one transaction; a refusal had no effect and is not kept.
    /// A call <paramref name="about"/> a payment that is silent has no effect either.</summary>
    private async Task<IResult> OnceAsync<T>(HttpRequest request, Func<BankBooks, T, Task<BankPayment?>> about, Func<BankBooks, T, Task<BankReply>> effect, CancellationToken cancellationToken)
        where T : class
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length is 0 or > 255)
        {
            return Refusal(StatusCodes.Status400BadRequest, "key_missing", "Send an Idempotency-Key of 1 to 255 characters.");
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        var body = buffer.ToArray();
        if (Read<T>(body) is not { } wanted)
        {
            return Refusal(StatusCodes.Status400BadRequest, "not_readable", "The body is not the JSON that this call takes.");
        }

        var fingerprint = Convert.ToHexString(Hash($"{request.Method} {request.Path}\n{Encoding.UTF8.GetString(body)}"));
        var repeated = false;
        BankPayment? silent = null;
        var reply = await file.WriteAsync(async books =>
        {
            if (await about(books, wanted) is { } payment && IsSilent(payment))
            {
                silent = payment;
                return Failed;
            }

            if (await books.FindRequestAsync(key) is { } earlier)
            {
                repeated = true;
                return earlier.Fingerprint == fingerprint
                    ? earlier.Reply
                    : Refused(StatusCodes.Status409Conflict, "key_used", "This Idempotency-Key came with another request before.");
            }

            var answer = await effect(books, wanted);
            if (IsSuccess(answer))
            {
                await books.AddRequestAsync(key, fingerprint, answer, clock.GetUtcNow());
            }

            return answer;
        });
        post.Wake();
        if (silent is not null)
        {
            return await FallSilentAsync(silent, request.HttpContext);
        }

        if (repeated && IsSuccess(reply))
        {
            request.HttpContext.Response.Headers["Idempotent-Replayed"] = "true";
        }

        return Results.Text(reply.Body, "application/json", Encoding.UTF8, reply.Status);
    }

    private bool IsSilent(BankPayment payment) => payment.SilentUntil > clock.GetUtcNow();

    /// <summary>What the bank does when it is asked about a payment whose answer was swallowed. Nothing of the file is held meanwhile.</summary>
    private async Task<IResult> FallSilentAsync(BankPayment payment, HttpContext context)
    {
        if (payment.Silence == BankSilence.Failure)
        {
            return Results.Text(Failed.Body, "application/json", Encoding.UTF8, Failed.Status);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await Task.Delay(payment.SilentUntil!.Value - clock.GetUtcNow(), clock, over.Token);
        }
        catch (OperationCanceledException)
        {
            // the caller has left, or the host is stopping
        }

        // whoever has waited all the time was never answered: the next call is
        context.Abort();
        return Results.Empty;
    }

    private static BankReply Failed => Refused(StatusCodes.Status500InternalServerError, "bank_failed", "Something went wrong at the bank.");

    private static bool IsSuccess(BankReply reply) => reply.Status < 300;

    private static T? Read<T>(byte[] body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body.Length == 0 ? "{}"u8 : body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string? Fault(NewPayment wanted) =>
        wanted.AmountMinor <= 0 ? "amount_not_possible"
        : !Currency.TryOf(wanted.Currency, out _) ? "currency_not_known"
        : wanted.Summary.Length is 0 or > 500 || wanted.Reference.Length is 0 or > 40 || wanted.Merchant is { Length: > 100 } || wanted.Locale.Length > 35 ? "text_not_possible"
        : (wanted.Save || wanted.Method is not null) && wanted.Payer is not { Length: > 0 and <= 100 } ? "payer_missing"
        : !addresses.MaySendTo(wanted.ReturnUrl) || !addresses.MaySendTo(wanted.CancelUrl) ? "return_url_not_allowed"
        : null;

    private async Task<BankReply> TellAsync(BankBooks books, BankPayment payment, int status) =>
        new(status, JsonSerializer.Serialize(await DescribeAsync(books, payment), Json));

    private async Task<object> DescribeAsync(BankBooks books, BankPayment payment) => new
    {
        payment.Id,
        Live = false,
        Account,
        payment.Attempt,
        payment.Status,
        payment.DeclineCode,
        Url = addresses.Page("pay", payment.Id, payment.ReturnUrl),
        payment.CreatedAt,
        payment.Customer,
        SavedMethod = payment.Kept is not null && await books.FindMethodAsync(payment.Kept) is { } kept ? Describe(kept) : null,
        Charges = await books.ListChargesAsync(payment.Id),
        Refunds = await books.ListRefundsAsync(payment.Id),
    };

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static IResult NoSuch(string what) => Refusal(StatusCodes.Status404NotFound, $"no_such_{what}", $"There is no such {what}.");

    private static BankReply Refused(int status, string code, string message) => new(status, JsonSerializer.Serialize(Error(code, message), Json));

    private static IResult Refusal(int status, string code, string message) => Results.Json(Error(code, message), Json, statusCode: status);

    private static object Error(string code, string message) => new { error = new { code, message } };

    private sealed record NewPayment(Guid Attempt, long AmountMinor, string Currency, string Summary, string Reference, string? Merchant, string Locale, Uri ReturnUrl, Uri CancelUrl,
        string? Payer = null, string? Customer = null, string? Method = null, bool Save = false);

    private sealed record ConfirmPayment(bool BuyerPresent);

    private sealed record NewSetup(string Payer, string? Customer, string Locale, Uri ReturnUrl);

    private sealed record AttachToken(string Payer, string? Customer, string Token);

    private sealed record NewRefund(Guid Refund, long AmountMinor, string Currency);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Shop.Web.Sandbox;

/// <summary>The bank's pages as a buyer sees them. They work without JavaScript and share no cookie with the shop: who has the address may pay.</summary>
internal sealed class BankPages(BankFile file, BankPost post, IOptions<SandboxBankOptions> options, TimeProvider clock)
{
    private const int PageSize = 50;
    private const int LongestFormBytes = 4 * 1024;

    public static void Map(IEndpointRouteBuilder bank)
    {
        // no antiforgery cookie on the bank's pages: the form carries the token that was stored with its payment
        var pages = bank.MapGroup("").AllowAnonymous().DisableAntiforgery();
        pages.MapGet("pay/{id}", (string id, HttpContext context, BankPages it) => it.ShowAsync(id, context, null));
        pages.MapPost("pay/{id}", (string id, HttpContext context, BankPages it) => it.SubmitAsync(id, context)).WithMetadata(new RequestSizeLimitAttribute(LongestFormBytes));
        pages.MapGet("setup/{id}", (string id, HttpContext context, BankPages it) => it.ShowSetupAsync(id, context, null));
        pages.MapPost("setup/{id}", (string id, HttpContext context, BankPages it) => it.SubmitSetupAsync(id, context)).WithMetadata(new RequestSizeLimitAttribute(LongestFormBytes));
        pages.MapGet("payments", (HttpContext context, BankPages it) => it.ListAsync(context, null));
        pages.MapPost("payments", (HttpContext context, BankPages it) => it.DecideAsync(context)).WithMetadata(new RequestSizeLimitAttribute(LongestFormBytes));
    }

    private async Task<IResult> ShowAsync(string id, HttpContext context, string? fault)
    {
        var payment = await file.ReadAsync(books => books.FindPaymentAsync(id), context.RequestAborted);
        Guard(context, payment?.ReturnUrl, payment?.CancelUrl);
        return payment is null
            ? Page<NoPaymentPage>(StatusCodes.Status404NotFound, [])
            : Page<PayPage>(fault is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, new()
            {
                [nameof(PayPage.Payment)] = payment,
                [nameof(PayPage.Account)] = options.Value.Account,
                [nameof(PayPage.Fault)] = fault,
            });
    }

    private async Task<IResult> SubmitAsync(string id, HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return await ShowAsync(id, context, "StaleForm");
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (BuyerOutcome.Find(form["outcome"], isDecision: false) is not { } outcome)
        {
            return await ShowAsync(id, context, "NoOutcome");
        }

        if (await PlayAsync(id, form["token"].ToString(), outcome, BankCard.Find(form["card"])) is not var (payment, isDone))
        {
            return await ShowAsync(id, context, "StaleForm");
        }

        return SeeOther(context, payment, Way(outcome, payment, isDone) switch
        {
            BuyerGoes.ToReturnUrl => payment.ReturnUrl.AbsoluteUri,
            BuyerGoes.ToCancelUrl => payment.CancelUrl.AbsoluteUri,
            BuyerGoes.ToNextStep or BuyerGoes.ToList => $"/sandbox/pay/{payment.Id}",
        });
    }

    private async Task<IResult> ShowSetupAsync(string id, HttpContext context, string? fault)
    {
        var setup = await file.ReadAsync(books => books.FindSetupAsync(id), context.RequestAborted);
        Guard(context, setup?.ReturnUrl);
        return setup is null
            ? Page<NoPaymentPage>(StatusCodes.Status404NotFound, [])
            : Page<SetupPage>(fault is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, new()
            {
                [nameof(SetupPage.Setup)] = setup,
                [nameof(SetupPage.Fault)] = fault,
            });
    }

    private async Task<IResult> SubmitSetupAsync(string id, HttpContext context)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var card = BankCard.Find(form["outcome"]);
        if (card is null && form["outcome"] != "abandon")
        {
            return await ShowSetupAsync(id, context, "NoOutcome");
        }

        var setup = await file.WriteAsync(async books =>
        {
            if (await books.FindSetupAsync(id) is not { } open || !IsToken(form["token"].ToString(), open.FormToken))
            {
                return null;
            }

            if (open.Status == BankStatus.Open)
            {
                await books.EndSetupAsync(id, card is null ? BankStatus.Declined : BankStatus.Saved, card is null ? null : await books.AddMethodAsync(open.Customer, card.Kind, clock.GetUtcNow()));
            }

            return open;
        });
        if (setup is null)
        {
            return await ShowSetupAsync(id, context, "StaleForm");
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = setup.ReturnUrl.AbsoluteUri;
        Guard(context, setup.ReturnUrl);
        return Results.Empty;
    }

    private static bool IsToken(string given, string token) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));

    /// <summary>Ends a payment that was pending.</summary>
    private async Task<IResult> DecideAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return await ListAsync(context, "StaleDecision");
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (BuyerOutcome.Find(form["outcome"], isDecision: true) is not { } outcome)
        {
            return await ListAsync(context, "NoDecision");
        }

        return await PlayAsync(form["payment"].ToString(), form["token"].ToString(), outcome) is var (payment, isDone)
            ? isDone ? SeeOther(context, null, $"/sandbox/payments?decided={payment.Id}") : await ListAsync(context, "DecidedBefore")
            : await ListAsync(context, "StaleDecision");
    }

    /// <summary>Does what the outcome says, once: a second submit finds the payment no longer where the button stood. Null: not that payment's form.</summary>
    private async Task<(BankPayment Payment, bool IsDone)?> PlayAsync(string id, string token, BuyerOutcome outcome, BankCard? card = null)
    {
        var played = await file.WriteAsync(books => PlayAsync(books, id, token, outcome, card));
        post.Wake();
        return played;
    }

    private async Task<(BankPayment Payment, bool IsDone)?> PlayAsync(BankBooks books, string id, string token, BuyerOutcome outcome, BankCard? card)
    {
        if (await books.FindPaymentAsync(id) is not { } payment
            || !IsToken(token, payment.FormToken))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        await books.NoteOutcomeAsync(id, outcome.Value, now);
        string? charge = null;
        if (payment.Keeps && card is not null)
        {
            await books.ChooseCardAsync(id, card.Kind);
        }

        var isDone = outcome.Effect switch
        {
            BankEffect.None => true,
            BankEffect.Charge => (charge = await books.ChargeAsync(id, outcome.ActsOn, now)) is not null,
            BankEffect.Decline => await books.DeclineAsync(id, outcome.ActsOn, outcome.Code!, now),
            BankEffect.Authenticate => await books.MoveAsync(id, outcome.ActsOn, BankStatus.Authenticating),
            BankEffect.Wait => await books.MoveAsync(id, outcome.ActsOn, BankStatus.Pending),
        };
        if (isDone && outcome.Silence is { } silence)
        {
            await books.FallSilentAsync(id, silence, now.AddSeconds(options.Value.SilentFor));
        }

        if (isDone && outcome.Effect == BankEffect.Charge)
        {
            await books.KeepAsync(payment, now);
        }

        var played = await books.FindPaymentAsync(id) ?? payment;
        if (played.Status != payment.Status)
        {
            // a bank that cannot answer sends nothing either
            await books.AddEventAsync(BankEvent.Of(played, options.Value.Account, now, charge), played.SilentUntil ?? now);
        }

        return (played, isDone);
    }

    // whatever was pressed, the state decides which of the shop's pages has something to say
    private static BuyerGoes Way(BuyerOutcome outcome, BankPayment payment, bool isDone) => payment.Status switch
    {
        BankStatus.Captured or BankStatus.Declined or BankStatus.Pending => BuyerGoes.ToReturnUrl,
        BankStatus.Cancelled => BuyerGoes.ToCancelUrl,
        _ => isDone ? outcome.Goes : BuyerGoes.ToNextStep,
    };

    private static IResult SeeOther(HttpContext context, BankPayment? payment, string address)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = address;
        Guard(context, payment?.ReturnUrl, payment?.CancelUrl);
        return Results.Empty;
    }

    private async Task<IResult> ListAsync(HttpContext context, string? fault)
    {
        var isNewest = !long.TryParse(context.Request.Query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var before);
        var (found, decided) = await file.ReadAsync(async books => (
            await books.ListPaymentsAsync(isNewest ? long.MaxValue : before, PageSize + 1),
            await books.FindPaymentAsync(context.Request.Query["decided"].ToString())), context.RequestAborted);
        var payments = found.Take(PageSize).ToList();
        Guard(context);
        return Page<PaymentsPage>(fault is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, new()
        {
            [nameof(PaymentsPage.Payments)] = payments,
            [nameof(PaymentsPage.Older)] = found.Count > PageSize ? payments[^1].Number : (long?)null,
            [nameof(PaymentsPage.IsNewest)] = isNewest,
            [nameof(PaymentsPage.Decided)] = decided,
            [nameof(PaymentsPage.Fault)] = fault,
        });
    }

    private static RazorComponentResult Page<TPage>(int status, Dictionary<string, object?> parameters)
        where TPage : Microsoft.AspNetCore.Components.IComponent => new RazorComponentResult<TPage>(parameters) { StatusCode = status };

    /// <summary>The address of a payment opens it, so it must not leak to where the buyer goes next; and the answer to the form leads to the shop,
    /// which browsers allow only to origins that are named here.</summary>
    private static void Guard(HttpContext context, params Uri?[] ways)
    {
        var shops = ways.OfType<Uri>().Select(uri => uri.GetLeftPart(UriPartial.Authority)).Distinct();
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; img-src 'self'; form-action {string.Join(' ', shops.Prepend("'self'"))}; frame-ancestors 'none'; base-uri 'none'";
    }
}

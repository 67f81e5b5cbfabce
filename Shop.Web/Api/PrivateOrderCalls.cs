using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Payments.Taler;
using Shop.Web.Hosting;
using Shop.Web.Mail;

namespace Shop.Web.Api;

/// <summary>An order that was made. Token: what it is claimed with; null: whoever knows its number may. Payment request text: words for a chat, with a link for no session.</summary>
internal sealed record PrivateOrderMadeObject(
    string OrderId, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token, DateTimeOffset PayDeadline, string OrderStatusUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PaymentRequestText);

/// <summary>How an order stands for the session that was asked for. Order status: unpaid, claimed, paid, expired.</summary>
internal sealed record PrivateOrderObject(
    string OrderId, string OrderStatus, bool ClaimedByOther, string Summary, string Amount, string FulfillmentUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Resource, string OrderStatusUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TalerPayUri, bool Refunded, bool RefundPending, string RefundAmount,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AlreadyPaidOrderId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AlreadyPaidFulfillmentUrl,
    DateTimeOffset CreationTime, DateTimeOffset PayDeadline);

/// <summary>An order in the list.</summary>
internal sealed record PrivateOrderRowObject(string OrderId, string Summary, string Amount, bool Paid, bool Refundable, string FulfillmentUrl, DateTimeOffset CreationTime);

/// <summary>An order that was ended before it was paid.</summary>
internal sealed record PrivateOrderEndedObject(string OrderId);

/// <summary>What is given back of an order. Refund amount: all of it, also what is on its way; without what waits for a second person.</summary>
internal sealed record PrivateOrderRefundObject(
    string OrderId, string RefundAmount, bool RefundPending, bool WaitsForApproval, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TalerRefundUri, string OrderStatusUrl);

/// <summary>
/// Orders of other storefronts, after Taler's merchant back end (D12): little is needed to make one, and its page is the shop's. A key sees the orders that were made by
/// keys of its seller.
/// </summary>
internal static partial class PrivateOrderCalls
{
    public const string Root = "/private/orders";
    public const string Description = "/openapi/private-orders.json";

    private const int MostSummary = 200;
    private const int MostUrl = MatrixOrder.MostUrl;
    private const int MostSession = 128;
    private const int MostMilliseconds = 5_000; // whoever waits holds a place of the interface
    private const int Usual = 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    private static readonly ApiField[] Content =
    [
        new ApiField.Text("summary", "What the buyer reads.", MostSummary),
        new ApiField.Text("amount", "What it costs, as Taler writes it: EUR:1.50.", 64) { Shape = Amounts() },
        new ApiField.Text("fulfillment_url", "Where whoever has paid goes; ${ORDER_ID} in it becomes the order's number. The same for each order of something that is bought once.", MostUrl) { Shape = ApiCalls.Printable(MostUrl) },
        new ApiField.Text("public_reorder_url", "Where somebody without a credential buys it anew.", MostUrl) { Shape = ApiCalls.Printable(MostUrl) },
        new ApiField.Text("order_id", "An id of your own: the same call again is the same order.", 64) { Shape = ApiCalls.IdShape },
    ];

    private static readonly ApiField Session = new ApiField.Text("session_id", "The reader's session: a payment counts for it.", MostSession) { Shape = ApiCalls.Printable(MostSession) };

    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "", "createPrivateOrder", KeyScopes.Charges, MakeAsync)
        {
            Root = Root,
            About = "Makes an order that anybody may pay at its page: of a resource of the shop, or of summary, amount and fulfillment_url, which may also stand in an object order, as Taler has it.",
            Body =
            [
                new ApiField.Text("resource", "The name of a resource of the shop; instead of summary, amount and fulfillment_url.", 100), .. Content, Session,
                new ApiField.Flag("create_token", "Whether a token is needed to claim it; true without it."),
                new ApiField.Text("send_to", "An e-mail address that is asked to pay it: the shop sends one mail.", MailAddresses.Most),
                new ApiField.Text("language", "In which language the order, its mail and payment_request_text speak; without it that of Accept-Language.", 20),
                new ApiField.Group("order", "The same as Taler has it.", Content),
            ],
            Answer = typeof(PrivateOrderMadeObject),
        },
        new("GET", "", "listPrivateOrders", KeyScopes.Read, ListAsync)
        {
            Root = Root,
            About = "The orders made by keys of this seller, newest first.",
            Query =
            [
                new ApiField.Flag("paid", "Only those that are paid, or are not."),
                new ApiField.Number("limit", "So many at most; 20 without it.", 1, 100),
                new ApiField.Text("before", "Only what is older than this order.", 64) { Shape = ApiCalls.IdShape },
            ],
            Answer = typeof(PrivateOrderListObject),
        },
        new("GET", "/{id}", "getPrivateOrder", KeyScopes.Read, GetAsync)
        {
            Root = Root,
            About = "How an order stands for a session; waits, where it is asked to, until it is paid by it.",
            Query = [Session, new ApiField.Number("timeout_ms", "How long to wait for the payment.", 0, 3_600_000)],
            Answer = typeof(PrivateOrderObject),
        },
        new("DELETE", "/{id}", "deletePrivateOrder", KeyScopes.Charges, EndAsync)
        {
            Root = Root,
            About = "Ends an order that is not paid.",
            Answer = typeof(PrivateOrderEndedObject),
        },
        new("POST", "/{id}/refund", "refundPrivateOrder", KeyScopes.Refunds, RefundAsync)
        {
            Root = Root,
            About = "Gives money of an order back, until it is so much in all: the same total again changes nothing. 202: it waits for a second person at the shop, and nothing was given back yet.",
            Body =
            [
                new ApiField.Text("refund", "What is given back in all, with what was given back before, as Taler writes it: EUR:0.50.", 64) { IsRequired = true, Shape = Amounts() },
                new ApiField.Text("reason", "Why; the shop's staff and its books keep it.", Approval.MostReason) { IsRequired = true },
            ],
            Answer = typeof(PrivateOrderRefundObject),
        },
    ];

    private static async Task<ApiAnswer> MakeAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (input, nested) = (request.Input, request.Input.Group("order"));
        var errors = new List<FieldError>();
        foreach (var field in Content.Where(field => nested?.ContainsKey(field.Name) == true && input.Text(field.Name) is not null))
        {
            errors.Add(new FieldError($"order.{field.Name}", "repeated", $"{field.Name} may stand once, beside order or in it."));
        }

        string? Of(string name) => input.Text(name) ?? (string?)nested?.GetValueOrDefault(name);
        var (resource, summary, amount, url) = (input.Text("resource"), Of("summary"), Of("amount"), Of("fulfillment_url"));
        Money? money = null;
        if (resource is not null)
        {
            errors.AddRange(new[] { ("summary", summary), ("amount", amount), ("fulfillment_url", url) }.Where(field => field.Item2 is not null)
                .Select(field => new FieldError(field.Item1, "not_with_resource", $"{field.Item1} is the resource's own.")));
        }
        else
        {
            errors.AddRange(new[] { ("summary", summary), ("amount", amount), ("fulfillment_url", url) }.Where(field => field.Item2 is null)
                .Select(field => new FieldError(field.Item1, "required", $"{field.Item1} is missing; or name a resource.")));
            money = await MoneyAsync(request, amount, errors, cancellationToken);
        }

        foreach (var (name, value) in new[] { ("fulfillment_url", url), ("public_reorder_url", Of("public_reorder_url")) })
        {
            if (value is not null && !(Uri.TryCreate(value.Replace("${ORDER_ID}", "x", StringComparison.Ordinal), UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo: "" }))
            {
                errors.Add(new FieldError(name, "invalid", $"{name} must be an absolute http or https address."));
            }
        }

        if (input.Text("send_to") is { } mail && !MailAddresses.IsUsable(PaymentRequests.AddressOf(mail)))
        {
            errors.Add(new FieldError("send_to", "invalid", "send_to must be one plain e-mail address."));
        }

        var languages = request.Get<IOptions<RequestLocalizationOptions>>().Value.SupportedUICultures!.Select(c => c.Name).ToList();
        if (input.Text("language") is { } language && !languages.Contains(language, StringComparer.Ordinal))
        {
            errors.Add(new FieldError("language", "not_a_choice", $"language must be one of: {string.Join(", ", languages)}."));
        }

        if (errors.Count > 0)
        {
            return ApiProblem.Input(errors);
        }

        var orders = request.Get<MatrixOrders>();
        var session = input.Text("session_id");
        var wish = new MatrixWish
        {
            Resource = resource, Summary = summary, AmountMinor = money?.Minor, FulfillmentUrl = url, OrderId = Of("order_id"), Session = session,
            WithToken = input.Flag("create_token") ?? true, ReorderUrl = Of("public_reorder_url"), SellerId = request.SellerId, Culture = input.Text("language") ?? CultureInfo.CurrentUICulture.Name,
            Request = input.Text("send_to") is { } to ? new MatrixRequest(null, PaymentRequests.AddressOf(to)) : null,
        };
        switch (await orders.MakeAsync(wish, cancellationToken))
        {
            case MatrixMade.Made made:
                var status = await orders.StatusAsync(made.Number, session, cancellationToken);
                var words = await request.Get<PaymentRequests>().FindAsync(made.Number, cancellationToken);
                return ApiAnswer.Ok(new PrivateOrderMadeObject(
                    made.Number, made.Token, made.ExpiresAt, status!.StatusUrl, words is null ? null : await request.Get<PaymentRequestLetter>().TextAsync(words)));
            case MatrixMade.NoResource:
                return ApiProblem.NotFound with { Title = "There is no such resource on sale.", Errors = [new FieldError("resource", "not_found", "There is no such resource on sale.")] };
            case MatrixMade.Conflict:
                return ApiProblem.Conflict("other_order", "This order_id stands for an order with another content.");
            case MatrixMade.TooManyMails(var toAddress):
                return ApiProblem.Of(StatusCodes.Status429TooManyRequests) with
                {
                    Code = "too_many_mails", Title = toAddress ? "This address was asked often in this hour." : "Too many mails of this seller in an hour.", RetryAfter = 3600,
                };
            default:
                return ApiProblem.Of(StatusCodes.Status429TooManyRequests) with { Code = "too_many_orders", Title = "Too many orders of this session.", RetryAfter = 600 };
        }
    }

    private static async Task<Money?> MoneyAsync(SellerRequest request, string? amount, List<FieldError> errors, CancellationToken cancellationToken)
    {
        if (amount is null)
        {
            return null;
        }

        var (db, rules) = (request.Get<ShopDbContext>(), request.Get<RuleBook>());
        return MoneyOf("amount", amount, (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money, errors);
    }

    private static Money? MoneyOf(string field, string amount, Currency currency, List<FieldError> errors)
    {
        if (!TalerAmount.TryParse(amount, out var read) || read.Currency != currency.Code)
        {
            errors.Add(new FieldError(field, "invalid", $"{field} must look like {currency.Code}:1.50; the shop takes {currency.Code}."));
            return null;
        }

        if (!read.TryTo(currency, out var money) || money.Minor <= 0)
        {
            errors.Add(new FieldError(field, "out_of_range", $"{field} must be above zero, in whole coins of {currency.Code}."));
            return null;
        }

        return money;
    }

    private static async Task<ApiAnswer> GetAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request, cancellationToken) is null)
        {
            return ApiProblem.NotFound;
        }

        var (orders, session) = (request.Get<MatrixOrders>(), request.Input.Text("session_id"));
        var status = await orders.StatusAsync(request.Id, session, cancellationToken);
        for (var looks = Math.Min(request.Input.Number("timeout_ms") ?? 0, MostMilliseconds) / (int)BetweenLooks.TotalMilliseconds;
            looks > 0 && status is { State: MatrixState.Unclaimed or MatrixState.Claimed, AlreadyPaid: null }; looks--)
        {
            await Task.Delay(BetweenLooks, request.Context.RequestAborted);
            status = await orders.StatusAsync(request.Id, session, cancellationToken);
        }

        if (status is null)
        {
            return ApiProblem.NotFound;
        }

        var token = status.State == MatrixState.Unclaimed && status.HasToken ? await orders.TokenAsync(request.Id, cancellationToken) : null;
        return ApiAnswer.Ok(new PrivateOrderObject(
            status.Number, WordOf(status.State), status.IsAnothers, status.Title, Taler(status.Amount), status.FulfillmentUrl, status.Resource, status.StatusUrl,
            status.State is MatrixState.Unclaimed or MatrixState.Claimed ? $"{new TalerUri.Pay(request.Get<ShopAddress>().Base, status.Number, session ?? "", token)}" : null,
            status.RefundedMinor > 0, status.RefundPendingMinor > 0, Taler(new Money(status.RefundedMinor, status.Amount.Currency)), status.AlreadyPaid, status.AlreadyPaidUrl, status.PlacedAt, status.ExpiresAt));
    }

    private static async Task<ApiAnswer> ListAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (db, input) = (request.Get<ShopDbContext>(), request.Input);
        var orders = db.MatrixOrders.Where(m => m.SellerId == request.SellerId).Join(db.Orders, m => m.OrderId, o => o.Id, (m, o) => new { m.FulfillmentUrl, Order = o });
        if (input.Text("before") is { } before)
        {
            if (await orders.Where(x => x.Order.Number == before).Select(x => (long?)x.Order.Id).FirstOrDefaultAsync(cancellationToken) is not { } last)
            {
                return ApiProblem.Input([new FieldError("before", "not_found", "before is no order of this seller.")]);
            }

            orders = orders.Where(x => x.Order.Id < last);
        }

        if (input.Flag("paid") is { } paid)
        {
            orders = orders.Where(x => x.Order.PaidAt != null == paid);
        }

        var rows = await orders.OrderByDescending(x => x.Order.Id).Take((int)(input.Number("limit") ?? Usual))
            .Select(x => new { x.Order.Number, Title = x.Order.Lines.Select(l => l.Title).First(), x.Order.PriceMinor, x.Order.Currency, x.Order.PaidAt, x.Order.State, x.FulfillmentUrl, x.Order.PlacedAt })
            .ToListAsync(cancellationToken);
        return ApiAnswer.Ok(new PrivateOrderListObject(
            [
                .. rows.Select(r => new PrivateOrderRowObject(
                    r.Number, r.Title, Taler(new Money(r.PriceMinor, Currency.Of(r.Currency))), r.PaidAt is not null, r.State is OrderState.Paid or OrderState.Fulfilled, r.FulfillmentUrl, r.PlacedAt)),
            ]));
    }

    private static async Task<ApiAnswer> EndAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request, cancellationToken) is not { } id)
        {
            return ApiProblem.NotFound;
        }

        return await request.Get<OrderEnding>().CancelAsync(id, "deleted_by_seller", cancellationToken) switch
        {
            EndingResult.Ended => ApiAnswer.Ok(new PrivateOrderEndedObject(request.Id)),
            EndingResult.Paid => ApiProblem.Conflict("paid", "The order is paid."),
            _ => ApiProblem.Conflict("payment_under_way", "A payment of this order is under way, and it is not certain yet what becomes of it.") with { RetryAfter = 60 },
        };
    }

    private static async Task<ApiAnswer> RefundAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request, cancellationToken) is not { } id)
        {
            return ApiProblem.NotFound;
        }

        var currency = Currency.Of(await request.Get<ShopDbContext>().Orders.Where(o => o.Id == id).Select(o => o.Currency).FirstAsync(cancellationToken));
        var (errors, reason) = (new List<FieldError>(), request.Input.Need("reason"));
        if (string.IsNullOrWhiteSpace(reason))
        {
            errors.Add(new FieldError("reason", "required", "reason must say why."));
        }

        if (MoneyOf("refund", request.Input.Need("refund"), currency, errors) is not { } total || errors.Count > 0)
        {
            return ApiProblem.Input(errors);
        }

        return await request.Get<SellerRefunds>().RaiseToAsync(request.Key, request.Id, total, reason, cancellationToken) switch
        {
            SellerRefundResult.NotFound => ApiProblem.NotFound,
            SellerRefundResult.NobodyBehind => ApiProblem.Of(StatusCodes.Status403Forbidden) with
            {
                Code = "nobody_behind", Title = "Whoever made this key may not give money back: have somebody who may make another.",
            },
            SellerRefundResult.Done { Raised: RaisedRefund.AlreadyMore more } => ApiProblem.Conflict("already_more", $"{Taler(more.Standing)} is given back already; the total only grows."),
            SellerRefundResult.Done { Raised: RaisedRefund.OtherWaits } => ApiProblem.Conflict("other_refund_waits", "Another refund of this order waits for a second person at the shop."),
            SellerRefundResult.Done { Raised: RaisedRefund.Stands } => await RefundedAsync(request, id, false, cancellationToken),
            SellerRefundResult.Done { Raised: RaisedRefund.Asked { Result: var result } } => result switch
            {
                StaffRefundResult.Made { State: RefundState.Failed } made => ApiProblem.Conflict("provider_refused", $"The payment service did not make it: {made.Failure}."),
                StaffRefundResult.Made => await RefundedAsync(request, id, false, cancellationToken),
                StaffRefundResult.Proposed => await RefundedAsync(request, id, true, cancellationToken),
                StaffRefundResult.Ended => ApiProblem.Conflict("refund_declined", "Somebody at the shop has declined it."),
                StaffRefundResult.Refused refused => Refused(refused.Reason),
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<ApiAnswer> RefundedAsync(SellerRequest request, long order, bool waits, CancellationToken cancellationToken)
    {
        var pickup = await request.Get<RefundPickups>().FindAsync(order, cancellationToken);
        var status = await request.Get<MatrixOrders>().StatusAsync(request.Id, null, cancellationToken) ?? throw new InvalidOperationException("An order of the matrix stays one.");
        return new ApiAnswer(waits ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, new PrivateOrderRefundObject(
            status.Number, Taler(new Money(status.RefundedMinor, status.Amount.Currency)), status.RefundPendingMinor > 0, waits, pickup?.Wallet.OriginalString, status.StatusUrl));
    }

    private static ApiProblem Refused(RefundRefusal reason) => reason switch
    {
        RefundRefusal.NotPaid => ApiProblem.Conflict("not_paid", "The order is not paid."),
        RefundRefusal.TooMuch => ApiProblem.Conflict("above_paid", "So much was not paid in money."),
        RefundRefusal.Disputed => ApiProblem.Conflict("disputed", "The payer's bank decides about a dispute of the payment."),
        RefundRefusal.ProviderCannot => ApiProblem.Conflict("provider_cannot", "The payment service cannot give money back, or not a part of it."),
        RefundRefusal.UsedUp => ApiProblem.Conflict("used_up", "What was bought is used up: staff decide at the shop's desk."),
        RefundRefusal.Own => ApiProblem.Conflict("own_order", "Whoever made this key bought this order: somebody else gives back, at the shop's desk."),
        RefundRefusal.OtherContent => ApiProblem.Conflict("refund_declined", "Somebody at the shop has declined it."),
        RefundRefusal.TooMany => ApiProblem.Of(StatusCodes.Status429TooManyRequests) with
        {
            Code = "too_many_refunds", Title = "As many refunds as the shop's rules allow in an hour were made.", RetryAfter = 3600,
        },
        RefundRefusal.TooMuchToday => ApiProblem.Of(StatusCodes.Status429TooManyRequests) with
        {
            Code = "too_much_today", Title = "As much as the shop's rules allow in a day was given back.", RetryAfter = 3600,
        },
        _ => ApiProblem.Conflict("refused", "The shop could not do this; its staff can at the desk."),
    };

    /// <summary>Somebody else's and nobody's look the same.</summary>
    private static Task<long?> FindAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (db, number, seller) = (request.Get<ShopDbContext>(), request.Id, request.SellerId);
        return db.Orders.Where(o => o.Number == number && db.MatrixOrders.Any(m => m.OrderId == o.Id && m.SellerId == seller)).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken);
    }

    private static string WordOf(MatrixState state) => state switch
    {
        MatrixState.Unclaimed => "unpaid",
        MatrixState.Claimed => "claimed",
        MatrixState.Paid => "paid",
        MatrixState.Over => "expired",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Taler(Money amount) => $"{TalerAmount.Of(amount, amount.Currency.Code)}";

    [GeneratedRegex(@"\A[A-Za-z]{1,11}:[0-9]{1,16}(\.[0-9]{1,8})?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Amounts();
}

/// <summary>Orders, newest first.</summary>
internal sealed record PrivateOrderListObject(IReadOnlyList<PrivateOrderRowObject> Orders);

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments.Taler;
using Shop.Web.Display;
using Shop.Web.Hosting;

namespace Shop.Web.Paywall;

/// <summary>What somebody would rather be answered in.</summary>
internal enum Wanted { Html, Json, Text, Nothing }

/// <summary>What a request to an order of the matrix brings in its address; every part may be missing.</summary>
/// <param name="Was">The order that a storefront dropped for this one (D3): it may be the reader's own, paid in another browser.</param>
internal sealed record WallCall(string Number, string? Token, string? ContractHash, string? Session, string? Was)
{
    private const int Longest = 128;

    /// <summary>Only orders of the matrix are asked for in this way.</summary>
    public bool IsOfMatrix { get; private init; }

    public static WallCall Of(HttpRequest request, string number)
    {
        var query = request.Query;
        return new WallCall(number, One("token") ?? One("claim_token"), One("h_contract"), One("session_id"), One("was"))
        {
            IsOfMatrix = query.ContainsKey("session_id") || query.ContainsKey("h_contract") || query.ContainsKey("claim_token"),
        };

        // a credential that is too long is a wrong one and not a missing one
        string? One(string name) => query[name] is [{ Length: > 0 } first, ..] ? first.Length <= Longest ? first : first[..Longest] : null;
    }

    /// <summary>The same in an address below the order's own.</summary>
    public string At(string path, string? handler = null) => $"/orders/{Uri.EscapeDataString(Number)}{path}" + QueryString.Create(
        new[] { ("handler", handler), ("token", Token), ("h_contract", ContractHash), ("session_id", Session), ("was", Was) }
            .Where(part => part.Item2 is not null).Select(part => KeyValuePair.Create(part.Item1, part.Item2)));
}

/// <summary>What the page of an order of the matrix is about.</summary>
internal enum WallState
{
    Pay,

    /// <summary>Money of it waits for the wallet that paid (TF-30).</summary>
    Refund,

    /// <summary>It is paid, and whoever asks has not proved that by them (TF-46, TF-47).</summary>
    Paid,

    /// <summary>Nobody is told what it is; it can be bought anew.</summary>
    Reorder,

    Over,
}

/// <summary>An order of the matrix as its page shows it.</summary>
internal sealed record WallPage(WallCall Call, MatrixAnswer Answer)
{
    /// <summary>Null where nobody is told what it is.</summary>
    public MatrixStatus? Order => Answer switch
    {
        MatrixAnswer.Pay pay => pay.Order,
        MatrixAnswer.Paid paid => paid.Order,
        MatrixAnswer.Over over => over.Order,
        _ => null,
    };

    /// <summary>What the wallet has to fetch; null: nothing.</summary>
    public RefundPickup? Pickup { get; init; }

    /// <summary>Opens a wallet; null: it cannot be paid.</summary>
    public string? PayUri { get; init; }

    public WallState State => Answer switch
    {
        _ when Pickup is not null => WallState.Refund,
        MatrixAnswer.Over => WallState.Over,
        MatrixAnswer.Reorder => WallState.Reorder,
        MatrixAnswer.Pay { Order.IsPaid: true } => WallState.Paid,
        _ => WallState.Pay,
    };

    /// <summary>What is said of a resource before anybody has paid it; null: it is none of the shop's.</summary>
    public string? Summary { get; init; }

    /// <summary>The address names the session of another browser: what is paid or proved here opens there.</summary>
    public bool IsThere { get; init; }

    /// <summary>Somebody types here: without scripts it does not load itself again under their hands.</summary>
    public bool IsStill { get; init; }

    /// <summary>The same order for this browser.</summary>
    public string ForThisBrowser => (Call with { Session = null }).At("");

    /// <summary>What a member may pay it with instead; null: money only, or nobody is signed in.</summary>
    public int? Points { get; init; }

    /// <summary>Where whoever has paid goes when nothing opens.</summary>
    public string? PaidPage { get; init; }

    /// <summary>Somebody asked for the money, and there is nothing that would open: it cannot be bought anew.</summary>
    public bool IsAsked => Order is { } order && order.FulfillmentUrl == PaidPage;

    /// <summary>Where it is bought anew; null: nowhere.</summary>
    public string? Anew => Answer is MatrixAnswer.Reorder reorder ? reorder.Url : IsAsked ? null : Order?.FulfillmentUrl;

    /// <summary>Words that are others where somebody asks for the money.</summary>
    public string Key(string key) => IsAsked && State is not (WallState.Paid or WallState.Refund) ? $"{key}.Asked" : key;

    /// <summary>The order whose proof is asked for by a code: the one that was dropped, or this one.</summary>
    public string? Paid => Call.Was ?? (State == WallState.Pay ? null : Call.Number);
}

/// <summary>What stands in the head of a page that waits for a wallet.</summary>
/// <param name="Uri">Opens the wallet; null: nothing waits.</param>
/// <param name="IsStill">Somebody types there: it does not load itself again.</param>
internal sealed record WallHead(string? Uri, bool IsStill = false);

/// <summary>A refund that waits for its buyer's wallet, on a page.</summary>
/// <param name="Page">The page itself.</param>
/// <param name="Ask">Where it is asked, in JSON, whether it waits still.</param>
internal sealed record RefundToFetch(RefundPickup Pickup, string Page, string Ask);

/// <summary>The public page of an order of the matrix, before it is written as HTML, JSON or text (parity/taler.md section 4).</summary>
internal sealed class OrderWall(
    ShopDbContext db, MatrixOrders orders, RefundPickups pickups, PaywallSession sessions, OrderWaits waits, ShopAddress address, ShopLinks links)
{
    /// <summary>Wallets that are part of the browser look at this header, and at a meta element.</summary>
    public const string PayHeader = "Taler";

    public const string PayMeta = "taler-uri";

    private const int MostMilliseconds = 20_000;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Wanted WantedBy(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        double? Of(string type) => accepted.Where(a => a.MediaType == type).Max(a => (double?)(a.Quality ?? 1));
        var (html, json, text) = (Of("text/html") ?? 0, Of("application/json") ?? 0, Of("text/plain") ?? 0);
        return json > html && json >= text ? Wanted.Json
            : text > html ? Wanted.Text
            : accepted.Count == 0 || html > 0 || accepted.Any(a => a.MatchesAllTypes || a.MediaType == "text/*" || a.MediaType == "application/xhtml+xml") ? Wanted.Html
            : accepted.Any(a => a.MediaType == "application/*") ? Wanted.Json
            : Wanted.Nothing;
    }

    public Task<bool> IsOneAsync(string number, CancellationToken cancellationToken) => orders.IsMatrixAsync(db, number, cancellationToken);

    /// <summary>The session that the page is for: the one of the address, else the browser's own, which a page makes where there is none (TF-44).</summary>
    public string? SessionOf(HttpContext context, WallCall call, bool mayMake) =>
        call.Session ?? (mayMake ? sessions.Ensure(context) : sessions.Find(context));

    public Task<MatrixAnswer> AskAsync(WallCall call, string? session, bool html, CancellationToken cancellationToken) =>
        orders.PageAsync(call.Number, call.Token, call.ContractHash, session, html, cancellationToken);

    /// <summary>The answer, and what of the order waits for the wallet, for whoever is told of the order itself.</summary>
    public async Task<(MatrixAnswer Answer, RefundPickup? Pickup)> LookAsync(WallCall call, string? session, bool html, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(call, session, html, cancellationToken);
        var pickup = await PickupAsync(answer, cancellationToken);
        var pending = answer switch
        {
            MatrixAnswer.Paid paid => paid.Order.RefundPendingMinor,
            MatrixAnswer.Pay pay => pay.Order.RefundPendingMinor,
            _ => 0,
        };
        // the look may have found that some of it was fetched
        return pending > 0 && pending != pickup?.Amount.Minor ? (await AskAsync(call, session, html, cancellationToken), pickup) : (answer, pickup);
    }

    private async Task<RefundPickup?> PickupAsync(MatrixAnswer answer, CancellationToken cancellationToken) => answer switch
    {
        MatrixAnswer.Paid { Order: { RefundPendingMinor: > 0 } order } => await pickups.FindAsync(order.OrderId, cancellationToken),
        MatrixAnswer.Pay { Order: { IsPaid: true, RefundPendingMinor: > 0 } order } => await pickups.FindAsync(order.OrderId, cancellationToken),
        // what came too late goes back, and may have to be fetched like anything else
        MatrixAnswer.Over { Order: var order } => await pickups.FindAsync(order.OrderId, cancellationToken),
        _ => null,
    };

    /// <summary>The same of an order of the cart. Where it was asked to, it waits until nothing waits for the wallet.</summary>
    public async Task<RefundPickup?> PickupAsync(HttpRequest request, long orderId, CancellationToken cancellationToken)
    {
        var pickup = await pickups.FindAsync(orderId, cancellationToken);
        var looks = IsForRefund(request) && pickup is not null ? LooksOf(request) : 0;
        using var place = looks > 0 ? waits.Enter(request.HttpContext) : null;
        for (looks = place is { IsAcquired: true } ? looks : 0; looks > 0 && pickup is not null; looks--)
        {
            await Task.Delay(BetweenLooks, cancellationToken);
            pickup = await pickups.FindAsync(orderId, cancellationToken);
        }

        return pickup;
    }

    /// <summary>Answers programs. JSON waits, where it was asked to, until there is something to pay no longer, or nothing for the wallet to fetch.</summary>
    public async Task<IActionResult> ForProgramsAsync(HttpContext context, WallCall call, Wanted wanted, CancellationToken cancellationToken)
    {
        var session = SessionOf(context, call, mayMake: false);
        var isForRefund = IsForRefund(context.Request);
        var (answer, pickup) = await LookAsync(call, session, html: false, cancellationToken);
        var looks = wanted == Wanted.Json && IsToWait() ? LooksOf(context.Request) : 0;
        using var place = looks > 0 ? waits.Enter(context) : null;
        for (looks = place is { IsAcquired: true } ? looks : 0; looks > 0 && IsToWait(); looks--)
        {
            await Task.Delay(BetweenLooks, cancellationToken);
            (answer, pickup) = await LookAsync(call, session, html: false, cancellationToken);
        }

        var pay = await PayUriAsync(answer, call, session, cancellationToken);
        Offer(context, pickup, pay);
        return wanted == Wanted.Text ? Text(answer, pickup, pay) : Json(answer, pickup, pay);

        bool IsToWait() => isForRefund ? pickup is not null : answer is MatrixAnswer.Pay;
    }

    /// <summary>What the HTML page shows.</summary>
    public async Task<WallPage> ForPeopleAsync(
        HttpContext context, WallCall call, MatrixAnswer answer, RefundPickup? pickup, string? session, CancellationToken cancellationToken)
    {
        var pay = await PayUriAsync(answer, call, session, cancellationToken);
        Offer(context, pickup, pay);
        return new WallPage(call, answer)
        {
            Pickup = pickup,
            PayUri = pay,
            PaidPage = links.Paid(call.Number),
            Summary = answer is MatrixAnswer.Pay { Order: { IsPaid: false, Resource: { } code } }
                ? await db.Resources.Where(r => r.Code == code).Select(r => r.Summary).FirstOrDefaultAsync(cancellationToken)
                : null,
            IsThere = call.Session is { } named && named != sessions.Find(context),
            Points = answer is MatrixAnswer.Pay { Order: { IsPaid: false, Points: { } points } } && context.User.MemberId() is not null ? points : null,
        };
    }

    /// <summary>The status that goes with a page.</summary>
    public static int StatusOf(MatrixAnswer answer) => answer switch
    {
        MatrixAnswer.Unknown => StatusCodes.Status404NotFound,
        MatrixAnswer.Refused => StatusCodes.Status403Forbidden,
        MatrixAnswer.Reorder => StatusCodes.Status202Accepted,
        MatrixAnswer.Paid => StatusCodes.Status200OK,
        _ => StatusCodes.Status402PaymentRequired,
    };

    /// <summary>The status of what people and command lines read: with something for the wallet to fetch it is the one that wallets in browsers look at.</summary>
    public static int StatusOf(MatrixAnswer answer, RefundPickup? pickup) => pickup is null ? StatusOf(answer) : StatusCodes.Status402PaymentRequired;

    /// <summary>A paid order of the member's for the same address; null: there is none.</summary>
    public async Task<string?> OwnAsync(long memberId, string fulfillmentUrl, CancellationToken cancellationToken) => await db.Orders
        .Where(o => o.BuyerId == memberId && o.PaidAt != null && db.MatrixOrders.Any(m => m.OrderId == o.Id && m.FulfillmentUrl == fulfillmentUrl))
        .OrderByDescending(o => o.Id).Select(o => o.Number).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Where whoever has this order goes; null: it is none of the matrix.</summary>
    public async Task<string?> FulfillmentUrlAsync(string number, CancellationToken cancellationToken) => await db.MatrixOrders
        .Where(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == number)).Select(m => m.FulfillmentUrl).FirstOrDefaultAsync(cancellationToken);

    /// <summary>What is given back goes first: whoever has it may pay afterwards.</summary>
    private static void Offer(HttpContext context, RefundPickup? pickup, string? pay)
    {
        if ((pickup?.Wallet.OriginalString ?? pay) is { } uri)
        {
            context.Response.Headers[PayHeader] = uri;
        }
    }

    private static bool IsForRefund(HttpRequest request) => request.Query["await_refund_obtained"] is [{ } word, ..] && word.Equals("yes", StringComparison.OrdinalIgnoreCase);

    private static int LooksOf(HttpRequest request) =>
        int.TryParse(request.Query["timeout_ms"], System.Globalization.CultureInfo.InvariantCulture, out var patience) && patience > 0
            ? Math.Min(patience, MostMilliseconds) / (int)BetweenLooks.TotalMilliseconds
            : 0;

    private async Task<string?> PayUriAsync(MatrixAnswer answer, WallCall call, string? session, CancellationToken cancellationToken) => answer switch
    {
        MatrixAnswer.Pay pay => $"{new TalerUri.Pay(address.Base, call.Number, session ?? "", pay.WithToken ? await orders.TokenAsync(call.Number, cancellationToken) : null)}",
        MatrixAnswer.AlreadyPaid => $"{new TalerUri.Pay(address.Base, call.Number, session ?? "", await orders.TokenAsync(call.Number, cancellationToken))}",
        _ => null,
    };

    private static JsonResult Json(MatrixAnswer answer, RefundPickup? pickup, string? pay)
    {
        var fetch = pickup?.Wallet.OriginalString;
        object body = answer switch
        {
            MatrixAnswer.Unknown => new { error = "not_found" },
            MatrixAnswer.Refused => new { error = "forbidden" },
            MatrixAnswer.Reorder reorder => new { public_reorder_url = reorder.Url },
            MatrixAnswer.Pay { Order: { IsPaid: true, RefundedMinor: > 0 } order } => new
            {
                taler_pay_uri = pay, fulfillment_url = order.FulfillmentUrl, taler_refund_uri = fetch, refunded = true, refund_pending = order.RefundPendingMinor > 0,
                refund_amount = Amount(order.RefundedMinor, order), refund_taken = Amount(order.RefundedMinor - order.RefundPendingMinor, order),
            },
            MatrixAnswer.Pay { Order: var order } => new { taler_pay_uri = pay, fulfillment_url = order.FulfillmentUrl },
            MatrixAnswer.AlreadyPaid(_, var earlier, var url) => new { taler_pay_uri = pay, fulfillment_url = url, already_paid_order_id = earlier },
            MatrixAnswer.Paid { Order: var order } => new
            {
                fulfillment_url = order.FulfillmentUrl, taler_refund_uri = fetch, refunded = order.RefundedMinor > 0, refund_pending = order.RefundPendingMinor > 0,
                refund_amount = Amount(order.RefundedMinor, order), refund_taken = Amount(order.RefundedMinor - order.RefundPendingMinor, order),
            },
            MatrixAnswer.Over { Order: var order } => new { error = "expired", fulfillment_url = order.FulfillmentUrl, taler_refund_uri = fetch },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new JsonResult(body, Written) { StatusCode = StatusOf(answer) };
    }

    private static ContentResult Text(MatrixAnswer answer, RefundPickup? pickup, string? pay) => new()
    {
        StatusCode = StatusOf(answer, pickup),
        ContentType = "text/plain; charset=utf-8",
        Content = answer switch
        {
            _ when pickup is not null => pickup.Wallet.OriginalString,
            MatrixAnswer.Reorder reorder => reorder.Url,
            MatrixAnswer.Paid { Order: var order } => order.FulfillmentUrl,
            MatrixAnswer.Over { Order: var order } => order.FulfillmentUrl,
            MatrixAnswer.AlreadyPaid done => done.Url,
            _ => pay ?? "",
        } + "\n",
    };

    private static string Amount(long minor, MatrixStatus order) => $"{TalerAmount.Of(new Shop.Payments.Money(minor, order.Amount.Currency), order.Amount.Currency.Code)}";
}

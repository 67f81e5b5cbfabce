using Microsoft.AspNetCore.Authorization;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Net.Http.Headers;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Paywall;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>
/// An order and its receipt, for the buyer, the buying session, or the link of a mail; for everybody else it does not exist (DW-74). It
/// answers in JSON to whoever would rather have that.
/// </summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class IndexModel(ShopDbContext db, OrderReader orders, RepairOnRead repair, BuyerRefunds refunds, ShopLinks links, OrderWall wall, MatrixOrders matrix, PaywallSession sessions) : PageModel
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public OrderView Order { get; private set; } = null!;

    /// <summary>The receipt's own link, to keep; null for those who came by it.</summary>
    public Uri? ReceiptLink => Order.ReceiptToken is { } token ? links.Receipt(Order.Number, token) : null;

    /// <summary>The buyer may give something of it back.</summary>
    public bool MayGiveBack { get; private set; }

    /// <summary>Where that is done, by the way the reader came.</summary>
    public string GiveBack { get; private set; } = "";

    /// <summary>Its receipt and its credit notes; empty while it is not paid, and for those who came by its link: the mail has links of their own.</summary>
    public IReadOnlyList<PaperView> Papers { get; private set; } = [];

    /// <summary>An order of the matrix, for those who pay or prove it; null: the order as its buyer sees it.</summary>
    public WallPage? Wall { get; private set; }

    /// <summary>Of an order of the matrix that this browser has paid: what was bought is there; null: it is not open here.</summary>
    public string? Opens { get; private set; }

    /// <summary>By which its buyer opens it in another browser without an account.</summary>
    public string? RecoveryCode { get; private set; }

    /// <summary>The buyer is signed in to the account that bought it, in a browser in which it is not open.</summary>
    public bool MayProve => Opens is null && RecoveryCode is not null && Order.BuyerId is { } buyer && buyer == User.MemberId();

    /// <summary>What its buyer's wallet has to fetch; null: nothing.</summary>
    public RefundToFetch? ToFetch { get; private set; }

    public bool IsPaid => Order.PaidAt is not null;

    /// <summary>Which words stand at the top.</summary>
    public string Stand => Order.IsInDoubt ? "InDoubt" : $"{Order.State}";

    public async Task<IActionResult> OnGetAsync([FromRoute] string number, [FromQuery] string? token, CancellationToken cancellationToken)
    {
        Response.Headers.Vary = HeaderNames.Accept;
        var (call, wanted) = (WallCall.Of(Request, number), OrderWall.WantedBy(Request));
        var viewer = new OrderViewer(HttpContext.Buyer(), token);
        var found = await orders.FindAsync(db, number, viewer, cancellationToken);
        if (found is { IsWithProvider: true } && await repair.LookAsync(found.Id, cancellationToken))
        {
            found = await orders.FindAsync(db, number, viewer, cancellationToken);
        }

        // its buyer sees the order itself; what a wallet, a program or anybody with a credential is answered stands in the matrix
        if ((found is null || wanted != Wanted.Html || call.IsOfMatrix) && await wall.IsOneAsync(number, cancellationToken))
        {
            return await MatrixAsync(call, wanted, cancellationToken);
        }

        RefundPickup? pickup = null;
        if (found is not null && (found.State == OrderState.RefundPending || found.Unused.Any(u => !u.IsBack)))
        {
            pickup = await wall.PickupAsync(Request, found.Id, cancellationToken);
            found = pickup is null ? await orders.FindAsync(db, number, viewer, cancellationToken) : found;
        }

        if (wanted == Wanted.Json)
        {
            return found is null
                ? new JsonResult(new { error = "not_found" }, Json) { StatusCode = StatusCodes.Status404NotFound }
                : new JsonResult(OrderJson.Of(found, pickup), Json);
        }

        if (found is null)
        {
            return NotFound();
        }

        Order = found;
        if (pickup is not null)
        {
            // a program that asks for an order of the matrix needs its credential
            var own = Request.Path + Request.QueryString;
            var status = await matrix.StatusAsync(number, sessions.Find(HttpContext) ?? "-", cancellationToken);
            ToFetch = new RefundToFetch(pickup, own, status is null ? own : new Uri(status.StatusUrl).PathAndQuery);
        }

        Papers = found is { PaidAt: not null, MayAct: true } ? await ReceiptReader.ListAsync(db, found, cancellationToken) : [];
        MayGiveBack = await refunds.IsTimeAsync(db, found, cancellationToken) && await refunds.FindAsync(db, number, viewer, cancellationToken) is not null;
        if (found is { PaidAt: not null, MayAct: true, Lines: [{ Kind: ResourceItem.KindKey }] })
        {
            await ShowWhatOpensAsync(number, cancellationToken);
        }

        GiveBack = $"/orders/{number}/refund{(found.MayAct || token is null ? "" : QueryString.Create("token", token))}";
        return Page();
    }

    private async Task ShowWhatOpensAsync(string number, CancellationToken cancellationToken)
    {
        if (await matrix.StatusAsync(number, sessions.Find(HttpContext) ?? "-", cancellationToken) is not { RefundedMinor: 0 } status || status.FulfillmentUrl == links.Paid(number))
        {
            return;
        }

        Opens = status.State == MatrixState.Paid ? status.FulfillmentUrl : null;
        RecoveryCode = await matrix.RecoveryCodeAsync(number, cancellationToken);
    }

    private async Task<IActionResult> MatrixAsync(WallCall call, Wanted wanted, CancellationToken cancellationToken)
    {
        Response.Headers.Vary = $"{HeaderNames.Accept}, {HeaderNames.Cookie}";
        if (wanted == Wanted.Nothing)
        {
            return StatusCode(StatusCodes.Status406NotAcceptable);
        }

        if (wanted != Wanted.Html)
        {
            return await wall.ForProgramsAsync(HttpContext, call, wanted, cancellationToken);
        }

        var session = wall.SessionOf(HttpContext, call, mayMake: !PreviewBots.IsLookingOnly(Request));
        var (answer, pickup) = await wall.LookAsync(call, session, html: true, cancellationToken);
        switch (answer)
        {
            case MatrixAnswer.Unknown or MatrixAnswer.Refused:
                return StatusCode(OrderWall.StatusOf(answer));
            case MatrixAnswer.AlreadyPaid done:
                return Redirect(done.Url);
            case MatrixAnswer.Paid { Order: var paid } when pickup is null:
                return Redirect(paid.FulfillmentUrl);
            default:
                Wall = await wall.ForPeopleAsync(HttpContext, call, answer, pickup, session, cancellationToken);
                Response.StatusCode = OrderWall.StatusOf(answer, pickup);
                return Page();
        }
    }
}

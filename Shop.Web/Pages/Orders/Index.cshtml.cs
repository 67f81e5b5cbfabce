using Microsoft.AspNetCore.Authorization;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Net.Http.Headers;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>
/// An order and its receipt, for the buyer, the buying session, or the link of a mail; for everybody else it does not exist (DW-74). It
/// answers in JSON to whoever would rather have that.
/// </summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class IndexModel(ShopDbContext db, OrderReader orders, RepairOnRead repair, BuyerRefunds refunds, ShopLinks links) : PageModel
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

    public bool IsPaid => Order.PaidAt is not null;

    /// <summary>Which words stand at the top.</summary>
    public string Stand => Order.IsInDoubt ? "InDoubt" : $"{Order.State}";

    public async Task<IActionResult> OnGetAsync([FromRoute] string number, [FromQuery] string? token, CancellationToken cancellationToken)
    {
        Response.Headers.Vary = HeaderNames.Accept;
        var viewer = new OrderViewer(HttpContext.Buyer(), token);
        var found = await orders.FindAsync(db, number, viewer, cancellationToken);
        if (found is { IsWithProvider: true } && await repair.LookAsync(found.Id, cancellationToken))
        {
            found = await orders.FindAsync(db, number, viewer, cancellationToken);
        }

        if (WantsJson())
        {
            return found is null
                ? new JsonResult(new { error = "not_found" }, Json) { StatusCode = StatusCodes.Status404NotFound }
                : new JsonResult(OrderJson.Of(found), Json);
        }

        if (found is null)
        {
            return NotFound();
        }

        Order = found;
        Papers = found is { PaidAt: not null, MayAct: true } ? await ReceiptReader.ListAsync(db, found, cancellationToken) : [];
        MayGiveBack = await refunds.IsTimeAsync(db, found, cancellationToken) && await refunds.FindAsync(db, number, viewer, cancellationToken) is not null;
        GiveBack = $"/orders/{number}/refund{(found.MayAct || token is null ? "" : QueryString.Create("token", token))}";
        return Page();
    }

    private bool WantsJson()
    {
        var accepted = Request.GetTypedHeaders().Accept;
        var json = accepted.Where(type => type.MediaType == "application/json").Max(type => (double?)(type.Quality ?? 1));
        var html = accepted.Where(type => type.MediaType == "text/html").Max(type => (double?)(type.Quality ?? 1));
        return json is not null && json > (html ?? 0);
    }
}

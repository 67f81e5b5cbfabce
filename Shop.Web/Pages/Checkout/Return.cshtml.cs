using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Paywall;

namespace Shop.Web.Pages.Checkout;

/// <summary>The way back from a provider. What its address says counts for nothing: the provider is asked, and the answer says where to go on.</summary>
[AllowAnonymous]
internal sealed class ReturnModel(ShopDbContext db, OrderReader orders, Core.Checkout checkout, MatrixOrders matrix, PaywallSession sessions) : PageModel
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string number, CancellationToken cancellationToken)
    {
        if (await orders.FindToActAsync(db, number, HttpContext.Buyer(), cancellationToken) is not { } order)
        {
            return await FromFrameAsync(number, cancellationToken);
        }

        if (await checkout.PayAsync(order.Id, cancellationToken) is not PayResult.Over)
        {
            return Redirect($"/checkout/{number}/pay");
        }

        // whoever paid for a resource in this browser wants to have it
        return sessions.Find(HttpContext) is { } session && await matrix.StatusAsync(number, session, cancellationToken) is { State: MatrixState.Paid } paid
            ? Redirect(paid.FulfillmentUrl)
            : Redirect($"/orders/{number}");
    }

    /// <summary>
    /// A frame on a seller's page has its session, this window has none: the service is asked, and nothing is told. What was bought without an account from a seller may come
    /// from a frame; every other order is not there.
    /// </summary>
    private async Task<IActionResult> FromFrameAsync(string number, CancellationToken cancellationToken)
    {
        if (await db.Orders.Where(o => o.Number == number && o.BuyerId == null && o.Lines.Any(l => l.SellerId != null)).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken) is not { } id)
        {
            return NotFound();
        }

        await checkout.PayAsync(id, cancellationToken);
        return Page();
    }
}

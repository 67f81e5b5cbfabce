using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages.Checkout;

/// <summary>The way back from a provider. What its address says counts for nothing: the provider is asked, and the answer says where to go on.</summary>
[AllowAnonymous]
internal sealed class ReturnModel(ShopDbContext db, OrderReader orders, Core.Checkout checkout) : PageModel
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string number, CancellationToken cancellationToken)
    {
        if (await orders.FindToActAsync(db, number, HttpContext.Buyer(), cancellationToken) is not { } order)
        {
            return await FromFrameAsync(number, cancellationToken);
        }

        return await checkout.PayAsync(order.Id, cancellationToken) is PayResult.Over
            ? Redirect($"/orders/{number}")
            : Redirect($"/checkout/{number}/pay");
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

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages.Checkout;

/// <summary>The way back from a provider. What its address says counts for nothing: the provider is asked, and the answer says where to go on.</summary>
[AllowAnonymous]
internal sealed class ReturnModel(ShopDbContext db, OrderReader orders, Core.Checkout checkout) : PageModel
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string number, CancellationToken cancellationToken)
    {
        if (await orders.FindToActAsync(db, number, HttpContext.Buyer(), cancellationToken) is not { } id)
        {
            return NotFound();
        }

        return await checkout.PayAsync(id, cancellationToken) is PayResult.Over
            ? Redirect($"/orders/{number}")
            : Redirect($"/checkout/{number}/pay");
    }
}

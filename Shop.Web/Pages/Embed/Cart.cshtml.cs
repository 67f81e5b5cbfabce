using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Embed;
using Shop.Web.Hosting;

namespace Shop.Web.Pages.Embed;

/// <summary>The cart for other pages of the site: a link, and how much is in it where the browser sends the shop's cookie along.</summary>
[AllowAnonymous]
internal sealed class CartModel(ShopDbContext db, ShopAddress address, CurrentCart cart) : EmbedPage(db, address)
{
    public int Count { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await FindSellerAsync(cancellationToken) is null)
        {
            return NotFound();
        }

        Count = (await cart.ViewAsync(cancellationToken)).Count;
        return Page();
    }
}

using Shop.Core;

namespace Shop.Web.Display;

/// <summary>The buyer's cart as this request sees it: priced once, shown by the page and by the summary in the masthead.</summary>
public sealed class CurrentCart(ShopDbContext db, CartPricing pricing, IHttpContextAccessor http)
{
    private CartView? cart;

    /// <summary>The page has read it already.</summary>
    public void Is(CartView known) => cart = known;

    public async Task<CartView> ViewAsync(CancellationToken cancellationToken) =>
        cart ??= await pricing.ViewAsync(db, http.HttpContext!.Buyer(), cancellationToken);
}

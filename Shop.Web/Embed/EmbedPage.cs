using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Security;

namespace Shop.Web.Embed;

/// <summary>
/// Base of pages that sellers' pages frame. Which origins may is read by the key from the database. Nobody is signed in here and no cookie is needed: what is sent
/// carries the frame's token in its body and comes from our own origin, which stands in the place of the form token of other pages.
/// </summary>
[IgnoreAntiforgeryToken]
internal abstract class EmbedPage(ShopDbContext db, ShopAddress address) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "key")]
    public string? EmbedKey { get; set; }

    public Seller Seller { get; private set; } = null!;

    /// <summary>Who may frame this page, and to whom its script speaks.</summary>
    public IReadOnlyList<string> Origins { get; private set; } = [];

    protected ShopDbContext Db => db;

    /// <summary>Null: nobody has that key, and nobody may frame the answer.</summary>
    protected async Task<Seller?> FindSellerAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(EmbedKey) || await Core.Sellers.ByEmbedKeyAsync(db, EmbedKey, cancellationToken) is not var (seller, origins))
        {
            return null;
        }

        (Seller, Origins) = (seller, origins);
        HttpContext.PageHeaders().AllowFraming(origins);
        return seller;
    }

    /// <summary>The request comes from a page of the shop itself: a browser says so of every POST, and no page can make it say otherwise.</summary>
    protected bool IsOwnRequest => Request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var from) && address.IsOwn(from);
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages;

[AllowAnonymous]
internal sealed class IndexModel(ShopDbContext db, Catalogue catalogue, Standings standings) : PageModel
{
    public IReadOnlyList<ProductGroup> Groups { get; private set; } = [];

    /// <summary>Null for a visitor.</summary>
    public Standing? Standing { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Groups = await catalogue.FrontAsync(db, User.MemberId(), cancellationToken);
        Standing = User.MemberId() is { } member ? await standings.OfAsync(db, member, cancellationToken) : null;
    }
}

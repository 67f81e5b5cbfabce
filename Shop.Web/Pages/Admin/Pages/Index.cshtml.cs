using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;

namespace Shop.Web.Pages.Admin.Pages;

internal sealed class IndexModel(ShopDbContext db, LegalPages pages) : PageModel
{
    public IReadOnlyList<LegalText> Current { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var current = new List<LegalText>();
        foreach (var kind in Enum.GetValues<LegalPageKind>())
        {
            current.Add(await pages.CurrentAsync(db, kind, cancellationToken));
        }

        Current = current;
    }
}

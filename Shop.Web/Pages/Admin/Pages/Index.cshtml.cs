using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Pages;

[Authorize(StaffPolicies.RuleEditor)]
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

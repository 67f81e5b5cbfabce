using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Pages.About;

[AllowAnonymous]
internal sealed class LegalModel(ShopDbContext db, LegalPages pages) : PageModel
{
    public LegalText Current { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string kind, CancellationToken cancellationToken)
    {
        if (!Words.TryParse<LegalPageKind>(kind, out var page))
        {
            return NotFound();
        }

        Current = await pages.CurrentAsync(db, page, cancellationToken);
        return Page();
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin;

/// <summary>Whom chance drew for paid gifts, the hidden ones too (DW-97).</summary>
[Authorize(StaffPolicies.Clerk)]
internal sealed class DrawsModel(ShopDbContext db) : PageModel
{
    private const int LastPage = 10_000;

    public IReadOnlyList<DrawRow> Rows { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        var number = int.TryParse(page, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        var found = await RandomDesk.DrawsAsync(db, number, cancellationToken);
        Rows = found.Rows;
        Pager = new PagerModel(number, found.More, other => $"/admin/random?page={other}");
    }
}

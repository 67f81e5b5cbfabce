using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Catalogue;

/// <summary>Everything that is sold, or could be, by group.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class IndexModel(ShopDbContext db, CatalogueDesk desk, ItemKinds kinds) : PageModel
{
    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    [FromQuery(Name = "kind")]
    public string? Kind { get; set; }

    [FromQuery(Name = "show")]
    public string? Show { get; set; }

    public CatalogueFilter Filter { get; private set; }

    public IReadOnlyList<string> Kinds => [.. kinds.Keys];

    public IReadOnlyList<CatalogueRow> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Filter = Words.TryParse<CatalogueFilter>(Show, out var filter) ? filter : CatalogueFilter.All;
        Rows = await desk.ListAsync(db, new CatalogueSearch(Text, string.IsNullOrEmpty(Kind) ? null : Kind, Filter), cancellationToken);
    }
}

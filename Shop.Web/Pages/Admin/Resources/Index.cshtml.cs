using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Resources;

/// <summary>Everything that is paid once and then opens.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class IndexModel(ShopDbContext db, ResourceDesk desk, RuleBook rules) : PageModel
{
    public IReadOnlyList<Resource> Rows { get; private set; } = [];

    public Currency Currency { get; private set; } = Currency.Usd;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Rows = await desk.ListAsync(cancellationToken);
        Currency = (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

[Authorize(StaffPolicies.Member)]
internal sealed class IndexModel(ShopDbContext db, Standings standings, OrderReader orders, RuleBook rules) : PageModel
{
    private const int LatestOrders = 3;

    public Standing Standing { get; private set; } = null!;

    public IconQuota Icons { get; private set; } = null!;

    public IReadOnlyList<OrderRow> Latest { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        Standing = await standings.OfAsync(db, member, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, Standing.RuleRevision, cancellationToken);
        Icons = await ExtraIcons.QuotaAsync(db, member, Standing.Class, terms, cancellationToken);
        var page = await orders.PageAsync(db, member, new OrderFilter(), OrderSort.Newest, 1, cancellationToken);
        Latest = [.. page.Rows.Take(LatestOrders)];
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

/// <summary>A member's subscriptions, those that run first (MZ-59).</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SubscriptionsModel(ShopDbContext db, Subscriptions subscriptions) : PageModel
{
    public IReadOnlyList<SubscriptionView> Subscriptions { get; private set; } = [];

    public bool CanCancel(SubscriptionView subscription) => subscription.State is SubscriptionState.Active or SubscriptionState.PastDue or SubscriptionState.Paused;

    public async Task OnGetAsync(CancellationToken cancellationToken) => Subscriptions = await subscriptions.ListAsync(db, User.MemberId()!.Value, cancellationToken);
}

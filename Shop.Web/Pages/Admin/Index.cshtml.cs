using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin;

/// <summary>The desk's start: what the roles of whoever is here allow, and what waits for the owner's word.</summary>
[Authorize(StaffPolicies.Staff)]
internal sealed class IndexModel(IAuthorizationService authorization, ShopDbContext db, PointsExpiryRun points, Renewals renewals, IStringLocalizer<AdminTexts> texts) : FormPage
{
    public bool MayEditPages { get; private set; }

    public bool MayNameMaintainers { get; private set; }

    public bool MayManageSellers { get; private set; }

    public bool MaySeeOrders { get; private set; }

    public bool MayLookAfterPayments { get; private set; }

    public bool MayConfirmClock { get; private set; }

    /// <summary>When what stopped had looked last; null: nothing has.</summary>
    public DateTimeOffset? Stopped { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>The owner says that the clock is right after a jump.</summary>
    public async Task<IActionResult> OnPostClockAsync(CancellationToken cancellationToken)
    {
        if (!(await authorization.AuthorizeAsync(User, StaffPolicies.Owner)).Succeeded)
        {
            return Forbid();
        }

        var member = User.MemberId()!.Value;
        if (await points.ConfirmAsync(member, cancellationToken) | await renewals.ConfirmAsync(member, cancellationToken))
        {
            TempData.Done(texts["Clock.Done"]);
        }

        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        MaySeeOrders = (await authorization.AuthorizeAsync(User, StaffPolicies.Orders)).Succeeded;
        MayEditPages = (await authorization.AuthorizeAsync(User, StaffPolicies.RuleEditor)).Succeeded;
        MayNameMaintainers = (await authorization.AuthorizeAsync(User, StaffPolicies.Clerk)).Succeeded;
        MayLookAfterPayments = (await authorization.AuthorizeAsync(User, StaffPolicies.Refunder)).Succeeded;
        MayManageSellers = (await authorization.AuthorizeAsync(User, StaffPolicies.SellerManager)).Succeeded;
        MayConfirmClock = (await authorization.AuthorizeAsync(User, StaffPolicies.Owner)).Succeeded;
        var (expiry, renewal) = (await points.StateAsync(db, cancellationToken), await renewals.StateAsync(db, cancellationToken));
        Stopped = expiry.Stopped ? expiry.DoneUntil : renewal.Stopped ? renewal.DoneUntil : null;
        return null;
    }
}

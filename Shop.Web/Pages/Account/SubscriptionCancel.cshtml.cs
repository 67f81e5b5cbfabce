using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Cancelling a subscription: what will happen is said before (MZ-36 to MZ-39); only the POST cancels.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SubscriptionCancelModel(ShopDbContext db, Subscriptions subscriptions, TimeProvider clock, IStringLocalizer<SubscriptionTexts> texts) : FormPage
{
    [FromRoute]
    public string Handle { get; set; } = "";

    /// <summary><c>now</c>, else at the end of what is paid for.</summary>
    [BindProperty]
    public string? When { get; set; }

    public SubscriptionView Subscription { get; private set; } = null!;

    public bool IsValid => Subscription.IsValidAt(clock.GetUtcNow());

    /// <summary>The end of what is paid for, in the reader's zone.</summary>
    public string? Until => Subscription.PaidThrough is { } through ? TimeText.Moment(through, ReaderZone.Of(HttpContext), CultureInfo.CurrentCulture) : null;

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        switch (await subscriptions.CancelAsync(Member, Handle, When == "now", cancellationToken))
        {
            case SubscriptionResult.Done:
                Subscription = (await subscriptions.FindAsync(db, Member, Handle, cancellationToken))!;
                TempData.Done(Subscription.State == SubscriptionState.Ending && IsValid ? texts["Cancel.Done.AtEnd", Until!] : texts["Cancel.Done.Now"]);
                return LocalRedirect($"/account/subscriptions/{Handle}");
            case SubscriptionResult.NotFound:
                return NotFound();
            case var other:
                Problem("", texts[$"{other}"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await subscriptions.FindAsync(db, Member, Handle, cancellationToken) is not { } subscription)
        {
            return NotFound();
        }

        Subscription = subscription;
        return subscription.State == SubscriptionState.Ended ? LocalRedirect($"/account/subscriptions/{Handle}") : null;
    }
}

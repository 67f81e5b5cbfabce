using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Passing points on: a form, then a page that shows what will happen, then the transfer.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class TransferModel(
    ShopDbContext db, Transfers transfers, RuleBook rules, LookUps lookUps, IStringLocalizer<PointsTexts> texts, IStringLocalizer<LayoutTexts> layout) : FormPage
{
    [BindProperty]
    public string? Recipient { get; set; }

    [BindProperty]
    public string? Points { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public bool Anonymous { get; set; }

    /// <summary>Made with the page that shows what will happen: sent twice, it transfers once.</summary>
    [BindProperty]
    public string? Key { get; set; }

    /// <summary>What will happen; null while the form is shown.</summary>
    public TransferPlan? Plan { get; private set; }

    public long Balance { get; private set; }

    public int Most { get; private set; }

    public int MaxNote { get; private set; }

    private TransferWish Wish => new(
        User.MemberId()!.Value, Recipient, long.TryParse(Points, NumberStyles.None, CultureInfo.InvariantCulture, out var points) ? points : 0, Note, Anonymous);

    public Task<IActionResult> OnGetAsync([FromQuery(Name = "for")] string? forWhom, CancellationToken cancellationToken)
    {
        Recipient = forWhom;
        return ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), texts["Transfer.Refusal.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await transfers.CheckAsync(db, Wish, cancellationToken))
        {
            case TransferResult.Ready ready:
                Plan = ready.Plan;
                Key = Codes.New(26);
                return await ShowAsync(cancellationToken);
            case TransferResult.Refused refused:
                return await RefusedAsync(refused, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public Task<IActionResult> OnPostChangeAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostSendAsync(CancellationToken cancellationToken)
    {
        // a form that no page of ours made has no key: it is shown what it would do first
        if (string.IsNullOrEmpty(Key))
        {
            return await OnPostAsync(cancellationToken);
        }

        switch (await transfers.SendAsync(Wish, Key, cancellationToken))
        {
            case TransferResult.Sent sent:
                TempData.Done(texts["Transfer.Done", layout.Count("Points", sent.Points), sent.RecipientName]);
                return LocalRedirect("/account/points");
            case TransferResult.Refused refused:
                return await RefusedAsync(refused, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        (Most, MaxNote) = (set.Get<PointTerms>().MostTransferred, set.Get<CartTerms>().MaxNote);
        Balance = await PointsAccounts.BalanceAsync(db, User.MemberId()!.Value, cancellationToken);
        return null;
    }

    private Task<IActionResult> RefusedAsync(TransferResult.Refused refused, CancellationToken cancellationToken)
    {
        object limit = refused.Reason == TransferRefusal.NotEnough ? layout.Count("Points", refused.Limit) : refused.Limit;
        Problem(refused.Field == TransferField.None ? "" : $"{refused.Field}", texts[$"Transfer.Refusal.{refused.Reason}", Recipient ?? "", limit]);
        return refused.Reason == TransferRefusal.OtherContent ? ShowConflictAsync(cancellationToken) : ShowAgainAsync(cancellationToken);
    }
}

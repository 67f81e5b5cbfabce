using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A gift that nobody has yet, for whoever gave it: to be changed, sent once more, or taken back.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class GiftModel(
    ShopDbContext db, Gifts gifts, GiftReturns returns, LookUps lookUps, IStringLocalizer<OrderTexts> texts, IStringLocalizer<ShopTexts> refusals,
    IStringLocalizer<LayoutTexts> layout) : FormPage
{
    [FromRoute(Name = "gift")]
    public long Id { get; set; }

    [BindProperty]
    public string? Recipient { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public string? DeliverOn { get; set; }

    [BindProperty]
    public bool ConfirmDate { get; set; }

    [BindProperty]
    public bool Anonymous { get; set; }

    [BindProperty]
    public bool Consent { get; set; }

    [BindProperty]
    public int? ConsentDays { get; set; }

    public GivenGift Waiting { get; private set; } = null!;

    public (GiftTerms Gifts, CartTerms Carts) Terms { get; private set; }

    public bool AsksForDate { get; private set; }

    public LineConsent? AsksConsent { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        (Recipient, Note, Anonymous) = (Waiting.RecipientName, Waiting.Note, Waiting.Anonymous);
        DeliverOn = Waiting is { State: DeliveryState.Scheduled, DeliverOn: { } day } ? Days.Text(Days.Of(day)) : null;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), refusals["Refusal.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (!string.IsNullOrWhiteSpace(DeliverOn) && !string.IsNullOrWhiteSpace(Recipient) && !lookUps.AllowDay(HttpContext, Recipient))
        {
            Problem(nameof(DeliverOn), refusals["Refusal.TooManyDays"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var wish = new GiftChange(Recipient, Note, DeliverOn, ConfirmDate, Anonymous, Consent ? ConsentDays : null);
        switch (await gifts.ChangeAsync(User.MemberId()!.Value, Id, wish, cancellationToken))
        {
            case GiftChangeResult.Changed:
                TempData.Done(texts["Gift.Changed"]);
                return Redirect("/account/gifts");
            case GiftChangeResult.TooOften:
                Problem(nameof(Recipient), texts["Gift.TooManyMails"]);
                return await ShowAgainAsync(cancellationToken);
            case GiftChangeResult.TooLate:
                TempData.Problem(texts["Gift.TooLate"]);
                return Redirect("/account/gifts");
            case GiftChangeResult.Refused { Why: var refused }:
                AsksForDate = ConfirmDate || refused.Field == CartField.ConfirmDate;
                AsksConsent = refused.Consent;
                Problem($"{refused.Field}", refusals.Of(refused.Reason, refused.PossibleFrom, Recipient, refused.Limit));
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostResendAsync(CancellationToken cancellationToken)
    {
        switch (await gifts.ResendAsync(User.MemberId()!.Value, Id, cancellationToken))
        {
            case ResendResult.Sent:
                TempData.Done(texts["Gift.Resent"]);
                break;
            case ResendResult.TooOften:
                TempData.Problem(texts["Gift.TooOften"]);
                break;
            case ResendResult.TooLate:
                TempData.Problem(texts["Gift.TooLate"]);
                break;
        }

        return Redirect("/account/gifts");
    }

    public async Task<IActionResult> OnPostTakeBackAsync(CancellationToken cancellationToken)
    {
        if (await returns.TakeBackAsync(User.MemberId()!.Value, Id, cancellationToken))
        {
            TempData.Done(texts["Gift.TakenBack"]);
        }
        else
        {
            TempData.Problem(texts["Gift.NotTakenBack"]);
        }

        return Redirect("/account/gifts");
    }

    /// <summary>What was paid for a gift, in words.</summary>
    public string Paid(GivenGift gift)
    {
        var (money, points) = (new Money(gift.DueMinor, Currency.Of(gift.Currency)).ForReader(), layout.Count("Points", gift.DuePoints));
        return gift switch { { DuePoints: 0 } => money, { DueMinor: 0 } => points, _ => texts["MoneyAndPoints", money, points] };
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await gifts.FindAsync(db, User.MemberId()!.Value, Id, cancellationToken) is not { } waiting)
        {
            return NotFound();
        }

        Waiting = waiting;
        Terms = await gifts.TermsAsync(db, cancellationToken);
        return null;
    }
}

using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>The form that changes a gift that nobody has yet, for its giver and for staff.</summary>
internal abstract class GiftFormPage(IStringLocalizer<OrderTexts> texts, IStringLocalizer<ShopTexts> refusals) : FormPage
{
    protected IStringLocalizer<OrderTexts> Texts => texts;

    protected IStringLocalizer<ShopTexts> Reasons => refusals;

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

    public GivenGift Waiting { get; protected set; } = null!;

    public (GiftTerms Gifts, CartTerms Carts) Terms { get; protected set; }

    public bool AsksForDate { get; private set; }

    public LineConsent? AsksConsent { get; private set; }

    protected GiftChange Wish => new(Recipient, Note, DeliverOn, ConfirmDate, Anonymous, Consent ? ConsentDays : null);

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

    /// <summary>What became of the wish: back to <paramref name="list"/>, or the form again with the reason and all that was typed.</summary>
    protected async Task<IActionResult> ChangedAsync(GiftChangeResult result, string list, CancellationToken cancellationToken)
    {
        switch (result)
        {
            case GiftChangeResult.Changed:
                TempData.Done(texts["Gift.Changed"]);
                return Redirect(list);
            case GiftChangeResult.TooOften:
                Problem(nameof(Recipient), texts["Gift.TooManyMails"]);
                return await ShowAgainAsync(cancellationToken);
            case GiftChangeResult.TooLate:
                TempData.Problem(texts["Gift.TooLate"]);
                return Redirect(list);
            case GiftChangeResult.Refused { Why: var refused }:
                AsksForDate = ConfirmDate || refused.Field == CartField.ConfirmDate;
                AsksConsent = refused.Consent;
                Problem($"{refused.Field}", refusals.Of(refused.Reason, refused.PossibleFrom, Recipient, refused.Limit));
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}

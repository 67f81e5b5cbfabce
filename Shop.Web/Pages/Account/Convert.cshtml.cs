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

/// <summary>Turning one's own paid time into points: how much, then what goes and what comes, then the change.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class ConvertModel(
    ShopDbContext db, TimeToPoints conversions, RuleBook rules, IStringLocalizer<PointsTexts> texts, IStringLocalizer<LayoutTexts> layout) : FormPage
{
    [BindProperty]
    public string? Blocks { get; set; }

    /// <summary>The points that the page promised.</summary>
    [BindProperty]
    public string? Shown { get; set; }

    /// <summary>Made with the page that shows what will happen: sent twice, it converts once.</summary>
    [BindProperty]
    public string? Key { get; set; }

    /// <summary>What is possible; null: nothing, see <see cref="Refused"/>.</summary>
    public ConversionOffer? Offer { get; private set; }

    public ConversionResult.Refused? Refused { get; private set; }

    /// <summary>The number of blocks that is to be confirmed; 0 while the form is shown.</summary>
    public int Chosen { get; private set; }

    /// <summary>Days between two conversions.</summary>
    public int Every { get; private set; }

    private int Number => int.TryParse(Blocks, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private long Promised => long.TryParse(Shown, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } away)
        {
            return away;
        }

        if (Offer is not { } offer)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        if (Number < 1 || Number > offer.MostBlocks)
        {
            Problem(nameof(Blocks), texts["Convert.Refusal.Blocks"]);
            return await ShowAgainAsync(cancellationToken);
        }

        (Chosen, Key) = (Number, Codes.New(26));
        return Page();
    }

    public async Task<IActionResult> OnPostConvertAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(Key))
        {
            return await OnPostAsync(cancellationToken);
        }

        switch (await conversions.ConvertAsync(User.MemberId()!.Value, Number, Promised, Key, cancellationToken))
        {
            case ConversionResult.Converted converted:
                TempData.Done(texts["Convert.Done", layout.Count("Points", converted.Points)]);
                return LocalRedirect("/account/points");
            case ConversionResult.Refused { Reason: ConversionRefusal.Blocks or ConversionRefusal.Changed } wrong:
                Problem(wrong.Reason == ConversionRefusal.Blocks ? nameof(Blocks) : "", texts[$"Convert.Refusal.{wrong.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            case ConversionResult.Refused { Reason: ConversionRefusal.OtherContent }:
                Problem("", texts["Convert.Refusal.OtherContent"]);
                return await ShowConflictAsync(cancellationToken);
            default:
                // the page says why, and when it will be possible
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Every = (await rules.GetAsync<PointTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).ConversionDays;
        var view = await conversions.ViewAsync(db, User.MemberId()!.Value, cancellationToken);
        Offer = (view as ConversionResult.Possible)?.Offer;
        Refused = view as ConversionResult.Refused;
        Blocks ??= Offer?.MostBlocks.ToString(CultureInfo.InvariantCulture);
        return null;
    }
}

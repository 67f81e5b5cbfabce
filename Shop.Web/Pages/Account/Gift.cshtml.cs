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
    IStringLocalizer<LayoutTexts> layout) : GiftFormPage(texts, refusals)
{
    [FromRoute(Name = "gift")]
    public long Id { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), Reasons["Refusal.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (!string.IsNullOrWhiteSpace(DeliverOn) && !string.IsNullOrWhiteSpace(Recipient) && !lookUps.AllowDay(HttpContext, Recipient))
        {
            Problem(nameof(DeliverOn), Reasons["Refusal.TooManyDays"]);
            return await ShowAgainAsync(cancellationToken);
        }

        return await ChangedAsync(await gifts.ChangeAsync(User.MemberId()!.Value, Id, Wish, cancellationToken), "/account/gifts", cancellationToken);
    }

    public async Task<IActionResult> OnPostResendAsync(CancellationToken cancellationToken)
    {
        switch (await gifts.ResendAsync(User.MemberId()!.Value, Id, cancellationToken))
        {
            case ResendResult.Sent:
                TempData.Done(Texts["Gift.Resent"]);
                break;
            case ResendResult.TooOften:
                TempData.Problem(Texts["Gift.TooOften"]);
                break;
            case ResendResult.TooLate:
                TempData.Problem(Texts["Gift.TooLate"]);
                break;
        }

        return Redirect("/account/gifts");
    }

    public async Task<IActionResult> OnPostTakeBackAsync(CancellationToken cancellationToken)
    {
        if (await returns.TakeBackAsync(User.MemberId()!.Value, Id, cancellationToken))
        {
            TempData.Done(Texts["Gift.TakenBack"]);
        }
        else
        {
            TempData.Problem(Texts["Gift.NotTakenBack"]);
        }

        return Redirect("/account/gifts");
    }

    /// <summary>What was paid for a gift, in words.</summary>
    public string Paid(GivenGift gift)
    {
        var (money, points) = (new Money(gift.DueMinor, Currency.Of(gift.Currency)).ForReader(), layout.Count("Points", gift.DuePoints));
        return gift switch { { DuePoints: 0 } => money, { DueMinor: 0 } => points, _ => Texts["MoneyAndPoints", money, points] };
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

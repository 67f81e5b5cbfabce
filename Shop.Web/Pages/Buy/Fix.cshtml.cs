using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Buy;

/// <summary>
/// A renewal that was not paid, by the link of its mail: the same method again, another one, or a new one (MZ-31 to MZ-33). Signed out it shows what is to be paid, and
/// the way to sign in; the payer alone sees methods and pays. Of a seller's buyer who has no account to sign in to, whoever holds the link is the payer (docs/adr/0042).
/// </summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class FixModel(ShopDbContext db, RenewalFixes fixes, ClientAddress address, IStringLocalizer<SubscriptionTexts> texts, IStringLocalizer<CheckoutTexts> checkout) : FormPage
{
    /// <summary>No token is longer.</summary>
    private const int MostToken = 100;

    [FromRoute]
    public string Token { get; set; } = "";

    /// <summary>A kept method, or where a new one is entered: what <see cref="WaysToPay.Read"/> reads.</summary>
    [BindProperty]
    public string? Way { get; set; }

    public RenewalFix Renewal { get; private set; } = null!;

    public bool IsPayer => Renewal.ByLink || User.MemberId() == Renewal.MemberId;

    public bool IsPaid => Renewal.Order is not (OrderState.AwaitingPayment or OrderState.Cancelled or OrderState.Expired);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        if (!IsPayer)
        {
            return LocalRedirect("/account/login?returnUrl=" + Uri.EscapeDataString("/buy/fix/" + Token));
        }

        var (provider, saved) = WaysToPay.Read(Way);
        if (provider is null && saved is null)
        {
            Problem(nameof(Way), texts["Fix.Missing"]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await fixes.PayAsync(Renewal, provider, saved, address.LimitedHash(HttpContext), cancellationToken))
        {
            case PlaceResult.Placed placed:
                if (Renewal.ByLink)
                {
                    CartCookie.KeepFix(HttpContext, Token);
                }

                return WaysToPay.Onward(HttpContext, placed);
            case PlaceResult.Refused refused:
                Problem(nameof(Way), checkout[$"Refusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.Busy:
                Problem("", texts["Busy"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.NoSuchMethod:
                return NotFound();
            default:
                Problem("", texts["NotNow"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (Token.Length > MostToken || await fixes.FindAsync(db, Token, User.MemberId(), cancellationToken) is not { } renewal)
        {
            return NotFound();
        }

        Renewal = renewal;
        return null;
    }
}

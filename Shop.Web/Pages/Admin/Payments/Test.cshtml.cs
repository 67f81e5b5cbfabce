using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Payments;

/// <summary>A small real payment with a method, to see that it works: which and how much, a second look, and the payment. What became of the last ones stands below.</summary>
[Authorize(StaffPolicies.TestPurchases)]
[PrivatePage]
internal sealed class TestModel(
    ShopDbContext db, TestPurchases tests, SignIns signIns, ClientAddress address, TimeProvider clock, IStringLocalizer<PaymentsTexts> texts,
    IStringLocalizer<CheckoutTexts> methods) : FormPage
{
    [BindProperty]
    public Guid Key { get; set; }

    /// <summary>The method, by the id of its plug-in; in the address it is only proposed.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Provider { get; set; }

    /// <summary>As it was typed.</summary>
    [BindProperty]
    public string? Amount { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public IReadOnlyList<TestOffer> Offers { get; private set; } = [];

    public IReadOnlyList<TestView> Last { get; private set; } = [];

    /// <summary>What is to be confirmed; null while the form is shown.</summary>
    public (TestOffer Offer, Money Amount)? Confirm { get; private set; }

    public bool AsksPassword { get; private set; }

    public string NameOf(TestOffer offer) => methods.Name(offer.Provider, offer.Name);

    public string NameOf(string provider) => methods.Name(provider, provider);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostPasswordAsync(CancellationToken cancellationToken)
    {
        if (await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            return RedirectToPage();
        }

        Problem(nameof(Password), texts["Test.Password.Wrong"]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostLookAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (AsksPassword || Wanted() is not { } wanted)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        Confirm = wanted;
        return Page();
    }

    public async Task<IActionResult> OnPostPayAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (AsksPassword || Wanted() is not { } wanted)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        var wish = new TestWish(
            Key, wanted.Offer.Provider, wanted.Amount.Minor, User.MemberId()!.Value, CultureInfo.CurrentUICulture.Name, address.LimitedHash(HttpContext));
        switch (await tests.PlaceAsync(wish, cancellationToken))
        {
            case TestPurchaseResult.Placed placed:
                return Redirect($"/checkout/{placed.Number}/pay");
            case TestPurchaseResult.Refused { Reason: TestRefusal.OtherContent }:
                Problem("", texts["Test.Refusal.OtherContent"]);
                Key = Guid.Empty; // the page makes another
                return await ShowConflictAsync(cancellationToken);
            case TestPurchaseResult.Refused refused:
                Problem(refused.Reason == TestRefusal.Amount ? nameof(Amount) : "", texts[$"Test.Refusal.{refused.Reason}", TestPurchases.PerDay]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Offers = await tests.OffersAsync(db, cancellationToken);
        Last = await TestPurchases.ListAsync(db, User.MemberId()!.Value, cancellationToken);
        AsksPassword = !await signIns.IsRecentAsync(HttpContext);
        Key = Key == Guid.Empty ? Guid.CreateVersion7(clock.GetUtcNow()) : Key;
        var chosen = Offers.FirstOrDefault(o => o.Provider == Provider) ?? (Offers.Count > 0 ? Offers[0] : null);
        Amount ??= chosen is null ? null : TestPurchases.Proposed(chosen).Typed();
        return null;
    }

    /// <summary>What was chosen and typed, if it can be done; otherwise the problems stand beside the fields.</summary>
    private (TestOffer Offer, Money Amount)? Wanted()
    {
        if (Offers.FirstOrDefault(o => o.Provider == Provider) is not { } offer)
        {
            Problem(nameof(Provider), texts["Test.Refusal.NoMethod"]);
            return null;
        }

        if (MoneyText.Read(Amount, offer.Least.Currency) is not { } minor || minor < offer.Least.Minor || minor > offer.Most.Minor)
        {
            Problem(nameof(Amount), texts["Test.Amount.Wrong", offer.Least.ForReader(), offer.Most.ForReader()]);
            return null;
        }

        return (offer, new Money(minor, offer.Least.Currency));
    }
}

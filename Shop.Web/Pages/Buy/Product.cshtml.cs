using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Buy;

/// <summary>A seller's product on a page of its own: what it is, from whom, for how much. The way on leads through the cart's checkout.</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class ProductModel(ShopDbContext db, Carts carts, RuleBook rules, IStringLocalizer<SellerTexts> texts, IStringLocalizer<ShopTexts> refusals) : FormPage
{
    [FromRoute(Name = "product")]
    public string Code { get; set; } = "";

    /// <summary>What the buyer will pay, as it was typed; of a fixed price, what the page showed.</summary>
    [BindProperty(SupportsGet = true, Name = "Amount")]
    public string? Amount { get; set; }

    /// <summary>Whom the seller has named the buyer.</summary>
    [BindProperty(SupportsGet = true, Name = "buyer")]
    public string? Named { get; set; }

    public SellerOffer Offer { get; private set; } = null!;

    /// <summary>The tax that comes on top of its price; null: none.</summary>
    public PlusTax? Plus { get; private set; }

    public bool IsCustom => Offer.Product.Pricing == SellerPricing.Custom;

    public bool MustSignIn => Offer.Product.SignIn == SellerSignIn.Account && User.MemberId() is null;

    /// <summary>The fixed price, for the form to say what the page showed.</summary>
    public string Fixed => MoneyInput.Write(new Money(Offer.Product.AmountMinor!.Value, Offer.Currency));

    public string Text(long? minor) => new Money(minor!.Value, Offer.Currency).ForReader();

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } gone)
        {
            return gone;
        }

        if (MoneyInput.Read(Amount, Offer.Currency) is not { } amount)
        {
            Problem(nameof(Amount), texts["Buy.Amount.Unreadable", Text(Offer.Product.LeastMinor ?? Offer.Product.AmountMinor)]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await carts.AddAsync(HttpContext.Buyer(), new BuyFromSeller(Code, amount.Minor, string.IsNullOrEmpty(Named) ? null : Named), cancellationToken))
        {
            case CartResult.Changed changed:
                CartCookie.Keep(HttpContext, changed.NewCartKey);
                return Redirect("/checkout");
            case CartResult.Refused { Reason: LineRefusal.SignInFirst }:
                return Redirect("/account/login?returnUrl=" + Uri.EscapeDataString(Here(Amount)));
            case CartResult.Refused { Reason: LineRefusal.Amount }:
                Problem(IsCustom ? nameof(Amount) : "", IsCustom
                    ? texts["Buy.Amount.Bounds", Text(Offer.Product.LeastMinor), Text(Offer.Product.MostMinor)]
                    : texts["Buy.Amount.Other", Text(Offer.Product.AmountMinor)]);
                return await ShowAgainAsync(cancellationToken);
            case CartResult.Refused refused:
                Problem("", refusals.Of(refused.Reason, limit: refused.Limit));
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await Sellers.FindAsync(db, Code, cancellationToken) is not { IsOpen: true } offer)
        {
            return NotFound();
        }

        Offer = offer;
        Plus = (await rules.GetAsync<TaxTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Added(offer.Product.Sku);
        return null;
    }

    /// <summary>This page with what was chosen, for the way back from signing in.</summary>
    private string Here(string? amount) => $"/buy/{Code}?Amount={Uri.EscapeDataString(amount ?? "")}" + (string.IsNullOrEmpty(Named) ? "" : $"&buyer={Uri.EscapeDataString(Named)}");
}

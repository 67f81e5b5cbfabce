using Microsoft.AspNetCore.Authorization;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>One product: its form, and everything "more information" promises.</summary>
[AllowAnonymous]
internal sealed class ProductModel(ShopDbContext db, Catalogue catalogue, Carts carts, Standings standings, LookUps lookUps, KnownDevices devices, IStringLocalizer<ShopTexts> texts) : FormPage
{
    [BindProperty]
    public string? Quantity { get; set; } = "1";

    [BindProperty]
    public string? Recipient { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public bool Anonymous { get; set; }

    /// <summary>The day of delivery as it was typed.</summary>
    [BindProperty]
    public string? DeliverOn { get; set; }

    /// <summary>The buyer means a day that is far away.</summary>
    [BindProperty]
    public bool ConfirmDate { get; set; }

    [BindProperty]
    public bool Consent { get; set; }

    /// <summary>The days that the page asked consent for.</summary>
    [BindProperty]
    public int? ConsentDays { get; set; }

    /// <summary>The day was asked back, so the tick box for it stands there.</summary>
    public bool AsksForDate { get; private set; }

    /// <summary>What the buyer must agree to.</summary>
    public LineConsent? AsksConsent { get; private set; }

    public string? ConsentHint => AsksConsent is { } consent ? texts["Form.Consent.Why", ItemTexts.Class(consent.Held)].Value : null;

    public ProductView Product { get; private set; } = null!;

    /// <summary>Null for a visitor.</summary>
    public Standing? Standing { get; private set; }

    [FromRoute]
    public string Sku { get; set; } = "";

    public Task<IActionResult> OnGetAsync([FromQuery(Name = "for")] string? forWhom, CancellationToken cancellationToken)
    {
        Recipient = forWhom;
        return ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(Recipient) && !lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), texts["Refusal.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        // anything but plain digits is out of bounds, and Core names the bounds
        var quantity = int.TryParse(Quantity, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var wish = new AddToCart(Sku, quantity, Recipient, Note)
        {
            Anonymous = Anonymous,
            DeliverOn = DeliverOn,
            DateConfirmed = ConfirmDate,
            ConsentDays = Consent ? ConsentDays : null,
            Known = devices.Who(HttpContext),
        };
        switch (await carts.AddAsync(HttpContext.Buyer(), wish, cancellationToken))
        {
            case CartResult.Changed changed:
                CartCookie.Keep(HttpContext, changed.NewCartKey);
                TempData.Done(texts["Added"]);
                return RedirectToPage("/Cart");
            case CartResult.Refused refused:
                AsksForDate = ConfirmDate || refused.Field == CartField.ConfirmDate;
                AsksConsent = refused.Consent;
                Problem(refused.Field == CartField.None ? "" : $"{refused.Field}", texts.Of(refused.Reason, refused.PossibleFrom, Recipient, refused.Limit, refused.Least));
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync(db, Sku, User.MemberId(), cancellationToken) is not { } product)
        {
            // What is said on the next page travels in a cookie: a made-up name must not fill it.
            TempData.Problem(texts["NotSold", Sku.Length > 64 ? Sku[..64] : Sku]);
            return RedirectToPage("/Index");
        }

        Product = product;
        if (HttpMethods.IsGet(Request.Method))
        {
            Quantity = product.Form.MinQuantity.ToString(CultureInfo.InvariantCulture);
        }

        Standing = User.MemberId() is { } member ? await standings.OfAsync(db, member, cancellationToken) : null;
        return null;
    }
}

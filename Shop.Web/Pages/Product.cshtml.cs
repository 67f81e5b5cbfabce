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
internal sealed class ProductModel(ShopDbContext db, Catalogue catalogue, Carts carts, Standings standings, LookUps lookUps, IStringLocalizer<ShopTexts> texts) : FormPage
{
    [BindProperty]
    public string? Quantity { get; set; } = "1";

    [BindProperty]
    public string? Recipient { get; set; }

    [BindProperty]
    public string? Note { get; set; }

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
        switch (await carts.AddAsync(HttpContext.Buyer(), new AddToCart(Sku, quantity, Recipient, Note), cancellationToken))
        {
            case CartResult.Changed changed:
                CartCookie.Keep(HttpContext, changed.NewCartKey);
                TempData.Done(texts["Added"]);
                return RedirectToPage("/Cart");
            case CartResult.Refused refused:
                Problem(refused.Field == CartField.None ? "" : $"{refused.Field}", texts.Of(refused.Reason, Recipient, refused.Limit, refused.Least));
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

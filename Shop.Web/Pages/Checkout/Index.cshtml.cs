using Microsoft.AspNetCore.Authorization;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Checkout;

/// <summary>Details and confirmation: everything about the order before anything is billed. Placing is the POST.</summary>
[AllowAnonymous]
internal sealed class IndexModel(ShopDbContext db, Core.Checkout checkout, Carts carts, CurrentCart current, ClientAddress address, Shop.Web.Embed.EmbedCookies frames, IStringLocalizer<CheckoutTexts> texts, IStringLocalizer<ReceiptTexts> words) : FormPage
{
    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Provider { get; set; }

    /// <summary>What is entered at the provider is to be kept.</summary>
    [BindProperty]
    public bool Save { get; set; }

    /// <summary>Digest of the prices that the page showed.</summary>
    [BindProperty]
    public string? Shown { get; set; }

    /// <summary>Where the buyer is, where the tax depends on it: two letters of ISO 3166.</summary>
    [BindProperty]
    public string? Country { get; set; }

    /// <summary>Of a business.</summary>
    [BindProperty]
    public string? TaxId { get; set; }

    /// <summary>What the receipt calls a business.</summary>
    [BindProperty]
    public string? BillTo { get; set; }

    public CheckoutView View { get; private set; } = null!;

    /// <summary>Something is for oneself and nobody is signed in yet.</summary>
    public bool MustSignIn => View.NeedsEmail && View.Cart.Lines.Any(line => line.NeedsSignIn);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Shows the price for a country before anything is placed.</summary>
    public async Task<IActionResult> OnPostTaxAsync(CancellationToken cancellationToken)
    {
        if (await carts.SayWhereAsync(HttpContext.Buyer(), new TaxForm(Country, TaxId, BillTo), cancellationToken) is WhereResult.Refused refused)
        {
            Problem(FieldOf(refused.Field), texts[$"Refusal.{refused.Reason}"]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(words["Form.Applied"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (provider, saved) = WaysToPay.Read(Provider);
        var request = new PlaceOrder
        {
            Buyer = HttpContext.Buyer(),
            Provider = provider,
            Saved = saved,
            Save = Save,
            Shown = Shown,
            Email = Email,
            Tax = Request.Form.ContainsKey(nameof(Country)) ? new TaxForm(Country, TaxId, BillTo) : null,
            NetworkCountry = address.CountryOf(HttpContext),
            Culture = CultureInfo.CurrentUICulture.Name,
            AddressHash = address.LimitedHash(HttpContext),
        };
        switch (await checkout.PlaceAsync(request, cancellationToken))
        {
            case PlaceResult.Placed placed:
                await frames.PlacedAsync(HttpContext, placed.Number);
                return WaysToPay.Onward(HttpContext, placed);
            case PlaceResult.Refused refused:
                Problem(FieldOf(refused.Field), texts[$"Refusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.Changed:
                Problem("", texts["Refusal.Changed"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.Busy busy:
                TempData.Problem(texts["Busy"]);
                return Redirect($"/checkout/{busy.Number}/pay");
            case PlaceResult.NoSuchMethod:
                return NotFound();
            case PlaceResult.EarlierPaid earlier:
                TempData.Problem(texts["EarlierPaid"]);
                return Redirect($"/orders/{earlier.Number}");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static string FieldOf(CheckoutField field) => field switch
    {
        CheckoutField.Email => nameof(Email),
        CheckoutField.Method => nameof(Provider),
        CheckoutField.Country => nameof(Country),
        CheckoutField.TaxId => nameof(TaxId),
        CheckoutField.BillTo => nameof(BillTo),
        _ => "",
    };

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        View = await checkout.ViewAsync(db, HttpContext.Buyer(), cancellationToken);
        current.Is(View.Cart);
        if (!ModelState.ContainsKey(nameof(Country)))
        {
            (Country, TaxId, BillTo) = View.Cart.TaxBuyer;
        }

        // the cart page says what is missing or in the way
        return View.Cart.CanBePlaced ? null : Redirect("/cart");
    }
}

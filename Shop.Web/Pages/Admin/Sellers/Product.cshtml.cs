using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Sellers;

/// <summary>A product of a seller's: a new one, or one that is there. Orders keep what they bought.</summary>
[Authorize(StaffPolicies.SellerManager)]
internal sealed class ProductModel(ShopDbContext db, SellerDesk desk, RuleBook rules, IStringLocalizer<SellerTexts> texts) : FormPage
{
    /// <summary>The address of a product that is not there yet.</summary>
    public const string New = "new";

    [FromRoute(Name = "seller")]
    public string Handle { get; set; } = "";

    /// <summary>The product's id, or <see cref="New"/>.</summary>
    [FromRoute(Name = "product")]
    public string Known { get; set; } = "";

    [BindProperty]
    public string? Code { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? About { get; set; }

    [BindProperty]
    public string? Sale { get; set; }

    [BindProperty]
    public string? Pricing { get; set; }

    [BindProperty]
    public string? Amount { get; set; }

    [BindProperty]
    public string? Least { get; set; }

    [BindProperty]
    public string? Most { get; set; }

    [BindProperty]
    public string? Months { get; set; }

    [BindProperty]
    public string? SignInMode { get; set; }

    [BindProperty]
    public string? TermsUrl { get; set; }

    [BindProperty]
    public bool OnSale { get; set; }

    [BindProperty]
    public IFormFile? Picture { get; set; }

    public Seller Seller { get; private set; } = null!;

    /// <summary>Null: it is new.</summary>
    public SellerProduct? Product { get; private set; }

    public Currency Currency { get; private set; } = Currency.Usd;

    public bool IsNew => Known == New;

    private long Staff => User.MemberId()!.Value;

    public string Here => $"{SellerModel.Address(Handle)}/products/{Uri.EscapeDataString(Known)}";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } gone)
        {
            return gone;
        }

        var form = new SellerProductForm
        {
            Code = Code,
            Title = Title,
            About = About,
            Sale = Words.TryParse<SellerSale>(Sale, out var sale) ? sale : SellerSale.OneOff,
            Pricing = Words.TryParse<SellerPricing>(Pricing, out var pricing) ? pricing : SellerPricing.Fixed,
            AmountMinor = Minor(Amount),
            LeastMinor = Minor(Least),
            MostMinor = Minor(Most),
            // anything but digits is out of bounds, and the desk says so
            Months = string.IsNullOrWhiteSpace(Months) ? null : int.TryParse(Months, NumberStyles.None, CultureInfo.InvariantCulture, out var months) ? months : 0,
            SignIn = Words.TryParse<SellerSignIn>(SignInMode, out var signIn) ? signIn : SellerSignIn.Account,
            TermsUrl = TermsUrl,
            OnSale = OnSale,
        };
        return await AnswerAsync(
            IsNew ? await desk.AddProductAsync(Seller.Id, form, Staff, cancellationToken) : await desk.ChangeProductAsync(Seller.Id, Known, form, Staff, cancellationToken),
            cancellationToken);
    }

    public async Task<IActionResult> OnPostPictureAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } gone)
        {
            return gone;
        }

        return await AnswerAsync(await desk.PictureAsync(Seller.Id, Known, await Uploads.ReadAsync(Picture, cancellationToken), Staff, cancellationToken), cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await db.Sellers.AsNoTracking().FirstOrDefaultAsync(s => s.Handle == Handle, cancellationToken) is not { } seller)
        {
            return NotFound();
        }

        Seller = seller;
        Product = IsNew ? null : await db.SellerProducts.AsNoTracking().FirstOrDefaultAsync(p => p.Code == Known && p.SellerId == seller.Id, cancellationToken);
        if (!IsNew && Product is null)
        {
            return NotFound();
        }

        Currency = Product is not null
            ? Currency.Of(Product.Currency)
            : (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;
        if (HttpMethods.IsGet(Request.Method) || Request.Query["handler"] == "Picture")
        {
            Show(Product);
        }

        return null;
    }

    private void Show(SellerProduct? product)
    {
        if (product is null)
        {
            (Sale, Pricing, SignInMode) = (Words.Of(SellerSale.OneOff), Words.Of(SellerPricing.Fixed), Words.Of(SellerSignIn.Account));
            return;
        }

        (Title, About, TermsUrl, OnSale, Months) = (product.Title, product.About, product.TermsUrl, product.OnSale, product.Months?.ToString(CultureInfo.InvariantCulture));
        (Sale, Pricing, SignInMode) = (Words.Of(product.Sale), Words.Of(product.Pricing), Words.Of(product.SignIn));
        (Amount, Least, Most) = (Typed(product.AmountMinor), Typed(product.LeastMinor), Typed(product.MostMinor));
    }

    private string? Typed(long? minor) => minor is { } amount ? MoneyInput.Write(new Money(amount, Currency)) : null;

    private long? Minor(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : MoneyInput.Read(typed, Currency)?.Minor;

    private async Task<IActionResult> AnswerAsync(SellerResult result, CancellationToken cancellationToken)
    {
        if (result is SellerResult.Refused refused)
        {
            foreach (var problem in refused.Problems)
            {
                Problem(problem.Field switch { SellerFormField.None => "", SellerFormField.SignIn => nameof(SignInMode), var field => $"{field}" }, texts[$"Refusal.{problem.Reason}"]);
            }

            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Product.Saved"]);
        return LocalRedirect(SellerModel.Address(Handle));
    }
}

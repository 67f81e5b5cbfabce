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
internal sealed class ProductModel(
    ShopDbContext db, Catalogue catalogue, Carts carts, Standings standings, LookUps lookUps, KnownDevices devices, DrawnTickets tickets,
    RandomPool pool, IStringLocalizer<ShopTexts> texts) : FormPage
{
    [BindProperty]
    public string? Quantity { get; set; } = "1";

    [BindProperty]
    public string? Recipient { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public bool Anonymous { get; set; }

    /// <summary>It is to be bought again by itself when its time is over.</summary>
    [BindProperty]
    public bool Renew { get; set; }

    /// <summary>The day of delivery as it was typed.</summary>
    [BindProperty]
    public string? DeliverOn { get; set; }

    /// <summary>The buyer means a day that is far away.</summary>
    [BindProperty]
    public bool ConfirmDate { get; set; }

    /// <summary>The buyer means an account that is suspended or deleted.</summary>
    [BindProperty]
    public bool ConfirmGone { get; set; }

    [BindProperty]
    public bool Consent { get; set; }

    /// <summary>The days that the page asked consent for.</summary>
    [BindProperty]
    public int? ConsentDays { get; set; }

    /// <summary>The day was asked back, so the tick box for it stands there.</summary>
    public bool AsksForDate { get; private set; }

    /// <summary>The account was asked back, so the tick box for it stands there.</summary>
    public bool AsksForGone { get; private set; }

    /// <summary>What the buyer must agree to.</summary>
    public LineConsent? AsksConsent { get; private set; }

    public string? ConsentHint => AsksConsent is { } consent ? texts["Form.Consent.Why", ItemTexts.Class(consent.Held)].Value : null;

    public ProductView Product { get; private set; } = null!;

    /// <summary>Null for a visitor.</summary>
    public Standing? Standing { get; private set; }

    /// <summary>The recipient is left to chance: what <see cref="DrawnTickets"/> seals.</summary>
    [BindProperty(SupportsGet = true, Name = "chance")]
    public string? Chance { get; set; }

    /// <summary>Who gets it by chance; null: the form's own recipient.</summary>
    public Drawn? Drawn => tickets.Read(Chance);

    /// <summary>Whom chance drew and the buyer sees; null: hidden, or gone.</summary>
    public Candidate? Candidate { get; private set; }

    /// <summary>The recipient of a gift link, which goes along to the shop's front and to signing in.</summary>
    public string? For { get; private set; }

    /// <summary>The address of this page, with whom it is for.</summary>
    public string Here => Request.Path + Request.QueryString;

    [FromRoute]
    public string Sku { get; set; } = "";

    public Task<IActionResult> OnGetAsync([FromQuery(Name = "for")] string? forWhom, CancellationToken cancellationToken)
    {
        Recipient = forWhom;
        return ShowAsync(cancellationToken);
    }

    /// <summary>Says at once when nothing can be given to whoever a gift link names (DW-43).</summary>
    private async Task PresetAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(Recipient))
        {
            return;
        }

        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), texts["Refusal.TooManyLookUps"]);
        }
        else if (await GiftLinks.FindAsync(db, Recipient, HttpContext.Buyer(), devices.Who(HttpContext), cancellationToken) is { } link)
        {
            (Recipient, For) = (link.Name, link.Refusal is null ? link.Name : null);
            if (link.Refusal is { } refusal)
            {
                Problem(nameof(Recipient), texts.Of(refusal, link.Name));
            }
        }
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(Recipient) && !lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), texts["Refusal.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (Drawn is null && !string.IsNullOrWhiteSpace(DeliverOn) && !string.IsNullOrWhiteSpace(Recipient) && !lookUps.AllowDay(HttpContext, Recipient))
        {
            Problem(nameof(DeliverOn), texts["Refusal.TooManyDays"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (Drawn is null && !string.IsNullOrEmpty(Chance))
        {
            // too old: what was meant for chance must not become the buyer's own
            Problem("", texts["Refusal.CandidateGone"]);
            return await ShowAgainAsync(cancellationToken);
        }

        // anything but plain digits is out of bounds, and Core names the bounds
        var quantity = int.TryParse(Quantity, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var wish = new AddToCart(Sku, quantity, Recipient, Note)
        {
            Anonymous = Anonymous,
            Renew = Renew,
            DeliverOn = DeliverOn,
            DateConfirmed = ConfirmDate,
            GoneConfirmed = ConfirmGone,
            ConsentDays = Consent ? ConsentDays : null,
            Known = devices.Who(HttpContext),
            Random = Drawn?.Choice,
            DrawnId = Drawn?.AccountId,
        };
        switch (await carts.AddAsync(HttpContext.Buyer(), wish, cancellationToken))
        {
            case CartResult.Changed changed:
                CartCookie.Keep(HttpContext, changed.NewCartKey);
                TempData.Done(texts["Added"]);
                return RedirectToPage("/Cart");
            case CartResult.Refused refused:
                AsksForDate = ConfirmDate || refused.Field == CartField.ConfirmDate;
                AsksForGone = ConfirmGone || refused.Field == CartField.ConfirmGone;
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
            await PresetAsync(cancellationToken);
        }
        else if (Drawn is null && !string.IsNullOrWhiteSpace(Recipient))
        {
            For = Recipient.Trim();
        }

        if (Drawn is { AccountId: { } drawn })
        {
            Candidate = await pool.FindAsync(db, drawn, HttpContext.Buyer(), cancellationToken);
        }

        if (HttpMethods.IsGet(Request.Method) && !string.IsNullOrEmpty(Chance) && (Drawn is null || (Drawn.AccountId is not null && Candidate is null)))
        {
            Problem("", texts["Refusal.CandidateGone"]);
        }

        Standing = User.MemberId() is { } member ? await standings.OfAsync(db, member, cancellationToken) : null;
        return null;
    }
}

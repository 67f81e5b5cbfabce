using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Embed;
using Shop.Web.Hosting;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Embed;

/// <summary>What a frame shows.</summary>
internal enum EmbedStep
{
    /// <summary>What it costs, and what is asked.</summary>
    Choose,

    /// <summary>What will be charged, and how; nothing was placed yet.</summary>
    Confirm,

    /// <summary>An order is being paid.</summary>
    Pay,

    /// <summary>It is paid.</summary>
    Done,

    /// <summary>An order that was placed in a window of the shop is being paid there.</summary>
    Elsewhere,

    /// <summary>It is not sold here.</summary>
    NotSold,

    /// <summary>The seller's page names a buyer who is none of the seller's.</summary>
    NoBuyer,
}

/// <summary>
/// The buy flow in a frame on a seller's page (security.md section 5): choose, confirm, pay in the service's own fields, done. Whatever is stored, an account, kept
/// methods or points, is used only in a window of the shop's own, which this page opens and waits for.
/// </summary>
[AllowAnonymous]
internal sealed class BuyModel(
    ShopDbContext db, Carts carts, Core.Checkout checkout, OrderReader orders, EmbedWindows windows, EmbedTokens tokens, EmbedCookies cookies, ClientAddress network, ShopAddress address,
    ShopLinks links, RuleBook rules, IStringLocalizer<EmbedTexts> texts, IStringLocalizer<ShopTexts> shop, IStringLocalizer<CheckoutTexts> words) : EmbedPage(db, address)
{
    private static readonly OrderState[] Over = [OrderState.Cancelled, OrderState.Expired];

    private EmbedSession session = null!;

    [FromRoute]
    public string Product { get; set; } = "";

    /// <summary>The frame's session, sealed.</summary>
    [BindProperty]
    public string? Token { get; set; }

    /// <summary>Where the buyer names the price: what they typed; else the price that the page showed, in minor units.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Amount { get; set; }

    /// <summary>Whom the seller's page names as the buyer. Said when a frame begins; from then on the session's own holds.</summary>
    [BindProperty(SupportsGet = true, Name = "buyer")]
    public string? Named { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    /// <summary>Where the buyer is, where the tax depends on it: two letters of ISO 3166.</summary>
    [BindProperty]
    public string? Country { get; set; }

    /// <summary>Of a business.</summary>
    [BindProperty]
    public string? TaxId { get; set; }

    /// <summary>What the receipt calls a business.</summary>
    [BindProperty]
    public string? BillTo { get; set; }

    [BindProperty]
    public string? Provider { get; set; }

    /// <summary>Digest of the prices that the page showed.</summary>
    [BindProperty]
    public string? Shown { get; set; }

    public EmbedStep Step { get; private set; } = EmbedStep.Choose;

    public SellerOffer Offer { get; private set; } = null!;

    /// <summary>How tax is reckoned, as far as this step asks or says it.</summary>
    public TaxTerms Tax { get; private set; } = new();

    /// <summary>Where the frame's forms go.</summary>
    public string Place => $"/embed/buy/{Uri.EscapeDataString(Product)}?key={Uri.EscapeDataString(EmbedKey!)}{(session.Named is { } named ? $"&buyer={named}" : "")}";

    /// <summary>What is about to be placed.</summary>
    public CheckoutView? View { get; private set; }

    public OrderView? Order { get; private set; }

    public PayResult? Result { get; private set; }

    public CardFields? Fields { get; private set; }

    /// <summary>Where the receipt goes; null: no address was given, so there is none.</summary>
    public string? ReceiptTo { get; private set; }

    /// <summary>What the frame is about, for the seller: the order's number, which only identifies; empty before there is one.</summary>
    public string Reference { get; private set; } = "";

    /// <summary>What the script compares to learn that something happened.</summary>
    public string Stand { get; private set; } = "";

    public bool NeedsAccount => Offer.Product.SignIn == SellerSignIn.Account;

    public bool IsCustom => Offer.Product.Pricing == SellerPricing.Custom;

    public async Task<IActionResult> OnGetAsync(string? back, CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        var (seller, product) = (Seller.Id, Offer.Product.Id);
        session = await ReturnedAsync(back, cancellationToken)
            ?? (tokens.Read(cookies.FrameOf(HttpContext), seller, product) is { } kept && kept.Named == Named ? kept : null)
            ?? EmbedTokens.Begin(seller, product, Named);
        if (!Offer.IsOpen && await EmbedWindows.OrderAsync(Db, session.Buyer.SessionHash!, cancellationToken) is null)
        {
            return NotSold();
        }

        if (IsCustom && long.TryParse(Amount, NumberStyles.None, CultureInfo.InvariantCulture, out var proposed))
        {
            // a proposal of the seller's page, in minor units; the field has the buyer's own writing
            Amount = new Money(proposed, Offer.Currency).Typed();
            ModelState.Remove(nameof(Amount));
        }

        return await ShowAsync(cancellationToken);
    }

    /// <summary>Chooses: puts the product into the frame's own cart. Where nothing is left to be asked or shown, it is placed at once.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        if (!Continues() || await HasOrderAsync(cancellationToken))
        {
            return await ShowAsync(cancellationToken);
        }

        if (!Offer.IsOpen)
        {
            return NotSold();
        }

        Tax = await TaxAsync(cancellationToken);
        var price = IsCustom
            ? MoneyText.Read(Amount, Offer.Currency)
            : long.TryParse(Amount, NumberStyles.None, CultureInfo.InvariantCulture, out var shown) ? shown : null;
        if (price is null)
        {
            No(nameof(Amount), BoundsOf());
        }

        if (Offer.Product.SignIn == SellerSignIn.Email && !MailAddresses.IsUsable(Email?.Trim()))
        {
            No(nameof(Email), words["Refusal.EmailInvalid"]);
        }

        if (Tax.NeedsCountry && !Countries.IsKnown(Country?.Trim().ToUpperInvariant()))
        {
            No(nameof(Country), words["Refusal.CountryMissing"]);
        }

        if (!ModelState.IsValid)
        {
            return Sealed();
        }

        if (await carts.AddAsync(session.Buyer, new BuyFromSeller(Offer.Product.Code, price, session.Named), cancellationToken) is CartResult.Refused refused)
        {
            return refused.Field == CartField.Amount ? Refuse(nameof(Amount), BoundsOf()) : Refuse("", shop.Of(refused.Reason, limit: refused.Limit));
        }

        if (Tax.NeedsCountry && await carts.SayWhereAsync(session.Buyer, new TaxForm(Country, TaxId, BillTo), cancellationToken) is WhereResult.Refused nowhere)
        {
            return Refuse(FieldOf(nowhere.Field), words[$"Refusal.{nowhere.Reason}"]);
        }

        View = await checkout.ViewAsync(Db, session.Buyer, cancellationToken);
        if (View.Methods.Where(m => m.Disabled is null).ToList() is [var only] && View.Cart.DueMoney.Minor == price)
        {
            (Provider, Shown) = (only.Provider, View.Cart.Shown);
            return await PlaceAsync(cancellationToken);
        }

        Step = EmbedStep.Confirm;
        return Sealed();
    }

    public async Task<IActionResult> OnPostPlaceAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        return !Continues() || await HasOrderAsync(cancellationToken) ? await ShowAsync(cancellationToken)
            : Offer.IsOpen ? await PlaceAsync(cancellationToken)
            : NotSold();
    }

    /// <summary>Another way to pay the order that is there.</summary>
    public async Task<IActionResult> OnPostMethodAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        if (Continues() && await EmbedWindows.OrderAsync(Db, session.Buyer.SessionHash!, cancellationToken) is { } number
            && await orders.FindToActAsync(Db, number, session.Buyer, cancellationToken) is { } order)
        {
            // the value of a kept method is none of those that a frame offers, so it is no provider's name
            Say(await checkout.ChangeMethodAsync(order.Id, Provider, network.LimitedHash(HttpContext), cancellationToken));
        }

        return await ShowAsync(cancellationToken);
    }

    /// <summary>Looks again; the service is asked.</summary>
    public async Task<IActionResult> OnPostLookAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        Continues();
        return await ShowAsync(cancellationToken);
    }

    /// <summary>How things stand, for the page's script; nobody is asked.</summary>
    public async Task<IActionResult> OnPostStandAsync(CancellationToken cancellationToken) =>
        await OpenAsync(cancellationToken) is { } elsewhere ? elsewhere
            : !Continues() ? StatusCode(StatusCodes.Status400BadRequest)
            : new JsonResult(new { stand = await StandAsync(cancellationToken) });

    /// <summary>Opens the window: the answer is not for the frame, its form names a window of its own.</summary>
    public async Task<IActionResult> OnPostWindowAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        return !Offer.IsOpen ? NotSold() : Continues()
            ? Redirect($"/embed/continue?t={await windows.OpenAsync(session.Buyer.SessionHash!, Offer.Product.Id, cancellationToken)}{(session.Named is { } named ? $"&buyer={named}" : "")}")
            : await ShowAsync(cancellationToken);
    }

    /// <summary>Null: seller and product are known, and the request may be answered.</summary>
    private async Task<IActionResult?> OpenAsync(CancellationToken cancellationToken)
    {
        if (await FindSellerAsync(cancellationToken) is not { } seller)
        {
            return NotFound();
        }

        if (!HttpMethods.IsGet(Request.Method) && !HttpMethods.IsHead(Request.Method) && !IsOwnRequest)
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        if (await Core.Sellers.FindAsync(Db, Product, cancellationToken) is not { } offer || offer.Seller.Id != seller.Id)
        {
            return NotSold();
        }

        Offer = offer;
        Named = string.IsNullOrEmpty(Named) ? null : Named;
        if (Named is not null && await SellerBuyers.FindAsync(Db, seller.Id, Named, cancellationToken) is null)
        {
            Step = EmbedStep.NoBuyer;
            Response.StatusCode = StatusCodes.Status404NotFound;
            return Page();
        }

        return null;
    }

    /// <summary>Nothing begins here now. What was begun before goes on, whatever the seller sells by now.</summary>
    private PageResult NotSold()
    {
        Step = EmbedStep.NotSold;
        Response.StatusCode = StatusCodes.Status404NotFound;
        return Page();
    }

    /// <summary>The session that a service's page leads back to. Only while its order lives, and in a frame: an address by itself puts nobody into a session that somebody else began.</summary>
    private async Task<EmbedSession?> ReturnedAsync(string? back, CancellationToken cancellationToken) =>
        Request.Headers["Sec-Fetch-Dest"].ToString() is "" or "iframe" && tokens.ReadReturn(back, Seller.Id, Offer.Product.Id) is { } there
        && await EmbedWindows.OrderAsync(Db, there.Buyer.SessionHash!, cancellationToken) is { } number
        && !await Db.Orders.AnyAsync(o => o.Number == number && Over.Contains(o.State), cancellationToken)
            ? there : null;

    private async Task<TaxTerms> TaxAsync(CancellationToken cancellationToken) =>
        await rules.GetAsync<TaxTerms>(Db, await rules.CurrentAsync(Db, cancellationToken), cancellationToken);

    /// <summary>Whether the form belongs to a session of this frame; else it begins anew and says so.</summary>
    private bool Continues()
    {
        if (tokens.Read(Token, Seller.Id, Offer.Product.Id) is { } there)
        {
            session = there;
            return true;
        }

        session = EmbedTokens.Begin(Seller.Id, Offer.Product.Id, Named);
        ModelState.AddModelError("", texts["TooOld"]);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return false;
    }

    /// <summary>The frame has its order already: a form that comes twice, or was reloaded, buys nothing again.</summary>
    private async Task<bool> HasOrderAsync(CancellationToken cancellationToken) =>
        await EmbedWindows.OrderAsync(Db, session.Buyer.SessionHash!, cancellationToken) is { } number
        && !await Db.Orders.AnyAsync(o => o.Number == number && (Over.Contains(o.State) || o.State == OrderState.AwaitingPayment), cancellationToken);

    private async Task<IActionResult> PlaceAsync(CancellationToken cancellationToken)
    {
        var request = new PlaceOrder
        {
            Buyer = session.Buyer,
            Provider = WaysToPay.Read(Provider).Provider,
            Shown = Shown,
            Email = Email,
            NetworkCountry = network.CountryOf(HttpContext),
            Culture = CultureInfo.CurrentUICulture.Name,
            AddressHash = network.LimitedHash(HttpContext),
        };
        if (Say(await checkout.PlaceAsync(request, cancellationToken)))
        {
            return await ShowAsync(cancellationToken);
        }

        View = await checkout.ViewAsync(Db, session.Buyer, cancellationToken);
        if (View.Cart.IsTaxOpen)
        {
            // the rules have changed since the country was not asked
            Recall(View.Cart);
            return Sealed();
        }

        Step = EmbedStep.Confirm;
        return Sealed();
    }

    /// <summary>What the frame's cart knows of what was typed: for whoever goes back, or reloads.</summary>
    private void Recall(CartView cart)
    {
        Tax = cart.IsEmpty ? Tax : cart.TaxTerms;
        (Country, TaxId, BillTo) = cart.TaxBuyer;
        if (IsCustom && cart.Lines is [var line])
        {
            Amount = line.ListPrice.Typed();
        }
    }

    /// <summary>False: nothing was placed, and what is wrong stands beside its field.</summary>
    private bool Say(PlaceResult result)
    {
        switch (result)
        {
            case PlaceResult.Refused refused:
                return No(FieldOf(refused.Field), words[$"Refusal.{refused.Reason}"]);
            case PlaceResult.Changed:
                return No("", words["Refusal.Changed"]);
            case PlaceResult.Busy:
                return No("", words["Busy"]);
            case PlaceResult.NoSuchMethod:
                return No(nameof(Provider), words["Refusal.MethodMissing"]);
            default:
                return true;
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

    private bool No(string field, string text)
    {
        ModelState.AddModelError(field, text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return false;
    }

    private PageResult Refuse(string field, string text)
    {
        No(field, text);
        return Sealed();
    }

    private PageResult Sealed()
    {
        Seal();
        return Page();
    }

    private string BoundsOf() => IsCustom
        ? texts["Amount.Bounds", new Money(Offer.Product.LeastMinor!.Value, Offer.Currency).ForReader(), new Money(Offer.Product.MostMinor!.Value, Offer.Currency).ForReader()]
        : texts["Amount.Changed"];

    private void Seal()
    {
        Token = tokens.Of(session);
        ModelState.Remove(nameof(Token));
        if (Step == EmbedStep.Done)
        {
            // opened again, the frame is for another purchase
            cookies.EndFrame(HttpContext);
        }
        else
        {
            cookies.KeepFrame(HttpContext, Token);
        }
    }

    private async Task<string> StandAsync(CancellationToken cancellationToken)
    {
        if (await EmbedWindows.OrderAsync(Db, session.Buyer.SessionHash!, cancellationToken) is not { } number)
        {
            return "";
        }

        var now = await Db.Orders.Where(o => o.Number == number)
            .Select(o => new { o.State, Attempt = Db.PaymentAttempts.Where(a => a.OrderId == o.Id).OrderByDescending(a => a.Seq).Select(a => (AttemptState?)a.State).FirstOrDefault() })
            .FirstAsync(cancellationToken);
        return $"{number}:{Words.Of(now.State)}:{(now.Attempt is { } attempt ? Words.Of(attempt) : "")}";
    }

    private async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (await EmbedWindows.OrderAsync(Db, session.Buyer.SessionHash!, cancellationToken) is { } number)
        {
            await ShowOrderAsync(number, cancellationToken);
        }

        Stand = await StandAsync(cancellationToken);
        if (Step == EmbedStep.Choose)
        {
            Tax = await TaxAsync(cancellationToken);
            if (!ModelState.ContainsKey(nameof(Country)) && (await checkout.ViewAsync(Db, session.Buyer, cancellationToken)).Cart is { IsEmpty: false } cart)
            {
                Recall(cart);
            }
        }

        return Sealed();
    }

    private async Task ShowOrderAsync(string number, CancellationToken cancellationToken)
    {
        if (await orders.FindAsync(Db, number, new OrderViewer(session.Buyer, null), cancellationToken) is not { MayAct: true } order)
        {
            // a member's, who bought in the window: here it is only known whether it is paid
            var state = await Db.Orders.Where(o => o.Number == number).Select(o => o.State).FirstAsync(cancellationToken);
            if (!Over.Contains(state))
            {
                (Step, Reference) = (state == OrderState.AwaitingPayment ? EmbedStep.Elsewhere : EmbedStep.Done, number);
            }

            return;
        }

        var result = await checkout.PayAsync(order.Id, cancellationToken);
        if (result is PayResult.Over { State: OrderState.Cancelled or OrderState.Expired })
        {
            return;
        }

        (Order, Result, Reference) = (order, result, number);
        ReceiptTo = await Db.Orders.Where(o => o.Id == order.Id).Select(o => o.BuyerEmail).FirstAsync(cancellationToken);
        Step = result is PayResult.Over ? EmbedStep.Done : EmbedStep.Pay;
        var back = links.At($"embed/buy/{Uri.EscapeDataString(Product)}?key={Uri.EscapeDataString(EmbedKey!)}&back={Uri.EscapeDataString(tokens.ReturnOf(session))}");
        Fields = CardFields.Of((result as PayResult.Act)?.Action, back, words["Pay.Fields.Pay", order.DueMoney.ForReader()]);
        if (Fields is not null)
        {
            HttpContext.PageHeaders().UseFieldsOf(Fields.Script);
        }
    }
}

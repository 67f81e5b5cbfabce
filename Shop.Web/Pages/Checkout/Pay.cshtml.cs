using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Checkout;

/// <summary>An order that is being paid: what the buyer must do, another method, and the way back to the cart.</summary>
[AllowAnonymous]
internal sealed class PayModel(ShopDbContext db, OrderReader orders, Core.Checkout checkout, ShopLinks links, ClientAddress address, IStringLocalizer<CheckoutTexts> texts) : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

    [BindProperty]
    public string? Provider { get; set; }

    /// <summary>What is entered at the provider is to be kept.</summary>
    [BindProperty]
    public bool Save { get; set; }

    /// <summary>The provider's own fields, where this page can show them.</summary>
    public CardFields? Fields { get; private set; }

    public OrderView Order { get; private set; } = null!;

    public PayResult Result { get; private set; } = null!;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (provider, saved) = WaysToPay.Read(Provider);
        if (await orders.FindToActAsync(db, Number, HttpContext.Buyer(), cancellationToken) is not { } order || (order.ByLink && saved is not null))
        {
            return NotFound();
        }

        return await GoOnAsync(await checkout.ChangeMethodAsync(order.Id, provider, address.LimitedHash(HttpContext), cancellationToken, saved, Save), cancellationToken);
    }

    /// <summary>The provider's own page instead of its fields: the way without JavaScript.</summary>
    public async Task<IActionResult> OnPostHostedAsync(CancellationToken cancellationToken) =>
        await orders.FindToActAsync(db, Number, HttpContext.Buyer(), cancellationToken) is { } order
            ? await GoOnAsync(await checkout.HostedPageAsync(order.Id, address.LimitedHash(HttpContext), cancellationToken), cancellationToken)
            : NotFound();

    private async Task<IActionResult> GoOnAsync(PlaceResult result, CancellationToken cancellationToken)
    {
        switch (result)
        {
            case PlaceResult.Placed placed:
                return WaysToPay.Onward(HttpContext, placed);
            case PlaceResult.Refused refused:
                Problem(refused.Field == CheckoutField.Method ? nameof(Provider) : "", texts[$"Refusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.Changed:
                Problem("", texts["Refusal.PointsShort"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.Busy:
                Problem("", texts["Busy"]);
                return await ShowAgainAsync(cancellationToken);
            case PlaceResult.NoSuchMethod:
                return NotFound();
            case PlaceResult.EarlierPaid earlier:
                return Redirect($"/orders/{earlier.Number}");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await orders.FindAsync(db, Number, new OrderViewer(HttpContext.Buyer(), null), cancellationToken) is not { MayAct: true } order)
        {
            return NotFound();
        }

        Order = order;
        Result = await checkout.PayAsync(order.Id, cancellationToken, withSaved: !order.ByLink);
        Fields = CardFields.Of((Result as PayResult.Act)?.Action, links.Return(Number), texts["Pay.Fields.Pay", order.DueMoney.ForReader()]);
        if (Fields is not null)
        {
            HttpContext.PageHeaders().UseFieldsOf(Fields.Script);
        }

        return Result is PayResult.Over ? Redirect($"/orders/{Number}") : null;
    }
}

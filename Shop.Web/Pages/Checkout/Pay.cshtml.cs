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
internal sealed class PayModel(ShopDbContext db, OrderReader orders, Core.Checkout checkout, ClientAddress address, IStringLocalizer<CheckoutTexts> texts) : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

    [BindProperty]
    public string? Provider { get; set; }

    public OrderView Order { get; private set; } = null!;

    public PayResult Result { get; private set; } = null!;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await orders.FindToActAsync(db, Number, HttpContext.Buyer(), cancellationToken) is not { } id)
        {
            return NotFound();
        }

        switch (await checkout.ChangeMethodAsync(id, Provider, address.LimitedHash(HttpContext), cancellationToken))
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
        Result = await checkout.PayAsync(order.Id, cancellationToken);
        return Result is PayResult.Over ? Redirect($"/orders/{Number}") : null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Orders;

/// <summary>A buyer gives lines of an own order back: which, what it would do, and the act. Who bought without an account comes from the session that bought, or by the receipt's link.</summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class RefundModel(ShopDbContext db, BuyerRefunds refunds, IStringLocalizer<RefundTexts> texts) : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

    /// <summary>The receipt's token, from its link; the forms of this page keep it in their address.</summary>
    [FromQuery]
    public string? Token { get; set; }

    /// <summary>The order's page, by the way the buyer came.</summary>
    public string OrderPage => At("");

    [BindProperty]
    public List<long> Lines { get; set; } = [];

    public BuyerRefundOffer Offer { get; private set; } = null!;

    public RefundPreview? Preview { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        if (Lines.Count == 0)
        {
            Problem("", texts["Buyer.Nothing"]);
            return await ShowAgainAsync(cancellationToken);
        }

        (Preview, var refusal) = await refunds.PreviewAsync(Viewer, Offer.OrderId, Lines, cancellationToken);
        if (refusal is { } reason)
        {
            Problem("", texts[$"Buyer.Refusal.{reason}"]);
            Preview = null;
            return await ShowAgainAsync(cancellationToken);
        }

        return Page();
    }

    public async Task<IActionResult> OnPostMakeAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        switch (await refunds.RefundAsync(Viewer, Offer.OrderId, Lines, cancellationToken))
        {
            case BuyerRefundResult.Asked asked:
                TempData.Done(texts[asked.State == RefundState.Succeeded ? "Buyer.Done" : "Buyer.OnItsWay"]);
                return Redirect(OrderPage);
            case BuyerRefundResult.Refused refused:
                Problem("", texts[$"Buyer.Refusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>An address of this order, with the token where there is one.</summary>
    public string At(string path, string? handler = null)
    {
        var query = new QueryBuilder();
        if (handler is not null)
        {
            query.Add("handler", handler);
        }

        if (!string.IsNullOrEmpty(Token))
        {
            query.Add("token", Token);
        }

        return $"/orders/{Number}{path}{query}";
    }

    private OrderViewer Viewer => new(HttpContext.Buyer(), Token);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await refunds.FindAsync(db, Number, Viewer, cancellationToken) is not { } offer)
        {
            return NotFound();
        }

        Offer = offer;
        return null;
    }
}

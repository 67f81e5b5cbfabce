using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Orders;

/// <summary>A buyer gives lines of an own order back: which, what it would do, and the act.</summary>
[Authorize(StaffPolicies.Member)]
[PrivatePage]
internal sealed class RefundModel(ShopDbContext db, BuyerRefunds refunds, IStringLocalizer<RefundTexts> texts) : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

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

        (Preview, var refusal) = await refunds.PreviewAsync(User.MemberId()!.Value, Offer.OrderId, Lines, cancellationToken);
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

        switch (await refunds.RefundAsync(User.MemberId()!.Value, Offer.OrderId, Lines, cancellationToken))
        {
            case BuyerRefundResult.Asked asked:
                TempData.Done(texts[asked.State == RefundState.Succeeded ? "Buyer.Done" : "Buyer.OnItsWay"]);
                return Redirect($"/orders/{Number}");
            case BuyerRefundResult.Refused refused:
                Problem("", texts[$"Buyer.Refusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await refunds.FindAsync(db, Number, User.MemberId()!.Value, cancellationToken) is not { } offer)
        {
            return NotFound();
        }

        Offer = offer;
        return null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Orders;

/// <summary>One order with everything that happened to it. Clerks clear flags and ask the provider, refunders decide about proposals.</summary>
[Authorize(StaffPolicies.Orders)]
[PrivatePage]
internal sealed class OrderModel(ShopDbContext db, OrderDesk desk, RefundDesk refunds, SignIns signIns, IAuthorizationService authorization, IStringLocalizer<RefundTexts> texts)
    : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

    [BindProperty]
    public string? Reason { get; set; }

    public DeskOrderView Seen { get; private set; } = null!;

    public bool MayWork { get; private set; }

    public bool MayRefund { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostClearAsync([FromForm] long flag, CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        if (!MayWork || Seen.Flags.All(f => f.Id != flag))
        {
            return Forbid();
        }

        if (await desk.ClearFlagAsync(flag, Reason ?? "", User.Identity!.Name!, cancellationToken))
        {
            TempData.Done(texts["Flag.Cleared"]);
            return Redirect($"/admin/orders/{Number}");
        }

        Problem(nameof(Reason), texts["Flag.Reason.Wrong", OrderDesk.MostReason]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAskAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        if (!MayWork)
        {
            return Forbid();
        }

        await desk.AskProviderAsync(Seen.Order.Id, cancellationToken);
        TempData.Done(texts["Ask.Done"]);
        return Redirect($"/admin/orders/{Number}");
    }

    public async Task<IActionResult> OnPostDecideAsync([FromForm] long proposal, [FromForm] bool approve, CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        if (!MayRefund || Seen.Proposals.All(p => p.Approval.Id != proposal))
        {
            return Forbid();
        }

        if (!await signIns.IsRecentAsync(HttpContext))
        {
            TempData.Problem(texts["Decide.SignInAgain"]);
            return Redirect($"/admin/orders/{Number}/refund");
        }

        switch (await refunds.DecideAsync(proposal, User.MemberId()!.Value, approve, cancellationToken))
        {
            case StaffRefundResult.Made made:
                TempData.Made(texts, made);
                break;
            case StaffRefundResult.Ended:
                TempData.Done(texts["Decide.Refused"]);
                break;
            case StaffRefundResult.Refused refused:
                TempData.Problem(texts[$"Refusal.{refused.Reason}"]);
                break;
        }

        return Redirect($"/admin/orders/{Number}");
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await desk.ReadAsync(db, Number, cancellationToken) is not { } seen)
        {
            return NotFound();
        }

        Seen = seen;
        MayWork = (await authorization.AuthorizeAsync(User, StaffPolicies.Clerk)).Succeeded;
        MayRefund = (await authorization.AuthorizeAsync(User, StaffPolicies.Refunder)).Succeeded;
        return null;
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Orders;

/// <summary>A refund by staff: the form, what it would do, and the act. Whoever has not shown the password lately is asked for it first.</summary>
[Authorize(StaffPolicies.Refunder)]
[PrivatePage]
internal sealed class RefundModel(
    ShopDbContext db, OrderDesk desk, RefundDesk refunds, SignIns signIns, TimeProvider clock, IStringLocalizer<RefundTexts> texts) : FormPage
{
    [FromRoute]
    public string Number { get; set; } = "";

    [BindProperty]
    public Guid Key { get; set; }

    /// <summary>Money to be given back, by line, as it was typed. The name is said so that the fields of no other name are taken for its keys.</summary>
    [BindProperty(Name = nameof(Money))]
    public Dictionary<long, string?> Money { get; set; } = [];

    /// <summary>Points to be given back, by line, as they were typed.</summary>
    [BindProperty(Name = nameof(Points))]
    public Dictionary<long, string?> Points { get; set; } = [];

    [BindProperty]
    public string? PaidAs { get; set; }

    [BindProperty]
    public string? Used { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public DeskOrderView Seen { get; private set; } = null!;

    public RefundPreview? Preview { get; private set; }

    public bool AsksPassword { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Key = Guid.CreateVersion7(clock.GetUtcNow());
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostPasswordAsync(CancellationToken cancellationToken)
    {
        if (await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            return Redirect($"/admin/orders/{Number}/refund");
        }

        Problem(nameof(Password), texts["Password.Wrong"]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } none)
        {
            return none;
        }

        if (AsksPassword || Wish() is not { } wish)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        (Preview, var refusal) = await refunds.PreviewAsync(wish, User.MemberId()!.Value, cancellationToken);
        if (refusal is { } reason)
        {
            Refused(reason);
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

        if (AsksPassword || Wish() is not { } wish)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await refunds.RefundAsync(wish, User.MemberId()!.Value, cancellationToken))
        {
            case StaffRefundResult.Made made:
                TempData.Made(texts, made);
                return Redirect($"/admin/orders/{Number}");
            case StaffRefundResult.Proposed:
                TempData.Done(texts["Made.Proposed"]);
                return Redirect($"/admin/orders/{Number}");
            case StaffRefundResult.Ended:
                TempData.Done(texts["Decide.Refused"]);
                return Redirect($"/admin/orders/{Number}");
            case StaffRefundResult.Refused { Reason: RefundRefusal.OtherContent and var other }:
                Refused(other);
                Key = Guid.CreateVersion7(clock.GetUtcNow());
                ModelState.Remove(nameof(Key));
                return await ShowConflictAsync(cancellationToken);
            case StaffRefundResult.Refused refused:
                Refused(refused.Reason);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await desk.ReadAsync(db, Number, cancellationToken) is not { } seen)
        {
            return NotFound();
        }

        Seen = seen;
        foreach (var left in seen.Left)
        {
            // every field of the form has its value, also where nothing was sent
            Money.TryAdd(left.OrderLineId, null);
            Points.TryAdd(left.OrderLineId, null);
        }

        AsksPassword = !await signIns.IsRecentAsync(HttpContext);
        return null;
    }

    private void Refused(RefundRefusal reason) =>
        Problem(reason == RefundRefusal.NoReason ? nameof(Reason) : "", texts[$"Refusal.{reason}"]);

    /// <summary>What was typed, if it can be read; otherwise the problems stand beside the fields.</summary>
    private StaffRefund? Wish()
    {
        var shares = new List<LineShare>();
        foreach (var left in Seen.Left)
        {
            var money = string.IsNullOrWhiteSpace(Money.GetValueOrDefault(left.OrderLineId)) ? 0 : MoneyText.Read(Money[left.OrderLineId], Seen.Order.Total.Currency);
            var points = string.IsNullOrWhiteSpace(Points.GetValueOrDefault(left.OrderLineId)) ? 0
                : long.TryParse(Points[left.OrderLineId], NumberStyles.None, CultureInfo.InvariantCulture, out var typed) ? typed : (long?)null;
            if (money is null || money > left.AmountMinor)
            {
                Problem($"{nameof(Money)}[{left.OrderLineId}]", texts["Money.Wrong", new Shop.Payments.Money(left.AmountMinor, Seen.Order.Total.Currency).ForReader()]);
            }

            if (points is null || points > left.Points)
            {
                Problem($"{nameof(Points)}[{left.OrderLineId}]", texts["Points.Wrong", left.Points]);
            }

            if (money > 0 || points > 0)
            {
                shares.Add(new LineShare(left.OrderLineId, money ?? 0, points ?? 0));
            }
        }

        if (string.IsNullOrWhiteSpace(Reason))
        {
            Refused(RefundRefusal.NoReason);
        }

        if (ModelState.IsValid && shares.Count == 0)
        {
            Problem("", texts["Nothing"]);
        }

        return !ModelState.IsValid ? null : new StaffRefund
        {
            Key = Key,
            OrderId = Seen.Order.Id,
            Shares = shares,
            PaidAs = Words.TryParse<RefundPaidAs>(PaidAs, out var paidAs) ? paidAs : RefundPaidAs.Source,
            Used = Words.TryParse<UsedGoods>(Used, out var used) ? used : UsedGoods.Refuse,
            Reason = Reason!,
        };
    }
}

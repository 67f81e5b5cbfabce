using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A refund that a member of staff asks for.</summary>
public sealed record StaffRefund
{
    /// <summary>Made with the form: sent twice it is one refund.</summary>
    public required Guid Key { get; init; }

    public required long OrderId { get; init; }

    /// <summary>Of each line so much money and so many points.</summary>
    public required IReadOnlyList<LineShare> Shares { get; init; }

    /// <summary>How the money goes back.</summary>
    public RefundPaidAs PaidAs { get; init; } = RefundPaidAs.Source;

    /// <summary>What is decided about goods that are used up.</summary>
    public UsedGoods Used { get; init; } = UsedGoods.Refuse;

    public required string Reason { get; init; }

    /// <summary>The public part of the seller's key that it came by; null: it was made at the desk.</summary>
    public string? Through { get; init; }
}

/// <summary>What became of raising what is given back of an order to a total.</summary>
public abstract record RaisedRefund
{
    private RaisedRefund() { }

    /// <summary>So much was given back, or is on its way, already: nothing was changed.</summary>
    public sealed record Stands : RaisedRefund;

    /// <summary>More than that was: nothing was changed.</summary>
    public sealed record AlreadyMore(Money Standing) : RaisedRefund;

    /// <summary>Another refund of the order waits for a second person, and with it what is left.</summary>
    public sealed record OtherWaits : RaisedRefund;

    public sealed record Asked(StaffRefundResult Result) : RaisedRefund;
}

/// <summary>What became of a refund that staff asked for.</summary>
public abstract record StaffRefundResult
{
    private StaffRefundResult() { }

    /// <summary>It was made. <paramref name="Failure"/>: the provider refused, and this is its word.</summary>
    public sealed record Made(Guid Refund, RefundState State, string? Failure) : StaffRefundResult;

    /// <summary>It waits for a second person.</summary>
    public sealed record Proposed(long Approval) : StaffRefundResult;

    /// <summary>Somebody else declined it, or whoever asked for it took it back.</summary>
    public sealed record Ended : StaffRefundResult;

    public sealed record Refused(RefundRefusal Reason) : StaffRefundResult;
}

/// <summary>
/// Refunds by staff: shown before they are made, within limits of the rules, with a second person above a sum and for the own orders, and never half done
/// (DW-70, DF-49, S32). Whose role allows it is for the page to say.
/// </summary>
public sealed class RefundDesk(
    Writes writes, RuleBook rules, LineRefunds refunds, RefundRun run, PaymentProviders providers, TimeProvider clock)
{
    /// <summary>The kind of its approvals.</summary>
    public const string Kind = "refund";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>What the refund would do, or why it cannot be made. Goods that are used up are no reason here: the preview tells of them.</summary>
    public Task<(RefundPreview? Preview, RefundRefusal? Refusal)> PreviewAsync(StaffRefund wish, long actorId, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var order = await OrderTransitions.LockAsync(unit.Db, wish.OrderId, token);
            var now = clock.GetUtcNow();
            var judged = await JudgeAsync(unit.Db, order, wish, actorId, "preview", isUsedAReason: false, now, token);
            return unit.RollBack((judged.Preview, judged.Refusal));
        },
        cancellationToken);

    /// <summary>Makes the refund, or a proposal of it.</summary>
    public async Task<StaffRefundResult> RefundAsync(StaffRefund wish, long actorId, CancellationToken cancellationToken) =>
        await SendAsync(await writes.RunAsync((unit, token) => MakeAsync(unit, wish, actorId, null, token), cancellationToken));

    /// <summary>
    /// Raises what is given back of an order's money to a total, line by line in their order, under the same limits. Each step has a key made of what stands before it and
    /// the total, so the same total from anywhere at once is one refund; one that came to nothing can be asked for anew.
    /// </summary>
    public async Task<RaisedRefund> RaiseToAsync(long orderId, Money total, string reason, long actorId, string? through, CancellationToken cancellationToken)
    {
        var raised = await writes.RunAsync((unit, token) => RaiseToAsync(unit, orderId, total, reason, actorId, through, token), cancellationToken);
        return raised is RaisedRefund.Asked asked ? new RaisedRefund.Asked(await SendAsync(asked.Result)) : raised;
    }

    private async Task<RaisedRefund> RaiseToAsync(
        WriteUnit unit, long orderId, Money total, string reason, long actorId, string? through, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        if (order.PaidAt is null)
        {
            return Refused(RefundRefusal.NotPaid);
        }

        var left = await LineRefunds.LeftAsync(db, orderId, cancellationToken);
        var standing = order.DueMinor - left.Sum(l => l.AmountMinor);
        if (total.Currency.Code != order.Currency || total.Minor > order.DueMinor)
        {
            return Refused(RefundRefusal.TooMuch);
        }

        if (total.Minor <= standing)
        {
            return total.Minor == standing ? new RaisedRefund.Stands() : new RaisedRefund.AlreadyMore(new Money(standing, total.Currency));
        }

        var failed = await db.Refunds.CountAsync(r => r.OrderId == orderId && r.State == RefundState.Failed, cancellationToken);
        var step = string.Create(CultureInfo.InvariantCulture, $"raise {orderId} from {standing} to {total.Minor} after {failed}");
        var wish = new StaffRefund
        {
            Key = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(step)).AsSpan(0, 16)), OrderId = orderId, Reason = reason, Through = through,
            Shares = SeenRefunds.Spread(left, total.Minor - standing, withPoints: false),
        };
        if (await Approvals.OpenAsync(db, Kind, Subject(orderId), cancellationToken) is [var open, ..])
        {
            return open.Key == KeyOf(wish) ? new RaisedRefund.Asked(new StaffRefundResult.Proposed(open.Id)) : new RaisedRefund.OtherWaits();
        }

        return new RaisedRefund.Asked(await MakeAsync(unit, wish, actorId, null, cancellationToken));

        static RaisedRefund Refused(RefundRefusal reason) => new RaisedRefund.Asked(new StaffRefundResult.Refused(reason));
    }

    /// <summary>A second person approves what was asked for, which is then made, or declines it; whoever asked for it may take it back.</summary>
    public async Task<StaffRefundResult> DecideAsync(long approvalId, long actorId, bool approve, CancellationToken cancellationToken) =>
        await SendAsync(await writes.RunAsync((unit, token) => DecideAsync(unit, approvalId, actorId, approve, token), cancellationToken));

    /// <summary>What staff asked a second person for, of an order.</summary>
    public static string Subject(long orderId) => string.Create(CultureInfo.InvariantCulture, $"order:{orderId}");

    private async Task<StaffRefundResult> DecideAsync(WriteUnit unit, long approvalId, long actorId, bool approve, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        if (await db.Approvals.AsNoTracking().FirstOrDefaultAsync(a => a.Id == approvalId && a.Kind == Kind, cancellationToken) is not { } asked)
        {
            return new StaffRefundResult.Refused(RefundRefusal.TooLate);
        }

        if (approve && asked.AskedBy == actorId)
        {
            return new StaffRefundResult.Refused(RefundRefusal.SamePerson);
        }

        var wish = ContentOf(asked);
        await OrderTransitions.LockAsync(db, wish.OrderId, cancellationToken);
        var now = clock.GetUtcNow();
        var to = approve ? ApprovalState.Approved : asked.AskedBy == actorId ? ApprovalState.Withdrawn : ApprovalState.Declined;
        if (await Approvals.DecideAsync(db, approvalId, Kind, to, actorId, now, cancellationToken) is null)
        {
            return unit.RollBack<StaffRefundResult>(new StaffRefundResult.Refused(RefundRefusal.TooLate));
        }

        if ((await Approvals.OpenAsync(db, Kind, asked.Subject, cancellationToken)).Count == 0)
        {
            await OrderTransitions.ClearAsync(db, wish.OrderId, OrderFlagKind.RefundProposed, now, cancellationToken);
        }

        return approve ? await MakeAsync(unit, wish, asked.AskedBy, actorId, cancellationToken) : new StaffRefundResult.Ended();
    }

    /// <summary>What an approval is asked for.</summary>
    public static StaffRefund ContentOf(Approval approval) =>
        JsonSerializer.Deserialize<StaffRefund>(approval.Details, JsonSerializerOptions.Web) ?? throw new FormatException($"Approval {approval.Id} is empty.");

    /// <summary>What the same form came to before; null: it is new.</summary>
    private static async Task<StaffRefundResult?> BeforeAsync(
        ShopDbContext db, StaffRefund wish, string key, string details, long actorId, bool isApproved, CancellationToken cancellationToken)
    {
        var other = new StaffRefundResult.Refused(RefundRefusal.OtherContent);
        if (await db.Refunds.AsNoTracking().FirstOrDefaultAsync(r => r.Id == wish.Key, cancellationToken) is { } made)
        {
            var shares = await db.RefundLines.Where(l => l.RefundId == made.Id).Select(l => new LineShare(l.OrderLineId, l.AmountMinor, l.Points)).ToListAsync(cancellationToken);
            return made.OrderId == wish.OrderId && made.ActorId == actorId && made.Reason == wish.Reason.Trim() && made.PaidAs == wish.PaidAs && made.UsedGoods == wish.Used
                && shares.ToHashSet().SetEquals(wish.Shares)
                ? new StaffRefundResult.Made(made.Id, made.State, made.Failure)
                : other;
        }

        return isApproved || await Approvals.FindAsync(db, key, cancellationToken) is not { } asked ? null
            : !asked.IsSame(Kind, Subject(wish.OrderId), details, wish.Reason.Trim(), actorId) ? other
            : asked.State == ApprovalState.Open ? new StaffRefundResult.Proposed(asked.Id)
            : new StaffRefundResult.Ended();
    }

    private async Task<StaffRefundResult> MakeAsync(WriteUnit unit, StaffRefund wish, long actorId, long? approverId, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var order = await OrderTransitions.LockAsync(db, wish.OrderId, cancellationToken);
        var (key, details) = (KeyOf(wish), JsonSerializer.Serialize(wish, JsonSerializerOptions.Web));
        if (await BeforeAsync(db, wish, key, details, actorId, approverId is not null, cancellationToken) is { } before)
        {
            return before;
        }

        var now = clock.GetUtcNow();
        var people = new[] { actorId, approverId ?? actorId };
        var names = await db.Users.Where(m => people.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.UserName!, cancellationToken);
        var asking = wish.Through is null ? names[actorId] : $"{names[actorId]} ({wish.Through})";
        var by = approverId is { } second ? $"{asking} + {names[second]}" : asking;
        if (approverId is { } approver && await IsOwnAsync(db, order, approver, cancellationToken))
        {
            return unit.RollBack<StaffRefundResult>(new StaffRefundResult.Refused(RefundRefusal.Own));
        }

        var judged = await JudgeAsync(db, order, wish, actorId, by, isUsedAReason: true, now, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return unit.RollBack<StaffRefundResult>(new StaffRefundResult.Refused(refusal));
        }

        if (judged.Preview!.NeedsApproval && approverId is null)
        {
            var asked = await Approvals.AskAsync(
                db, key, ApprovalState.Open, Kind, Subject(order.Id), details, wish.Reason.Trim(), actorId, now, cancellationToken);
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.RefundProposed, by, now, cancellationToken);
            return new StaffRefundResult.Proposed(asked.Id);
        }

        switch (await refunds.AskAsync(db, order, wish.Shares, WishOf(wish, actorId, by), now, cancellationToken))
        {
            case LineRefundResult.Asked { Done: { } done } when wish.Used == UsedGoods.Refuse && done.Goods.Any(g => g.End == GoodsEnd.Used):
                return unit.RollBack<StaffRefundResult>(new StaffRefundResult.Refused(RefundRefusal.UsedUp)); // used up since it was rehearsed
            case LineRefundResult.Asked asked:
                return new StaffRefundResult.Made(asked.Refund, asked.Done is null ? RefundState.Created : RefundState.Succeeded, null);
            case LineRefundResult.Refused refused:
                return unit.RollBack<StaffRefundResult>(new StaffRefundResult.Refused(refused.Reason));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static string KeyOf(StaffRefund wish) => $"refund:{wish.Key:N}";

    private static LineRefundWish WishOf(StaffRefund wish, long actorId, string by) => new(RefundOrigin.Staff, wish.Reason.Trim(), by)
    {
        Id = wish.Key, PaidAs = wish.PaidAs, ActorId = actorId, UsedGoods = wish.Used,
    };

    /// <summary>What it would do, and why it may not be made.</summary>
    private async Task<(RefundPreview? Preview, RefundRefusal? Refusal)> JudgeAsync(
        ShopDbContext db, Order order, StaffRefund wish, long actorId, string by, bool isUsedAReason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<RefundTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        if (wish.Reason.Trim().Length is 0 or > Approval.MostReason || wish.Reason.Any(char.IsControl))
        {
            return (null, RefundRefusal.NoReason);
        }

        if (await IsOwnAsync(db, order, actorId, cancellationToken))
        {
            return (null, RefundRefusal.Own);
        }

        if ((wish.Used == UsedGoods.Keep && !terms.KeepUsed) || (wish.Used == UsedGoods.Owe && !terms.OweUsed))
        {
            return (null, RefundRefusal.DecisionNotAllowed);
        }

        if (await BeyondProviderAsync(db, order, wish, cancellationToken))
        {
            return (null, RefundRefusal.ProviderCannot);
        }

        // whoever asks, and whose order it is, are taken before they are counted, so that two at once are counted one after the other
        foreach (var member in new[] { actorId, order.BuyerId ?? actorId }.Distinct().Order())
        {
            await MembershipLedger.LockedStateAsync(db, member, cancellationToken);
        }

        var (result, preview) = await RefundRehearsal.RunAsync(db, refunds, order, wish.Shares, WishOf(wish, actorId, by), now, cancellationToken);
        if (result is LineRefundResult.Refused refused)
        {
            return (null, refused.Reason);
        }

        var (hour, day) = (now - Hour, now - Day);
        var own = await db.Refunds.Where(r => r.ActorId == actorId && r.CreatedAt > day && r.State != RefundState.Failed)
            .Join(db.Orders, r => r.OrderId, o => o.Id, (r, o) => new { r.OrderId, r.CreatedAt, Value = r.AmountMinor + (r.Points * o.PointValueMinor) })
            .ToListAsync(cancellationToken);
        if (own.Count(r => r.CreatedAt > hour) >= terms.PerHour)
        {
            return (preview, RefundRefusal.TooMany);
        }

        var value = checked(wish.Shares.Sum(s => s.AmountMinor) + (wish.Shares.Sum(s => s.Points) * order.PointValueMinor));
        if (own.Sum(r => r.Value) + value > terms.PerDayMinor)
        {
            return (preview, RefundRefusal.TooMuchToday);
        }

        preview = preview! with { NeedsApproval = await StaffSumAsync(db, order, day, cancellationToken) + value > terms.ApprovalMinor };
        var isUndecided = wish.Used == UsedGoods.Refuse && preview.Lines.Any(l => l.End == GoodsEnd.Used);
        return (preview, isUsedAReason && isUndecided ? RefundRefusal.UsedUp : null);
    }

    /// <summary>
    /// What counts with a refund when it is asked whether a second person is needed: all that staff gave back of the order, and of other orders of its buyer within a day, in
    /// parts and whoever did it. Several colleagues can do together no more than one alone.
    /// </summary>
    private static async Task<long> StaffSumAsync(ShopDbContext db, Order order, DateTimeOffset day, CancellationToken cancellationToken)
    {
        var (buyer, email) = (order.BuyerId, order.BuyerId is null ? order.BuyerEmail : null);
        return await db.Refunds.Where(r => r.ActorId != null && r.State != RefundState.Failed)
            .Join(
                db.Orders.Where(o => o.Id == order.Id || (buyer != null && o.BuyerId == buyer) || (email != null && o.BuyerId == null && o.BuyerEmail == email)),
                r => r.OrderId, o => o.Id, (r, o) => new { o.Id, r.CreatedAt, Value = r.AmountMinor + (r.Points * o.PointValueMinor) })
            .Where(r => r.Id == order.Id || r.CreatedAt > day).SumAsync(r => r.Value, cancellationToken);
    }

    /// <summary>Whether somebody bought an order or gets something of it, also as a visitor or by mail under the own address.</summary>
    internal static async Task<bool> IsOwnAsync(ShopDbContext db, Order order, long actorId, CancellationToken cancellationToken)
    {
        var address = await db.Users.Where(m => m.Id == actorId).Select(m => m.Email).FirstOrDefaultAsync(cancellationToken);
        var people = await db.Deliveries.Where(d => d.OrderId == order.Id).Select(d => new { d.RecipientId, d.RecipientEmail }).ToListAsync(cancellationToken);
        return order.BuyerId == actorId || IsAddress(order.BuyerEmail) || people.Exists(p => p.RecipientId == actorId || (p.RecipientId is null && IsAddress(p.RecipientEmail)));

        bool IsAddress(string? its) => address is not null && string.Equals(its, address, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the payment's service cannot send this money back at all, or not a part of it.</summary>
    private async Task<bool> BeyondProviderAsync(ShopDbContext db, Order order, StaffRefund wish, CancellationToken cancellationToken)
    {
        var money = wish.Shares.Sum(s => s.AmountMinor);
        if (money <= 0 || wish.PaidAs == RefundPaidAs.Points)
        {
            return false;
        }

        var payment = await db.ProviderPayments
            .Where(p => p.Disposition == Disposition.Matched && db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == order.Id))
            .Select(p => new { p.Provider, p.AmountMinor }).FirstOrDefaultAsync(cancellationToken);
        return payment is not null && providers.Find(new ProviderId(payment.Provider)) is var provider
            && (provider is not IRefundsPayments || (provider.Capabilities.Refunds == RefundSupport.FullOnly && money != payment.AmountMinor));
    }

    /// <summary>The money is sent after the commit; whatever comes of it is written down, and the worker goes on from there.</summary>
    private async Task<StaffRefundResult> SendAsync(StaffRefundResult result)
    {
        if (result is not StaffRefundResult.Made { State: RefundState.Created } made)
        {
            return result;
        }

        var state = await run.DriveAsync(made.Refund, CancellationToken.None);
        var failure = state == RefundState.Failed
            ? await writes.ReadAsync((db, token) => db.Refunds.Where(r => r.Id == made.Refund).Select(r => r.Failure).FirstAsync(token), CancellationToken.None)
            : null;
        return new StaffRefundResult.Made(made.Refund, state, failure);
    }
}

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Who wants lines given back, and why, in words that stay with the refund.</summary>
public sealed record LineRefundWish(RefundOrigin Origin, string Reason, string By)
{
    /// <summary>The refund's id, where whoever asks has made it, so that asked twice it is one; null: a new one.</summary>
    public Guid? Id { get; init; }

    /// <summary>How the money goes back. Points always go back as points.</summary>
    public RefundPaidAs PaidAs { get; init; } = RefundPaidAs.Source;

    /// <summary>The member of staff whose limits it counts under.</summary>
    public long? ActorId { get; init; }

    /// <summary>What was decided about goods that are used up.</summary>
    public UsedGoods? UsedGoods { get; init; }
}

/// <summary>So much of a line: minor units of money, and points.</summary>
public sealed record LineShare(long OrderLineId, long AmountMinor, long Points);

/// <summary>Why nothing is given back.</summary>
public enum RefundRefusal
{
    /// <summary>The order is not paid.</summary>
    NotPaid,

    /// <summary>More than is left of a line, nothing at all, or less than nothing.</summary>
    TooMuch,

    /// <summary>The bank decides about a dispute of the payment: its money could otherwise go back twice.</summary>
    Disputed,

    /// <summary>Nobody's account could get the points.</summary>
    NoAccount,

    /// <summary>The money is worth less than one point.</summary>
    LessThanAPoint,

    /// <summary>There is no reason, or a very long one.</summary>
    NoReason,

    /// <summary>It is the own order, or a gift to oneself: somebody else does that (S32).</summary>
    Own,

    /// <summary>This member of staff has made as many refunds in an hour as the rules allow.</summary>
    TooMany,

    /// <summary>This member of staff would give back more in a day than the rules allow.</summary>
    TooMuchToday,

    /// <summary>Some of the goods are used up, and nobody has decided what then (DF-49).</summary>
    UsedUp,

    /// <summary>The rules do not allow that decision about goods that are used up.</summary>
    DecisionNotAllowed,

    /// <summary>The payment service cannot give money back, or only all of it.</summary>
    ProviderCannot,

    /// <summary>A proposal is approved by somebody else than who made it.</summary>
    SamePerson,

    /// <summary>There is none (any more), or its time is over.</summary>
    TooLate,

    /// <summary>The same form was sent before, and said something else then: that was done, and nothing of this.</summary>
    OtherContent,

    /// <summary>A promotion for a least amount made the order cheaper, which without these lines would not have been reached.</summary>
    Bound,
}

/// <summary>What became of asking for lines' money and points back.</summary>
public abstract record LineRefundResult
{
    private LineRefundResult() { }

    /// <summary>It is on its way, or done. <paramref name="Done"/>: what became of the goods, where it is done already.</summary>
    public sealed record Asked(Guid Refund, RefundEffect? Done) : LineRefundResult;

    /// <summary>What is asked for is not there (any more): nothing was changed, or the caller rolls back.</summary>
    public sealed record Refused(RefundRefusal Reason) : LineRefundResult;
}

/// <summary>What became of a line's goods with a refund.</summary>
public enum GoodsEnd
{
    /// <summary>Only a part of the price went back.</summary>
    Kept,

    /// <summary>It was not delivered yet, and will not be.</summary>
    Cancelled,

    /// <summary>It was taken back, now or before.</summary>
    TakenBack,

    /// <summary>Some of it was used up, and the rest of the points is owed.</summary>
    Owed,

    /// <summary>Some of it was used up: it stays.</summary>
    Used,
}

/// <summary>A line and what became of its goods; of goods that were used up, why they could not be taken.</summary>
public sealed record GoodsBack(long OrderLineId, GoodsEnd End, RevokeRefusal? Why);

/// <summary>What a refund did besides giving back. <paramref name="BonusShort"/>: bonus points are owed now.</summary>
public sealed record RefundEffect(IReadOnlyList<GoodsBack> Goods, bool BonusShort);

/// <summary>What is left of a line to be given back.</summary>
public sealed record LineLeft(long OrderLineId, long AmountMinor, long Points);

/// <summary>
/// Gives back what was paid for lines of an order (exactly-once.md section 9). Money and points are reserved with the row; when the refund has succeeded the
/// points are booked and the goods taken back in the same transaction, and the order goes on. Each unit goes to its own source, unless its money is to become points.
/// </summary>
public sealed class LineRefunds(ItemKinds kinds, Bonuses bonuses, Receipts receipts, PaidSessions sessions, RuleBook rules)
{
    private sealed record Part(long LineId, long LineDueMinor, long LineDuePoints, string Kind, Delivery Delivery);

    /// <summary>
    /// Asks for all that is left of a line, in the transaction of a caller who holds the order's row. Points alone are given back at once; money is sent after the
    /// commit by <see cref="RefundRun.DriveAsync"/>, or by the worker.
    /// </summary>
    internal async Task<LineRefundResult> AskAsync(
        ShopDbContext db, Order order, long orderLineId, LineRefundWish wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var left = (await LeftAsync(db, order.Id, cancellationToken)).Single(l => l.OrderLineId == orderLineId);
        return await AskAsync(db, order, [new LineShare(orderLineId, left.AmountMinor, left.Points)], wish, now, cancellationToken);
    }

    /// <summary>The same for parts of several lines. Refused: the caller rolls back.</summary>
    internal async Task<LineRefundResult> AskAsync(
        ShopDbContext db, Order order, IReadOnlyList<LineShare> shares, LineRefundWish wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(db, order, shares, wish, cancellationToken) is { } refusal)
        {
            return new LineRefundResult.Refused(refusal);
        }

        var (money, points) = (shares.Aggregate(0L, (sum, s) => checked(sum + s.AmountMinor)), shares.Aggregate(0L, (sum, s) => checked(sum + s.Points)));
        var (reserved, payment) = await ReserveAsync(db, order.Id, money, points, cancellationToken);
        if (!reserved)
        {
            return new LineRefundResult.Refused(RefundRefusal.TooMuch);
        }

        var id = wish.Id ?? Guid.CreateVersion7(now);
        db.Refunds.Add(new Refund
        {
            Id = id,
            OrderId = order.Id,
            PaymentId = payment,
            Origin = wish.Origin,
            IdemKey = $"{id:N}:refund",
            AmountMinor = money,
            Points = points,
            PaidAs = wish.PaidAs,
            CreatedAt = now,
            NextCheckAt = now,
            DeadlineAt = now + AttemptSchedule.Deadline,
            Reason = wish.Reason,
            By = wish.By,
            ActorId = wish.ActorId,
            UsedGoods = wish.UsedGoods,
        });
        db.RefundLines.AddRange(shares.Select(s => new RefundLine { RefundId = id, OrderLineId = s.OrderLineId, AmountMinor = s.AmountMinor, Points = s.Points }));
        await db.SaveChangesAsync(cancellationToken);
        await MatrixOrders.RefundAsync(db, sessions, order.Id, cancellationToken);
        await PendingAsync(db, order, wish.Reason, now, cancellationToken);

        // no provider has a part in it: it is done with the row
        var done = money == 0 || wish.PaidAs == RefundPaidAs.Points ? await DoneAtOnceAsync(db, order, id, now, cancellationToken) : null;
        return new LineRefundResult.Asked(id, done);
    }

    /// <summary>
    /// What asking would come to if the provider said yes at once: it is done and undone again in the caller's transaction, so that what is shown before is what
    /// will be (DECISIONS 9). The caller holds the order's row.
    /// </summary>
    /// <param name="look">Reads what is to be shown, while it is done.</param>
    internal async Task<(LineRefundResult Result, T Seen)> RehearseAsync<T>(
        ShopDbContext db, Order order, IReadOnlyList<LineShare> shares, LineRefundWish wish, DateTimeOffset now, Func<CancellationToken, Task<T>> look,
        CancellationToken cancellationToken)
    {
        const string before = "rehearsal";
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("A refund is rehearsed inside a transaction.");
        await transaction.CreateSavepointAsync(before, cancellationToken);
        var result = await AskAsync(db, order, shares, wish with { Id = null }, now, cancellationToken);
        if (result is LineRefundResult.Asked { Done: null } asked)
        {
            var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == asked.Refund, cancellationToken);
            var payment = await db.ProviderPayments.AsNoTracking().FirstAsync(p => p.Id == refund.PaymentId, cancellationToken);
            await SucceedAsync(db, asked.Refund, now, cancellationToken);
            await RefundRun.BookAsync(db, refund, payment, now, cancellationToken);
            result = asked with { Done = await CompleteAsync(db, await OrderTransitions.LockAsync(db, order.Id, cancellationToken), asked.Refund, now, cancellationToken) };
        }

        var seen = await look(cancellationToken);
        await transaction.RollbackToSavepointAsync(before, cancellationToken);
        db.ChangeTracker.Clear();
        return (result, seen);
    }

    /// <summary>What is left of each line of an order: less what is back or on its way. Points that were given back stay given, whatever became of the money.</summary>
    internal static async Task<IReadOnlyList<LineLeft>> LeftAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken)
    {
        var money = Standing(db);
        var points = db.RefundLines.Where(l => db.Refunds.Any(r => r.Id == l.RefundId && (r.State != RefundState.Failed || r.SucceededAt != null)));
        return await db.OrderLines.Where(l => l.OrderId == orderId).OrderBy(l => l.Position)
            .Select(l => new LineLeft(
                l.Id, l.DueMinor - money.Where(r => r.OrderLineId == l.Id).Sum(r => r.AmountMinor), l.DuePoints - points.Where(r => r.OrderLineId == l.Id).Sum(r => r.Points)))
            .ToListAsync(cancellationToken);
    }

    /// <summary>How many points the money of a refund becomes: whole ones, at the value at which the order took points.</summary>
    public static long AsPoints(long amountMinor, long pointValueMinor) => amountMinor / pointValueMinor;

    /// <summary>The refund has succeeded and its money is booked: points go back, goods are taken back, the order goes on. The caller holds the order's row.</summary>
    /// <param name="takeBack">False: what was delivered stays, whatever could be taken (a rule about money that others gave back).</param>
    internal async Task<RefundEffect> CompleteAsync(
        ShopDbContext db, Order order, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken, bool takeBack = true)
    {
        var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == refundId, cancellationToken);
        if (refund.Points > 0)
        {
            await PointsAccounts.RefundAsync(db, refundId, order.Id, BuyerOf(order), refund.Points, now, cancellationToken);
        }

        var goods = new List<GoodsBack>();
        var whole = await WhollyBackAsync(db, refundId, cancellationToken);
        foreach (var part in whole)
        {
            goods.Add(await GiveUpAsync(db, order, part, refund, takeBack, now, cancellationToken));
        }

        if (order.ForSubscription)
        {
            await SubscriptionBooking.MoneyBackAsync(db, order, [.. whole.Select(p => p.LineId)], now, cancellationToken);
        }

        var partly = await db.RefundLines.Where(l => l.RefundId == refundId).Select(l => l.OrderLineId).ToListAsync(cancellationToken);
        goods.AddRange(partly.Except(whole.Select(p => p.LineId)).Select(line => new GoodsBack(line, GoodsEnd.Kept, null)));
        var isShort = await bonuses.WithdrawAsync(db, order, refundId, now, cancellationToken) is RevokeResult.Refused;
        if (isShort)
        {
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.PointsShort, By, now, cancellationToken);
        }

        if (refund.Points > 0 || refund.PaidAs == RefundPaidAs.Points)
        {
            await bonuses.WithdrawOwedAsync(db, order, refundId, now, cancellationToken);
            await PointsAccounts.CollectOwedAsync(db, refundId, BuyerOf(order), now, cancellationToken);
        }

        await StuckNoMoreAsync(db, order.Id, now, cancellationToken);
        await GoOnAsync(db, order, "refunded", now, cancellationToken);
        await ShopEvents.RecordAsync(
            db,
            ShopEventKind.OrderRefunded,
            refundId.ToString("N"),
            new EventAbout(order.BuyerId, order.Id),
            new EventFacts { Reference = order.Reference, AmountMinor = refund.AmountMinor, Currency = order.Currency, Points = refund.Points > 0 ? refund.Points : null },
            now,
            cancellationToken,
            EventMail.Of(OutboxKinds.Refund, $"refund:{refundId:N}", new RefundMessage(refundId)));
        await receipts.CreditAsync(db, order, refundId, now, cancellationToken);
        return new RefundEffect(goods, isShort);
    }

    /// <summary>Money is on its way back, or was seen to be back: a paid order waits for the end of it.</summary>
    internal static async Task PendingAsync(ShopDbContext db, Order order, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order.State is OrderState.Paid or OrderState.Fulfilled
            && !await OrderTransitions.MoveAsync(db, order, OrderState.RefundPending, reason, now, cancellationToken))
        {
            throw new InvalidOperationException($"Order {order.Id} changed under its lock.");
        }
    }

    /// <summary>Whether the bank decides about a payment of the order: nothing of it is delivered, claimed or given back meanwhile.</summary>
    internal static Task<bool> IsDisputedAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        db.Disputes.AnyAsync(d => d.OrderId == orderId && d.State == DisputeState.Open, cancellationToken);

    private static long BuyerOf(Order order) => order.BuyerId ?? throw new InvalidOperationException($"Order {order.Id} was paid with the points of nobody.");

    /// <summary>Why the shares cannot be given back.</summary>
    private async Task<RefundRefusal?> RefusalAsync(
        ShopDbContext db, Order order, IReadOnlyList<LineShare> shares, LineRefundWish wish, CancellationToken cancellationToken)
    {
        // also an order that was given back, where the bank sent money back to us afterwards
        if (order.State is not (OrderState.Paid or OrderState.Fulfilled or OrderState.RefundPending or OrderState.Refunded))
        {
            return RefundRefusal.NotPaid;
        }

        var left = (await LeftAsync(db, order.Id, cancellationToken)).ToDictionary(l => l.OrderLineId);
        if (shares.Count == 0 || shares.DistinctBy(s => s.OrderLineId).Count() != shares.Count
            || shares.Any(s => s is { AmountMinor: 0, Points: 0 } or { AmountMinor: < 0 } or { Points: < 0 } || left.GetValueOrDefault(s.OrderLineId) is not { } line
                || s.AmountMinor > line.AmountMinor || s.Points > line.Points))
        {
            return RefundRefusal.TooMuch; // also where all of it is promised already: no line costs nothing
        }

        var money = shares.Sum(s => s.AmountMinor);
        if (wish.PaidAs == RefundPaidAs.Points && money > 0)
        {
            if (order.BuyerId is null)
            {
                return RefundRefusal.NoAccount;
            }

            if (AsPoints(money, await PointValueAsync(db, order, cancellationToken)) == 0)
            {
                return RefundRefusal.LessThanAPoint;
            }
        }

        return await IsDisputedAsync(db, order.Id, cancellationToken) ? RefundRefusal.Disputed : null;
    }

    /// <summary>Points are never worth more than was paid: where their value has risen since the order, the newer value counts.</summary>
    internal async Task<long> PointValueAsync(ShopDbContext db, Order order, CancellationToken cancellationToken) => Math.Max(
        order.PointValueMinor, (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).PointValueMinor);

    private async Task<RefundEffect> DoneAtOnceAsync(ShopDbContext db, Order order, Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await SucceedAsync(db, id, now, cancellationToken);
        var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == id, cancellationToken);
        if (refund.AmountMinor > 0)
        {
            var payment = await db.ProviderPayments.AsNoTracking().FirstAsync(p => p.Id == refund.PaymentId, cancellationToken);
            var points = AsPoints(refund.AmountMinor, await PointValueAsync(db, order, cancellationToken));
            await PointsAccounts.RefundAsPointsAsync(db, refund, payment, BuyerOf(order), points, now, cancellationToken);
        }

        return await CompleteAsync(db, await OrderTransitions.LockAsync(db, order.Id, cancellationToken), id, now, cancellationToken);
    }

    private static async Task SucceedAsync(ShopDbContext db, Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        RefundStates.Table.Apply(RefundState.Created, RefundState.Succeeded);
        if (await db.Refunds.Where(r => r.Id == id && r.State == RefundState.Created).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.State, RefundState.Succeeded).SetProperty(r => r.SucceededAt, now).SetProperty(r => r.NextCheckAt, (DateTimeOffset?)null),
                cancellationToken) != 1)
        {
            throw new InvalidOperationException($"Refund {id} changed under the lock of its order.");
        }
    }

    /// <summary>The refund came to nothing and its money is free again: its points are, too, and the order goes on as if nobody had asked.</summary>
    internal async Task FailAsync(ShopDbContext db, Order order, Refund refund, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Orders.Where(o => o.Id == order.Id && o.ReservedPoints >= refund.Points)
            .ExecuteUpdateAsync(set => set.SetProperty(o => o.ReservedPoints, o => o.ReservedPoints - refund.Points), cancellationToken);

        // what is stuck goes back by itself no more: a person looks, as the flag of the refund says
        await db.Deliveries.Where(d => d.State == DeliveryState.Stuck && db.RefundLines.Any(l => l.RefundId == refund.Id && l.OrderLineId == d.OrderLineId))
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.DueAt, (DateTimeOffset?)null), cancellationToken);
        await StuckNoMoreAsync(db, order.Id, now, cancellationToken);
        await GoOnAsync(db, order, "refund failed", now, cancellationToken);
    }

    /// <summary>The parts of refunds that are done or under way; one that came to nothing has none.</summary>
    internal static IQueryable<RefundLine> Standing(ShopDbContext db) =>
        db.RefundLines.Where(l => db.Refunds.Any(r => r.Id == l.RefundId && r.State != RefundState.Failed));

    /// <summary>The parts of refunds that are under way. A line of which a part is back, and no more, is delivered like any other.</summary>
    internal static IQueryable<RefundLine> UnderWay(ShopDbContext db) =>
        db.RefundLines.Where(l => db.Refunds.Any(r => r.Id == l.RefundId && (r.State == RefundState.Created || r.State == RefundState.Pending || r.State == RefundState.Unknown)));

    /// <summary>Whether a line is on its way back: it is delivered to nobody meanwhile. No query while nothing of the order is.</summary>
    internal static async Task<bool> GoesBackAsync(ShopDbContext db, Order order, long orderLineId, CancellationToken cancellationToken) =>
        order.State == OrderState.RefundPending && await UnderWay(db).AnyAsync(l => l.OrderLineId == orderLineId, cancellationToken);

    /// <summary>A stuck delivery found its way: the flags that it raised come down, unless another one of the order is stuck, or waits for its giver.</summary>
    internal static async Task StuckNoMoreAsync(ShopDbContext db, long orderId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var stuck = await db.Deliveries.Where(d => d.OrderId == orderId && d.State == DeliveryState.Stuck).Select(d => d.DueAt).ToListAsync(cancellationToken);
        if (stuck.Count == 0)
        {
            await OrderTransitions.ClearAsync(db, orderId, OrderFlagKind.DeliveryStuck, now, cancellationToken);
        }

        if (stuck.TrueForAll(at => at is null))
        {
            // while the bank decides it goes on being held, by the dispute
            var held = db.OrderFlags.Where(f => f.OrderId == orderId && f.Kind == OrderFlagKind.Held && f.By == DeliveryRun.Waiting && f.ClearedAt == null);
            await (await IsDisputedAsync(db, orderId, cancellationToken)
                ? held.ExecuteUpdateAsync(set => set.SetProperty(f => f.By, Disputes.By), cancellationToken)
                : held.ExecuteUpdateAsync(set => set.SetProperty(f => f.ClearedAt, now), cancellationToken));
        }
    }

    private const string By = "refund";

    /// <summary>What the payment and the order's points still have is set aside, both or neither. The caller rolls back when it is not there.</summary>
    private static async Task<(bool Reserved, long? Payment)> ReserveAsync(
        ShopDbContext db, long orderId, long money, long points, CancellationToken cancellationToken)
    {
        long? payment = null;
        if (money > 0)
        {
            payment = await db.ProviderPayments
                .Where(p => p.Disposition == Disposition.Matched && p.ReservedMinor + money <= p.AmountMinor
                    && db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == orderId))
                .OrderBy(p => p.Id).Select(p => (long?)p.Id).FirstOrDefaultAsync(cancellationToken);
            if (payment is null || await db.ProviderPayments.Where(p => p.Id == payment && p.ReservedMinor + money <= p.AmountMinor)
                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.ReservedMinor, p => p.ReservedMinor + money), cancellationToken) == 0)
            {
                return (false, null);
            }
        }

        var set = points == 0 || await db.Orders.Where(o => o.Id == orderId && o.ReservedPoints + points <= o.DuePoints)
            .ExecuteUpdateAsync(update => update.SetProperty(o => o.ReservedPoints, o => o.ReservedPoints + points), cancellationToken) == 1;
        return (set, payment);
    }

    /// <summary>The lines of a refund of which nothing is left to be given back: a part of the price leaves the goods where they are.</summary>
    private static async Task<IReadOnlyList<Part>> WhollyBackAsync(ShopDbContext db, Guid refundId, CancellationToken cancellationToken)
    {
        var parts = await db.RefundLines.Where(r => r.RefundId == refundId)
            .Join(db.OrderLines, r => r.OrderLineId, l => l.Id, (_, l) => l).OrderBy(l => l.Position)
            .Join(db.Deliveries.AsNoTracking(), l => l.Id, d => d.OrderLineId, (l, d) => new Part(l.Id, l.DueMinor, l.DuePoints, l.Kind, d))
            .ToListAsync(cancellationToken);
        var lines = parts.Select(p => p.LineId).ToList();
        var back = await BackAsync(db, db.RefundLines.Where(r => lines.Contains(r.OrderLineId)), cancellationToken);
        return [.. parts.Where(p => back[p.LineId] == (p.LineDueMinor, p.LineDuePoints))];
    }

    /// <summary>What is back of lines: money of refunds that succeeded, points also of those whose money the bank sent back to us later.</summary>
    private static async Task<Dictionary<long, (long Minor, long Points)>> BackAsync(ShopDbContext db, IQueryable<RefundLine> shares, CancellationToken cancellationToken)
    {
        var rows = await shares
            .Join(db.Refunds.Where(f => f.State == RefundState.Succeeded || f.SucceededAt != null), r => r.RefundId, f => f.Id,
                (r, f) => new { r.OrderLineId, Minor = f.State == RefundState.Succeeded ? r.AmountMinor : 0, r.Points })
            .GroupBy(r => r.OrderLineId).Select(g => new { g.Key, Minor = g.Sum(r => r.Minor), Points = g.Sum(r => r.Points) })
            .ToListAsync(cancellationToken);
        return rows.ToDictionary(g => g.Key, g => (g.Minor, g.Points));
    }

    /// <summary>Takes the goods of a line back, or stops what was not delivered yet. What is used up is owed or stays, and the order is flagged.</summary>
    private async Task<GoodsBack> GiveUpAsync(
        ShopDbContext db, Order order, Part part, Refund refund, bool takeBack, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var delivery = part.Delivery;
        if (delivery.State is DeliveryState.Scheduled or DeliveryState.AwaitingClaim or DeliveryState.Stuck)
        {
            await MoveAsync(db, delivery, DeliveryState.Cancelled, cancellationToken);
            await Stock.GiveBackAsync(db, delivery.Id, cancellationToken);
            return new GoodsBack(part.LineId, GoodsEnd.Cancelled, null);
        }

        if (delivery.State != DeliveryState.Applied)
        {
            return new GoodsBack(part.LineId, GoodsEnd.TakenBack, null);
        }

        var (kind, recipient) = (kinds.Get(part.Kind), delivery.RecipientId ?? ItemKind.Nobody);
        var revoked = takeBack ? await kind.RevokeAsync(db, delivery.Id, recipient, now, refund.Reason, cancellationToken) : null;
        if (revoked is RevokeResult.Revoked)
        {
            await MoveAsync(db, delivery, DeliveryState.Revoked, cancellationToken);
            if (kind.IsForOthers)
            {
                await TellAsync(db, order, delivery, now, cancellationToken);
            }

            return new GoodsBack(part.LineId, GoodsEnd.TakenBack, null);
        }

        var why = (revoked as RevokeResult.Refused)?.Reason;
        if (why == RevokeRefusal.PointsGone && refund.UsedGoods == UsedGoods.Owe)
        {
            var owed = await PointsAccounts.TakeBackOwingAsync(db, delivery.Id, recipient, now, refund.Reason, cancellationToken);
            await MoveAsync(db, delivery, DeliveryState.Revoked, cancellationToken);
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.PointsShort, By, now, cancellationToken, owed);
            await TellAsync(db, order, delivery, now, cancellationToken);
            return new GoodsBack(part.LineId, GoodsEnd.Owed, why);
        }

        await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.Irrevocable, By, now, cancellationToken);
        return new GoodsBack(part.LineId, GoodsEnd.Used, why);
    }

    /// <summary>Who lost something that somebody else had bought is told; the buyer reads it in the mail about the refund.</summary>
    private static async Task TellAsync(ShopDbContext db, Order order, Delivery delivery, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (delivery.RecipientId != order.BuyerId)
        {
            await Outbox.AddOnceAsync(
                db, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"taken:{delivery.Id}"), OutboxKinds.GoodsTaken, new GoodsTakenMessage(delivery.Id), now, now,
                cancellationToken);
        }
    }

    /// <summary>Changes a delivery that stood in the state it was read with, under the lock of its order.</summary>
    internal static async Task MoveAsync(ShopDbContext db, Delivery delivery, DeliveryState to, CancellationToken cancellationToken)
    {
        DeliveryStates.Table.Apply(delivery.State, to);
        var from = delivery.State;
        if (await db.Deliveries.Where(d => d.Id == delivery.Id && d.State == from).ExecuteUpdateAsync(set => set.SetProperty(d => d.State, to), cancellationToken) != 1)
        {
            throw new InvalidOperationException($"Delivery {delivery.Id} changed under the lock of its order.");
        }
    }

    /// <summary>Where the order stands once no refund of its lines is under way: all given back, something still to deliver, or nothing.</summary>
    private static async Task GoOnAsync(ShopDbContext db, Order order, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.Refunds.AnyAsync(
                r => r.OrderId == order.Id && RefundStates.Open.Contains(r.State) && db.RefundLines.Any(l => l.RefundId == r.Id), cancellationToken))
        {
            return;
        }

        var lines = await db.OrderLines.Where(l => l.OrderId == order.Id)
            .Select(l => new { l.Id, l.DueMinor, l.DuePoints, State = db.Deliveries.Where(d => d.OrderLineId == l.Id).Select(d => d.State).First() })
            .ToListAsync(cancellationToken);
        var ids = lines.Select(l => l.Id).ToList();
        var back = await BackAsync(db, db.RefundLines.Where(r => ids.Contains(r.OrderLineId)), cancellationToken);
        var isBack = lines.TrueForAll(l => back.GetValueOrDefault(l.Id) == (l.DueMinor, l.DuePoints));
        var isOpen = lines.Exists(l => l.State is DeliveryState.Scheduled or DeliveryState.Stuck);
        await OrderTransitions.MoveAsync(db, order, isBack ? OrderState.Refunded : isOpen ? OrderState.Paid : OrderState.Fulfilled, reason, now, cancellationToken);
    }
}

using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>Who wants a line given back, and why, in words that stay with the refund.</summary>
public sealed record LineRefundWish(RefundOrigin Origin, string Reason, string By);

/// <summary>What became of asking for a line's money and points back.</summary>
public abstract record LineRefundResult
{
    private LineRefundResult() { }

    /// <summary>It is on its way, or done.</summary>
    public sealed record Asked(Guid Refund) : LineRefundResult;

    /// <summary>The order is not paid, or what is asked for is promised already: nothing was changed.</summary>
    public sealed record Refused : LineRefundResult;
}

/// <summary>
/// Gives back what was paid for lines of an order (exactly-once.md section 9). Money and points are reserved with the row; when the refund has succeeded the
/// points are booked and the goods taken back in the same transaction, and the order goes on. Each unit goes to its own source.
/// </summary>
public sealed class LineRefunds(ItemKinds kinds, Bonuses bonuses)
{
    private sealed record Part(long LineId, long LineDueMinor, long LineDuePoints, string Kind, Delivery Delivery);

    /// <summary>
    /// Asks for all that is left of a line, in the transaction of a caller who holds the order's row. Points alone are given back at once; money is sent after the
    /// commit by <see cref="RefundRun.DriveAsync"/>, or by the worker.
    /// </summary>
    internal async Task<LineRefundResult> AskAsync(
        ShopDbContext db, Order order, long orderLineId, LineRefundWish wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order.State is not (OrderState.Paid or OrderState.Fulfilled or OrderState.RefundPending))
        {
            return new LineRefundResult.Refused();
        }

        var standing = Standing(db);
        var line = await db.OrderLines.Where(l => l.Id == orderLineId && l.OrderId == order.Id)
            .Select(l => new
            {
                l.DueMinor,
                l.DuePoints,
                Back = standing.Where(r => r.OrderLineId == l.Id)
                    .Select(r => new { r.AmountMinor, r.Points }).ToList(),
            })
            .SingleAsync(cancellationToken);
        var (money, points) = (line.DueMinor - line.Back.Sum(b => b.AmountMinor), line.DuePoints - line.Back.Sum(b => b.Points));
        if (money == 0 && points == 0)
        {
            return new LineRefundResult.Refused(); // all of it is promised already: no line costs nothing
        }

        var (reserved, payment) = await ReserveAsync(db, order.Id, money, points, cancellationToken);
        if (!reserved)
        {
            return new LineRefundResult.Refused();
        }

        var id = Guid.CreateVersion7(now);
        db.Refunds.Add(new Refund
        {
            Id = id,
            OrderId = order.Id,
            PaymentId = payment,
            Origin = wish.Origin,
            IdemKey = $"{id:N}:refund",
            AmountMinor = money,
            Points = points,
            CreatedAt = now,
            NextCheckAt = now,
            DeadlineAt = now + AttemptSchedule.Deadline,
            Reason = wish.Reason,
            By = wish.By,
        });
        db.RefundLines.Add(new RefundLine { RefundId = id, OrderLineId = orderLineId, AmountMinor = money, Points = points });
        await db.SaveChangesAsync(cancellationToken);
        if (order.State != OrderState.RefundPending && !await OrderTransitions.MoveAsync(db, order, OrderState.RefundPending, wish.Reason, now, cancellationToken))
        {
            throw new InvalidOperationException($"Order {order.Id} changed under its lock.");
        }

        if (money == 0)
        {
            RefundStates.Table.Apply(RefundState.Created, RefundState.Succeeded);
            await db.Refunds.Where(r => r.Id == id && r.State == RefundState.Created).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.State, RefundState.Succeeded).SetProperty(r => r.NextCheckAt, (DateTimeOffset?)null), cancellationToken);
            await CompleteAsync(db, await OrderTransitions.LockAsync(db, order.Id, cancellationToken), id, now, cancellationToken);
        }

        return new LineRefundResult.Asked(id);
    }

    /// <summary>The refund has succeeded and its money is booked: points go back, goods are taken back, the order goes on. The caller holds the order's row.</summary>
    internal async Task CompleteAsync(ShopDbContext db, Order order, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == refundId, cancellationToken);
        if (refund.Points > 0)
        {
            var buyer = order.BuyerId ?? throw new InvalidOperationException($"Order {order.Id} was paid with the points of nobody.");
            await PointsAccounts.RefundAsync(db, refundId, order.Id, buyer, refund.Points, now, cancellationToken);
        }

        foreach (var part in await WhollyBackAsync(db, refundId, cancellationToken))
        {
            await GiveUpAsync(db, order, part, refund.Reason, now, cancellationToken);
        }

        if (await bonuses.WithdrawAsync(db, order, refundId, now, cancellationToken) is RevokeResult.Refused)
        {
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.PointsShort, By, now, cancellationToken);
        }

        if (refund.Points > 0)
        {
            await bonuses.WithdrawOwedAsync(db, order, refundId, now, cancellationToken);
        }

        await StuckNoMoreAsync(db, order.Id, now, cancellationToken);
        await GoOnAsync(db, order, "refunded", now, cancellationToken);
        await Outbox.AddOnceAsync(db, $"refund:{refundId:N}", OutboxKinds.Refund, new RefundMessage(refundId), now, now, cancellationToken);
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

    /// <summary>Whether a line is on its way back, or is back: it is delivered to nobody. No query while nothing of the order is.</summary>
    internal static async Task<bool> GoesBackAsync(ShopDbContext db, Order order, long orderLineId, CancellationToken cancellationToken) =>
        order.State == OrderState.RefundPending && await Standing(db).AnyAsync(l => l.OrderLineId == orderLineId, cancellationToken);

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
            await db.OrderFlags.Where(f => f.OrderId == orderId && f.Kind == OrderFlagKind.Held && f.By == DeliveryRun.Waiting && f.ClearedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(f => f.ClearedAt, now), cancellationToken);
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
            .Join(db.OrderLines, r => r.OrderLineId, l => l.Id, (_, l) => l)
            .Join(db.Deliveries.AsNoTracking(), l => l.Id, d => d.OrderLineId, (l, d) => new Part(l.Id, l.DueMinor, l.DuePoints, l.Kind, d))
            .ToListAsync(cancellationToken);
        var lines = parts.Select(p => p.LineId).ToList();
        var back = await db.RefundLines.Where(r => lines.Contains(r.OrderLineId) && db.Refunds.Any(f => f.Id == r.RefundId && f.State == RefundState.Succeeded))
            .GroupBy(r => r.OrderLineId).Select(g => new { g.Key, Minor = g.Sum(r => r.AmountMinor), Points = g.Sum(r => r.Points) })
            .ToDictionaryAsync(g => g.Key, cancellationToken);
        return [.. parts.Where(p => back[p.LineId].Minor == p.LineDueMinor && back[p.LineId].Points == p.LineDuePoints)];
    }

    /// <summary>Takes the goods of a line back, or stops what was not delivered yet. What is used up stays, and the order is flagged.</summary>
    private async Task GiveUpAsync(ShopDbContext db, Order order, Part part, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var delivery = part.Delivery;
        switch (delivery.State)
        {
            case DeliveryState.Scheduled or DeliveryState.AwaitingClaim or DeliveryState.Stuck:
                await MoveAsync(db, delivery, DeliveryState.Cancelled, cancellationToken);
                await Stock.GiveBackAsync(db, delivery.Id, cancellationToken);
                break;
            case DeliveryState.Applied:
                if (await kinds.Get(part.Kind).RevokeAsync(db, delivery.Id, delivery.RecipientId!.Value, now, reason, cancellationToken) is RevokeResult.Revoked)
                {
                    await MoveAsync(db, delivery, DeliveryState.Revoked, cancellationToken);
                }
                else
                {
                    await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.Irrevocable, By, now, cancellationToken);
                }

                break;
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
            .Select(l => new
            {
                l.DueMinor,
                l.DuePoints,
                State = db.Deliveries.Where(d => d.OrderLineId == l.Id).Select(d => d.State).First(),
                Back = db.RefundLines.Where(r => r.OrderLineId == l.Id && db.Refunds.Any(f => f.Id == r.RefundId && f.State == RefundState.Succeeded))
                    .Select(r => new { r.AmountMinor, r.Points }).ToList(),
            })
            .ToListAsync(cancellationToken);
        var isBack = lines.TrueForAll(l => l.Back.Sum(b => b.AmountMinor) == l.DueMinor && l.Back.Sum(b => b.Points) == l.DuePoints);
        var isOpen = lines.Exists(l => l.State is DeliveryState.Scheduled or DeliveryState.Stuck);
        await OrderTransitions.MoveAsync(db, order, isBack ? OrderState.Refunded : isOpen ? OrderState.Paid : OrderState.Fulfilled, reason, now, cancellationToken);
    }
}

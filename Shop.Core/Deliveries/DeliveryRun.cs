using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Delivers what is due: whoever settled an order calls it for that order before answering, the worker calls it for dates, retries and
/// crashes. The effect and its delivery row are one transaction, so a repeat changes nothing (DF-33).
/// </summary>
public sealed partial class DeliveryRun(Writes writes, ItemKinds kinds, TimeProvider clock, Wake wake, ILogger<DeliveryRun> log)
{
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Work>>> WorkOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) =>
            db.Deliveries.AsNoTracking().Where(d => d.Id == id).Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new Work(d, l.Kind, l.Goods)).First()));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<bool>>> IsOpen = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) =>
            db.Deliveries.Any(d => d.OrderId == order && (d.State == DeliveryState.Scheduled || d.State == DeliveryState.Stuck))));

    private static readonly PerModel<Func<ShopDbContext, long, DateTimeOffset, IAsyncEnumerable<long>>> Due = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, DateTimeOffset now) =>
            db.Deliveries.Where(d => d.OrderId == order && d.State == DeliveryState.Scheduled && d.DueAt <= now)
                .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d.Id, l.Position }).OrderBy(x => x.Position).Select(x => x.Id)));

    private sealed record Work(Delivery Delivery, string Kind, string Goods);

    /// <summary>After so many tries that threw, a person must look.</summary>
    public const int MaxTries = 8;

    private const int OrdersInPass = 50;

    /// <summary>Delivers every line of the order that is due. Returns how many were applied now; never throws for a line that could not be.</summary>
    public async Task<int> DeliverOrderAsync(long orderId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await writes.ReadAsync(async (db, token) => await Due.For(db)(db, orderId, now).ToListAsync(token), cancellationToken);
        var applied = 0;
        foreach (var id in due)
        {
            try
            {
                applied += await writes.RunAsync((unit, token) => DeliverAsync(unit.Db, orderId, id, token), cancellationToken) ? 1 : 0;
                Crash.Point("K7");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception e)
            {
                Failed(e, id, orderId);
                await LaterAsync(orderId, id, cancellationToken);
            }
        }

        if (due.Count > 0)
        {
            wake.Call();
        }

        return applied;
    }

    /// <summary>The worker's pass over everything that is due. Returns how many orders it looked at.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var orders = await writes.ReadAsync(
            (db, token) => db.Deliveries.Where(d => d.State == DeliveryState.Scheduled && d.DueAt <= now)
                .OrderBy(d => d.DueAt).Select(d => d.OrderId).Take(OrdersInPass).ToListAsync(token),
            cancellationToken);
        foreach (var order in orders.Distinct())
        {
            await DeliverOrderAsync(order, cancellationToken);
        }

        return orders.Count;
    }

    private async Task<bool> DeliverAsync(ShopDbContext db, long orderId, long deliveryId, CancellationToken cancellationToken)
    {
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var (delivery, kind, goods) = await WorkOf.For(db)(db, deliveryId, cancellationToken);
        var now = clock.GetUtcNow();
        if (order.State != OrderState.Paid || delivery.State != DeliveryState.Scheduled || !(delivery.DueAt <= now))
        {
            return false;
        }

        var recipient = delivery.RecipientId is { } id
            ? (await CartPricing.RecipientsAsync(db, [id], cancellationToken)).GetValueOrDefault(id)
            : null;
        if (recipient is not { Status: AccountStatus.Visible })
        {
            await StickAsync(db, orderId, delivery, ModelConventions.Snake(nameof(LineRefusal.MemberNotVisible)), now, cancellationToken);
            return false;
        }

        // Immediate deliveries count from the order's one instant of payment, however late they run; dated ones from now (F2).
        var at = delivery.DeliverOn is null ? order.PaidAt ?? now : now;
        var before = await MembershipLedger.LockedStateAsync(db, recipient.Id, cancellationToken);
        var work = new DeliveryWork(delivery.Id, goods, recipient.Id, order.BuyerId, at, order.RuleRevision, before);
        switch (await kinds.Get(kind).DeliverAsync(db, work, cancellationToken))
        {
            case DeliveryResult.Applied applied:
                await AppliedAsync(db, order, delivery, at, applied.Until, now, cancellationToken);
                return true;
            case DeliveryResult.Refused refused:
                await StickAsync(db, orderId, delivery, ModelConventions.Snake(refused.Reason.ToString()), now, cancellationToken);
                return false;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static async Task AppliedAsync(
        ShopDbContext db, Order order, Delivery delivery, DateTimeOffset at, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (before, after) = (Words.Of(DeliveryState.Scheduled), Words.Of(DeliveryState.Applied));
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE deliveries SET state = {after}, applied_at = {now.ToUnixTimeMilliseconds()}, effective_at = {at.ToUnixTimeMilliseconds()},
                   ran_until = {until?.ToUnixTimeMilliseconds()}
             WHERE id = {delivery.Id} AND state = {before}
            """,
            cancellationToken);
        if (changed != 1)
        {
            throw new InvalidOperationException($"Delivery {delivery.Id} changed under the lock of its order.");
        }

        if (delivery.RecipientId != order.BuyerId)
        {
            await Outbox.AddOnceAsync(db, $"gift:{delivery.Id}", OutboxKinds.Gift, new GiftMessage(delivery.Id), now, now, cancellationToken);
        }

        if (!await IsOpen.For(db)(db, order.Id, cancellationToken))
        {
            await OrderTransitions.MoveAsync(db, order, OrderState.Fulfilled, "delivered", now, cancellationToken);
        }
    }

    private static async Task StickAsync(
        ShopDbContext db, long orderId, Delivery delivery, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Deliveries.Where(d => d.Id == delivery.Id && d.State == DeliveryState.Scheduled).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, DeliveryState.Stuck).SetProperty(d => d.StuckReason, reason), cancellationToken);
        await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.DeliveryStuck, "delivery", now, cancellationToken);
    }

    /// <summary>Tried again after one to two hours; after the last try it is stuck (DW-72).</summary>
    private async Task LaterAsync(long orderId, long deliveryId, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                await OrderTransitions.LockAsync(unit.Db, orderId, token);
                var delivery = await unit.Db.Deliveries.AsNoTracking().FirstAsync(d => d.Id == deliveryId, token);
                var now = clock.GetUtcNow();
                if (delivery.Attempts + 1 >= MaxTries)
                {
                    await StickAsync(unit.Db, orderId, delivery, "failed_too_often", now, token);
                    return;
                }

                var due = now + TimeSpan.FromHours(1 + Random.Shared.NextDouble());
                await unit.Db.Deliveries.Where(d => d.Id == deliveryId && d.State == DeliveryState.Scheduled).ExecuteUpdateAsync(
                    set => set.SetProperty(d => d.Attempts, d => d.Attempts + 1).SetProperty(d => d.DueAt, due), token);
            },
            cancellationToken);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} of order {Order} failed.")]
    private partial void Failed(Exception exception, long delivery, long order);
}

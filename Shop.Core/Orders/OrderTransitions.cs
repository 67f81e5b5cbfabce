using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The only writer of an order's state: a guarded update by the table, with its event in the same transaction.</summary>
internal static class OrderTransitions
{
    /// <summary>Takes the order's row for this transaction. Everybody who changes an order, its attempts or its deliveries comes through here first.</summary>
    public static async Task<Order> LockAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken)
    {
        var taken = await db.Orders.FromSql($"UPDATE orders SET version = version + 1 WHERE id = {orderId} RETURNING *").AsNoTracking().ToListAsync(cancellationToken);
        return taken.Single();
    }

    /// <summary>Moves a locked order on. False: it is not in a state from which it may, and nothing changed.</summary>
    /// <param name="actorId">The member of staff who did it; null: the shop.</param>
    public static async Task<bool> MoveAsync(
        ShopDbContext db, Order order, OrderState to, string reason, DateTimeOffset now, CancellationToken cancellationToken, long? actorId = null)
    {
        if (!OrderStates.Table.IsLegal(order.State, to))
        {
            return false;
        }

        var from = order.State;
        var (before, after, at) = (Words.Of(from), Words.Of(to), now.ToUnixTimeMilliseconds());
        var changed = await db.Database.ExecuteSqlAsync($"UPDATE orders SET state = {after} WHERE id = {order.Id} AND state = {before}", cancellationToken);
        if (changed == 0)
        {
            return false;
        }

        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO order_events (order_id, seq, from_state, to_state, at, reason, actor_id)
            SELECT {order.Id}, MAX(seq) + 1, {before}, {after}, {at}, {reason}, CAST({actorId} AS BIGINT) FROM order_events WHERE order_id = {order.Id}
            """,
            cancellationToken);
        return true;
    }

    /// <summary>Raises a flag that is not up yet.</summary>
    /// <param name="points">So many points are short: they come to those that the flag says already.</param>
    public static async Task RaiseAsync(
        ShopDbContext db, long orderId, OrderFlagKind kind, string by, DateTimeOffset now, CancellationToken cancellationToken, long? points = null)
    {
        var up = db.OrderFlags.Where(f => f.OrderId == orderId && f.Kind == kind && f.ClearedAt == null);
        if (!await up.AnyAsync(cancellationToken))
        {
            var flag = new OrderFlag { OrderId = orderId, Kind = kind, RaisedAt = now, By = by, Points = points };
            db.OrderFlags.Add(flag);
            await db.SaveChangesAsync(cancellationToken);
            await ShopEvents.RecordAsync(
                db, ShopEventKind.FlagRaised, flag.Id.ToString(CultureInfo.InvariantCulture), new EventAbout(OrderId: orderId), new EventFacts { Reason = Words.Of(kind) }, now, cancellationToken);
        }
        else if (points is { } more)
        {
            await up.ExecuteUpdateAsync(set => set.SetProperty(f => f.Points, f => (f.Points ?? 0) + more), cancellationToken);
        }
    }

    public static async Task ClearAsync(ShopDbContext db, long orderId, OrderFlagKind kind, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"UPDATE order_flags SET cleared_at = {now.ToUnixTimeMilliseconds()} WHERE order_id = {orderId} AND kind = {Words.Of(kind)} AND cleared_at IS NULL",
            cancellationToken);
}

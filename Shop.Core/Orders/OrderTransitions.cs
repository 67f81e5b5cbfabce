using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The only writer of an order's state: a guarded update by the table, with its event in the same transaction.</summary>
internal static class OrderTransitions
{
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Order>>> ById = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) => db.Orders.AsNoTracking().First(o => o.Id == id)));

    /// <summary>Takes the order's row for this transaction. Everybody who changes an order, its attempts or its deliveries comes through here first.</summary>
    public static async Task<Order> LockAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken)
    {
        await db.Orders.Where(o => o.Id == orderId).ExecuteUpdateAsync(set => set.SetProperty(o => o.Version, o => o.Version + 1), cancellationToken);
        return await ById.For(db)(db, orderId, cancellationToken);
    }

    /// <summary>Moves a locked order on. False: it is not in a state from which it may, and nothing changed.</summary>
    public static async Task<bool> MoveAsync(
        ShopDbContext db, Order order, OrderState to, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!OrderStates.Table.IsLegal(order.State, to))
        {
            return false;
        }

        var from = order.State;
        var changed = await db.Orders.Where(o => o.Id == order.Id && o.State == from)
            .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, to), cancellationToken);
        if (changed == 0)
        {
            return false;
        }

        var seq = await db.OrderEvents.Where(e => e.OrderId == order.Id).MaxAsync(e => e.Seq, cancellationToken) + 1;
        db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = seq, FromState = from, ToState = to, At = now, Reason = reason });
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Raises a flag that is not up yet.</summary>
    public static async Task RaiseAsync(ShopDbContext db, long orderId, OrderFlagKind kind, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await db.OrderFlags.AnyAsync(f => f.OrderId == orderId && f.Kind == kind && f.ClearedAt == null, cancellationToken))
        {
            db.OrderFlags.Add(new OrderFlag { OrderId = orderId, Kind = kind, RaisedAt = now, By = by });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    public static async Task ClearAsync(ShopDbContext db, long orderId, OrderFlagKind kind, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.OrderFlags.Where(f => f.OrderId == orderId && f.Kind == kind && f.ClearedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.ClearedAt, now), cancellationToken);
}

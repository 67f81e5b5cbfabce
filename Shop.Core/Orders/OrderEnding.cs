using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

public enum EndingResult
{
    /// <summary>It is cancelled or expired, now or before.</summary>
    Ended,

    /// <summary>It turned out to be paid.</summary>
    Paid,

    /// <summary>The provider could not say yet that nothing can be paid any more: the order stays.</summary>
    Undecided,
}

/// <summary>Ends unpaid orders. The provider is asked first: nothing is called cancelled while it can still be paid (exactly-once.md, rule 8).</summary>
public sealed class OrderEnding(Writes writes, Attempts attempts, TimeProvider clock)
{
    /// <param name="actorId">The member of staff who does it; null: somebody else.</param>
    public Task<EndingResult> CancelAsync(long orderId, string reason, CancellationToken cancellationToken, long? actorId = null) =>
        EndAsync(orderId, OrderState.Cancelled, reason, cancellationToken, actorId);

    public Task<EndingResult> ExpireAsync(long orderId, CancellationToken cancellationToken) =>
        EndAsync(orderId, OrderState.Expired, "expired", cancellationToken);

    /// <summary>
    /// Ends the unpaid orders of a cart that was emptied (DF-27) or is about to be merged. False: one of them is still with its provider, and
    /// stays until it is certain.
    /// </summary>
    public async Task<bool> CancelOfCartAsync(Buyer buyer, CancellationToken cancellationToken)
    {
        if (!buyer.HasCart)
        {
            return true;
        }

        var orders = await writes.ReadAsync(
            (db, token) => db.Orders.Where(o => o.State == OrderState.AwaitingPayment && db.Carts.Where(CartPricing.Of(buyer)).Any(c => c.Id == o.CartId))
                .Select(o => o.Id).ToListAsync(token),
            cancellationToken);
        var ended = true;
        foreach (var order in orders)
        {
            ended &= await CancelAsync(order, "cart_emptied", cancellationToken) != EndingResult.Undecided;
        }

        return ended;
    }

    private async Task<EndingResult> EndAsync(long orderId, OrderState to, string reason, CancellationToken cancellationToken, long? actorId = null)
    {
        var live = await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, orderId, token), cancellationToken);
        if (live is not null && !await attempts.EndAsync(live, cancellationToken))
        {
            var state = await writes.ReadAsync((db, token) => db.Orders.Where(o => o.Id == orderId).Select(o => o.State).FirstAsync(token), cancellationToken);
            return state == OrderState.AwaitingPayment ? EndingResult.Undecided : EndingResult.Paid;
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var db = unit.Db;
                var order = await OrderTransitions.LockAsync(db, orderId, token);
                if (order.State is OrderState.Cancelled or OrderState.Expired)
                {
                    return EndingResult.Ended;
                }

                if (order.State != OrderState.AwaitingPayment)
                {
                    return EndingResult.Paid;
                }

                if (await db.PaymentAttempts.AnyAsync(a => a.OrderId == orderId && AttemptStates.Live.Contains(a.State), token))
                {
                    return EndingResult.Undecided;
                }

                await OrderTransitions.MoveAsync(db, order, to, reason, clock.GetUtcNow(), token, actorId);
                await db.Deliveries.Where(d => d.OrderId == orderId && d.State == DeliveryState.Scheduled)
                    .ExecuteUpdateAsync(set => set.SetProperty(d => d.State, DeliveryState.Cancelled), token);
                if (order.CartId is null)
                {
                    await MatrixOrders.CloseAsync(db, orderId, token);
                }

                if (order.ForSubscription)
                {
                    await SubscriptionBooking.OverAsync(db, order, clock.GetUtcNow(), token);
                }

                if (to == OrderState.Expired && live is not null && attempts.SettlesWithin(live.Provider) > TimeSpan.Zero)
                {
                    await HandMails.OverAsync(db, order, clock.GetUtcNow(), token);
                }

                return EndingResult.Ended;
            },
            CancellationToken.None);
    }
}

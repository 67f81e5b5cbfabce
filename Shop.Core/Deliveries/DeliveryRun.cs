using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Delivers what is due: whoever settled an order calls it for that order before answering, the worker calls it for dates, retries and
/// crashes. The effect and its delivery row are one transaction, so a repeat changes nothing (DF-33).
/// </summary>
public sealed partial class DeliveryRun(
    Writes writes, RuleBook rules, ItemKinds kinds, LinkTokens tokens, RandomPool pool, TimeProvider clock, Wake wake, ILogger<DeliveryRun> log)
{
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Work>>> WorkOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) =>
            db.Deliveries.AsNoTracking().Where(d => d.Id == id).Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new Work(
                d, l.Kind, l.Goods, l.Sku, l.Title, db.Disputes.Any(q => q.OrderId == d.OrderId && q.State == DisputeState.Open))).First()));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<bool>>> IsOpen = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) =>
            db.Deliveries.Any(d => d.OrderId == order && (d.State == DeliveryState.Scheduled || d.State == DeliveryState.Stuck))));

    private static readonly PerModel<Func<ShopDbContext, long, DateTimeOffset, IAsyncEnumerable<long>>> Due = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, DateTimeOffset now) =>
            db.Deliveries.Where(d => d.OrderId == order && d.State == DeliveryState.Scheduled && d.DueAt <= now
                    && !db.RefundLines.Any(l => l.OrderLineId == d.OrderLineId && db.Refunds.Any(
                        r => r.Id == l.RefundId && (r.State == RefundState.Created || r.State == RefundState.Pending || r.State == RefundState.Unknown)))
                    && !db.Disputes.Any(q => q.OrderId == order && q.State == DisputeState.Open))
                .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d.Id, l.Position }).OrderBy(x => x.Position).Select(x => x.Id)));

    private sealed record Work(Delivery Delivery, string Kind, string Goods, string Sku, string Title, bool IsDisputed);

    /// <summary>After so many tries that threw, a person must look.</summary>
    public const int MaxTries = 8;

    /// <summary>Why a delivery is stuck that no recipient and no giver can help: the shop could not do it.</summary>
    internal const string FailedTooOften = "failed_too_often";

    /// <summary>Who holds an order that waits for a giver to choose somebody else.</summary>
    internal const string Waiting = "giver";

    private const int OrdersInPass = 50;

    /// <summary>So often somebody else is drawn, where others gave time to whoever was drawn at the same moment.</summary>
    private const int MostDraws = 5;

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
            (db, token) =>
            {
                var goingBack = LineRefunds.UnderWay(db);
                return db.Deliveries
                    .Where(d => d.State == DeliveryState.Scheduled && d.DueAt <= now
                        && db.Orders.Any(o => o.Id == d.OrderId && OrderStates.Delivering.Contains(o.State))
                        && !goingBack.Any(l => l.OrderLineId == d.OrderLineId)
                        && !db.Disputes.Any(q => q.OrderId == d.OrderId && q.State == DisputeState.Open))
                    .OrderBy(d => d.DueAt).Select(d => d.OrderId).Take(OrdersInPass).ToListAsync(token);
            },
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
        var found = await WorkOf.For(db)(db, deliveryId, cancellationToken);
        var delivery = found.Delivery;
        var now = clock.GetUtcNow();
        if (!OrderStates.Delivering.Contains(order.State) || found.IsDisputed || await LineRefunds.GoesBackAsync(db, order, delivery.OrderLineId, cancellationToken) || delivery.State != DeliveryState.Scheduled || !(delivery.DueAt <= now))
        {
            return false;
        }

        if (!kinds.Get(found.Kind).HasRecipient)
        {
            return await DeliverToPayerAsync(db, order, found, now, cancellationToken);
        }

        if (delivery is { RecipientId: null, RecipientEmail: not null })
        {
            await AwaitClaimAsync(db, order, delivery, now, cancellationToken);
            return true;
        }

        var drawn = delivery.Random is { } choice ? await DrawAsync(db, order, delivery, choice, cancellationToken) : null;
        if (delivery.Random is not null && drawn is null)
        {
            await StickAsync(db, order, delivery, LineRefusal.NobodyToDraw, now, cancellationToken);
            return false;
        }

        var recipient = (drawn?.Id ?? delivery.RecipientId) is { } id
            ? (await CartPricing.RecipientsAsync(db, [id], Giver.Of(order), cancellationToken)).GetValueOrDefault(id)
            : null;
        if (recipient is null || (recipient.Status != AccountStatus.Visible && !(delivery.GoneConfirmed && recipient.Status != AccountStatus.Purged)))
        {
            await StickAsync(db, order, delivery, LineRefusal.MemberNotVisible, now, cancellationToken);
            return false;
        }

        if (recipient.Refusal(order.BuyerId) is { } unwanted)
        {
            await StickAsync(db, order, delivery, unwanted, now, cancellationToken);
            return false;
        }

        // Immediate deliveries count from the order's one instant of payment, however late they run; dated ones from now (F2).
        var isDated = delivery.DeliverOn > order.PaidAt;
        var at = isDated ? now : order.PaidAt ?? now;
        var before = await MembershipLedger.LockedStateAsync(db, recipient.Id, cancellationToken);
        var work = new DeliveryWork(delivery.Id, found.Goods, recipient.Id, order.BuyerId, at, order.RuleRevision, before)
        {
            BuyerOwns = recipient.Id == order.BuyerId || recipient.Maintained,
            RecipientKind = recipient.Kind,
            IsDated = isDated,
        };
        switch (await kinds.Get(found.Kind).DeliverAsync(db, work, cancellationToken))
        {
            case DeliveryResult.Applied applied:
                await AppliedAsync(db, delivery, recipient.Id, at, applied.Until, now, cancellationToken);
                if (drawn is not null && recipient.Id != delivery.RecipientId)
                {
                    await NoteDrawAsync(db, delivery, drawn, now, cancellationToken);
                }

                if (recipient.Id != order.BuyerId && kinds.Get(found.Kind).IsForOthers)
                {
                    await TellAsync(db, order, delivery.Id, recipient.Id, found.Sku, found.Title, applied.Until, now, cancellationToken);
                }

                await FulfilAsync(db, order, now, cancellationToken);
                return true;
            case DeliveryResult.Later later:
                await db.Deliveries.Where(d => d.Id == delivery.Id && d.State == DeliveryState.Scheduled)
                    .ExecuteUpdateAsync(set => set.SetProperty(d => d.DueAt, later.At), cancellationToken);
                return false;
            case DeliveryResult.Refused refused:
                await StickAsync(db, order, delivery, refused.Reason, now, cancellationToken);
                return false;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Goods that no account has: nobody can refuse them.</summary>
    private async Task<bool> DeliverToPayerAsync(ShopDbContext db, Order order, Work found, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = order.PaidAt ?? now;
        var work = new DeliveryWork(found.Delivery.Id, found.Goods, ItemKind.Nobody, order.BuyerId, at, order.RuleRevision, MembershipState.Never)
        {
            BuyerOwns = true, RecipientKind = AccountKind.Personal, IsDated = false,
        };
        if (await kinds.Get(found.Kind).DeliverAsync(db, work, cancellationToken) is not DeliveryResult.Applied applied)
        {
            throw new InvalidOperationException($"Goods of kind {found.Kind} are for nobody and were not given.");
        }

        await AppliedAsync(db, found.Delivery, null, at, applied.Until, now, cancellationToken);
        await FulfilAsync(db, order, now, cancellationToken);
        return true;
    }

    /// <summary>
    /// Who gets what chance gives: whoever was shown, while they still fit, else somebody drawn now. Their membership is locked, so that two orders that are
    /// delivered at once do not both find the same account without time. Null: there is nobody.
    /// </summary>
    private async Task<Candidate?> DrawAsync(ShopDbContext db, Order order, Delivery delivery, RandomChoice choice, CancellationToken cancellationToken)
    {
        var giver = Giver.Of(order);
        var next = delivery.RecipientId is { } shown ? await pool.FindAsync(db, shown, giver, order.BuyerId, cancellationToken) : null;
        for (var tries = 0; tries < MostDraws; tries++)
        {
            next ??= await pool.DrawAsync(db, choice.Kind(), giver, order.BuyerId, cancellationToken);
            if (next is null)
            {
                return null;
            }

            await MembershipLedger.LockedStateAsync(db, next.Id, cancellationToken);
            if (await pool.FindAsync(db, next.Id, giver, order.BuyerId, cancellationToken) is { } still)
            {
                return still;
            }

            next = null;
        }

        return null;
    }

    /// <summary>Staff see whom chance drew, and instead of whom (DW-97).</summary>
    private static async Task NoteDrawAsync(ShopDbContext db, Delivery delivery, Candidate drawn, DateTimeOffset now, CancellationToken cancellationToken)
    {
        db.RandomDraws.Add(new RandomDraw { DeliveryId = delivery.Id, DrawnId = drawn.Id, InsteadOfId = delivery.RecipientId, Score = drawn.Score, At = now });
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Its code is made and on its way; the order needs to wait for nobody (DW-73).</summary>
    private async Task AwaitClaimAsync(ShopDbContext db, Order order, Delivery delivery, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var generation = await db.ClaimTokens.CountAsync(t => t.OrderLineId == delivery.OrderLineId, cancellationToken);
        var code = await tokens.ClaimAsync(delivery.OrderLineId, generation, cancellationToken);
        db.ClaimTokens.Add(new ClaimToken { OrderLineId = delivery.OrderLineId, Hash = Codes.Hash(code), Generation = generation });
        Outbox.Add(db, string.Create(CultureInfo.InvariantCulture, $"claim:{delivery.Id}:{generation}"), OutboxKinds.Claim, new ClaimMessage(delivery.Id), now);
        await db.SaveChangesAsync(cancellationToken);
        await db.Deliveries.Where(d => d.Id == delivery.Id && d.State == DeliveryState.Scheduled)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.State, DeliveryState.AwaitingClaim), cancellationToken);
        await FulfilAsync(db, order, now, cancellationToken);
    }

    /// <summary>Marks a delivery applied that stood in the state it was read with.</summary>
    internal static async Task AppliedAsync(
        ShopDbContext db, Delivery delivery, long? recipientId, DateTimeOffset at, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DeliveryStates.Table.Apply(delivery.State, DeliveryState.Applied);
        var (before, after) = (Words.Of(delivery.State), Words.Of(DeliveryState.Applied));
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE deliveries SET state = {after}, recipient_id = {recipientId}, applied_at = {now.ToUnixTimeMilliseconds()}, effective_at = {at.ToUnixTimeMilliseconds()},
                   ran_until = {until?.ToUnixTimeMilliseconds()}
             WHERE id = {delivery.Id} AND state = {before}
            """,
            cancellationToken);
        if (changed != 1)
        {
            throw new InvalidOperationException($"Delivery {delivery.Id} changed under the lock of its order.");
        }
    }

    private static async Task FulfilAsync(ShopDbContext db, Order order, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // where something is on its way back, its end says how the order stands
        if (order.State == OrderState.Paid && !await IsOpen.For(db)(db, order.Id, cancellationToken))
        {
            await OrderTransitions.MoveAsync(db, order, OrderState.Fulfilled, "delivered", now, cancellationToken);
        }
    }

    /// <summary>Somebody got what another had bought for them.</summary>
    internal static Task TellAsync(
        ShopDbContext db, Order order, long deliveryId, long recipientId, string sku, string title, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken) =>
        ShopEvents.RecordAsync(
            db,
            ShopEventKind.GiftDelivered,
            deliveryId.ToString(CultureInfo.InvariantCulture),
            new EventAbout(recipientId, order.Id),
            new EventFacts { Reference = order.Reference, DeliveryId = deliveryId, Sku = sku, Title = title, Until = until },
            now,
            cancellationToken);

    /// <summary>
    /// The account cannot take it. A giver with an account is told and has some days to choose somebody else, which is what the order then waits for; in all
    /// other cases, and when the days are over, what was paid goes back by itself (docs/adr/0015).
    /// </summary>
    private async Task StickAsync(
        ShopDbContext db, Order order, Delivery delivery, LineRefusal reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<GiftTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var isGift = order.BuyerId is not null && delivery.RecipientId != order.BuyerId && !await db.OrderLines.AnyAsync(l => l.Id == delivery.OrderLineId && l.SellerId != null, cancellationToken);
        var back = isGift ? now.AddDays(terms.StuckDays) : now;
        await StickAsync(db, order.Id, delivery, ModelConventions.Snake(reason.ToString()), back, now, cancellationToken);
        if (isGift)
        {
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.Held, Waiting, now, cancellationToken);
            await Outbox.AddOnceAsync(
                db, string.Create(CultureInfo.InvariantCulture, $"stuck:{delivery.Id}:{back.ToUnixTimeMilliseconds()}"), OutboxKinds.GiftStuck,
                new GiftStuckMessage(delivery.Id), now, now, cancellationToken);
        }
    }

    private static async Task StickAsync(
        ShopDbContext db, long orderId, Delivery delivery, string reason, DateTimeOffset? back, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Deliveries.Where(d => d.Id == delivery.Id && d.State == DeliveryState.Scheduled).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, DeliveryState.Stuck).SetProperty(d => d.StuckReason, reason).SetProperty(d => d.DueAt, back), cancellationToken);
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
                    await StickAsync(unit.Db, orderId, delivery, FailedTooOften, null, now, token);
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

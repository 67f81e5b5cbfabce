using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A gift that whoever got it may give back, and what is then left.</summary>
public sealed record ReturnView
{
    public required string Title { get; init; }

    /// <summary>The giver's name; null: someone.</summary>
    public string? From { get; init; }

    /// <summary>The last instant at which it can be given back.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>What the account would have without it, where it gave time; null: it gave something else.</summary>
    public MembershipState? Left { get; init; }
}

/// <summary>What became of giving a gift back.</summary>
public abstract record GiftReturnResult
{
    private GiftReturnResult() { }

    /// <summary>It is off the account, and what was paid for it is on its way to the giver.</summary>
    public sealed record Returned : GiftReturnResult;

    /// <summary>There is no such gift that could be given back (any more).</summary>
    public sealed record TooLate : GiftReturnResult;

    /// <summary>So many were given back within a year, and that is the limit.</summary>
    public sealed record TooMany(int Most) : GiftReturnResult;

    /// <summary>A promotion for a least amount made the order cheaper, which without this line would not have been reached: staff decide.</summary>
    public sealed record Bound : GiftReturnResult;

    /// <summary>Some of it is used up: nothing was changed.</summary>
    public sealed record Used(RevokeRefusal Reason) : GiftReturnResult;
}

/// <summary>
/// Gifts that go back (docs/adr/0015): given back by whoever got one, refused with the code of its mail, or taken back by the giver, or by the shop, where it could not
/// be delivered. Goods leave the account in the transaction that promises the money, so nobody has both.
/// </summary>
public sealed class GiftReturns(
    Writes writes, RuleBook rules, ItemKinds kinds, MembershipLedger memberships, LineRefunds refunds, RefundRun run, TimeProvider clock)
{
    private const int Batch = 20;

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    /// <summary>The gift, as whoever got it sees it before giving it back; null: there is none that can be.</summary>
    public async Task<ReturnView?> FindAsync(ShopDbContext db, long memberId, long deliveryId, CancellationToken cancellationToken)
    {
        var terms = await TermsAsync(db, cancellationToken);
        var found = await db.Deliveries.AsNoTracking().Where(d => d.Id == deliveryId && d.RecipientId == memberId)
            .Join(db.Orders, d => d.OrderId, o => o.Id, (d, o) => new { d, o })
            .Join(db.OrderLines, x => x.d.OrderLineId, l => l.Id, (x, l) => new
            {
                x.d,
                x.o,
                l.Title,
                l.Kind,
                From = x.d.Anonymous ? null : db.Users.Where(m => m.Id == x.o.BuyerId).Select(m => m.UserName).FirstOrDefault(),
            })
            .FirstOrDefaultAsync(cancellationToken);
        if (found is null || !kinds.Get(found.Kind).CanGoBack || !MayGoBack(found.d, found.o, memberId, terms, clock.GetUtcNow()))
        {
            return null;
        }

        return new ReturnView
        {
            Title = found.Title,
            From = found.From,
            Until = found.d.AppliedAt!.Value.AddDays(terms.ReturnDays),
            Left = kinds.Get(found.Kind) is PaidTime ? await memberships.WithoutAsync(db, memberId, PaidTime.Source(deliveryId), cancellationToken) : null,
        };
    }

    /// <summary>Until when a gift can be given back that was delivered then; null: not at all.</summary>
    public static DateTimeOffset? Until(GiftTerms terms, DateTimeOffset appliedAt) => terms.ReturnDays == 0 ? null : appliedAt.AddDays(terms.ReturnDays);

    /// <summary>The rules it goes by.</summary>
    public async Task<GiftTerms> TermsAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await rules.GetAsync<GiftTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);

    /// <summary>Takes a gift off the account of whoever got it, and promises its giver what was paid, at once.</summary>
    public async Task<GiftReturnResult> ReturnAsync(long memberId, long deliveryId, CancellationToken cancellationToken)
    {
        var (result, refund) = await writes.RunAsync((unit, token) => ReturnAsync(unit, memberId, deliveryId, token), cancellationToken);
        await SendAsync(refund);
        return result;
    }

    /// <summary>Refuses a gift with the code of its mail. False: it is no code that waits.</summary>
    public async Task<bool> RefuseAsync(string code, CancellationToken cancellationToken)
    {
        var result = await writes.RunAsync(
            async (unit, token) =>
            {
                var db = unit.Db;
                if (await Claims.OrderOfAsync(db, code, token) is not { } orderId)
                {
                    return new LineRefundResult.Refused(RefundRefusal.NotPaid);
                }

                var order = await OrderTransitions.LockAsync(db, orderId, token);
                var delivery = await Claims.WaitingAsync(db, code, token);
                var asked = delivery is null
                    ? new LineRefundResult.Refused(RefundRefusal.NotPaid)
                    : await refunds.AskAsync(
                        db, order, delivery.OrderLineId, new LineRefundWish(RefundOrigin.Recipient, "gift refused", "code"), clock.GetUtcNow(), token);
                return asked is LineRefundResult.Refused ? unit.RollBack(asked) : asked;
            },
            cancellationToken);
        await SendAsync((result as LineRefundResult.Asked)?.Refund);
        return result is LineRefundResult.Asked;
    }

    /// <summary>Gives the giver of a gift that could not be delivered the money back. False: it is not stuck (any more).</summary>
    public async Task<bool> TakeBackAsync(long memberId, long deliveryId, CancellationToken cancellationToken) =>
        await GiveBackStuckAsync(
            deliveryId, new LineRefundWish(RefundOrigin.Buyer, Undeliverable, string.Create(CultureInfo.InvariantCulture, $"member {memberId}")),
            (order, _, _) => order.BuyerId == memberId, cancellationToken);

    /// <summary>The worker's pass: gives back what could not be delivered and for which nobody chose somebody else in time. Returns how many.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await writes.ReadAsync(
            (db, token) =>
            {
                var goingBack = LineRefunds.UnderWay(db);
                return db.Deliveries.Where(d => d.State == DeliveryState.Stuck && d.DueAt <= now && !goingBack.Any(l => l.OrderLineId == d.OrderLineId))
                    .OrderBy(d => d.DueAt).Select(d => d.Id).Take(Batch).ToListAsync(token);
            },
            cancellationToken);
        var back = 0;
        foreach (var delivery in due)
        {
            back += await GiveBackStuckAsync(
                delivery, new LineRefundWish(RefundOrigin.Shop, Undeliverable, "shop"), (_, row, at) => row.DueAt <= at, cancellationToken) ? 1 : 0;
        }

        return back;
    }

    private const string Undeliverable = "could not be delivered";

    private async Task<bool> GiveBackStuckAsync(
        long deliveryId, LineRefundWish wish, Func<Order, Delivery, DateTimeOffset, bool> may, CancellationToken cancellationToken)
    {
        var orderId = await writes.ReadAsync(
            (db, token) => db.Deliveries.Where(d => d.Id == deliveryId).Select(d => (long?)d.OrderId).FirstOrDefaultAsync(token), cancellationToken);
        if (orderId is not { } id)
        {
            return false;
        }

        var result = await writes.RunAsync(
            async (unit, token) =>
            {
                var order = await OrderTransitions.LockAsync(unit.Db, id, token);
                var delivery = await unit.Db.Deliveries.AsNoTracking().FirstAsync(d => d.Id == deliveryId, token);
                var now = clock.GetUtcNow();
                var asked = delivery is { State: DeliveryState.Stuck, StuckReason: not DeliveryRun.FailedTooOften } && may(order, delivery, now)
                    ? await refunds.AskAsync(unit.Db, order, delivery.OrderLineId, wish, now, token)
                    : new LineRefundResult.Refused(RefundRefusal.NotPaid);
                return asked is LineRefundResult.Refused ? unit.RollBack(asked) : asked;
            },
            cancellationToken);
        await SendAsync((result as LineRefundResult.Asked)?.Refund);
        return result is LineRefundResult.Asked;
    }

    private async Task<(GiftReturnResult Result, Guid? Refund)> ReturnAsync(WriteUnit unit, long memberId, long deliveryId, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var terms = await TermsAsync(db, cancellationToken);
        var orderId = await db.Deliveries.Where(d => d.Id == deliveryId && d.RecipientId == memberId).Select(d => (long?)d.OrderId).FirstOrDefaultAsync(cancellationToken);
        if (orderId is not { } id)
        {
            return (new GiftReturnResult.TooLate(), null);
        }

        var order = await OrderTransitions.LockAsync(db, id, cancellationToken);
        var delivery = await db.Deliveries.AsNoTracking().FirstAsync(d => d.Id == deliveryId, cancellationToken);
        var now = clock.GetUtcNow();
        var kind = kinds.Get(await db.OrderLines.Where(l => l.Id == delivery.OrderLineId).Select(l => l.Kind).FirstAsync(cancellationToken));
        if (!kind.CanGoBack || !MayGoBack(delivery, order, memberId, terms, now))
        {
            return unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.TooLate(), null));
        }

        if (await IsBoundAsync(db, order, [delivery.OrderLineId], rules, cancellationToken))
        {
            return unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.Bound(), null));
        }

        // a token that was passed on is somebody else's, who had no part in this
        if (await db.RenameTokens.AnyAsync(t => t.DeliveryId == deliveryId && t.OwnerId != memberId, cancellationToken))
        {
            return unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.Used(RevokeRefusal.TokenUsed), null));
        }

        // the account's row is taken before its returns are counted, so that two at once are counted one after the other
        await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var since = now - Year;
        if (await db.Deliveries.CountAsync(
                d => d.RecipientId == memberId && d.State == DeliveryState.Revoked && db.Refunds.Any(
                    r => r.Origin == RefundOrigin.Recipient && r.CreatedAt > since && db.RefundLines.Any(l => l.RefundId == r.Id && l.OrderLineId == d.OrderLineId)),
                cancellationToken) >= terms.ReturnsPerYear)
        {
            return unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.TooMany(terms.ReturnsPerYear), null));
        }

        const string reason = "gift given back";
        if (await kind.RevokeAsync(db, deliveryId, memberId, now, reason, cancellationToken) is RevokeResult.Refused used)
        {
            return unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.Used(used.Reason), null));
        }

        await LineRefunds.MoveAsync(db, delivery, DeliveryState.Revoked, cancellationToken);
        var wish = new LineRefundWish(RefundOrigin.Recipient, reason, string.Create(CultureInfo.InvariantCulture, $"member {memberId}"));
        return await refunds.AskAsync(db, order, delivery.OrderLineId, wish, now, cancellationToken) is LineRefundResult.Asked asked
            ? (new GiftReturnResult.Returned(), asked.Refund)
            : unit.RollBack<(GiftReturnResult, Guid?)>((new GiftReturnResult.TooLate(), null));
    }

    /// <summary>Whether the order had a promotion for a least amount that the lines which stay would not reach (ADR 0012).</summary>
    internal static async Task<bool> IsBoundAsync(ShopDbContext db, Order order, IReadOnlyCollection<long> goingLines, RuleBook rules, CancellationToken cancellationToken)
    {
        var keys = await db.OrderPromotions.Where(p => p.OrderId == order.Id).Select(p => p.Key).ToListAsync(cancellationToken);
        if (keys.Count == 0)
        {
            return false;
        }

        var promotions = (await rules.GetAsync<PromotionTerms>(db, order.RuleRevision, cancellationToken)).Promotions
            .Where(p => p is { MinimumMinor: > 0, Points: null } && keys.Contains(p.Key)).ToList(); // bonus points are taken back in proportion
        // a line of which only a part went back is still there
        var stayingLines = (await LineRefunds.LeftAsync(db, order.Id, cancellationToken)).Where(l => l.AmountMinor + l.Points > 0).Select(l => l.OrderLineId).Except(goingLines).ToList();
        var lines = await db.OrderLines.Where(l => l.OrderId == order.Id)
            .Select(l => new { l.Id, l.Sku, l.Kind, Price = l.PriceMinor - l.AddedTaxMinor + l.DiscountMinor })
            .ToListAsync(cancellationToken);
        return promotions.Exists(p =>
        {
            var stays = lines.Where(l => stayingLines.Contains(l.Id)).ToList();
            return stays.Count > 0 && stays.Where(l => p.LooksAt(l.Sku, l.Kind == BoughtPoints.KindKey)).Sum(l => l.Price) < p.MinimumMinor;
        });
    }

    /// <summary>Somebody else's gift, delivered no longer ago than the rule says, of an order that nothing else has happened to.</summary>
    private static bool MayGoBack(Delivery delivery, Order order, long memberId, GiftTerms terms, DateTimeOffset now) =>
        delivery is { State: DeliveryState.Applied, AppliedAt: { } applied } && delivery.RecipientId == memberId && order.BuyerId != memberId
            && order.State is OrderState.Paid or OrderState.Fulfilled or OrderState.RefundPending
            && Until(terms, applied) is { } until && now < until;

    /// <summary>The money is sent after the commit; whatever comes of it is written down, and the worker goes on from there.</summary>
    private async Task SendAsync(Guid? refund)
    {
        if (refund is { } id)
        {
            await run.DriveAsync(id, CancellationToken.None);
        }
    }
}

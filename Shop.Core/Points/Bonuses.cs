using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A season in which money earns points, as pages show it: one point for so much money, to the end of a day in UTC (DW-93).</summary>
public sealed record SeasonView(Money PerPoint, DateOnly Until)
{
    /// <summary>The season that is on at an instant; null: none.</summary>
    public static SeasonView? At(RuleSet rules, DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        return rules.Get<PointTerms>().Seasons.FirstOrDefault(s => s.From <= day && day <= s.Until) is { } season
            ? new SeasonView(new Money(season.MinorPerPoint, rules.Get<PriceList>().Money), season.Until)
            : null;
    }

    /// <summary>What the money of lines earns: whole points over all of them together. A product that is not sold any more earns as others do.</summary>
    public long Earns(IEnumerable<(Product? Product, long DueMinor)> lines) =>
        lines.Where(line => line.Product is not { NoBonus: true }).Aggregate(0L, (sum, line) => checked(sum + line.DueMinor)) / PerPoint.Minor;
}

/// <summary>Gives the bonus of a season and of promotions with the payment of an order, and takes it back with its refunds. Rules are those that the order was placed under.</summary>
public sealed class Bonuses(RuleBook rules)
{
    /// <summary>Gives what a signed-in buyer's money earns, once per order, in the transaction that makes it paid. Returns the points.</summary>
    internal async Task<long> GrantAsync(ShopDbContext db, Order order, DateTimeOffset paidAt, CancellationToken cancellationToken)
    {
        if (order is not { BuyerId: { } buyer, DueMinor: > 0 } || await EarnsAsync(db, order, paidAt, cancellationToken) is not (> 0 and var points))
        {
            return 0;
        }

        await PointsAccounts.BonusAsync(
            db, order.Id, buyer, points, (await rules.GetAsync<PointTerms>(db, order.RuleRevision, cancellationToken)).EndOf(paidAt), paidAt, cancellationToken);
        return points;
    }

    /// <summary>
    /// Takes back what the money that a refund gave back had earned, in the refund's transaction, whose caller holds the order's row. Refused: the points are not
    /// all there any more; those that are were taken, and the rest is owed (<see cref="WithdrawOwedAsync"/>).
    /// </summary>
    public async Task<RevokeResult> WithdrawAsync(ShopDbContext db, Order order, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order is not { BuyerId: { } buyer, PaidAt: { } paidAt, BonusPoints: > 0 and var had })
        {
            return new RevokeResult.Revoked();
        }

        var stays = Math.Min(had, await EarnsAsync(db, order, paidAt, cancellationToken));
        if (stays == had)
        {
            return new RevokeResult.Revoked();
        }

        // the account is taken first, so that what is there stays there until it is booked
        await MembershipLedger.LockedStateAsync(db, buyer, cancellationToken);
        var take = Math.Min(had - stays, await PointsAccounts.BalanceAsync(db, buyer, cancellationToken));
        if (take > 0)
        {
            switch (await PointsAccounts.WithdrawBonusAsync(db, refundId, order.Id, buyer, take, now, cancellationToken))
            {
                case PostResult.Insufficient:
                    return new RevokeResult.Refused(RevokeRefusal.PointsGone);
                case PostResult.Posted:
                    if (await db.Orders.Where(o => o.Id == order.Id && o.BonusPoints == had)
                            .ExecuteUpdateAsync(set => set.SetProperty(o => o.BonusPoints, had - take), cancellationToken) != 1)
                    {
                        throw new InvalidOperationException($"The bonus of order {order.Id} changed at the same moment; the refund is looked at again.");
                    }

                    break;
            }
        }

        return take == had - stays ? new RevokeResult.Revoked() : new RevokeResult.Refused(RevokeRefusal.PointsGone);
    }

    /// <summary>
    /// Points came back to a buyer who owes bonus points of orders that were given back before: they are taken from them, so that no bonus outlives its money. In the
    /// transaction of the refund that gave them back.
    /// </summary>
    internal async Task WithdrawOwedAsync(ShopDbContext db, Order refunded, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var owing = await db.Orders.AsNoTracking()
            .Where(o => o.BuyerId == refunded.BuyerId && o.Id != refunded.Id && o.BonusPoints > 0
                && db.OrderFlags.Any(f => f.OrderId == o.Id && f.Kind == OrderFlagKind.PointsShort && f.ClearedAt == null))
            .OrderBy(o => o.Id).ToListAsync(cancellationToken);
        foreach (var order in owing)
        {
            if (await WithdrawAsync(db, order, refundId, now, cancellationToken) is RevokeResult.Revoked)
            {
                await OrderTransitions.ClearAsync(db, order.Id, OrderFlagKind.PointsShort, now, cancellationToken);
            }
        }
    }

    /// <summary>What the order's money earns that has not been given back.</summary>
    private async Task<long> EarnsAsync(ShopDbContext db, Order order, DateTimeOffset paidAt, CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, order.RuleRevision, cancellationToken);
        var season = SeasonView.At(set, paidAt);
        var terms = set.Get<PromotionTerms>().Promotions.Where(p => p.Points is not null).ToList();
        var promised = terms.Count == 0
            ? []
            : await db.OrderPromotions.Where(p => p.OrderId == order.Id && p.Points > 0).Select(p => new { p.Key, p.Points }).ToListAsync(cancellationToken);
        if (season is null && promised.Count == 0)
        {
            return 0;
        }

        var lines = await db.OrderLines.Where(l => l.OrderId == order.Id && l.SellerId == null)
            .Select(l => new
            {
                l.Sku,
                l.Kind,
                l.PriceMinor,
                Due = l.DueMinor - db.RefundLines.Where(r => r.OrderLineId == l.Id && db.Refunds.Any(f => f.Id == r.RefundId && f.State == RefundState.Succeeded))
                    .Sum(r => r.AmountMinor),
            })
            .ToListAsync(cancellationToken);
        var products = set.Get<PriceList>().Products;
        var sold = lines.Select(l => (l.Sku, l.Kind, l.PriceMinor, l.Due, Product: products.FirstOrDefault(p => p.Sku == l.Sku))).ToList();
        return promised.Aggregate(season?.Earns(sold.Select(l => (l.Product, l.Due))) ?? 0, (sum, promise) =>
        {
            var rule = terms.First(p => p.Key == promise.Key);
            var looked = sold.Where(l => rule.LooksAt(l.Sku, l.Kind == BoughtPoints.KindKey) && l.Product is not { NoBonus: true }).ToList();
            return checked(sum + PromotionPricing.Earned(promise.Points, looked.Sum(l => l.Due), looked.Sum(l => l.PriceMinor)));
        });
    }
}

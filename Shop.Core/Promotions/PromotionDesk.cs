using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Where a promotion stands at an instant, derived from the rules and its uses.</summary>
public enum PromotionStanding { Running, Planned, UsedUp, Over, Off }

/// <summary>
/// A promotion on the desk. <paramref name="Uses"/> counts orders that are paid or wait for their payment; what they were given counts where they are paid:
/// money off, and points that their money earned at most.
/// </summary>
public sealed record PromotionOnDesk(Promotion Promotion, PromotionStanding Standing, int Uses, int Paid, Money GivenAway, long Months, long Points);

/// <summary>Lists the promotions of the rules in force with what became of them. They are changed as rules (<see cref="RuleDesk"/>).</summary>
public sealed class PromotionDesk(RuleBook rules, TimeProvider clock)
{
    /// <summary>Running ones first, then by the day they begin. Three queries, however many there are.</summary>
    public async Task<IReadOnlyList<PromotionOnDesk>> ListAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var (now, set) = (clock.GetUtcNow(), await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken));
        var (promotions, currency) = (set.Get<PromotionTerms>().Promotions, set.Get<PriceList>().Money);
        if (promotions.Count == 0)
        {
            return [];
        }

        var code = currency.Code;
        var sums = await db.OrderPromotions.Join(db.Orders, p => p.OrderId, o => o.Id, (p, o) => new { Promotion = p, Order = o })
            .Where(x => x.Order.State != OrderState.Cancelled && x.Order.State != OrderState.Expired)
            .GroupBy(x => x.Promotion.Key)
            .Select(g => new
            {
                Key = g.Key,
                Uses = g.Count(),
                Paid = g.Count(x => x.Order.PaidAt != null),
                Amount = g.Sum(x => x.Order.PaidAt != null && x.Order.Currency == code ? x.Promotion.AmountMinor : 0),
                Months = g.Sum(x => x.Order.PaidAt != null ? (long)x.Promotion.Months : 0),
                Points = g.Sum(x => x.Order.PaidAt != null ? (long)x.Promotion.Points : 0),
            })
            .ToDictionaryAsync(g => g.Key, cancellationToken);
        var asked = await PromotionUses.WithUsesAsync(db, new PromotionBuyer(Days.Of(now), false, []), promotions, null, null, cancellationToken);
        return
        [
            .. promotions.Select(p =>
                {
                    var sum = sums.GetValueOrDefault(p.Key);
                    return new PromotionOnDesk(
                        p, Standing(p, asked), sum?.Uses ?? 0, sum?.Paid ?? 0, new Money(sum?.Amount ?? 0, currency), sum?.Months ?? 0, sum?.Points ?? 0);
                })
                .OrderBy(line => line.Standing).ThenBy(line => line.Promotion.From).ThenBy(line => line.Promotion.Key, StringComparer.Ordinal),
        ];
    }

    private static PromotionStanding Standing(Promotion promotion, PromotionBuyer at) =>
        !promotion.On ? PromotionStanding.Off
        : promotion.Until < at.Today ? PromotionStanding.Over
        : at.UsedUp.Contains(promotion.Key) ? PromotionStanding.UsedUp
        : promotion.From > at.Today ? PromotionStanding.Planned
        : PromotionStanding.Running;
}

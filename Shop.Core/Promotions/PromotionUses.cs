using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// How often promotions are used. A use is taken with a payment attempt, or with an order that points pay, and is free again when that ends without money; the
/// counters of <see cref="Limit"/> decide who gets the last one. A use that was paid stays used, also when the order is given back.
/// </summary>
public sealed class PromotionUses(RuleBook rules)
{
    /// <summary>What the promotions of a revision ask about a buyer. No query where none runs.</summary>
    internal static async Task<PromotionBuyer> BuyerAsync(
        ShopDbContext db, RuleSet set, Buyer buyer, long? cartId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (all, today) = (set.Get<PromotionTerms>().Promotions, Days.Of(at));
        var codes = cartId is { } cart && all.Any(p => p.On && p.Code is not null)
            ? await db.CartCodes.Where(c => c.CartId == cart).OrderBy(c => c.AddedAt).ThenBy(c => c.Code).Select(c => c.Code).ToListAsync(cancellationToken)
            : [];
        var asked = all.Where(p => p.RunsOn(today) && (p.Code is null || codes.Contains(p.Code))).ToList();
        var facts = new PromotionBuyer(today, buyer.MemberId is not null, codes);
        if (buyer.MemberId is { } member)
        {
            facts = facts with
            {
                HasOrdered = asked.Any(p => p.FirstOrder) && await TestPurchases.PaidOrders(db).AnyAsync(o => o.BuyerId == member, cancellationToken),
                Class = asked.Any(p => p.MemberClass is not null) ? await ClassAsync(db, set, member, at, cancellationToken) : null,
            };
        }

        return await WithUsesAsync(db, facts, asked, buyer.MemberId, cartId, cancellationToken);
    }

    /// <summary>Which of these promotions nobody, or not this buyer, may use any more; what an unpaid order of the cart holds is not gone for that cart.</summary>
    internal static async Task<PromotionBuyer> WithUsesAsync(
        ShopDbContext db, PromotionBuyer facts, IReadOnlyList<Promotion> asked, long? memberId, long? cartId, CancellationToken cancellationToken)
    {
        var most = asked.SelectMany(p => Limits(p, memberId)).ToDictionary(l => l.Code);
        if (most.Count == 0)
        {
            return facts;
        }

        var used = await db.Limits.Where(l => most.Keys.Contains(l.Code))
            .Select(l => new
            {
                l.Code,
                Used = l.Used - db.LimitUses.Count(u => u.LimitId == l.Id && !u.Released && cartId != null
                    && db.Orders.Any(o => o.Id == u.OrderId && o.CartId == cartId && o.State == OrderState.AwaitingPayment)),
            })
            .ToListAsync(cancellationToken);
        var gone = used.Where(l => l.Used >= most[l.Code].Most).Select(l => most[l.Code]).ToList();
        return facts with
        {
            UsedUp = gone.Where(l => !l.OfMember).Select(l => l.Key).ToHashSet(StringComparer.Ordinal),
            UsedByBuyer = gone.Where(l => l.OfMember).Select(l => l.Key).ToHashSet(StringComparer.Ordinal),
        };
    }

    /// <summary>
    /// Takes a use of each limited promotion of an order whose row the caller holds; what it holds already is not taken twice. False: used up, and the caller
    /// rolls back.
    /// </summary>
    internal async Task<bool> ReserveAsync(ShopDbContext db, Order order, CancellationToken cancellationToken)
    {
        var placed = await rules.GetAsync<PromotionTerms>(db, order.RuleRevision, cancellationToken);
        if (!placed.Promotions.Any(p => p.IsLimited))
        {
            return true;
        }

        var used = order.Lines.Count > 0
            ? order.Promotions.Select(p => p.Key)
            : await db.OrderPromotions.Where(p => p.OrderId == order.Id).Select(p => p.Key).ToListAsync(cancellationToken);
        var now = await rules.GetAsync<PromotionTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        foreach (var limit in used.SelectMany(key => Limits(Rule(now, key) ?? Rule(placed, key)!, order.BuyerId)).OrderBy(l => l.Code, StringComparer.Ordinal))
        {
            if (!await Uses.TakeAsync(db, limit.Code, limit.Most, order.Id, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A counter that a promotion is bounded by, and by how much.</summary>
    internal sealed record UseLimit(string Key, string Code, long Most, bool OfMember);

    private static Promotion? Rule(PromotionTerms terms, string key) => terms.Promotions.FirstOrDefault(p => p.Key == key);

    internal static IEnumerable<UseLimit> Limits(Promotion promotion, long? memberId)
    {
        if (promotion.MaxUses is { } most)
        {
            yield return new UseLimit(promotion.Key, $"promo:{promotion.Key}", most, false);
        }

        if (promotion.PerMember is { } each && memberId is { } member)
        {
            yield return new UseLimit(promotion.Key, string.Create(CultureInfo.InvariantCulture, $"promo:{promotion.Key}:{member}"), each, true);
        }
    }

    private static async Task<string?> ClassAsync(ShopDbContext db, RuleSet set, long member, DateTimeOffset at, CancellationToken cancellationToken) =>
        ClassOf(set, await MembershipLedger.StateAsync(db, member, cancellationToken), at);

    /// <summary>The class whose rights an account has at an instant; where its time is over, the free one.</summary>
    internal static string? ClassOf(RuleSet set, MembershipState state, DateTimeOffset at)
    {
        var phase = state.PhaseAt(at, TimeSpan.FromDays(set.Get<ExpiryTerms>().GraceDays));
        return phase is MembershipPhase.Active or MembershipPhase.Permanent or MembershipPhase.Grace
            ? state.Class
            : set.Get<AccountTerms>().Classes.FirstOrDefault(c => c.Rank == 0)?.Key;
    }
}

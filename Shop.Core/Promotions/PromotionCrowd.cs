using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What promotions ask about the buyers of all open carts at once: for the preview of a draft. The same facts as <see cref="PromotionUses.BuyerAsync"/> reads for one.</summary>
internal sealed class PromotionCrowd
{
    private readonly DateTimeOffset at;
    private ILookup<long, string> codes = Enumerable.Empty<(long Cart, string Code)>().ToLookup(c => c.Cart, c => c.Code);
    private HashSet<long> ordered = [];
    private Dictionary<long, MembershipState> memberships = [];
    private Dictionary<string, long> used = [];
    private ILookup<long, string> held = Enumerable.Empty<(long Cart, string Code)>().ToLookup(c => c.Cart, c => c.Code);

    private PromotionCrowd(DateTimeOffset at) => this.at = at;

    /// <summary>A fixed number of queries, and none where none of the rules has a promotion.</summary>
    public static async Task<PromotionCrowd> ReadAsync(ShopDbContext db, IReadOnlyList<RuleSet> rules, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (rules.All(set => set.Get<PromotionTerms>().Promotions.Count == 0))
        {
            return new PromotionCrowd(at);
        }

        var members = db.Carts.Where(c => c.MemberId != null).Select(c => c.MemberId!.Value);
        var typed = await db.CartCodes.OrderBy(c => c.AddedAt).ThenBy(c => c.Code).Select(c => new { c.CartId, c.Code }).ToListAsync(cancellationToken);
        var held = await db.LimitUses.Where(u => !u.Released)
            .Join(db.Orders.Where(o => o.CartId != null && o.State == OrderState.AwaitingPayment), u => u.OrderId, o => o.Id, (u, o) => new { Cart = o.CartId!.Value, u.LimitId })
            .Join(db.Limits, u => u.LimitId, l => l.Id, (u, l) => new { u.Cart, l.Code }).ToListAsync(cancellationToken);
        return new PromotionCrowd(at)
        {
            codes = typed.ToLookup(c => c.CartId, c => c.Code),
            ordered = [.. await TestPurchases.PaidOrders(db).Where(o => o.BuyerId != null && members.Contains(o.BuyerId.Value)).Select(o => o.BuyerId!.Value).Distinct().ToListAsync(cancellationToken)],
            memberships = await db.Memberships.Where(m => members.Contains(m.AccountId))
                .Select(m => new { m.AccountId, State = new MembershipState(m.Class, m.Until, m.Permanent) })
                .ToDictionaryAsync(m => m.AccountId, m => m.State, cancellationToken),
            used = await db.Limits.Where(l => l.Code.StartsWith("promo:")).ToDictionaryAsync(l => l.Code, l => l.Used, cancellationToken),
            held = held.ToLookup(u => u.Cart, u => u.Code),
        };
    }

    /// <summary>What the rules' promotions ask about the buyer of a cart.</summary>
    public PromotionBuyer Of(RuleSet rules, long cart, long? member)
    {
        var gone = rules.Get<PromotionTerms>().Promotions.SelectMany(p => PromotionUses.Limits(p, member))
            .Where(l => used.GetValueOrDefault(l.Code) - held[cart].Count(code => code == l.Code) >= l.Most).ToList();
        return new PromotionBuyer(Days.Of(at), member is not null, [.. codes[cart]])
        {
            HasOrdered = member is { } buyer && ordered.Contains(buyer),
            Class = member is { } account ? PromotionUses.ClassOf(rules, memberships.GetValueOrDefault(account) ?? MembershipState.Never, at) : null,
            UsedUp = gone.Where(l => !l.OfMember).Select(l => l.Key).ToHashSet(StringComparer.Ordinal),
            UsedByBuyer = gone.Where(l => l.OfMember).Select(l => l.Key).ToHashSet(StringComparer.Ordinal),
        };
    }
}

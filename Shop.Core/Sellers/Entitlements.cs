using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What somebody has of a seller's product.</summary>
/// <param name="Product">The product's id.</param>
/// <param name="Until">Until when; null: for good, or not any more at all (<paramref name="Has"/>).</param>
/// <param name="Has">Now.</param>
/// <param name="ChangedAt">When something was last given or taken back: of two answers the later one holds.</param>
public sealed record EntitlementView(string Product, string Title, DateTimeOffset? Until, bool Has, DateTimeOffset ChangedAt)
{
    public bool IsPermanent => Has && Until is null;
}

/// <summary>What buyers have of sellers' products, until when: the fold of what was given and not taken back.</summary>
public sealed class Entitlements(TimeProvider clock)
{
    private sealed record Row(string Code, string Title, Entitlement Entitlement);

    private static readonly PerModel<Func<ShopDbContext, long, long, IAsyncEnumerable<Row>>> OfMember = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long seller, long member) =>
            db.Entitlements.AsNoTracking().Where(e => e.MemberId == member && e.SellerId == seller)
                .Join(db.SellerProducts, e => e.ProductId, p => p.Id, (e, p) => new Row(p.Code, p.Title, e)).AsQueryable()));

    /// <summary>Everything that a buyer of a seller's has or had, by product; nothing of other sellers. Empty also where the buyer is not the seller's.</summary>
    public async Task<IReadOnlyList<EntitlementView>> OfAsync(ShopDbContext db, long sellerId, long buyerId, CancellationToken cancellationToken)
    {
        if (await db.SellerBuyers.Where(b => b.Id == buyerId && b.SellerId == sellerId).Select(b => (long?)b.MemberId).FirstOrDefaultAsync(cancellationToken) is not { } member)
        {
            return [];
        }

        return await OfMemberAsync(db, sellerId, member, cancellationToken);
    }

    /// <summary>The same of an account.</summary>
    public async Task<IReadOnlyList<EntitlementView>> OfMemberAsync(ShopDbContext db, long sellerId, long memberId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = await OfMember.For(db)(db, sellerId, memberId).ToListAsync(cancellationToken);
        return [.. rows.GroupBy(r => r.Code).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => View(g, now))];
    }

    /// <summary>Until when all that stands reaches; null: for good, or, without <paramref name="any"/>, nothing stands.</summary>
    internal static DateTimeOffset? Fold(IEnumerable<Entitlement> given, out bool any)
    {
        // months are counted from where a run began, so that no month's end moves it
        DateTimeOffset? until = null;
        var (begin, months) = (DateTimeOffset.MinValue, 0);
        any = false;
        foreach (var one in given.Where(e => e.RevokedAt is null).OrderBy(e => e.EffectiveAt).ThenBy(e => e.Id))
        {
            any = true;
            if (one.Months is not { } more)
            {
                return null;
            }

            if (until is null || one.EffectiveAt > until)
            {
                (begin, months) = (one.EffectiveAt, 0);
            }

            months = checked(months + more);
            until = begin.AddMonths(months);
        }

        return until;
    }

    /// <summary>Gives it, once for each delivery, and says until when its account then has it; null: for good.</summary>
    internal static async Task<DateTimeOffset?> GrantAsync(
        ShopDbContext db, long sellerId, long productId, long memberId, long deliveryId, int? months, DateTimeOffset at, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (effective, granted) = (at.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO entitlements (seller_id, product_id, member_id, delivery_id, effective_at, months, granted_at)
            VALUES ({sellerId}, {productId}, {memberId}, {deliveryId}, {effective}, {months}, {granted}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        return (await UntilAsync(db, productId, memberId, cancellationToken)).Until;
    }

    /// <summary>Takes back what a delivery gave; null: it gave nothing, or it was taken back before.</summary>
    internal static async Task<Entitlement?> RevokeAsync(ShopDbContext db, long deliveryId, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Entitlements.Where(e => e.DeliveryId == deliveryId && e.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(e => e.RevokedAt, now).SetProperty(e => e.RevokedReason, reason), cancellationToken) == 1
            ? await db.Entitlements.AsNoTracking().FirstAsync(e => e.DeliveryId == deliveryId, cancellationToken)
            : null;

    /// <summary>Until when an account has a product.</summary>
    internal static async Task<(bool Any, DateTimeOffset? Until)> UntilAsync(ShopDbContext db, long productId, long memberId, CancellationToken cancellationToken)
    {
        var given = await db.Entitlements.AsNoTracking().Where(e => e.ProductId == productId && e.MemberId == memberId).ToListAsync(cancellationToken);
        var until = Fold(given, out var any);
        return (any, until);
    }

    private static EntitlementView View(IGrouping<string, Row> rows, DateTimeOffset now)
    {
        var until = Fold(rows.Select(r => r.Entitlement), out var any);
        return new EntitlementView(
            rows.Key, rows.First().Title, until, any && (until is null || until > now), rows.Max(r => r.Entitlement.RevokedAt ?? r.Entitlement.GrantedAt));
    }
}

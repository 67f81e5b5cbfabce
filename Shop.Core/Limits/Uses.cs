using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>Counts uses of what there is only so much of: pieces of a product, uses of a promotion.</summary>
internal static class Uses
{
    /// <summary>
    /// Takes one use for an order; one that it has already is not taken twice. False: none is left. The row is made or brought to the rule's number first, which
    /// also locks it; less than is used already it cannot become.
    /// </summary>
    public static async Task<bool> TakeAsync(ShopDbContext db, string code, long most, long orderId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO limits (code, max_uses, used) VALUES ({code}, {most}, 0)
            ON CONFLICT (code) DO UPDATE SET max_uses = CASE WHEN limits.used > {most} THEN limits.used ELSE {most} END
            """,
            cancellationToken);
        if (await db.LimitUses.AnyAsync(u => u.OrderId == orderId && !u.Released && db.Limits.Any(l => l.Id == u.LimitId && l.Code == code), cancellationToken))
        {
            return true;
        }

        if (await db.Database.ExecuteSqlAsync($"UPDATE limits SET used = used + 1 WHERE code = {code} AND used < {most}", cancellationToken) == 0)
        {
            return false;
        }

        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO limit_uses (limit_id, order_id, released) SELECT id, {orderId}, 0 FROM limits WHERE code = {code}
            ON CONFLICT (limit_id, order_id) DO UPDATE SET released = 0
            """,
            cancellationToken);
        return true;
    }

    /// <summary>Everything that an order holds is free again.</summary>
    public static Task ReleaseAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
        UPDATE limits SET used = used - 1 WHERE id IN (SELECT limit_id FROM limit_uses WHERE order_id = {orderId} AND released = 0);
        UPDATE limit_uses SET released = 1 WHERE order_id = {orderId} AND released = 0
        """,
        cancellationToken);
}

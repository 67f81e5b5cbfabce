using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Products of which there is only so much (DW-18). A piece is taken with a payment attempt and is free again when that ends without money; the counter of
/// the row, guarded by the schema, decides who gets the last one. An order takes one piece of a limited product.
/// </summary>
public sealed class Stock(RuleBook rules)
{
    private static readonly long[] Steps = [10, 25, 50, 100, 150, 200, 300, 400, 500];

    /// <summary>What pages say of a number that is left: at most so many; null: more than pages tell, or no limit.</summary>
    public static long? AtMost(long? left) => left is { } number && Steps.FirstOrDefault(step => number <= step) is > 0 and var most ? most : null;

    /// <summary>
    /// What is left of each limited product of a list; what an unpaid order of the cart holds is not gone for that cart. No query where nothing is limited.
    /// </summary>
    internal static async Task<IReadOnlyDictionary<string, long>> LeftAsync(
        ShopDbContext db, IEnumerable<Product> products, long? cartId, CancellationToken cancellationToken)
    {
        var limited = products.Where(p => p.Limited is not null).DistinctBy(p => p.Sku).ToDictionary(p => Code(p.Sku));
        if (limited.Count == 0)
        {
            return new Dictionary<string, long>();
        }

        var used = await db.Limits.Where(l => limited.Keys.Contains(l.Code))
            .Select(l => new
            {
                l.Code,
                Used = l.Used - db.LimitUses.Count(u => u.LimitId == l.Id && !u.Released && cartId != null
                    && db.Orders.Any(o => o.Id == u.OrderId && o.CartId == cartId && o.State == OrderState.AwaitingPayment)),
            })
            .ToDictionaryAsync(l => l.Code, l => l.Used, cancellationToken);
        return limited.ToDictionary(p => p.Value.Sku, p => Math.Max(0, p.Value.Limited!.Value - used.GetValueOrDefault(p.Key)));
    }

    /// <summary>How many pieces of limited products unpaid orders hold. No query where nothing is limited.</summary>
    internal static async Task<IReadOnlyDictionary<string, long>> ReservedAsync(ShopDbContext db, IReadOnlyCollection<Product> limited, CancellationToken cancellationToken)
    {
        if (limited.Count == 0)
        {
            return new Dictionary<string, long>();
        }

        var codes = limited.ToDictionary(p => Code(p.Sku), p => p.Sku);
        return await db.Limits.Where(l => codes.Keys.Contains(l.Code))
            .Select(l => new
            {
                l.Code,
                Held = db.LimitUses.LongCount(u => u.LimitId == l.Id && !u.Released && db.Orders.Any(o => o.Id == u.OrderId && o.State == OrderState.AwaitingPayment)),
            })
            .ToDictionaryAsync(l => codes[l.Code], l => l.Held, cancellationToken);
    }

    /// <summary>
    /// Takes a piece of each limited product of an order whose row the caller holds; what it holds already is not taken twice. False: sold out, and the
    /// caller rolls back.
    /// </summary>
    internal async Task<bool> ReserveAsync(ShopDbContext db, Order order, CancellationToken cancellationToken)
    {
        var placed = await rules.GetAsync<PriceList>(db, order.RuleRevision, cancellationToken);
        if (placed.Products.All(p => p.Limited is null))
        {
            return true;
        }

        var lines = order.Lines.Count > 0
            ? order.Lines.Select(l => l.Sku)
            : await db.OrderLines.Where(l => l.OrderId == order.Id).Select(l => l.Sku).ToListAsync(cancellationToken);
        var wanted = lines.Distinct().Where(sku => placed.Products.Any(p => p.Sku == sku && p.Limited is not null)).Order(StringComparer.Ordinal).ToList();
        if (wanted.Count == 0)
        {
            return true;
        }

        var list = await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        foreach (var sku in wanted)
        {
            if ((list.Products.FirstOrDefault(p => p.Sku == sku) ?? placed.Products.First(p => p.Sku == sku)).Limited is { } most
                && !await TakeAsync(db, Code(sku), most, order.Id, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Everything that an order holds is free again.</summary>
    internal static Task ReleaseAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
        UPDATE limits SET used = used - 1 WHERE id IN (SELECT limit_id FROM limit_uses WHERE order_id = {orderId} AND released = 0);
        UPDATE limit_uses SET released = 1 WHERE order_id = {orderId} AND released = 0
        """,
        cancellationToken);

    /// <summary>The piece that a delivery gave, and that was taken back, can be sold again.</summary>
    internal static Task GiveBackAsync(ShopDbContext db, long deliveryId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
        UPDATE limits SET used = used - 1 WHERE id IN (
            SELECT u.limit_id FROM limit_uses u JOIN limits l ON l.id = u.limit_id JOIN order_lines o ON o.order_id = u.order_id AND l.code = 'stock:' || o.sku
              JOIN deliveries d ON d.order_line_id = o.id WHERE d.id = {deliveryId} AND u.released = 0);
        UPDATE limit_uses SET released = 1 WHERE released = 0
           AND order_id IN (SELECT order_id FROM deliveries WHERE id = {deliveryId})
           AND limit_id IN (SELECT l.id FROM limits l JOIN order_lines o ON l.code = 'stock:' || o.sku JOIN deliveries d ON d.order_line_id = o.id WHERE d.id = {deliveryId})
        """,
        cancellationToken);

    private static string Code(string sku) => "stock:" + sku;

    /// <summary>The row is made or brought to the rule's number first, which also locks it; less than is sold already it cannot become.</summary>
    private static async Task<bool> TakeAsync(ShopDbContext db, string code, long most, long orderId, CancellationToken cancellationToken)
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
}

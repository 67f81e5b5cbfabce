using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Products of which there is only so much (DW-18). A piece is taken with a payment attempt and is free again when that ends without money; the counter of
/// the row, guarded by the schema, decides who gets the last one. An order takes one piece of a limited product.
/// </summary>
public sealed class Stock(RuleBook rules, PromotionUses promotions)
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
    /// Takes a use of each limited promotion and a piece of each limited product of an order whose row the caller holds; what it holds already is not taken
    /// twice. False: used up or sold out, and the caller rolls back.
    /// </summary>
    internal async Task<bool> ReserveAsync(ShopDbContext db, Order order, CancellationToken cancellationToken) =>
        await promotions.ReserveAsync(db, order, cancellationToken) && await ReservePiecesAsync(db, order, cancellationToken);

    private async Task<bool> ReservePiecesAsync(ShopDbContext db, Order order, CancellationToken cancellationToken)
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
                && !await Uses.TakeAsync(db, Code(sku), most, order.Id, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

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
}

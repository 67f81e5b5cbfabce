using Shop.Payments;

namespace Shop.Core;

/// <summary>What is wrong with a price list, in words for the person who publishes it; checked when published and at every start (DW-19).</summary>
public sealed class PriceListCheck(IEnumerable<ItemKind> kinds)
{
    private const long HighestMinor = 1_000_000_000;
    private readonly Dictionary<string, ItemKind> kinds = kinds.ToDictionary(k => k.Key, StringComparer.Ordinal);

    public IEnumerable<string> Problems(PriceList list)
    {
        if (!Currency.TryOf(list.Currency, out _))
        {
            yield return $"Currency: '{list.Currency}' is not known.";
        }

        if (list.PointValueMinor is < 1 or > 10_000 || list.MixedFloorMinor is < 0 or > HighestMinor)
        {
            yield return "PointValueMinor must be 1 to 10000, MixedFloorMinor 0 to 1000000000.";
        }

        if (list.CartDays is < 1 or > 366 || list.OrderDays is < 1 or > 366)
        {
            yield return "CartDays and OrderDays must be 1 to 366.";
        }

        foreach (var twice in list.Products.GroupBy(p => p.Sku, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return $"{twice.Key} is listed twice.";
        }

        foreach (var problem in list.Products.SelectMany(p => Problems(p, list)))
        {
            yield return problem;
        }
    }

    private IEnumerable<string> Problems(Product product, PriceList list)
    {
        if (product.PriceMinor is < 1 or > HighestMinor)
        {
            yield return $"{product.Sku}: the price must be 1 to {HighestMinor} minor units.";
        }

        if (product.Points is { } points && points * list.PointValueMinor != product.PriceMinor)
        {
            yield return $"{product.Sku}: {points} points are worth {points * list.PointValueMinor}, but the price is {product.PriceMinor}.";
        }

        if (product.On && !kinds.ContainsKey(product.Kind))
        {
            yield return $"{product.Sku} is on sale, but there is no item kind '{product.Kind}'.";
        }

        if (kinds.TryGetValue(product.Kind, out var kind))
        {
            foreach (var problem in kind.Problems(product))
            {
                yield return $"{product.Sku}: {problem}";
            }
        }
    }
}

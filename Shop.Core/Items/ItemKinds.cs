namespace Shop.Core;

/// <summary>The kinds of goods this shop knows, by key.</summary>
public sealed class ItemKinds(IEnumerable<ItemKind> kinds)
{
    private readonly Dictionary<string, ItemKind> byKey = kinds.ToDictionary(k => k.Key, StringComparer.Ordinal);

    /// <summary>The kinds that products can be of.</summary>
    public IEnumerable<string> Keys => byKey.Where(k => k.Value.IsSold).Select(k => k.Key);

    /// <summary>A kind that products can be of; null: there is none of that name.</summary>
    public ItemKind? Find(string key) => byKey.TryGetValue(key, out var kind) && kind.IsSold ? kind : null;

    /// <summary>Whether a line can be bought: what holds for goods of every kind, then what its own kind says.</summary>
    public LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        if (line.Product.Limited is not null && !preview.IsOrdered)
        {
            if (preview.Left.GetValueOrDefault(line.Product.Sku) <= 0)
            {
                return LineRefusal.SoldOut;
            }

            if (before.Any(other => other.Product.Sku == line.Product.Sku))
            {
                return LineRefusal.OneAtATime;
            }
        }

        return Get(line.Product.Kind).Check(line, preview, before);
    }

    /// <summary>The kind of a line that was ordered: it stays registered as long as lines of it exist.</summary>
    public ItemKind Get(string key) => byKey.GetValueOrDefault(key) ?? throw new InvalidOperationException($"There is no item kind '{key}' any more.");
}

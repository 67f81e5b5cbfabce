namespace Shop.Core;

/// <summary>The kinds of goods this shop knows, by key.</summary>
public sealed class ItemKinds(IEnumerable<ItemKind> kinds)
{
    private readonly Dictionary<string, ItemKind> byKey = kinds.ToDictionary(k => k.Key, StringComparer.Ordinal);

    public IEnumerable<string> Keys => byKey.Keys;

    public ItemKind? Find(string key) => byKey.GetValueOrDefault(key);

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
    public ItemKind Get(string key) => Find(key) ?? throw new InvalidOperationException($"There is no item kind '{key}' any more.");
}

namespace Shop.Core;

/// <summary>The kinds of goods this shop knows, by key.</summary>
public sealed class ItemKinds(IEnumerable<ItemKind> kinds)
{
    private readonly Dictionary<string, ItemKind> byKey = kinds.ToDictionary(k => k.Key, StringComparer.Ordinal);

    public ItemKind? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The kind of a line that was ordered: it stays registered as long as lines of it exist.</summary>
    public ItemKind Get(string key) => Find(key) ?? throw new InvalidOperationException($"There is no item kind '{key}' any more.");
}

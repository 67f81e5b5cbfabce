using System.Collections.Concurrent;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// What this node turned away since it started, with the plug-in's word for it. Kept in memory only: a forged webhook must not be able to make the shop write.
/// </summary>
public sealed class WebhookCounts
{
    /// <summary>Different reasons of one service; what comes after them counts as others.</summary>
    private const int MostReasons = 20;

    private const int MostWords = 80;
    private const string Others = "other";

    private readonly ConcurrentDictionary<(string Provider, WebhookAnswer Answer, string Why), long> counts = new();

    /// <summary>How often, by answer and reason.</summary>
    public IReadOnlyList<(WebhookAnswer Answer, string Why, long Count)> Of(string provider) =>
        [.. counts.Where(c => c.Key.Provider == provider).OrderBy(c => c.Key.Answer).ThenBy(c => c.Key.Why, StringComparer.Ordinal).Select(c => (c.Key.Answer, c.Key.Why, c.Value))];

    internal void Add(ProviderId provider, WebhookAnswer answer, string why)
    {
        var word = why.Length <= MostWords ? why : why[..MostWords];
        var key = (provider.Value, answer, counts.ContainsKey((provider.Value, answer, word)) || counts.Count(c => c.Key.Provider == provider.Value) < MostReasons ? word : Others);
        counts.AddOrUpdate(key, 1, (_, before) => before + 1);
    }
}

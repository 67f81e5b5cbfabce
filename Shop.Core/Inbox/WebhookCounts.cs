using System.Collections.Concurrent;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// What this node turned away and has not written down yet, with the plug-in's word for it. A forged webhook must not be able to make the shop write: however many come,
/// <see cref="ProviderStands"/> adds them up every few seconds.
/// </summary>
public sealed class WebhookCounts
{
    /// <summary>Different reasons of one service; what comes after them counts as others.</summary>
    internal const int MostReasons = 20;

    internal const int MostWords = 80;
    internal const string Others = "other";

    private readonly ConcurrentDictionary<(string Provider, WebhookAnswer Answer, string Why), long> counts = new();

    /// <summary>How often since it was last written down.</summary>
    public IReadOnlyList<(string Provider, WebhookAnswer Answer, string Why, long Count)> Waiting => [.. counts.Select(c => (c.Key.Provider, c.Key.Answer, c.Key.Why, c.Value))];

    internal void Add(ProviderId provider, WebhookAnswer answer, string why)
    {
        var word = why.Length <= MostWords ? why : why[..MostWords];
        var key = (provider.Value, answer, counts.ContainsKey((provider.Value, answer, word)) || counts.Count(c => c.Key.Provider == provider.Value) < MostReasons ? word : Others);
        Add(key, 1);
    }

    /// <summary>Takes what is to be written down; what comes meanwhile waits for the next time.</summary>
    internal IReadOnlyList<(string Provider, WebhookAnswer Answer, string Why, long Count)> Take()
    {
        if (counts.IsEmpty)
        {
            return [];
        }

        var taken = new List<(string, WebhookAnswer, string, long)>();
        foreach (var key in counts.Keys)
        {
            if (counts.TryRemove(key, out var count))
            {
                taken.Add((key.Provider, key.Answer, key.Why, count));
            }
        }

        return taken;
    }

    /// <summary>What was taken could not be written down.</summary>
    internal void PutBack(IEnumerable<(string Provider, WebhookAnswer Answer, string Why, long Count)> taken)
    {
        foreach (var (provider, answer, why, count) in taken)
        {
            Add((provider, answer, why), count);
        }
    }

    private void Add((string Provider, WebhookAnswer Answer, string Why) key, long count) => counts.AddOrUpdate(key, count, (_, before) => before + count);
}

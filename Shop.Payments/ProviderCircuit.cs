using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Shop.Payments;

/// <summary>Why and how long a provider gets no new payments.</summary>
public sealed record ProviderPause(DateTimeOffset Since, DateTimeOffset Until, FaultKind Fault)
{
    /// <summary>When the failure came that made or prolonged it.</summary>
    public DateTimeOffset At => Until - ProviderCircuit.Pause;
}

/// <summary>What all nodes know of a provider: the last pause, and when an answer last ended one.</summary>
public sealed record HeardStand(ProviderId Provider, ProviderPause? Pause, DateTimeOffset? AnsweredAt);

/// <summary>
/// A provider that fails for several payments in a row, or refuses our key, gets no new payments for a while; what is open there is still asked about, and the first
/// answer ends the pause. One payment in doubt that is asked about again and again says nothing of others. Each node learns by its own calls and hears what others have learnt
/// (docs/adr/0022, 0028).
/// </summary>
public sealed partial class ProviderCircuit(TimeProvider clock, ILogger<ProviderCircuit> log)
{
    /// <summary>So many payments in a row about which there was no answer.</summary>
    public const int MostFailures = 5;

    /// <summary>After this long new payments try it again; the first that fails pauses it anew.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ProviderId, Failing> failing = new();
    private readonly ConcurrentDictionary<ProviderId, bool> back = new();

    /// <summary>When an answer to this node last ended a pause, its own or one it had heard of.</summary>
    private readonly ConcurrentDictionary<ProviderId, DateTimeOffset> answered = new();

    /// <summary>Pauses of other nodes, as far as this one has heard.</summary>
    private volatile ImmutableDictionary<ProviderId, ProviderPause> heard = ImmutableDictionary<ProviderId, ProviderPause>.Empty;

    /// <summary>The pause that holds now, whichever node learnt of it; null: new payments may go there.</summary>
    public ProviderPause? Of(ProviderId provider) => OwnOf(provider) ?? (heard.GetValueOrDefault(provider) is { } pause && clock.GetUtcNow() < pause.Until ? pause : null);

    /// <summary>The pause that holds by what this node learnt itself.</summary>
    public ProviderPause? OwnOf(ProviderId provider) =>
        failing.TryGetValue(provider, out var state) && state.Paused is { } pause && clock.GetUtcNow() < pause.Until ? pause : null;

    /// <summary>When an answer to this node last ended a pause; null: none did.</summary>
    public DateTimeOffset? AnsweredAt(ProviderId provider) => answered.TryGetValue(provider, out var at) ? at : null;

    /// <summary>Takes over what all nodes know: pauses that still hold, and answers that ended pauses, also those of this node.</summary>
    public void Hear(IReadOnlyCollection<HeardStand> stands)
    {
        foreach (var stand in stands)
        {
            if (stand.AnsweredAt is { } at && failing.TryGetValue(stand.Provider, out var own) && own.Paused?.At <= at)
            {
                failing.TryRemove(KeyValuePair.Create(stand.Provider, own));
            }
        }

        var now = clock.GetUtcNow();
        heard = stands.Where(s => s.Pause is { } pause && now < pause.Until && !(pause.At <= s.AnsweredAt) && !(pause.At <= AnsweredAt(s.Provider)))
            .ToImmutableDictionary(s => s.Provider, s => s.Pause!);
    }

    /// <summary>True once after a pause ended with an answer: what is open there is now to be asked about.</summary>
    public bool TakeBack(ProviderId provider) => !back.IsEmpty && back.TryRemove(provider, out _);

    /// <param name="about">Our id of what the call was about.</param>
    internal void Failed(ProviderId provider, FaultKind fault, object about)
    {
        var now = clock.GetUtcNow();
        var after = failing.AddOrUpdate(provider, _ => Next(new Failing([], null)), (_, before) => Next(before));
        if (after.Paused is { } pause && pause.Since == now && after.Begins)
        {
            Paused(provider, after.About.Count, fault);
        }

        Failing Next(Failing before)
        {
            var isPausing = fault == FaultKind.Permanent || ((before.About.Count + 1 >= MostFailures || before.Paused is not null) && !before.About.Contains(about));
            var failed = before.About.Count < MostFailures ? before.About.Add(about) : before.About;
            return isPausing
                ? new Failing(failed, new ProviderPause(before.Paused?.Since ?? now, now + Pause, fault)) { Begins = before.Paused is null }
                : before with { About = failed, Begins = false };
        }
    }

    internal void Answered(ProviderId provider)
    {
        var ended = !failing.IsEmpty && failing.TryRemove(provider, out var was) && was.Paused is not null;
        if (!heard.IsEmpty && heard.ContainsKey(provider))
        {
            heard = heard.Remove(provider);
            ended = true;
        }

        if (ended)
        {
            answered[provider] = clock.GetUtcNow();
            back[provider] = true;
            Returned(provider);
        }
    }

    /// <param name="About">What failed since the last answer, as many as matter.</param>
    /// <param name="Paused">The last pause since then, also one that is over.</param>
    private sealed record Failing(ImmutableHashSet<object> About, ProviderPause? Paused)
    {
        public bool Begins { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Provider} is paused for new payments: {Count} payments in a row got no answer ({Fault}). A permanent fault needs a person: look at its keys.")]
    private partial void Paused(ProviderId provider, int count, FaultKind fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} answers again and takes new payments.")]
    private partial void Returned(ProviderId provider);
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shop.Payments;

/// <summary>Why and how long a provider gets no new payments.</summary>
public sealed record ProviderPause(DateTimeOffset Since, DateTimeOffset Until, FaultKind Fault);

/// <summary>
/// A provider that fails several times in a row, or refuses our key, gets no new payments for a while; what is open there is still asked about, and the first
/// answer ends the pause. Each node learns by its own calls (docs/adr/0022).
/// </summary>
public sealed partial class ProviderCircuit(TimeProvider clock, ILogger<ProviderCircuit> log)
{
    /// <summary>So many calls in a row without an answer.</summary>
    public const int MostFailures = 5;

    /// <summary>After this long new payments try it again; the first that fails pauses it anew.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ProviderId, Failing> failing = new();
    private readonly ConcurrentDictionary<ProviderId, bool> back = new();

    /// <summary>The pause that holds now; null: new payments may go there.</summary>
    public ProviderPause? Of(ProviderId provider) =>
        failing.TryGetValue(provider, out var state) && state.Paused is { } pause && clock.GetUtcNow() < pause.Until ? pause : null;

    /// <summary>True once after a pause ended with an answer: what is open there is now to be asked about.</summary>
    public bool TakeBack(ProviderId provider) => !back.IsEmpty && back.TryRemove(provider, out _);

    internal void Failed(ProviderId provider, FaultKind fault)
    {
        var now = clock.GetUtcNow();
        var after = failing.AddOrUpdate(provider, _ => Next(new Failing(0, null)), (_, before) => Next(before));
        if (after.Paused is { } pause && pause.Since == now && after.Begins)
        {
            Paused(provider, after.Count, fault);
        }

        Failing Next(Failing before)
        {
            var count = before.Count + 1;
            return count < MostFailures && fault != FaultKind.Permanent
                ? new Failing(count, before.Paused)
                : new Failing(Math.Max(count, MostFailures), new ProviderPause(before.Paused?.Since ?? now, now + Pause, fault)) { Begins = before.Paused is null };
        }
    }

    internal void Answered(ProviderId provider)
    {
        if (!failing.IsEmpty && failing.TryRemove(provider, out var was) && was.Paused is not null)
        {
            back[provider] = true;
            Returned(provider);
        }
    }

    /// <param name="Count">Failures since the last answer.</param>
    /// <param name="Paused">The last pause since then, also one that is over.</param>
    private sealed record Failing(int Count, ProviderPause? Paused)
    {
        public bool Begins { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Provider} is paused for new payments: {Count} calls failed in a row ({Fault}). A permanent fault needs a person: look at its keys.")]
    private partial void Paused(ProviderId provider, int count, FaultKind fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} answers again and takes new payments.")]
    private partial void Returned(ProviderId provider);
}

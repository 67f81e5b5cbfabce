using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Somebody who looks at an order that has been with its provider for a while need not wait for the janitor: showing it asks the provider
/// once (exactly-once.md section 5; docs/adr/0005). At most one look per attempt and node in twenty seconds.
/// </summary>
public sealed class RepairOnRead(Writes writes, Settlement settlement, TimeProvider clock)
{
    private const int MostRemembered = 10_000;

    /// <summary>How old an open attempt must be, and how long it is left alone after a look.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> looked = new();

    /// <summary>Settles the order's open attempt where it is time. True: it was looked at, so what was read before may be old.</summary>
    public async Task<bool> LookAsync(long orderId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var old = now - Pause;
        var attempt = await writes.ReadAsync(
            (db, token) => db.PaymentAttempts.Where(a => a.OrderId == orderId && AttemptStates.Open.Contains(a.State) && a.CreatedAt <= old)
                .Select(a => (Guid?)a.Id).FirstOrDefaultAsync(token),
            cancellationToken);
        if (attempt is not { } id || !TakeTurn(id, now))
        {
            return false;
        }

        await settlement.SettleAsync(id, null, cancellationToken, patience: PaymentGateway.BuyersPatience);
        return true;
    }

    private bool TakeTurn(Guid attempt, DateTimeOffset now)
    {
        if (looked.Count > MostRemembered)
        {
            foreach (var over in looked.Where(l => l.Value + Pause <= now).Select(l => l.Key).ToList())
            {
                looked.TryRemove(over, out _);
            }
        }

        while (looked.TryGetValue(attempt, out var last))
        {
            if (now < last + Pause)
            {
                return false;
            }

            if (looked.TryUpdate(attempt, now, last))
            {
                return true;
            }
        }

        return looked.TryAdd(attempt, now);
    }
}

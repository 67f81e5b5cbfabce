using System.Collections.Concurrent;

namespace Shop.Web.Api;

/// <summary>How a key stands with one of its limits.</summary>
/// <param name="Left">So many more at once.</param>
/// <param name="Seconds">Where it is allowed: until the limit is full again; else until the next is allowed.</param>
internal readonly record struct LimitStand(bool Allowed, int Left, int Seconds);

/// <summary>
/// How often a key may ask: 120 reads and 30 writes a minute, of which 20 at once (security.md section 4). In memory and per node: it keeps one seller's program from
/// crowding out the others; money is counted from rows. One number a limit: when the requests so far would have been used up at the steady rate.
/// </summary>
internal sealed class KeyLimits(TimeProvider clock)
{
    public const int ReadsPerMinute = 120;
    public const int WritesPerMinute = 30;
    public const int AtOnce = 20;

    private const int MostRemembered = 100_000;

    private readonly ConcurrentDictionary<(long Key, bool Writes), long> usedUp = new();

    public static int PerMinute(bool writes) => writes ? WritesPerMinute : ReadsPerMinute;

    /// <summary>Counts one request.</summary>
    public LimitStand Count(long key, bool writes)
    {
        var now = clock.GetUtcNow().Ticks;
        var each = TimeSpan.TicksPerMinute / PerMinute(writes);
        Forget(now);
        while (true)
        {
            var isKnown = usedUp.TryGetValue((key, writes), out var until);
            var from = Math.Max(isKnown ? until : now, now);
            var after = from + each;
            if (after - now > each * AtOnce)
            {
                return new LimitStand(false, 0, Seconds(after - now - (each * AtOnce)));
            }

            if (isKnown ? usedUp.TryUpdate((key, writes), after, until) : usedUp.TryAdd((key, writes), after))
            {
                return new LimitStand(true, (int)(((each * AtOnce) - (after - now)) / each), Seconds(after - now));
            }
        }
    }

    private void Forget(long now)
    {
        if (usedUp.Count > MostRemembered)
        {
            foreach (var over in usedUp.Where(u => u.Value <= now).ToList())
            {
                usedUp.TryRemove(over);
            }
        }
    }

    private static int Seconds(long ticks) => (int)((ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);
}

using System.Diagnostics;

namespace Shop.Benchmarks;

/// <summary>How long something took, over many times.</summary>
internal sealed record Timing(int Count, double PerSecond, double P50, double P95, double P99, double Worst)
{
    public static Timing Of(IEnumerable<long> ticks, TimeSpan wall)
    {
        var sorted = ticks.Order().Select(t => t * 1000.0 / Stopwatch.Frequency).ToArray();
        double At(double part) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];
        return new Timing(sorted.Length, sorted.Length / wall.TotalSeconds, At(0.5), At(0.95), At(0.99), sorted.LastOrDefault());
    }
}

/// <summary>Several clients at work at once, each on a connection of its own, one thing after the other.</summary>
internal static class Load
{
    /// <summary>Runs <paramref name="work"/> on every wire until it says that it is over. Returns how long each took, and what failed.</summary>
    public static async Task<(List<long> Ticks, TimeSpan Wall, List<Exception> Failures)> RunAsync(IReadOnlyList<Wire> wires, Func<Wire, Task<bool>> work)
    {
        var clock = Stopwatch.StartNew();
        var each = await Task.WhenAll(wires.Select(wire => Task.Run(() => OneAsync(wire, work))));
        return ([.. each.SelectMany(e => e.Ticks)], clock.Elapsed, [.. each.SelectMany(e => e.Failures)]);
    }

    /// <summary>The same page again and again for so long.</summary>
    /// <param name="wires">Those who ask.</param>
    /// <param name="path">Of the page.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="readers">Each request is the next one's; null: whoever the wires are.</param>
    public static async Task<Timing> PageAsync(IReadOnlyList<Wire> wires, string path, double seconds, IReadOnlyList<Cookies>? readers = null)
    {
        var turn = -1;
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var (ticks, wall, failures) = await RunAsync(wires, async wire =>
        {
            if (Stopwatch.GetTimestamp() > end)
            {
                return false;
            }

            if (readers is not null)
            {
                wire.Cookies = readers[(int)((uint)Interlocked.Increment(ref turn) % (uint)readers.Count)];
            }

            await wire.GetAsync(path);
            return wire.Last.Status == 200 ? true : throw new FailedStepException(path, wire.Last);
        });
        return failures.Count == 0 ? Timing.Of(ticks, wall) : throw failures[0];
    }

    private static async Task<(List<long> Ticks, List<Exception> Failures)> OneAsync(Wire wire, Func<Wire, Task<bool>> work)
    {
        var ticks = new List<long>(10_000);
        var failures = new List<Exception>();
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                if (!await work(wire))
                {
                    return (ticks, failures);
                }

                ticks.Add(Stopwatch.GetTimestamp() - started);
            }
            catch (FailedStepException e)
            {
                failures.Add(e);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                // the connection is gone, and with it this client
                failures.Add(e);
                return (ticks, failures);
            }
        }
    }
}

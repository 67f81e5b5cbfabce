#if CRASH_POINTS
using System.Collections.Concurrent;
using System.Globalization;

namespace Shop;

/// <summary>
/// The system's time, moved on by as many milliseconds as the file says that <c>SHOP_CLOCK_FILE</c> names. Whoever waits on this clock
/// is woken when the move brings its time.
/// </summary>
public sealed class MovableClock : TimeProvider
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<Waiting, byte> all = new();
    private readonly ITimer watch;
    private readonly string? file = Environment.GetEnvironmentVariable("SHOP_CLOCK_FILE");
    private long ahead;

    public MovableClock()
    {
        ahead = Read() ?? 0;
        watch = System.CreateTimer(_ => Look(), null, Often, Timeout.InfiniteTimeSpan);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddMilliseconds(Volatile.Read(ref ahead));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Waiting(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Look()
    {
        if (Read() is { } now && now != ahead)
        {
            Volatile.Write(ref ahead, now);
            Console.Error.WriteLine($"The clock is {now} ms ahead");
            foreach (var timer in all.Keys)
            {
                timer.Moved();
            }
        }

        watch.Change(Often, Timeout.InfiniteTimeSpan);
    }

    // whoever writes it replaces it whole, so it is there or not, and never half
    private long? Read() => file is not null && File.Exists(file) ? long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;

    private sealed class Waiting : ITimer
    {
        private readonly MovableClock clock;
        private readonly TimerCallback callback;
        private readonly ITimer inner;
        private DateTimeOffset? due;
        private TimeSpan period;

        public Waiting(MovableClock clock, TimerCallback callback, object? state)
        {
            this.clock = clock;
            this.callback = callback;
            inner = System.CreateTimer(Fire, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            this.period = period;
            due = dueTime < TimeSpan.Zero ? null : clock.GetUtcNow() + dueTime;
            if (due is null)
            {
                clock.all.TryRemove(this, out _);
            }
            else
            {
                clock.all[this] = 0;
            }

            return inner.Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public void Moved()
        {
            if (due is { } at)
            {
                var left = at - clock.GetUtcNow();
                inner.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            clock.all.TryRemove(this, out _);
            inner.Dispose();
        }

        public async ValueTask DisposeAsync()
        {
            clock.all.TryRemove(this, out _);
            await inner.DisposeAsync();
        }

        private void Fire(object? state)
        {
            if (period > TimeSpan.Zero)
            {
                Change(period, period);
            }
            else
            {
                due = null;
                clock.all.TryRemove(this, out _);
            }

            callback(state);
        }
    }
}
#endif

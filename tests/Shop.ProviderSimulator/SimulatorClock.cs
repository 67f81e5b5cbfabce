namespace Shop.ProviderSimulator;

/// <summary>The providers' time: the true one, moved on by whoever tests. The shift is durable.</summary>
public sealed class SimulatorClock(SimulatorStore store)
{
    private const string Shift = "clock_shift_ms";
    private long shift = store.Do(books => books.Counter(Shift));

    public DateTimeOffset Now => TimeProvider.System.GetUtcNow().AddMilliseconds(Interlocked.Read(ref shift));

    public long NowMs => Now.ToUnixTimeMilliseconds();

    public long NowSeconds => Now.ToUnixTimeSeconds();

    public void Advance(TimeSpan by)
    {
        var milliseconds = (long)by.TotalMilliseconds;
        store.Do(books => books.Count(Shift, milliseconds));
        Interlocked.Add(ref shift, milliseconds);
    }
}

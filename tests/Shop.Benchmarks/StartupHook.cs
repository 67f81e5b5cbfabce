using System.Diagnostics.Metrics;
using System.Globalization;

/// <summary>
/// Loaded into the shop's own process (DOTNET_STARTUP_HOOKS; the name and the missing namespace are the runtime's rule). It listens to the shop's
/// meters and writes what it counted into a file four times a second. The shop knows nothing of it.
/// </summary>
internal static class StartupHook
{
    public const string FileVariable = "SHOP_BENCH_COUNTS";

    /// <summary>EF's own count of the queries that it ran.</summary>
    public const string Queries = "microsoft.entityframeworkcore.queries";

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> Counts = new();
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private static MeterListener? listener;
    private static Timer? timer;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { Length: > 0 } file)
        {
            return;
        }

        listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Name == "Shop.Core" || instrument.Name == Queries)
                {
                    it.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            Counts.AddOrUpdate(
                instrument.IsObservable ? instrument.Name : $"{instrument.Name}/{(tags.Length > 0 ? tags[0].Value : "")}",
                value,
                (_, before) => instrument.IsObservable ? value : before + value));
        listener.Start();
        timer = new Timer(
            _ =>
            {
                // armed again only when it is done: on a busy machine two of them would take each other's file away, and with it the shop
                Write(file);
                timer!.Change(Every, Timeout.InfiniteTimeSpan);
            },
            null,
            Every,
            Timeout.InfiniteTimeSpan);
    }

    private static void Write(string file)
    {
        listener!.RecordObservableInstruments();
        string[] own =
        [
            Line("allocated", GC.GetTotalAllocatedBytes()), Line("gen0", GC.CollectionCount(0)), Line("gen1", GC.CollectionCount(1)), Line("gen2", GC.CollectionCount(2)),
            Line("pause_us", (long)GC.GetTotalPauseDuration().TotalMicroseconds), Line("threads", ThreadPool.ThreadCount),
            Line("contention", Monitor.LockContentionCount), Line("jit_methods", System.Runtime.JitInfo.GetCompiledMethodCount()),
            Line("jit_us", (long)System.Runtime.JitInfo.GetCompilationTime().TotalMicroseconds),
        ];
        var next = file + ".next";
        File.WriteAllLines(next, own.Concat(Counts.Select(c => Line(c.Key, c.Value))));
        File.Move(next, file, overwrite: true);
    }

    private static string Line(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"{name}\t{value}");
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace Shop.Benchmarks;

/// <summary>
/// A seller's list of one buyer's transactions (parity/mozilla.md section 1, call 12), over HTTP at the published shop, with few and with many of others' beside them: it
/// must be quick, and as quick with many as with few.
/// </summary>
internal static class SellerBench
{
    public const string Command = "sellers";

    /// <summary>The median must stay below it.</summary>
    private const double Milliseconds = 5;

    /// <summary>So many times as long the largest table may take at the median as the smallest: what is left to chance, and a level more in each index.</summary>
    private const double Growth = 1.5;

    private const int DeepPage = 50;
    private const int PerPage = 20;

    public static async Task<SellerReport> RunAsync(BenchSettings settings, string folder)
    {
        var program = settings.Shop ?? throw new InvalidOperationException("--shop must name the published shop; eng/bench.sh publishes one.");
        var (load, runs) = (await Machine.LoadAsync(), new List<SellerRun>());
        foreach (var count in settings.Transactions)
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, $"{count}")).FullName;
            await using var place = await Place.MakeAsync(settings, own);
            await ShopServer.MigrateAsync(settings, program, own, place.Database);
            runs.Add(await RunAsync(settings, program, own, place, count));
        }

        var (fewest, most) = (runs.MinBy(run => run.Transactions)!, runs.MaxBy(run => run.Transactions)!);
        var grown = most.List.P50 / fewest.List.P50;
        return new SellerReport
        {
            Engine = settings.Engine == Core.DatabaseEngine.Sqlite ? "sqlite" : "postgres",
            At = TimeProvider.System.GetUtcNow(),
            Cores = Environment.ProcessorCount,
            LoadBefore = load,
            Sellers = settings.Sellers,
            Calls = settings.Calls,
            Connections = settings.Connections,
            DeepPage = DeepPage,
            Runs = runs,
            Grown = grown,
            CpuGrown = most.CpuMilliseconds / fewest.CpuMilliseconds,
            Faults =
            [
                .. runs.SelectMany(run => run.Faults.Select(fault => $"{run.Transactions}: {fault}")),
                .. runs.Where(run => run.List.P50 >= Milliseconds).Select(run => $"{run.Transactions}: the median is {run.List.P50:F2} ms, not under {Milliseconds} ms"),
                .. grown > Growth ? [$"with {most.Transactions} transactions it takes {grown:F2} times as long as with {fewest.Transactions}"] : Array.Empty<string>(),
            ],
        };
    }

    private static async Task<SellerRun> RunAsync(BenchSettings settings, string program, string folder, Place place, int count)
    {
        var (watch, ofMany) = (Stopwatch.StartNew(), Math.Max(1, settings.Calls / 10));
        var seeded = new SeededTransactions(place, settings.Sellers, count);
        await seeded.MakeAsync(settings.Calls * 3, ofMany * 4);
        var filled = watch.Elapsed;

        // pages of one page's length, and the last that is full where there are not as many
        var deep = Math.Min(DeepPage, seeded.OfOneBuyer / PerPage);
        var before = deep > 1 ? await seeded.IdAsync(((deep - 1) * PerPage) - 1) : null;
        var environment = new Dictionary<string, string> { ["Shop__Role"] = "web" };
        await using var shop = await ShopServer.StartAsync(settings, program, folder, place.Database, environment: environment);
        var wires = new List<Wire>();
        try
        {
            for (var i = 0; i < settings.Connections; i++)
            {
                wires.Add(await Wire.OpenAsync(shop.Port));
            }

            // what the runtime compiles in them it would have compiled before any busy hour
            await CallAsync(wires, [.. seeded.OfBuyers(settings.Calls), .. seeded.OfTheOneWithMany(ofMany, 1, PerPage, null)]);

            var used = shop.Usage();
            var list = await CallAsync(wires[..1], seeded.OfBuyers(settings.Calls));
            var cpu = shop.Usage().Cpu - used.Cpu;
            var run = new SellerRun
            {
                Transactions = count,
                Buyers = seeded.Buyers + 1,
                FillSeconds = filled.TotalSeconds,
                List = list,
                CpuMilliseconds = cpu.TotalMilliseconds / list.Count,
                AtOnce = await CallAsync(wires, seeded.OfBuyers(settings.Calls)),
                OfOneBuyer = seeded.OfOneBuyer,
                OfMany = await CallAsync(wires[..1], seeded.OfTheOneWithMany(ofMany, 1, PerPage, null)),
                DeepByNumber = await CallAsync(wires[..1], seeded.OfTheOneWithMany(ofMany, deep, PerPage, null)),
                DeepByAddress = await CallAsync(wires[..1], seeded.OfTheOneWithMany(ofMany, deep, PerPage, before)),
                Faults = [],
            };
            return await ShopServer.CheckAsync(settings, program, folder, place.Database) is { } broken ? run with { Faults = [broken] } : run;
        }
        finally
        {
            wires.ForEach(wire => wire.Dispose());
        }
    }

    private static async Task<Timing> CallAsync(IReadOnlyList<Wire> wires, IEnumerable<ListCall> calls)
    {
        var queue = new ConcurrentQueue<ListCall>(calls);
        var (ticks, wall, failures) = await Load.RunAsync(wires, async wire =>
        {
            if (!queue.TryDequeue(out var call))
            {
                return false;
            }

            wire.Key = call.Key;
            await wire.GetAsync(call.Path);
            return wire.Last.Status == 200 && wire.Last.Body.StartsWith(call.Says) ? true : throw new FailedStepException(call.Path, wire.Last);
        });
        return failures.Count == 0 ? Timing.Of(ticks, wall) : throw failures[0];
    }
}

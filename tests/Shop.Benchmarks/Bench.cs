using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.Core;

namespace Shop.Benchmarks;

/// <summary>One run: a fresh shop, buyers made and signed in before the clock starts, the checkouts, the pages, the bare limits, and the books.</summary>
internal static class Bench
{
    private const double BuyersToSpare = 1.5;

    public static async Task<Report> RunAsync(BenchSettings settings, string folder)
    {
        var program = settings.Shop ?? await PublishAsync();
        await using var place = await Place.MakeAsync(settings, folder);
        var load = await Machine.LoadAsync();
        Run run;
        await using (var shop = await ShopServer.StartAsync(settings, program, folder, place.Database))
        {
            try
            {
                run = await MeasureAsync(settings, shop, place);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                // a process that was killed is not gone at once
                await Task.Delay(TimeSpan.FromSeconds(1));
                throw new InvalidOperationException(await shop.EndAsync() ?? "A connection was lost, and the shop still runs.", e);
            }
        }

        var faults = await FaultsAsync(settings, program, folder, place, run);
        var durability = await place.DurabilityAsync();
        if (!durability.IsFull)
        {
            faults.Add(durability.Words);
        }

        var pages = new List<PageResult>();
        foreach (var (name, bytes, timing) in run.Pages)
        {
            pages.Add(new PageResult(name, bytes, timing, settings.LimitSeconds > 0 ? await Limits.PageAsync(settings.Connections, bytes, settings.LimitSeconds) : null));
        }

        double? bare = settings.LimitSeconds == 0 ? null
            : settings.Engine == DatabaseEngine.Sqlite ? Limits.Sqlite(folder, settings.LimitSeconds)
            : await Limits.PgbenchAsync(folder, place.Database.ConnectionString, 8, settings.LimitSeconds);
        return new Report
        {
            Engine = settings.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
            Durability = durability.Words,
            At = TimeProvider.System.GetUtcNow(),
            Cores = Environment.ProcessorCount,
            LoadBefore = load,
            Connections = settings.Connections,
            Checkouts = run.Checkouts,
            Steps = run.Steps,
            WritesPerCheckout = run.PerCheckout(Run.Writes).Where(w => Run.IsCheckout(w.Key)).Sum(w => w.Value),
            WritesByUnit = run.PerCheckout(Run.Writes),
            CpuMilliseconds = run.Cpu.TotalMilliseconds / run.Checkouts.Count,
            CpuShare = run.Cpu / run.Wall / Environment.ProcessorCount,
            MemoryMegabytes = run.After.WorkingSet / 1048576.0,
            OwnMemoryMegabytes = run.After.Own / 1048576.0,
            PeakMemoryMegabytes = run.After.PeakWorkingSet / 1048576.0,
            AllocatedKilobytes = run.PerCheckout("allocated").Values.Sum() / 1024,
            CollectionPausesPercent = run.Counted("pause_us") / run.Wall.TotalMicroseconds * 100,
            CompilingPercent = run.Counted("jit_us") / run.Wall.TotalMicroseconds * 100,
            BareCommits = bare,
            Pages = pages,
            Faults = faults,
        };
    }

    private sealed record Run
    {
        public const string Writes = "shop.writes/";

        public required Timing Checkouts { get; init; }

        public required TimeSpan Wall { get; init; }

        public required IReadOnlyDictionary<string, Timing> Steps { get; init; }

        public required IReadOnlyDictionary<string, long> Counts { get; init; }

        public required TimeSpan Cpu { get; init; }

        public required Usage After { get; init; }

        public required int AllCheckouts { get; init; }

        public required IReadOnlyList<Exception> Failures { get; init; }

        public required IReadOnlyList<(string Name, int Bytes, Timing Timing)> Pages { get; init; }

        /// <summary>Not the worker's, which go on while the clock runs: mails in batches, and the bank's webhook, which finds that all is done.</summary>
        public static bool IsCheckout(string unit) => unit.Split('.')[0] is "Carts" or "Checkout" or "Settlement" or "DeliveryRun" or "Attempts";

        public double Counted(string name) => Counts.GetValueOrDefault(name);

        public IReadOnlyDictionary<string, double> PerCheckout(string prefix) => Counts.Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal))
            .OrderByDescending(c => c.Value).ToDictionary(c => c.Key[prefix.Length..], c => (double)c.Value / Checkouts.Count);
    }

    private static async Task<Run> MeasureAsync(BenchSettings settings, ShopServer shop, Place place)
    {
        var wires = new List<Wire>();

        // fresh ones for each part: a server may hang up on a connection that was idle while members were made
        async Task OpenAsync()
        {
            wires.ForEach(wire => wire.Dispose());
            wires.Clear();
            for (var i = 0; i < settings.Connections; i++)
            {
                wires.Add(await Wire.OpenAsync(shop.Port));
            }
        }

        // the runtime compiles what is hot while this runs, as it would have before any busy hour
        var early = await SignInAsync(OpenAsync, wires, place, settings.WarmUp);
        await OpenAsync();
        var (_, warmUp) = await CheckOutAsync(wires, early, double.MaxValue);
        if (warmUp.Failures.Count > 0)
        {
            throw warmUp.Failures[0];
        }

        var guess = settings.Checkouts ?? (int)Math.Max(50, warmUp.Timing.PerSecond * settings.Seconds * BuyersToSpare * 1.5);
        var buyers = await SignInAsync(OpenAsync, wires, place, guess);
        await QuietAsync(place);
        await OpenAsync();

        var (countsBefore, before) = (await shop.CountsAsync(), shop.Usage());
        var (steps, measured) = await CheckOutAsync(wires, buyers, settings.Checkouts is null ? settings.Seconds : double.MaxValue);
        var (after, countsAfter) = (shop.Usage(), await shop.CountsAsync());

        var pages = new List<(string, int, Timing)>();
        if (settings.PageSeconds > 0)
        {
            var shoppers = await SignInAsync(OpenAsync, wires, place, settings.Connections);
            await OpenAsync();
            foreach (var wire in wires)
            {
                shoppers.TryTake(out var cookies);
                wire.Cookies = cookies!;
                await Buying.FillCartAsync(wire);
            }

            foreach (var (name, path) in new[] { ("front", "/"), ("product", $"/shop/{Buying.Sku}"), ("cart", "/cart") })
            {
                await Load.PageAsync(wires, path, settings.PageSeconds / 4);
                var timing = await Load.PageAsync(wires, path, settings.PageSeconds);
                pages.Add((name, wires[0].Last.Body.Length, timing));
            }
        }

        await QuietAsync(place);
        wires.ForEach(wire => wire.Dispose());
        return new Run
        {
            Checkouts = measured.Timing,
            Wall = measured.Wall,
            Steps = steps,
            Counts = countsAfter.ToDictionary(c => c.Key, c => c.Value - countsBefore.GetValueOrDefault(c.Key)),
            Cpu = after.Cpu - before.Cpu,
            After = after,
            AllCheckouts = measured.Timing.Count + warmUp.Timing.Count,
            Failures = [.. warmUp.Failures, .. measured.Failures],
            Pages = pages,
        };
    }

    private sealed record Measured(Timing Timing, TimeSpan Wall, IReadOnlyList<Exception> Failures);

    /// <summary>Each buyer buys once, and is gone.</summary>
    private static async Task<(IReadOnlyDictionary<string, Timing> Steps, Measured Measured)> CheckOutAsync(
        IReadOnlyList<Wire> wires, ConcurrentBag<Cookies> buyers, double seconds)
    {
        var end = seconds > 1e6 ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var steps = Buying.Steps.Select(_ => new ConcurrentBag<long>()).ToList();
        var (ticks, wall, failures) = await Load.RunAsync(wires, async wire =>
        {
            if (Stopwatch.GetTimestamp() > end || !buyers.TryTake(out var buyer))
            {
                return false;
            }

            wire.Cookies = buyer;
            var last = Stopwatch.GetTimestamp();
            await Buying.CheckOutAsync(wire, step =>
            {
                var now = Stopwatch.GetTimestamp();
                steps[step].Add(now - last);
                last = now;
            });
            return true;
        });
        return (Buying.Steps.Zip(steps).ToDictionary(s => s.First, s => Timing.Of(s.Second, wall)), new Measured(Timing.Of(ticks, wall), wall, failures));
    }

    private static async Task<ConcurrentBag<Cookies>> SignInAsync(Func<Task> open, IReadOnlyList<Wire> wires, Place place, int count)
    {
        var names = new ConcurrentQueue<(string Name, string Password)>(await place.MembersAsync(count));
        await open();
        var signedIn = new ConcurrentBag<Cookies>();
        var (_, _, failures) = await Load.RunAsync(wires, async wire =>
        {
            if (!names.TryDequeue(out var next))
            {
                return false;
            }

            wire.Cookies = new Cookies();
            await Buying.SignInAsync(wire, next.Name, next.Password);
            signedIn.Add(wire.Cookies);
            return true;
        });
        return failures.Count == 0 ? signedIn : throw failures[0];
    }

    /// <summary>Waits until every mail has gone.</summary>
    private static async Task QuietAsync(Place place)
    {
        var limit = Stopwatch.StartNew();
        while (await place.NumberAsync("SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead = 0) + (SELECT count(*) FROM shop_events WHERE routed_at IS NULL)") > 0 && limit.Elapsed < TimeSpan.FromMinutes(2))
        {
            await Task.Delay(100);
        }
    }

    private static async Task<List<string>> FaultsAsync(BenchSettings settings, string program, string folder, Place place, Run run)
    {
        var faults = run.Failures.Select(f => f.Message).Distinct().Take(10).ToList();
        if (await ShopServer.CheckAsync(settings, program, folder, place.Database) is { } broken)
        {
            faults.Add(broken);
        }

        foreach (var (what, sql) in new[]
        {
            ("orders", "SELECT count(*) FROM orders"),
            ("fulfilled orders", "SELECT count(*) FROM orders WHERE state = 'fulfilled'"),
            ("receipts sent", "SELECT count(*) FROM outbox WHERE kind = 'mail.receipt' AND done_at IS NOT NULL"),
            ("grants", "SELECT count(*) FROM membership_events"),
            ("matched payments", "SELECT count(*) FROM provider_payments WHERE disposition = 'matched'"),
        })
        {
            if (await place.NumberAsync(sql) is var found && found != run.AllCheckouts)
            {
                faults.Add($"{found} {what} for {run.AllCheckouts} checkouts");
            }
        }

        if (Place.Charges(folder) is var charges && charges != run.AllCheckouts)
        {
            faults.Add($"{charges} charges at the bank for {run.AllCheckouts} checkouts");
        }

        return faults;
    }

    private static async Task<string> PublishAsync()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "DreamShop.sln")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("DreamShop.sln is in no folder above this program.");
        }

        var to = Path.Combine(root.FullName, "artifacts", "bench", "shop");
        using var process = Process.Start("dotnet", ["publish", Path.Combine(root.FullName, "Shop.Web"), "-c", "Release", "-o", to, "-v", "quiet", "--nologo"]);
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? to : throw new InvalidOperationException("The shop could not be published.");
    }
}

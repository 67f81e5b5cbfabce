using System.Diagnostics;

namespace Shop.Benchmarks;

/// <summary>
/// Subscriptions that all fall due within an hour, charged by two workers on one PostgreSQL at the provider simulator; afterwards the provider's ledger, the rows and
/// the books are compared.
/// </summary>
internal static class RenewalBench
{
    public const string Command = "renewals";

    private static readonly string[] Workers = ["one", "two"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>So long nothing may move.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<RenewalReport> RunAsync(BenchSettings settings, string folder)
    {
        var program = settings.Shop ?? throw new InvalidOperationException("--shop must name the published shop; eng/bench.sh publishes one.");
        var (runs, durability) = (new List<RenewalRun>(), "");
        foreach (var count in settings.Counts)
        {
            await using var place = await Place.MakeAsync(settings, folder);
            var (isFull, words) = await place.DurabilityAsync();
            var run = await RunAsync(settings, program, Directory.CreateDirectory(Path.Combine(folder, $"{count}")).FullName, place, count);
            runs.Add(isFull ? run : run with { Faults = [.. run.Faults, words] });
            durability = words;
        }

        return new RenewalReport { At = TimeProvider.System.GetUtcNow(), Cores = Environment.ProcessorCount, Durability = durability, WarmUp = settings.WarmUp, Runs = runs };
    }

    private static async Task<RenewalRun> RunAsync(BenchSettings settings, string program, string folder, Place place, int count)
    {
        await ShopServer.MigrateAsync(settings, program, folder, place.Database);
        await using var bank = await BankProcess.StartAsync(folder);
        var subscriptions = new SeededSubscriptions(place, bank);
        await subscriptions.MakeAsync(settings.WarmUp + count);

        var workers = new List<ShopServer>();
        try
        {
            foreach (var worker in Workers)
            {
                var environment = new Dictionary<string, string>(bank.Settings) { ["Shop__Role"] = "worker", ["Payments__Sandbox__Allowed"] = "false" };
                workers.Add(await ShopServer.StartAsync(settings, program, folder, place.Database, worker, environment));
            }

            var run = await MeasureAsync(settings, place, workers, count);
            return run with { Faults = [.. run.Faults, .. await FaultsAsync(settings, program, folder, place, bank, settings.WarmUp + count)] };
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }
    }

    /// <summary>The first are warm-up: what the runtime compiles in them would have been compiled before any busy hour.</summary>
    private static async Task<RenewalRun> MeasureAsync(BenchSettings settings, Place place, IReadOnlyList<ShopServer> workers, int count)
    {
        // the number of the last receipt is one row, whatever the size of the tables
        const string paid = "SELECT coalesce(max(last), 0) FROM paper_counters WHERE kind = 'receipt'";
        await UntilAsync(place, workers, paid, settings.WarmUp);
        var (watch, before, begun) = (Stopwatch.StartNew(), Cpu(workers), await place.NumberAsync(paid));
        var faults = new List<string>();
        if (!await UntilAsync(place, workers, paid, settings.WarmUp + count))
        {
            faults.Add("for minutes nothing was charged any more");
        }

        var (charged, all) = (watch.Elapsed, await place.NumberAsync(paid) - begun);
        if (!await UntilAsync(place, workers, "SELECT count(*) FROM outbox WHERE done_at IS NOT NULL", settings.WarmUp + count))
        {
            faults.Add("for minutes no receipt was sent any more");
        }

        return new RenewalRun
        {
            Count = count,
            Seconds = charged.TotalSeconds,
            PerSecond = all / charged.TotalSeconds,
            SecondsWithMails = watch.Elapsed.TotalSeconds,
            CpuMilliseconds = (Cpu(workers) - before).TotalMilliseconds / all,
            PeakMegabytes = [.. workers.Select(worker => worker.Usage().PeakWorkingSet / 1048576.0)],
            OwnMegabytes = [.. workers.Select(worker => worker.Usage().Own / 1048576.0)],
            Faults = faults,
        };
    }

    private static TimeSpan Cpu(IEnumerable<ShopServer> workers) => workers.Aggregate(TimeSpan.Zero, (sum, worker) => sum + worker.Usage().Cpu);

    /// <summary>False: it stands still.</summary>
    private static async Task<bool> UntilAsync(Place place, IEnumerable<ShopServer> workers, string sql, long number)
    {
        var (last, since) = (-1L, Stopwatch.StartNew());
        while (await place.NumberAsync(sql) is var now && now < number)
        {
            if (now != last)
            {
                (last, since) = (now, Stopwatch.StartNew());
            }
            else if (since.Elapsed > Patience)
            {
                return false;
            }

            foreach (var worker in workers)
            {
                if (await worker.EndAsync() is { } words)
                {
                    throw new InvalidOperationException(words);
                }
            }

            await Task.Delay(Look);
        }

        return true;
    }

    private static async Task<List<string>> FaultsAsync(BenchSettings settings, string program, string folder, Place place, BankProcess bank, long count)
    {
        var faults = new List<string>();
        if (await ShopServer.CheckAsync(settings, program, folder, place.Database) is { } broken)
        {
            faults.Add(broken);
        }

        foreach (var (what, sql) in new[]
        {
            ("subscriptions with their second period paid", "SELECT count(*) FROM subscriptions WHERE state = 'active' AND period = 2 AND paid_months = 2 AND next_charge_at IS NOT NULL"),
            ("second periods, and no third", "SELECT count(*) FROM subscription_periods WHERE number >= 2"),

            ("attempts that took money", "SELECT count(*) FROM payment_attempts WHERE state = 'captured' AND off_session = 1"),
            ("matched payments", "SELECT count(*) FROM provider_payments WHERE disposition = 'matched'"),
            ("fulfilled orders of renewals", "SELECT count(*) FROM orders WHERE state = 'fulfilled' AND due_minor > 0"),
            ("subscriptions with one payment", """
                SELECT count(*) FROM (SELECT p.subscription_id FROM subscription_periods p JOIN payment_attempts a ON a.order_id = p.order_id
                  JOIN provider_payments m ON m.attempt_id = a.id GROUP BY p.subscription_id HAVING count(*) = 1) one
                """),
            ("memberships extended once", "SELECT count(*) FROM (SELECT account_id FROM membership_events GROUP BY account_id HAVING count(*) = 2) two"),
            ("memberships that end with their subscription", "SELECT count(*) FROM memberships m JOIN subscriptions s ON s.recipient_id = m.account_id AND s.paid_through = m.until"),
            ("receipts sent", "SELECT count(*) FROM outbox WHERE kind = 'mail.receipt' AND done_at IS NOT NULL AND failure IS NULL"),
        })
        {
            if (await place.NumberAsync(sql) is var found && found != count)
            {
                faults.Add($"{found} {what} for {count} renewals");
            }
        }

        var theirs = bank.Ledger();
        var ours = await place.TextsAsync($"""SELECT attempt_id || ' ' || provider_id || ' ' || amount_minor || ' ' || currency AS "Value" FROM provider_payments""");
        if (theirs.Count != count)
        {
            faults.Add($"{theirs.Count} charges in the provider's ledger for {count} renewals");
        }

        faults.AddRange(theirs.Except(ours).Take(5).Select(it => $"only the provider has {it}"));
        faults.AddRange(ours.Except(theirs).Take(5).Select(it => $"only the shop has {it}"));
        return faults;
    }
}

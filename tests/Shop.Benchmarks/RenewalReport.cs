using System.Globalization;

namespace Shop.Benchmarks;

/// <summary>What so many renewals took, after the warm-up.</summary>
internal sealed record RenewalRun
{
    public required int Count { get; init; }

    /// <summary>Until the last was paid.</summary>
    public required double Seconds { get; init; }

    public required double PerSecond { get; init; }

    /// <summary>Until the last receipt had been sent.</summary>
    public required double SecondsWithMails { get; init; }

    /// <summary>Of both workers, for each renewal with its receipt.</summary>
    public required double CpuMilliseconds { get; init; }

    /// <summary>Of each worker, the highest.</summary>
    public required IReadOnlyList<double> PeakMegabytes { get; init; }

    /// <summary>Of each worker in the end, what is its own alone.</summary>
    public required IReadOnlyList<double> OwnMegabytes { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }
}

/// <summary>What the runs of <see cref="RenewalBench"/> found, one for each count.</summary>
internal sealed record RenewalReport : IReport
{
    public required DateTimeOffset At { get; init; }

    public required int Cores { get; init; }

    public required string Durability { get; init; }

    public required int WarmUp { get; init; }

    public required IReadOnlyList<RenewalRun> Runs { get; init; }

    public IReadOnlyList<string> Faults => [.. Runs.SelectMany(run => run.Faults.Select(fault => $"{run.Count}: {fault}"))];

    public void Print(TextWriter to)
    {
        void Row(string name, Func<RenewalRun, FormattableString> value) =>
            to.WriteLine($"| {name} | {string.Join(" | ", Runs.Select(run => value(run).ToString(CultureInfo.InvariantCulture)))} |");
        to.WriteLine();
        to.WriteLine($"PostgreSQL, {Durability}; {Cores} cores; two workers; {WarmUp} renewals before");
        to.WriteLine();
        Row("renewals", run => $"{run.Count}");
        to.WriteLine("|---|" + string.Concat(Runs.Select(_ => "---|")));
        Row("charged and paid within", run => $"{run.Seconds:F1} s");
        Row("receipts sent within", run => $"{run.SecondsWithMails:F1} s");
        Row("renewals a second", run => $"{run.PerSecond:F1}");
        Row("time for each", run => $"{1000 / run.PerSecond:F1} ms");
        Row("CPU of the workers for each, with its receipt", run => $"{run.CpuMilliseconds:F1} ms");
        Row("memory of each worker, highest", run => $"{string.Join(" and ", run.PeakMegabytes.Select(it => it.ToString("F0", CultureInfo.InvariantCulture)))} MB");
        Row("of it its own, in the end", run => $"{string.Join(" and ", run.OwnMegabytes.Select(it => it.ToString("F0", CultureInfo.InvariantCulture)))} MB");
        this.PrintVerdict(to, "Everything held: each was charged once, the provider's ledger and the rows are the same, check found nothing.");
    }
}

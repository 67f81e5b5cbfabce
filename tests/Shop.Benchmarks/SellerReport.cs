using System.Globalization;

namespace Shop.Benchmarks;

/// <summary>What the lists took with so many transactions of all sellers, after the warm-up.</summary>
internal sealed record SellerRun
{
    public required int Transactions { get; init; }

    public required int Buyers { get; init; }

    public required double FillSeconds { get; init; }

    /// <summary>One call after the other, of buyers who have few.</summary>
    public required Timing List { get; init; }

    /// <summary>Of the shop for each of them; others at work on the machine change it less than the time.</summary>
    public required double CpuMilliseconds { get; init; }

    /// <summary>The same on all connections at once.</summary>
    public required Timing AtOnce { get; init; }

    /// <summary>So many has the buyer who has many.</summary>
    public required int OfOneBuyer { get; init; }

    /// <summary>The first page of that buyer.</summary>
    public required Timing OfMany { get; init; }

    /// <summary>A page far back, asked for by its number.</summary>
    public required Timing DeepByNumber { get; init; }

    /// <summary>The same page by the address that the page before it gave.</summary>
    public required Timing DeepByAddress { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }
}

/// <summary>What the runs of <see cref="SellerBench"/> found, one for each number of transactions.</summary>
internal sealed record SellerReport : IReport
{
    public required string Engine { get; init; }

    public required DateTimeOffset At { get; init; }

    public required int Cores { get; init; }

    public required string LoadBefore { get; init; }

    public required int Sellers { get; init; }

    public required int Calls { get; init; }

    public required int Connections { get; init; }

    public required int DeepPage { get; init; }

    public required IReadOnlyList<SellerRun> Runs { get; init; }

    /// <summary>The median of the largest table as a multiple of that of the smallest.</summary>
    public required double Grown { get; init; }

    /// <summary>The same of the shop's processor time.</summary>
    public required double CpuGrown { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }

    public void Print(TextWriter to)
    {
        void Line(FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        to.WriteLine();
        Line($"{Engine}; {Cores} cores, load before {LoadBefore}; {Sellers} sellers; {Calls} lists of {SeededTransactions.Each} transactions, and as many before; ms");
        to.WriteLine();
        Line($"| transactions | buyers | p50 | p95 | p99 | CPU of the shop | {Connections} at once, p50 | of a buyer with many: p50, p95 | page {DeepPage} by number | page {DeepPage} by address | filled in |");
        to.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var run in Runs)
        {
            Line($"| {run.Transactions} | {run.Buyers} | {run.List.P50:F2} | {run.List.P95:F2} | {run.List.P99:F2} | {run.CpuMilliseconds:F2} | {run.AtOnce.P50:F2} ({run.AtOnce.PerSecond:F0}/s) | {run.OfOneBuyer}: {run.OfMany.P50:F2}, {run.OfMany.P95:F2} | {run.DeepByNumber.P50:F2} | {run.DeepByAddress.P50:F2} | {run.FillSeconds:F0} s |");
        }

        to.WriteLine();
        Line($"largest to smallest: median {Grown:F2}, CPU {CpuGrown:F2}");
        this.PrintVerdict(to, "Everything held: the median is under its limit and flat, check found nothing.");
    }
}

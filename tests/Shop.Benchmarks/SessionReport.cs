using System.Globalization;

namespace Shop.Benchmarks;

/// <summary>One way on which sessions are checked, and what it took.</summary>
/// <param name="Name">What was asked for.</param>
/// <param name="Timing">Of the answers.</param>
/// <param name="CpuMicroseconds">Of whoever answers, for each.</param>
/// <param name="Queries">So many each sent to the database; null: it has none of its own.</param>
internal sealed record SessionRow(string Name, Timing Timing, double CpuMicroseconds, double? Queries);

/// <summary>What <see cref="SessionBench"/> found.</summary>
internal sealed record SessionReport : IReport
{
    public required string Engine { get; init; }

    public required DateTimeOffset At { get; init; }

    public required int Cores { get; init; }

    public required string LoadBefore { get; init; }

    public required int Sessions { get; init; }

    public required int Connections { get; init; }

    public required IReadOnlyList<SessionRow> Rows { get; init; }

    /// <summary>Write transactions of the shop while sessions were checked, by unit.</summary>
    public required IReadOnlyDictionary<string, long> Writes { get; init; }

    /// <summary>How long after a refund was begun at another node the shop let its session in for the last time; milliseconds.</summary>
    public required double RefundSeenAfter { get; init; }

    /// <summary>The same at the other site, which nobody tells; seconds.</summary>
    public required double SiteForgotAfter { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }

    public void Print(TextWriter to)
    {
        void Line(FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        to.WriteLine();
        Line($"{Engine}; {Cores} cores, load before {LoadBefore}; {Sessions} sessions that have paid, {Connections} connections");
        to.WriteLine();
        Line($"| | each second | p50 / p95 / p99 | CPU of whoever answers, each | queries, each |");
        to.WriteLine("|---|---|---|---|---|");
        foreach (var row in Rows)
        {
            Line($"| {row.Name} | {row.Timing.PerSecond:F0} | {row.Timing.P50:F3} / {row.Timing.P95:F3} / {row.Timing.P99:F3} ms | {row.CpuMicroseconds:F1} µs | {row.Queries:F2} |");
        }

        to.WriteLine();
        Line($"write transactions of the shop meanwhile: {Writes.Values.Sum()} {string.Join(", ", Writes.Select(w => $"{w.Key} {w.Value}"))}");
        Line($"a refund at another node: let in for the last time {RefundSeenAfter:F0} ms after it was begun; at the other site {SiteForgotAfter:F0} s");
        this.PrintVerdict(to, "Everything held: only sessions that have paid were let in, nothing was written, check found nothing.");
    }
}

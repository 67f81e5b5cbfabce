using System.Globalization;
using System.Text.Json;

namespace Shop.Benchmarks;

/// <summary>A page alone, beside a Razor page of its size with nothing behind it.</summary>
internal sealed record PageResult(string Name, int Bytes, Timing Timing, Timing? Bare);

/// <summary>What a run of whatever found.</summary>
internal interface IReport
{
    /// <summary>What is not as it must be; empty: everything held.</summary>
    IReadOnlyList<string> Faults { get; }

    void Print(TextWriter to);
}

/// <summary>What every report ends with.</summary>
internal static class Verdict
{
    /// <param name="report">The report.</param>
    /// <param name="to">Where it is printed.</param>
    /// <param name="held">What is said when there is no fault.</param>
    public static void PrintVerdict(this IReport report, TextWriter to, string held)
    {
        to.WriteLine();
        foreach (var fault in report.Faults)
        {
            to.WriteLine($"FAULT: {fault}");
        }

        to.WriteLine(report.Faults.Count == 0 ? held : "Not everything held.");
    }
}

/// <summary>The machine that a run is made on.</summary>
internal static class Machine
{
    /// <summary>Its load of the last minute: others at work on it make every figure worse.</summary>
    public static async Task<string> LoadAsync() => File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0] : "unknown";
}

/// <summary>What a run found.</summary>
internal sealed record Report : IReport
{
    public static JsonSerializerOptions Json { get; } = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required string Engine { get; init; }

    public required string Durability { get; init; }

    public required DateTimeOffset At { get; init; }

    public required int Cores { get; init; }

    /// <summary>The machine's load of the minute before: others at work on it make every figure worse.</summary>
    public required string LoadBefore { get; init; }

    public required int Connections { get; init; }

    public required Timing Checkouts { get; init; }

    public required IReadOnlyDictionary<string, Timing> Steps { get; init; }

    public required double WritesPerCheckout { get; init; }

    public required IReadOnlyDictionary<string, double> WritesByUnit { get; init; }

    public required double CpuMilliseconds { get; init; }

    /// <summary>Of all cores, what the shop used.</summary>
    public required double CpuShare { get; init; }

    public required double MemoryMegabytes { get; init; }

    public required double PeakMemoryMegabytes { get; init; }

    /// <summary>Of the memory afterwards, what is the process's own alone: without mapped files, which are there once for all processes.</summary>
    public required double OwnMemoryMegabytes { get; init; }

    public required double AllocatedKilobytes { get; init; }

    public required double CollectionPausesPercent { get; init; }

    /// <summary>Of the run's time, what the runtime spent compiling: a long warm-up makes it small.</summary>
    public required double CompilingPercent { get; init; }

    public required double? BareCommits { get; init; }

    public required IReadOnlyList<PageResult> Pages { get; init; }

    /// <summary>What is not as it must be; empty: everything held.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    public void Print(TextWriter to)
    {
        void Row(string name, FormattableString value) => to.WriteLine($"| {name} | {value.ToString(CultureInfo.InvariantCulture)} |");
        to.WriteLine();
        Row("engine", $"{Engine}, {Durability}; {Cores} cores, load before {LoadBefore}");
        to.WriteLine("|---|---|");
        Row($"complete checkouts, {Connections} connections", $"{Checkouts.PerSecond:F1}/s ({Checkouts.Count} in all)");
        Row("p50 / p95 / p99 / worst", $"{Checkouts.P50:F1} / {Checkouts.P95:F1} / {Checkouts.P99:F1} / {Checkouts.Worst:F1} ms");
        if (BareCommits is { } bare)
        {
            Row(Engine == "sqlite" ? "bare SQLite, six rows a commit, one writer" : "pgbench, the same rows", $"{bare:F0}/s; the checkout is {100 * Checkouts.PerSecond / bare:F1} % of it");
        }

        Row("write transactions per checkout", $"{WritesPerCheckout:F2} ({string.Join(", ", WritesByUnit.Where(w => w.Value >= 0.005).Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Key} {w.Value:F2}")))})");
        Row("memory of the shop, after / highest", $"{MemoryMegabytes:F0} / {PeakMemoryMegabytes:F0} MB");
        Row("of it its own, without mapped files", $"{OwnMemoryMegabytes:F0} MB");
        Row("CPU of the shop per checkout", $"{CpuMilliseconds:F2} ms ({CpuShare:P0} of all cores)");
        Row("allocated per checkout", $"{AllocatedKilobytes:F0} KB (pauses {CollectionPausesPercent:F1} %)");
        Row("the runtime compiled", $"{CompilingPercent:F1} % of the run's time");
        foreach (var (name, step) in Steps)
        {
            Row($"step: {name}", $"p50 {step.P50:F1}, p99 {step.P99:F1} ms");
        }

        foreach (var page in Pages)
        {
            var beside = page.Bare is { } limit ? string.Create(CultureInfo.InvariantCulture, $"; bare Razor page {limit.PerSecond:F0}/s, so {100 * page.Timing.PerSecond / limit.PerSecond:F0} %") : "";
            Row($"page: {page.Name} ({page.Bytes} bytes)", $"{page.Timing.PerSecond:F0}/s, p99 {page.Timing.P99:F1} ms{beside}");
        }

        this.PrintVerdict(to, "Everything held.");
    }
}

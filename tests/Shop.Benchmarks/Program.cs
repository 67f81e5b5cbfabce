using System.Globalization;
using System.Text.Json;
using Shop.Benchmarks;

if (args is [BarePage.Command, var url])
{
    await BarePage.ServeAsync(url);
    return 0;
}

var renews = args is [RenewalBench.Command, ..];
if (BenchSettings.Parse(renews ? args[1..] : args) is not { } settings || (renews && settings.Engine != Shop.Core.DatabaseEngine.Postgres))
{
    await Console.Error.WriteLineAsync(BenchSettings.Usage);
    return 2;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("shop-bench-").FullName;
try
{
    IReport report = renews ? await RenewalBench.RunAsync(settings, folder) : await Bench.RunAsync(settings, folder);
    report.Print(Console.Out);
    if (settings.Out is { } file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, report.GetType(), Report.Json));
    }

    return report.Faults.Count == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

using System.Globalization;
using System.Text.Json;
using Shop.Benchmarks;

if (args is [BarePage.Command, var url])
{
    await BarePage.ServeAsync(url);
    return 0;
}

if (BenchSettings.Parse(args) is not { } settings)
{
    await Console.Error.WriteLineAsync(BenchSettings.Usage);
    return 2;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("shop-bench-").FullName;
try
{
    var report = await Bench.RunAsync(settings, folder);
    report.Print(Console.Out);
    if (settings.Out is { } file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Report.Json));
    }

    return report.Faults.Count == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

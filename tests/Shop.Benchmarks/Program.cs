using System.Globalization;
using System.Text.Json;
using Shop.Benchmarks;

switch (args)
{
    case [BarePage.Command, var url]:
        await BarePage.ServeAsync(url);
        return 0;
    case [GuardedSite.Command, var url, var shop, var keyRing]:
        await GuardedSite.ServeAsync(url, shop, keyRing);
        return 0;
}

var what = args is [RenewalBench.Command or SellerBench.Command or SessionBench.Command, ..] ? args[0] : null;
if (BenchSettings.Parse(what is null ? args : args[1..]) is not { } settings || (what == RenewalBench.Command && settings.Engine != Shop.Core.DatabaseEngine.Postgres))
{
    await Console.Error.WriteLineAsync(BenchSettings.Usage);
    return 2;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("shop-bench-").FullName;
try
{
    IReport report = what switch
    {
        RenewalBench.Command => await RenewalBench.RunAsync(settings, folder),
        SellerBench.Command => await SellerBench.RunAsync(settings, folder),
        SessionBench.Command => await SessionBench.RunAsync(settings, folder),
        _ => await Bench.RunAsync(settings, folder),
    };
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

using Shop.TestKit;

// every test here starts processes and needs both cores for them
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Shop.Faults.Tests;

/// <summary>The shop's program, built with its crash points and a clock that can be moved (Directory.Build.props).</summary>
internal static class CrashBuild
{
    public static string Folder { get; } = Repository.Path("Shop.Web", "bin", "crash-points", "net10.0");

    public static string Program { get; } = Path.Combine(Folder, "Shop.Web.dll");
}

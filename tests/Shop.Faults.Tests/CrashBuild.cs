using Shop.TestKit;

// a kill waits for processes that start more than it computes, so two classes of kills share the cores; crowds need all of them (Alone)
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace Shop.Faults.Tests;

/// <summary>The shop's program, built with its crash points and a clock that can be moved (Directory.Build.props).</summary>
internal static class CrashBuild
{
    public static string Folder { get; } = Repository.Path("Shop.Web", "bin", "crash-points", "net10.0");

    public static string Program { get; } = Path.Combine(Folder, "Shop.Web.dll");
}

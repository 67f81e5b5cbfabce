using System.Reflection;

// every test here starts processes and needs both cores for them
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Shop.Faults.Tests;

/// <summary>The shop's program, built with its crash points and a clock that can be moved.</summary>
internal static class CrashBuild
{
    public static string Program { get; } = Path.GetFullPath(
        typeof(CrashBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(it => it.Key == "CrashProgram").Value!);
}

using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>The build that these tests kill has every place to kill it at. (That the usual one has none stands in ArchitectureTests.)</summary>
public sealed class CrashBuildTests
{
    private static readonly string[] Projects = ["Shop.Payments", "Shop.Core", "Shop.Web"];

    [Fact]
    public void CrashBuild_ContainsEveryPoint()
    {
        var points = new SortedSet<int>();
        foreach (var project in Projects)
        {
            using var assembly = new BuiltAssembly(project, CrashBuild.Folder);
            points.UnionWith(assembly.Strings.Where(text => text.Length is 2 or 3 && text[0] == 'K' && text[1..].All(char.IsAsciiDigit))
                .Select(text => int.Parse(text[1..], System.Globalization.CultureInfo.InvariantCulture)));
            Assert.Contains("Shop.CrashPoints", assembly.References);
        }

        // the two between are of migrations and rule sets, and are met elsewhere
        Assert.Equal([.. Enumerable.Range(1, 16), 19, 20, 21], points);
    }
}

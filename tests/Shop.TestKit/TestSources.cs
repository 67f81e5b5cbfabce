using System.Text.RegularExpressions;

namespace Shop.TestKit;

/// <summary>
/// The tests as they stand in the sources. Read as text and not by reflection, because the other test projects may be
/// not built, or built before the last change, when one project runs alone.
/// </summary>
public static partial class TestSources
{
    /// <summary>Every method marked as a test: its project, the class that declares it and its name.</summary>
    public static IReadOnlyList<(string Project, string Class, string Method)> Methods { get; } = [.. Files().SelectMany(MethodsOf)];

    /// <summary>Every class of the test projects with what stands after its colon.</summary>
    public static IReadOnlyList<(string Name, string Bases)> Classes { get; } =
        [.. Files().SelectMany(file => ClassLines().Matches(File.ReadAllText(file)))
            .Select(match => (match.Groups["name"].Value, match.Groups["bases"].Value))];

    private static IEnumerable<string> Files() =>
        Directory.EnumerateDirectories(Repository.Path("tests"), "*.Tests")
            .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories))
            .Where(file => !Built().IsMatch(file));

    private static IEnumerable<(string Project, string Class, string Method)> MethodsOf(string file)
    {
        var project = Path.GetRelativePath(Repository.Path("tests"), file).Split(Path.DirectorySeparatorChar)[0];
        var declaring = "";
        foreach (Match match in ClassOrTest().Matches(File.ReadAllText(file)))
        {
            if (match.Groups["class"].Success)
            {
                declaring = match.Groups["class"].Value;
            }
            else
            {
                yield return (project, declaring, match.Groups["method"].Value);
            }
        }
    }

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Built();

    [GeneratedRegex(@"^[\w\s]*\bclass\s+(?<name>\w+)(<[^>]*>)?\s*(\([^{;]*?\))?\s*(:\s*(?<bases>[^{;]*))?", RegexOptions.Multiline)]
    private static partial Regex ClassLines();

    // a class, or [Fact…] / [Theory…] with whatever stands between it and the method's name
    [GeneratedRegex(@"^(?:[\w ]*\bclass\s+(?<class>\w+)|[ \t]*\[(?:Fact|Theory)\b(?:(?!\n\s*\})[\s\S])*?\bpublic\s+(?:static\s+)?(?:async\s+)?(?:void|Task|ValueTask)\s+(?<method>\w+)\s*\()",
        RegexOptions.Multiline)]
    private static partial Regex ClassOrTest();
}

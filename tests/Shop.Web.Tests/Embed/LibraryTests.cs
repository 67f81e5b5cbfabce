using System.Diagnostics;
using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Embed;

/// <summary>The tests of library/, which has its own runner: each is a row here, so that it is counted and can fail with the others.</summary>
public sealed partial class LibraryTests
{
    private static readonly Lazy<IReadOnlyList<Result>> All = new(Run);

    private sealed record Result(string Name, bool Passed, string Said);

    public static IEnumerable<TheoryDataRow<string>> Of(string id) => All.Value.Where(it => Id().Match(it.Name).Value == id).Select(it => new TheoryDataRow<string>(it.Name));

    [Theory]
    [MemberData(nameof(Of), "MZ-44", DisableDiscoveryEnumeration = true)]
    public void MZ_44_Library_IsOneCallAndSmall(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "MZ-45", DisableDiscoveryEnumeration = true)]
    public void MZ_45_Library_SaysWhatBecameOfItWithAReference(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "MZ-46", DisableDiscoveryEnumeration = true)]
    public void MZ_46_Library_RefusesPlainHttp(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "MZ-47", DisableDiscoveryEnumeration = true)]
    public void MZ_47_Library_SpeaksWithOneOriginAlone(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "MZ-62", DisableDiscoveryEnumeration = true)]
    public void MZ_62_Library_DialogCanBeReadAndLeft(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "S06", DisableDiscoveryEnumeration = true)]
    public void S06_Library_IgnoresWhatIsNotTheShops(string test) => Passes(test);

    [Theory]
    [MemberData(nameof(Of), "", DisableDiscoveryEnumeration = true)]
    public void Library(string test) => Passes(test);

    private static void Passes(string test)
    {
        var result = All.Value.Single(it => it.Name == test);
        Assert.True(result.Passed, result.Said);
    }

    private static IReadOnlyList<Result> Run()
    {
        using var process = Process.Start(new ProcessStartInfo("node", ["--test", "--test-reporter=tap", "test/open.test.mjs", "test/build.test.mjs"])
        {
            WorkingDirectory = Repository.Path("library"),
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("node does not start (eng/setup.sh installs it).");
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var lines = Lines().Matches(said);
        var results = lines.Select((match, number) => new Result(
            match.Groups["name"].Value.Trim().Replace("\\#", "#", StringComparison.Ordinal),
            match.Groups["no"].Value.Length == 0,
            said[match.Index..(number + 1 < lines.Count ? lines[number + 1].Index : said.Length)])).ToList();
        return results.Count > 0 ? results : throw new InvalidOperationException($"The library's tests did not run:\n{said}");
    }

    [GeneratedRegex("^(?<no>not )?ok [0-9]+ - (?<name>.*)$", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex(@"\A(MZ-[0-9]+|S[0-9]+)\b")]
    private static partial Regex Id();
}

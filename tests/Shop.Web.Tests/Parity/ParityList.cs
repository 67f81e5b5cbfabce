using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Parity;

/// <summary>docs/parity.md: one line per requirement, with the tests that hold it or the word "open".</summary>
internal static partial class ParityList
{
    private static readonly string Place = Repository.Path("docs", "parity.md");

    public static IReadOnlyList<(string Id, IReadOnlyList<string> Tests)> Rows { get; } =
        [.. Lines().Matches(File.ReadAllText(Place)).Select(match => (
            match.Groups["id"].Value,
            (IReadOnlyList<string>)[.. TestNames().Matches(match.Groups["tests"].Value).Select(name => name.Groups[1].Value)]))];

    /// <summary>Rows that name no test and are not called open.</summary>
    public static IEnumerable<string> Undecided =>
        Lines().Matches(File.ReadAllText(Place))
            .Where(match => match.Groups["tests"].Value.Trim() != "open" && !TestNames().IsMatch(match.Groups["tests"].Value))
            .Select(match => match.Groups["id"].Value);

    public static void Add(string id, string test)
    {
        var row = Lines().Matches(File.ReadAllText(Place)).Single(match => match.Groups["id"].Value == id);
        var others = row.Groups["tests"].Value.Trim() is "open" ? "" : row.Groups["tests"].Value.Trim() + ", ";
        File.WriteAllText(Place, File.ReadAllText(Place).Replace(row.Value, $"| {id} |{row.Groups["asks"]}| {others}`{test}` |", StringComparison.Ordinal));
    }

    /// <summary>The ids of the requirements themselves. Those of fees.md get a prefix, because M10 is a scenario's id too.</summary>
    public static IEnumerable<string> Required(string shared)
    {
        foreach (var (file, prefix) in new[]
                 {
                     ("parity/dreamwidth.md", ""), ("parity/mozilla.md", ""), ("parity/stripe.md", ""), ("parity/taler.md", ""),
                     ("parity/fees.md", "FEES-"), ("reliability/scenarios.md", ""), ("reliability/invariants.md", ""), ("reliability/goals.md", ""),
                 })
        {
            foreach (Match match in Ids().Matches(File.ReadAllText(Path.Combine(shared, file))))
            {
                yield return prefix + match.Groups[1].Value;
            }
        }
    }

    [GeneratedRegex(@"^\| (?<id>[A-Z]+-?\w*\d+) \|(?<asks>[^|]*)\|(?<tests>[^|]*)\|[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex TestNames();

    // a table's first cell, which is an id or begins with one; fees.md has its ids in headings
    [GeneratedRegex(@"^(?:\| |### )((?:DW|DF|MZ|MF|ST|TF|TP)-\d+|[A-Z]\d+)\b", RegexOptions.Multiline)]
    private static partial Regex Ids();
}

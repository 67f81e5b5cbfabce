using System.Text.RegularExpressions;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Books;

/// <summary>The queries are the agreed ones, and what they repeat from the code is what the code says.</summary>
public sealed partial class InvariantsFileTests
{
    [Fact]
    public void File_IsTheAgreedOne()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.SharedAbsent);
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Shared!, "reliability", "invariants.sql")), InvariantsFile.Embedded);
    }

    [Fact]
    public void I18_HasTheTransitionsOfTheOrderTable()
    {
        var inQuery = Pairs().Matches(LegalValues().Match(InvariantsFile.Embedded).Groups[1].Value).Select(pair => $"{pair.Groups[1]} > {pair.Groups[2]}");
        var inTable = OrderStates.Table.Born.Select(state => $" > {Words.Of(state)}")
            .Concat(OrderStates.Table.Pairs.Select(pair => $"{Words.Of(pair.From)} > {Words.Of(pair.To)}"));
        Assert.Equal(inTable.Order(StringComparer.Ordinal), inQuery.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"legal\(from_state, to_state\) AS \(VALUES([\s\S]*?)\)\s*SELECT")]
    private static partial Regex LegalValues();

    [GeneratedRegex(@"\('(\w*)', '(\w+)'\)")]
    private static partial Regex Pairs();
}

internal static class InvariantsFile
{
    /// <summary>The text that the check runs.</summary>
    public static string Embedded { get; } = Read();

    private static string Read()
    {
        using var reader = new StreamReader(typeof(Core.Books).Assembly.GetManifestResourceStream("invariants.sql")!);
        return reader.ReadToEnd();
    }
}

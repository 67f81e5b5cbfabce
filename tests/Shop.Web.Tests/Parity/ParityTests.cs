using System.Reflection;
using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Parity;

/// <summary>Keeps docs/parity.md honest: every requirement stands in it, and every test it names exists.</summary>
public sealed partial class ParityTests
{
    private static readonly ILookup<string, string> Listed =
        ParityList.Rows.SelectMany(row => row.Tests, (row, test) => (row.Id, test)).ToLookup(pair => pair.Id, pair => pair.test);

    [Fact]
    public void List_NamesOnlyTestsThatExist()
    {
        var existing = TestSources.Methods
            .SelectMany(test => new[] { $"{test.Class}.{test.Method}", $"{test.Project}.{test.Class}.{test.Method}" }).ToHashSet();
        None(ParityList.Rows.SelectMany(row => row.Tests.Where(test => !existing.Contains(test)).Select(test => $"{row.Id}: {test}")));
    }

    [Fact]
    public void List_NamesATestOrSaysOpen() => None(ParityList.Undecided);

    [Fact]
    public void List_HasEachIdOnce() => None(ParityList.Rows.GroupBy(row => row.Id).Where(rows => rows.Count() > 1).Select(rows => rows.Key));

    [Fact]
    public void List_HasEveryRequirement()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.SharedAbsent);
        None(ParityList.Required(Repository.Shared!).Except(ParityList.Rows.Select(row => row.Id)));
    }

    [Fact]
    public void List_HasNothingThatIsNoRequirement()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.SharedAbsent);
        None(ParityList.Rows.Select(row => row.Id).Except(ParityList.Required(Repository.Shared!)));
    }

    /// <summary>With <c>SHOP_WRITE_DOCS=1</c> such tests are added to the list.</summary>
    [Fact]
    public void TestsNamedAfterARequirement_AreListedThere()
    {
        var missing = TestSources.Methods.Select(test => (Id: IdOf(test.Method), Test: $"{test.Class}.{test.Method}")).Where(test =>
            test.Id is not null && !Listed[test.Id].Any(listed => listed.EndsWith(test.Test, StringComparison.Ordinal))).ToList();
        if (WrittenFile.Writing)
        {
            missing.ForEach(test => ParityList.Add(test.Id!, test.Test));
        }
        else
        {
            None(missing.Select(test => $"{test.Id}: {test.Test}"));
        }
    }

    /// <summary>The list is compared with the sources, so what is read from them must be what the runner sees.</summary>
    [Fact]
    public void Sources_AreReadAsTheRunnerSeesThem()
    {
        var here = Assembly.GetExecutingAssembly();
        var seen = here.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");
        Assert.Equal(
            seen.Order(StringComparer.Ordinal),
            TestSources.Methods.Where(test => test.Project == here.GetName().Name)
                .Select(test => $"{test.Class}.{test.Method}").Order(StringComparer.Ordinal));
    }

    private static string? IdOf(string method)
    {
        var match = StartsWithId().Match(method);
        return match.Success ? match.Groups["family"].Success ? $"{match.Groups["family"]}-{match.Groups["number"]}" : match.Groups["short"].Value : null;
    }

    private static void None(IEnumerable<string> offenders)
    {
        var found = offenders.Distinct().ToList();
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    [GeneratedRegex(@"^(?:(?<family>DW|DF|MZ|MF|ST|TF|TP|FEES)_(?<number>M?\d+)|(?<short>[A-Z]\d+))_")]
    private static partial Regex StartsWithId();
}

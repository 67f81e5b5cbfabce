using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Architecture;

/// <summary>Tests of the database run on both engines; a class written for one alone would leave the other unwatched.</summary>
public sealed class DatabaseClassesTests
{
    [Fact]
    public void DatabaseTests_HaveALeafForEachEngine()
    {
        var leaves = TestSources.Classes.Select(type => type.Name).ToHashSet();
        var withTests = TestSources.Methods.Select(method => method.Class).ToHashSet();
        var bases = Derived().Where(withTests.Contains)
            .Concat(leaves.Where(IsLeaf).Select(leaf => leaf[..leaf.LastIndexOf('_')]));
        var missing = bases.SelectMany(name => Enum.GetNames<DatabaseEngine>().Select(engine => $"{name}_{engine}")).Distinct().Where(leaf => !leaves.Contains(leaf));
        Assert.True(!missing.Any(), string.Join(Environment.NewLine, missing));
    }

    [Fact]
    public void DatabaseTests_TakeTheDatabaseOfTheirName()
    {
        var wrong = TestSources.Classes.Where(type => IsLeaf(type.Name) &&
            !type.Bases.Contains($"IClassFixture<{type.Name[(type.Name.LastIndexOf('_') + 1)..]}Database>", StringComparison.Ordinal));
        Assert.True(!wrong.Any(), string.Join(Environment.NewLine, wrong.Select(type => $"{type.Name}: {type.Bases}")));
    }

    /// <summary>Classes that come from DatabaseTests, over any number of bases between.</summary>
    private static HashSet<string> Derived()
    {
        var found = new HashSet<string> { "DatabaseTests" };
        for (var before = 0; before < found.Count;)
        {
            before = found.Count;
            found.UnionWith([.. TestSources.Classes.Where(type => !IsLeaf(type.Name) && found.Any(known => Names(type.Bases, known))).Select(type => type.Name)]);
        }

        return found;
    }

    private static bool Names(string bases, string name) => bases.StartsWith(name + "(", StringComparison.Ordinal) || bases.StartsWith(name + ",", StringComparison.Ordinal)
        || bases.Trim() == name;

    private static bool IsLeaf(string name) => Enum.GetNames<DatabaseEngine>().Any(engine => name.EndsWith($"_{engine}", StringComparison.Ordinal));
}

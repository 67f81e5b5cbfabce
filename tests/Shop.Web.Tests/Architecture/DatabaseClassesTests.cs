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
        var bases = TestSources.Classes.Where(type => type.Bases.Contains("DatabaseTests", StringComparison.Ordinal)).Select(type => type.Name)
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

    private static bool IsLeaf(string name) => Enum.GetNames<DatabaseEngine>().Any(engine => name.EndsWith($"_{engine}", StringComparison.Ordinal));
}

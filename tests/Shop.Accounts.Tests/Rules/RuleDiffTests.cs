using System.Text.Json.Nodes;

namespace Shop.Accounts.Tests.Rules;

/// <summary>A preview that leaves a difference out would let it be published unseen.</summary>
public sealed class RuleDiffTests
{
    [Fact]
    public void Of_SameSections_Nothing() => Assert.Empty(Diff(_ => { }));

    [Fact]
    public void Of_AValue_NamesItWithBothStates()
    {
        var change = Assert.Single(Diff(json => json["guardDays"] = 20));
        Assert.Equal((RuleChangeKind.Changed, "guardDays", "14", "20"), (change.Kind, change.Field!.Key, $"{change.Was}", $"{change.Now}"));
    }

    [Fact]
    public void Of_AValueOfARow_NamesTheRow()
    {
        var change = Assert.Single(Diff(json => json["conversions"]![0]!["keptNumerator"] = 8));
        Assert.Equal((RuleChangeKind.Changed, "conversions", "paid+premium", "keptNumerator"), (change.Kind, change.List!.Key, change.Row, change.Field!.Key));
    }

    [Fact]
    public void Of_ARowGone_AndOneAdded_NamesBoth()
    {
        var changes = Diff(json =>
        {
            json["classes"]!.AsArray().RemoveAt(3);
            json["classes"]!.AsArray().Add(new JsonObject { ["key"] = "gold", ["rank"] = 4 });
        });
        Assert.Equal([(RuleChangeKind.RowRemoved, "seed"), (RuleChangeKind.RowAdded, "gold")], changes.Select(c => (c.Kind, c.Row!)));
    }

    [Fact]
    public void Of_AnotherOrder_IsADifference() => Assert.Equal(
        RuleChangeKind.RowsMoved,
        Assert.Single(Diff(json =>
        {
            var rows = json["classes"]!.AsArray();
            var first = rows[0];
            rows.RemoveAt(0);
            rows.Add(first);
        })).Kind);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_WhatNoFieldDescribes_IsADifferenceAllTheSame(bool inARow) => Assert.Equal(
        RuleChangeKind.Other,
        Assert.Single(Diff(json => ((JsonObject)(inARow ? json["classes"]![0]! : json))["unheardOf"] = 1)).Kind);

    [Fact]
    public void Apply_DoesTheSameToAnotherState_AndLeavesItsOwnChanges()
    {
        var changes = Diff(json =>
        {
            json["guardDays"] = 20;
            json["conversions"]![0]!["keptNumerator"] = 8;
        });
        var theirs = AccountTerms.Rules.FirstJson;
        theirs["keptAboveSeconds"] = 90;
        theirs["conversions"]![1]!["secondsPerDay"] = 5;
        var both = RuleDiff.Apply(changes, theirs);
        Assert.Equal(
            ("20", "90", "8", "5"),
            ($"{both["guardDays"]}", $"{both["keptAboveSeconds"]}", $"{both["conversions"]![0]!["keptNumerator"]}", $"{both["conversions"]![1]!["secondsPerDay"]}"));
    }

    [Fact]
    public void EveryField_HasANameAndASentence()
    {
        foreach (var section in new RuleSection[] { AccountTerms.Rules, PublishingTerms.Rules })
        {
            Assert.NotEqual(section.Name, section.Title);
            Assert.NotEqual("", section.Why);
            foreach (var (field, list) in section.Fields.Select(f => (f, (RuleField?)null))
                         .Concat(section.Fields.OfType<RuleField.Rows>().SelectMany(rows => rows.Fields.Select(f => (f, (RuleField?)rows)))))
            {
                Assert.NotEqual(field.Key, section.Label(field, list));
                Assert.NotEqual("", section.Explain(field, list));
            }
        }
    }

    private static IReadOnlyList<RuleChange> Diff(Action<JsonObject> change)
    {
        var now = AccountTerms.Rules.FirstJson;
        change(now);
        return RuleDiff.Of(AccountTerms.Rules, AccountTerms.Rules.FirstJson, now);
    }
}

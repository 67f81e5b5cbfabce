using System.Text.Json.Nodes;
using Shop.Accounts;

namespace Shop.Core.Tests.Promotions;

/// <summary>Promotions that would cost the site money, or that nobody could use, are refused with their field and the reason.</summary>
public sealed class PromotionCheckTests
{
    private static readonly RuleBook Book = new(
        [PromotionTerms.Rules, AccountTerms.Rules, PointTerms.Rules, new RuleSection<PriceList>(PriceList.Section, PriceList.Sample, _ => [])], TimeProvider.System, [PromotionCheck.Check]);

    [Theory]
    [InlineData("percent", "300", "bad: Percent off must be 1 to 90.")]
    [InlineData("percent", "-5", "bad: Percent off must be 1 to 90.")]
    [InlineData("amountMinor", "-5", "bad: Amount off must be 1 to 1000000 minor units.")]
    [InlineData("maxUses", "0", "bad: Uses altogether must be 1 to 1000000.")]
    [InlineData("name", "\" Spring\"", "bad: Name for buyers must be 1 to 60 characters on one line.")]
    [InlineData("until", "\"2026-10-31\"", "bad: the promotion ends on 2026-10-31, before it begins on 2026-11-01.")]
    [InlineData("code", "\"a_b\"", "bad: the code must be letters a to z, digits and \"-\".")]
    [InlineData("code", "\"twin\"", "twin and bad have the same code, twin. Give each its own.")]
    [InlineData("product", "\"paid99\"", "bad: there is no product paid99 in the price list.")]
    [InlineData("product", "\"points\"", "bad: points are never sold for less than they are worth, because they pay for everything else. Choose another product.")]
    [InlineData("memberClass", "\"gold\"", "bad: there is no account class gold.")]
    public void M02_WhatIsOutOfBounds_IsRefusedWithFieldAndReason(string field, string value, string sentence) =>
        Assert.Contains(new RuleProblem($"shop.promotions:promotions[bad].{field}", sentence), Problems((field, JsonNode.Parse(value))));

    /// <summary>The cheapest thing on sale costs 100 minor units, 12 months 2500.</summary>
    [Theory]
    [InlineData("amountMinor", 100, null, "bad: 100 minor units are taken off a cart that may cost no more than 100. Take off less, or ask for a least amount.")]
    [InlineData("amountMinor", 95, 2000L, "bad: 95 minor units are not whole points of 10. What can be paid in points must stay so.")]
    [InlineData("points", 10, null, "bad: 10 points are worth 100 minor units, and somebody may pay no more than 100 for them. Give fewer points, or ask for a least amount.")]
    [InlineData("months", 2, null, "bad: 2 extra months are more than the 1 that somebody may have bought. Give at most so many, or name a longer product.")]
    public void DW_49_PromotionThatPaysMoreThanItCosts_IsRefusedWithFieldAndReason(string benefit, int value, long? minimum, string sentence)
    {
        Assert.Contains(new RuleProblem($"shop.promotions:promotions[bad].{benefit}", sentence), Problems(("percent", null), (benefit, value), ("minimumMinor", minimum)));
        Assert.Empty(Problems(("percent", null), (benefit, value == 95 ? 90 : value), ("minimumMinor", 2000), ("product", "paid12")));
    }

    [Fact]
    public void DW_93_BonusAndSeasonTogether_MustLeaveSomethingOfThePrice()
    {
        var season = new BonusSeason { Key = "moon", From = new(2026, 11, 5), Until = new(2026, 11, 6), MinorPerPoint = 20 };
        var json = Json(("percent", null), ("points", 125), ("minimumMinor", 2500));
        Assert.Empty(Book.Read(json).Problems);
        json[PointTerms.Section] = Book.Tidy(PointTerms.Rules, JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(
            new PointTerms { Seasons = [season] }, System.Text.Json.JsonSerializerOptions.Web))!.AsObject());
        Assert.Contains(Book.Read(json).Problems, p => p.Path == "shop.promotions:promotions[bad].points" && p.Text.Contains("season moon", StringComparison.Ordinal));
    }

    [Fact]
    public void M02_HundredAndOnePromotions_AreRefused()
    {
        var json = Json();
        var rows = (JsonArray)json[PromotionTerms.Section]["promotions"]!;
        for (var i = rows.Count; i <= PromotionTerms.Most; i++)
        {
            var row = rows[0]!.DeepClone();
            (row["key"], row["code"]) = ($"r{i}", null);
            rows.Add(row);
        }

        Assert.Equal("shop.promotions:promotions", Assert.Single(Book.Read(json).Problems).Path);
    }

    private static IReadOnlyList<RuleProblem> Problems(params (string Field, JsonNode? Value)[] changes) => Book.Read(Json(changes)).Problems;

    /// <summary>A sound promotion beside another, with some of its fields changed.</summary>
    private static Dictionary<string, JsonObject> Json(params (string Field, JsonNode? Value)[] changes)
    {
        var sound = new Promotion { Key = "twin", Name = "Spring", On = true, From = new(2026, 11, 1), Until = new(2026, 11, 30), Code = "twin", Percent = 10 };
        var terms = new PromotionTerms { Promotions = [sound, sound with { Key = "bad", Code = null }] };
        var json = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(terms, System.Text.Json.JsonSerializerOptions.Web))!.AsObject();
        foreach (var (field, value) in changes)
        {
            json["promotions"]![1]![field] = value;
        }

        return new() { [PromotionTerms.Section] = json };
    }
}

using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Rules;

/// <summary>What would cost the site money, or make a page lie, is refused with its field and its reason.</summary>
public abstract class DangerousRulesTests(TestDatabase database) : ShopTests(database)
{
    [Theory]
    [InlineData("shop.prices:products[paid1].priceMinor", "-5", "paid1: Price must be 1 to 1000000000 minor units.")]
    [InlineData("shop.prices:products[paid1].goods.months", "0", "paid1: Months must be 1 to 99.")]
    [InlineData("shop.prices:pointValueMinor", "0", "Value of a point must be 1 to 10000 minor units.")]
    [InlineData("shop.prices:mixedFloorMinor", "-1", "Least money part must be 0 to 1000000000 minor units.")]
    [InlineData("shop.prices:cartDays", "0", "Days a cart is kept must be 1 to 366.")]
    [InlineData("shop.prices:cartDays", "\"ten\"", "Days a cart is kept must be 1 to 366.")]
    [InlineData("shop.carts:maxNote", "501", "Length of a note must be 0 to 500.")]
    [InlineData("accounts.classes:conversions[paid+premium].keptDenominator", "0", "paid+premium: Parts altogether must be 1 to 1000000.")]
    [InlineData("shop.points:timeRates[paid].pointsPerBlock", "0", "paid: Points for a block must be 1 to 1000000.")]
    public async Task OutOfBounds_IsRefusedWithFieldAndBounds(string path, string value, string sentence)
    {
        var problems = await ProblemsAsync(path, JsonNode.Parse(value));
        Assert.Contains(new RuleProblem(path, sentence), problems);
    }

    /// <summary>30 points for 30 days: 12 months for 250 points would be worth 360.</summary>
    [Fact]
    public async Task DF_12_RateThatPaysMoreThanTheTimeCosts_IsRefusedWhenPublished() => Assert.Contains(
        new RuleProblem(
            "shop.points:timeRates[paid].pointsPerBlock",
            "paid: 30 points for 30 days pay more than the time costs: 12 months of paid time are sold for 250 points. At most 20 are allowed."),
        await ProblemsAsync("shop.points:timeRates[paid].pointsPerBlock", 30L));

    [Fact]
    public async Task DF_12_RateThatPaysMoreThanTheTimeCosts_IsSaidAtTheStart()
    {
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.RuleSections.Where(s => s.Name == PointTerms.Section)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Json, s => s.Json.Replace("\"pointsPerBlock\":20", "\"pointsPerBlock\":30")), token),
            Cancel);
        Assert.Contains(
            "paid: 30 points for 30 days pay more than the time costs: 12 months of paid time are sold for 250 points. At most 20 are allowed.",
            await Shop.ReadAsync(db => Shop.Get<RuleBook>().ProblemsAsync(db, Cancel)));
    }

    [Fact]
    public async Task DF_12_CheaperTime_MakesARateThatWasSoundDangerous() => Assert.Contains(
        "shop.points:timeRates[paid].pointsPerBlock",
        (await ProblemsAsync(list => list with
        {
            Products = [.. list.Products.Select(p => p.Sku == "paid12" ? p with { PriceMinor = 2000, Points = 200 } : p)],
        })).Select(p => p.Path));

    [Fact]
    public async Task Seasons_ThatOverlap_AreRefusedWithBothDays() => Assert.Contains(
        new RuleProblem("shop.points:seasons[late].from", "The seasons early and late overlap: late begins on 2026-12-31, and early ends on 2026-12-31."),
        await ProblemsAsync("shop.points:seasons", JsonNode.Parse("""
            [{"key":"late","from":"2026-12-31","until":"2027-01-10","minorPerPoint":100},{"key":"early","from":"2026-12-01","until":"2026-12-31","minorPerPoint":100}]
            """)));

    [Fact]
    public async Task Seasons_OneAfterTheOther_AreFine() => Assert.Empty(await ProblemsAsync("shop.points:seasons", JsonNode.Parse("""
        [{"key":"late","from":"2027-01-01","until":"2027-01-10","minorPerPoint":1000},{"key":"early","from":"2026-12-01","until":"2026-12-31","minorPerPoint":1000}]
        """)));

    /// <summary>12 months for $25.00 earn 25 points at one for a dollar, and 12 blocks at 20 bring 240: more than the 250 that the money would have bought.</summary>
    [Fact]
    public async Task DW_93_DW_49_BonusAndRateTogetherAboveThePrice_AreRefusedAndTheHighestRateIsNamed() => Assert.Contains(
        new RuleProblem(
            "shop.points:seasons[x].minorPerPoint",
            "In season x, 12 months of paid time earn a bonus and could then be turned into points besides, which is more than they cost: 30 days of paid time may bring 18 points at most, "
            + "and bring 20. Lower that rate, or have the time earn no bonus."),
        await ProblemsAsync("shop.points:seasons", JsonNode.Parse("""[{"key":"x","from":"2026-12-01","until":"2026-12-31","minorPerPoint":100}]""")));

    [Theory]
    [InlineData("2026-12-31", "2026-12-01", 100, "shop.points:seasons[x].until", "x: the season ends on 2026-12-01, before it begins on 2026-12-31.")]
    [InlineData("2026-12-01", "2026-12-31", 10, "shop.points:seasons[x].minorPerPoint", "x: one point for 10 minor units gives back all that was paid: a point is worth 10. It must be more than that.")]
    public async Task Season_ThatCannotBe_IsRefused(string from, string until, int minor, string path, string sentence) => Assert.Contains(
        new RuleProblem(path, sentence),
        await ProblemsAsync("shop.points:seasons", new JsonArray(new JsonObject { ["key"] = "x", ["from"] = from, ["until"] = until, ["minorPerPoint"] = minor })));

    [Fact]
    public async Task Product_OfAClassThatDoesNotExist_IsRefused() => Assert.Contains(
        new RuleProblem("shop.prices:products[paid1].goods.class", "paid1: there is no account class 'gold' that could be sold."),
        await ProblemsAsync("shop.prices:products[paid1].goods.class", "gold"));

    [Fact]
    public async Task DW_34_NoteLongerThanTheRule_IsRefused_FromTheRevisionOn()
    {
        var (buyer, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, "paid1", recipient: friend.Name, note: "twelve chars"));
        await PublishAsync(new CartTerms { MaxNote = 11 });
        Assert.Equal(
            new CartResult.Refused(CartField.Note, LineRefusal.NoteTooLong, 11),
            await Shop.AddAsync(buyer.Buyer, "paid1", recipient: friend.Name, note: "twelve chars"));
    }

    [Fact]
    public async Task Lines_AsManyAsTheRuleAllows()
    {
        var buyer = await Shop.MemberAsync();
        await PublishAsync(new CartTerms { MaxLines = 1 });
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, "paid1"));
        Assert.Equal(new CartResult.Refused(CartField.Quantity, LineRefusal.Quantity, 1), await Shop.AddAsync(buyer.Buyer, "paid1"));
    }

    [Fact]
    public void EveryRuleOfTheShop_HasANameASentenceAndASoundDefault()
    {
        var book = Shop.Get<RuleBook>();
        Assert.Empty(book.Read(book.Sections.ToDictionary(s => s.Name, s => s.FirstJson)).Problems);
        foreach (var section in book.Sections)
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

    private async Task<IReadOnlyList<RuleProblem>> ProblemsAsync(Func<PriceList, PriceList> change) =>
        await PublishListAsync(change) is PublishResult.Refused refused ? refused.Found : [];

    /// <summary>Publishes with one value changed.</summary>
    private async Task<IReadOnlyList<RuleProblem>> ProblemsAsync(string path, JsonNode? value)
    {
        var book = Shop.Get<RuleBook>();
        var section = path[..path.IndexOf(':', StringComparison.Ordinal)];
        var json = await Shop.ReadAsync(db => book.JsonAsync(db, 1, Cancel));
        Put(json[section], path[(section.Length + 1)..], value);
        var result = await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var wish = new Publication
                {
                    BasedOn = 1,
                    Sections = new Dictionary<string, JsonObject> { [section] = json[section] },
                    AuthorId = null,
                    Reason = "test",
                    EffectiveAt = Shop.Clock.GetUtcNow(),
                };
                return await book.PublishAsync(unit.Db, wish, token);
            },
            Cancel);
        return result is PublishResult.Refused refused ? refused.Found : [];
    }

    private static void Put(JsonObject section, string path, JsonNode? value)
    {
        if (path.IndexOf('[', StringComparison.Ordinal) is var open and >= 0)
        {
            var (list, row, key) = (path[..open], path[(open + 1)..path.IndexOf(']', StringComparison.Ordinal)], path[(path.IndexOf(']', StringComparison.Ordinal) + 2)..]);
            section = section[list]!.AsArray().Cast<JsonObject>()
                .Single(r => r.Select(p => p.Value).OfType<JsonValue>().Select(v => v.ToString()).Take(row.Split('+').Length).SequenceEqual(row.Split('+')));
            path = key;
        }

        foreach (var name in path.Split('.')[..^1])
        {
            section = (JsonObject)section[name]!;
        }

        section[path.Split('.')[^1]] = value;
    }
}

public sealed class DangerousRulesTests_Sqlite(SqliteDatabase database) : DangerousRulesTests(database), IClassFixture<SqliteDatabase>;

public sealed class DangerousRulesTests_Postgres(PostgresDatabase database) : DangerousRulesTests(database), IClassFixture<PostgresDatabase>;

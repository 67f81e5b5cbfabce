using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Pricing;

/// <summary>Prices are data, checked before they hold.</summary>
public abstract class PriceListTests(TestDatabase database) : ShopTests(database)
{
    [Theory]
    [InlineData("ratio", "paid1: 31 points are worth 310, but the price is 300.")]
    [InlineData("negative", "paid1: Price must be 1 to 1000000000 minor units.")]
    [InlineData("kind", "seed is on sale, but there is no item kind 'nothing'.")]
    [InlineData("twice", "paid1 is listed twice.")]
    [InlineData("months", "paid1: Months must be 1 to 99.")]
    public async Task DW_19_UnsoundList_IsRefusedWithItsReasonAndNothingChanges(string fault, string sentence)
    {
        var before = await Shop.ReadAsync(db => db.RuleRevisions.CountAsync(Cancel));
        var refused = Assert.IsType<PublishResult.Refused>(await PublishListAsync(list => Spoil(list, fault)));
        Assert.Contains(sentence, refused.Problems);
        Assert.Equal(before, await Shop.ReadAsync(db => db.RuleRevisions.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DW_19_UnsoundListInTheDatabase_IsSaidAtTheStart()
    {
        Assert.Empty(await ProblemsAsync());
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.RuleSections.Where(s => s.Name == "shop.prices")
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Json, s => s.Json.Replace("\"priceMinor\":300,", "\"priceMinor\":299,")), token),
            Cancel);
        Assert.Contains("paid1: 30 points are worth 300, but the price is 299.", await ProblemsAsync());
    }

    [Fact]
    public void DW_19_SampleList_IsThePriceListOfTheRequirements() => Assert.Equal(
        [("gift_boat", 300, 30), ("gift_lantern", 200, 20), ("gift_moon", 100, 10), ("gift_tea", 100, 10), ("icons", 100, 10), ("paid1", 300L, (long?)30), ("paid12", 2500, 250), ("paid2", 500, 50), ("paid6", 1300, 130), ("points", 10, null),
            ("prem12", 4000, 400), ("prem6", 2000, 200), ("rename", 1500, 150), ("seed", 20_000, 2000)],
        PriceList.Sample.Products.Where(p => p.On).Select(p => (p.Sku, p.PriceMinor, p.Points)).OrderBy(p => p.Sku, StringComparer.Ordinal));

    private Task<IReadOnlyList<string>> ProblemsAsync() => Shop.ReadAsync(db => Shop.Get<RuleBook>().ProblemsAsync(db, Cancel));

    private static PriceList Spoil(PriceList list, string fault) => list with
    {
        Products = fault switch
        {
            "twice" => [.. list.Products, list.OnSale("paid1")!],
            _ => [.. list.Products.Select(p => (fault, p.Sku) switch
            {
                ("ratio", "paid1") => p with { Points = 31 },
                ("negative", "paid1") => p with { PriceMinor = -5 },
                ("kind", "seed") => p with { Kind = "nothing" },
                ("months", "paid1") => p with { Goods = System.Text.Json.JsonSerializer.SerializeToElement(new { @class = "paid", months = 0 }) },
                _ => p,
            })],
        },
    };
}

public sealed class PriceListTests_Sqlite(SqliteDatabase database) : PriceListTests(database), IClassFixture<SqliteDatabase>;

public sealed class PriceListTests_Postgres(PostgresDatabase database) : PriceListTests(database), IClassFixture<PostgresDatabase>;

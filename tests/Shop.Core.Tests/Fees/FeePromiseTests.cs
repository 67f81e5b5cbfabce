using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Fees;

/// <summary>A promise that no price goes up is kept by the rule book (fees.md M6).</summary>
public abstract class FeePromiseTests(TestDatabase database) : ShopTests(database)
{
    private static readonly FeeTerms Promised = FeeTerms.Sample with { PricesUntil = new DateOnly(2030, 1, 31) };

    private static DateTimeOffset Kept => new(2030, 1, 31, 0, 0, 0, TimeSpan.Zero);

    private static PriceList Paid1For(PriceList list, long minor) =>
        list with { Products = [.. list.Products.Select(p => p.Sku == "paid1" ? p with { PriceMinor = minor, Points = minor / list.PointValueMinor } : p)] };

    [Fact]
    public async Task FEES_M6_HigherPriceBeforeTheDay_IsRefusedAndTheLowerOneIsNot()
    {
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Promised));
        var refused = Assert.IsType<PublishResult.Refused>(await TryAsync(null, Paid1For(PriceList.Sample, 310)));
        Assert.Equal(
            new RuleProblem(
                "shop.prices:products[paid1].priceMinor",
                "paid1: it was promised that no price goes up before 2030-01-31. At most 300 is allowed until then, not 310 (minor units)."),
            Assert.Single(refused.Found));
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Paid1For(PriceList.Sample, 290)));
    }

    [Fact]
    public async Task FEES_M6_HigherPriceThatHoldsFromTheDayOn_IsPublished()
    {
        await TryAsync(null, Promised);
        Assert.IsType<PublishResult.Refused>(await TryAsync(Kept.AddSeconds(-1), Paid1For(PriceList.Sample, 310)));
        Assert.IsType<PublishResult.Published>(await TryAsync(Kept, Paid1For(PriceList.Sample, 310)));
    }

    [Fact]
    public async Task FEES_M6_PromiseItself_CanOnlyGrow()
    {
        await TryAsync(null, Promised);
        Assert.IsType<PublishResult.Refused>(await TryAsync(null, Promised with { PricesUntil = null }));
        Assert.IsType<PublishResult.Refused>(await TryAsync(null, Promised with { PricesUntil = new DateOnly(2030, 1, 30) }));
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Promised with { PricesUntil = new DateOnly(2030, 2, 1) }));
    }

    [Fact]
    public async Task FEES_M6_RulesThatBreakThePromise_AreSaidAtTheStart()
    {
        await TryAsync(null, Promised);
        await TryAsync(null, new CartTerms { MaxLines = 9 });
        Assert.Empty(await Shop.ReadAsync(db => Shop.Get<RuleBook>().ProblemsAsync(db, Cancel)));
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.RuleSections.Where(s => s.Name == PriceList.Section && s.RevisionId == 3)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Json, s => s.Json.Replace(
                    "\"priceMinor\":1500,\"points\":150", "\"priceMinor\":1600,\"points\":160")), token),
            Cancel);
        Assert.Equal(
            ["rename: it was promised that no price goes up before 2030-01-31. At most 1500 is allowed until then, not 1600 (minor units)."],
            await Shop.ReadAsync(db => Shop.Get<RuleBook>().ProblemsAsync(db, Cancel)));
    }

    private async Task<PublishResult> TryAsync(DateTimeOffset? at, params object[] sections) => await Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<RuleBook>().PublishAsync(unit.Db, sections, null, "test", at ?? Shop.Clock.GetUtcNow(), token), Cancel);
}

public sealed class FeePromiseTests_Sqlite(SqliteDatabase database) : FeePromiseTests(database), IClassFixture<SqliteDatabase>;

public sealed class FeePromiseTests_Postgres(PostgresDatabase database) : FeePromiseTests(database), IClassFixture<PostgresDatabase>;

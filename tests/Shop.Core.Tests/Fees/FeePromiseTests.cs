using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Fees;

/// <summary>A promise that no price goes up is kept by the rule book (fees.md M6).</summary>
public abstract class FeePromiseTests(TestDatabase database) : ShopTests(database)
{
    private static readonly FeeTerms Promised = new FeeTerms { PricesUntil = new DateOnly(2030, 1, 31) };

    private static DateTimeOffset Kept => new(2030, 1, 31, 0, 0, 0, TimeSpan.Zero);

    private static PriceList Paid1For(long minor) => Changed("paid1", p => p with { PriceMinor = minor, Points = minor / 10 });

    [Fact]
    public async Task FEES_M6_HigherPriceBeforeTheDay_IsRefusedAndTheLowerOneIsNot()
    {
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Promised));
        var refused = Assert.IsType<PublishResult.Refused>(await TryAsync(null, Paid1For(310)));
        Assert.Equal(
            new RuleProblem(
                "shop.prices:products[paid1].priceMinor",
                "paid1: it was promised that no price goes up before 2030-01-31. At most 300 is allowed until then, not 310 (minor units)."),
            Assert.Single(refused.Found));
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Paid1For(290)));
    }

    [Fact]
    public async Task FEES_M6_HigherPriceThatHoldsFromTheDayOn_IsPublished()
    {
        await TryAsync(null, Promised);
        Assert.IsType<PublishResult.Refused>(await TryAsync(Kept.AddSeconds(-1), Paid1For(310)));
        Assert.IsType<PublishResult.Published>(await TryAsync(Kept, Paid1For(310)));
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

    [Fact]
    public async Task FEES_M6_PointOfLessValue_WouldRaiseWhatThingsCostInPoints()
    {
        await TryAsync(null, Promised);
        var refused = Assert.IsType<PublishResult.Refused>(await TryAsync(null, PriceList.Sample with
        {
            PointValueMinor = 5,
            Products = [.. PriceList.Sample.Products.Select(p => p.Kind == BoughtPoints.KindKey ? p with { PriceMinor = 5 } : p with { Points = p.Points * 2 })],
        }));
        Assert.Contains(
            new RuleProblem("shop.prices:products[paid1].points", "paid1: it was promised that no price goes up before 2030-01-31. At most 30 points are allowed until then, not 60."),
            refused.Found);
    }

    [Fact]
    public async Task FEES_M6_LessForTheSamePrice_IsRefused()
    {
        await TryAsync(null, Promised);
        var refused = Assert.IsType<PublishResult.Refused>(await TryAsync(null, Changed("paid12", p => p with
        {
            Goods = JsonSerializer.SerializeToElement(new PaidTimeGoods("paid", 11), JsonSerializerOptions.Web),
        })));
        Assert.Equal(
            new RuleProblem("shop.prices:products[paid12].goods", "paid12: it was promised that no price goes up before 2030-01-31. Until then it gives the same for it, or more."),
            Assert.Single(refused.Found));
    }

    [Fact]
    public async Task FEES_M6_ProductTakenOutOfTheList_CouldComeBackDearer_SoItIsOnlySwitchedOff()
    {
        await TryAsync(null, Promised);
        var refused = Assert.IsType<PublishResult.Refused>(await TryAsync(null, PriceList.Sample with { Products = [.. PriceList.Sample.Products.Where(p => p.Sku != "rename")] }));
        Assert.Equal("shop.prices:products[rename]", Assert.Single(refused.Found).Path);
        Assert.IsType<PublishResult.Published>(await TryAsync(null, Changed("rename", p => p with { On = false })));
    }

    [Fact]
    public async Task FEES_M6_TaxOnTopOfThePrices_IsRefusedAndWithinThemIsNot()
    {
        var tax = new TaxTerms { Mode = "one", Included = false, Rates = [new TaxRate { Country = TaxTerms.Anywhere, Category = TaxTerms.Standard, RatePpm = 200_000 }] };
        await TryAsync(null, Promised);
        Assert.Equal("shop.tax:included", Assert.Single(Assert.IsType<PublishResult.Refused>(await TryAsync(null, tax)).Found).Path);
        Assert.IsType<PublishResult.Published>(await TryAsync(null, tax with { Included = true }));
    }

    [Fact]
    public async Task FEES_M6_DraftThatBreaksThePromise_IsNotEvenProposed()
    {
        const long admin = 101;
        await TryAsync(null, Promised, new PublishingTerms { SecondAdmin = true });
        var desk = Shop.Get<RuleDesk>();
        var draft = await desk.BeginAsync(admin, Cancel);
        Assert.IsType<DeskResult.Saved>(await desk.SaveAsync(draft, 0, FeeTerms.Section, new JsonObject { ["services"] = new JsonArray() }, admin, Cancel));
        var version = (await Shop.ReadAsync(db => desk.FindAsync(db, draft, Cancel)))!.Version;
        Assert.IsType<DeskResult.Refused>(await desk.PublishAsync(draft, version, "because", null, admin, Cancel));
    }

    private static PriceList Changed(string sku, Func<Product, Product> change) =>
        PriceList.Sample with { Products = [.. PriceList.Sample.Products.Select(p => p.Sku == sku ? change(p) : p)] };

    private async Task<PublishResult> TryAsync(DateTimeOffset? at, params object[] sections) => await Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<RuleBook>().PublishAsync(unit.Db, sections, null, "test", at ?? Shop.Clock.GetUtcNow(), token), Cancel);
}

public sealed class FeePromiseTests_Sqlite(SqliteDatabase database) : FeePromiseTests(database), IClassFixture<SqliteDatabase>;

public sealed class FeePromiseTests_Postgres(PostgresDatabase database) : FeePromiseTests(database), IClassFixture<PostgresDatabase>;

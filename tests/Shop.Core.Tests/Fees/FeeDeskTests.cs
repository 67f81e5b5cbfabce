using Shop.Payments;
using Shop.Payments.Fees;
using Shop.TestKit;

namespace Shop.Core.Tests.Fees;

/// <summary>What fee metrics are made of: the rules in force, their history, and the services on offer.</summary>
public abstract class FeeDeskTests(TestDatabase database) : ShopTests(database)
{
    private static readonly FeeTerms OfTheTill = new() { Services = [new ServiceFee { Service = "till", RateThousandths = 2900, FixedMinor = 30 }] };

    [Fact]
    public async Task ServiceWithoutARow_IsNamedAndNotMeasured()
    {
        await PublishAsync(OfTheTill);
        var inForce = await InForceAsync();
        Assert.Equal(["till"], inForce.Backends.Select(b => b.Id));
        Assert.Equal(["other"], inForce.WithoutFee);
    }

    [Fact]
    public async Task NoServiceWithARow_HasNoReport() => Assert.Null(FeeDesk.Report(await InForceAsync(), Shop.Clock.GetUtcNow()));

    [Fact]
    public async Task FEES_M3_LeastAmountOfAWayToPay_IsItsServicesLowest()
    {
        await PublishAsync(OfTheTill);
        await PublishAsync(new PaymentTerms { Methods = [new MethodTerms { Method = "till", MinimumMinor = 500 }] });
        Assert.Equal(5 * FeeAmount.One, Assert.Single((await InForceAsync()).Backends).Lowest);
    }

    [Fact]
    public async Task FEES_M5_PriceChange_IsThatOfTheLastYear()
    {
        var begun = Shop.Clock.GetUtcNow();
        Assert.Equal((Ratio.Zero, begun), await ChangeAsync());

        Shop.Clock.Advance(TimeSpan.FromDays(10));
        await PublishAsync(p => p.Sku == "paid1" ? p with { PriceMinor = 400, Points = 40 } : p);
        var before = PriceList.Sample.Products.Where(p => p.Kind != BoughtPoints.KindKey).Sum(p => p.PriceMinor);
        Assert.Equal((new Ratio(100, before), begun), await ChangeAsync());

        Shop.Clock.Advance(TimeSpan.FromDays(365));
        Assert.Equal((Ratio.Zero, Shop.Clock.GetUtcNow().AddDays(-365)), await ChangeAsync());

        async Task<(Ratio?, DateTimeOffset)> ChangeAsync()
        {
            var prices = (await InForceAsync()).Prices;
            return (ShopMetrics.PriceChange(prices), prices.Earlier!.At);
        }
    }

    [Fact]
    public async Task FEES_M7_PointsThatRunOut_CanBeUsedForTheirDays()
    {
        Assert.Null(ShopMetrics.ShortestUse((await InForceAsync()).Prices, Shop.Clock.GetUtcNow()));
        await PublishTermsAsync(terms => terms with { LifeDays = 400 });
        Assert.Equal(TimeSpan.FromDays(400), ShopMetrics.ShortestUse((await InForceAsync()).Prices, Shop.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Advice_SaysWhichPricesAreSmallAndWhatPayingOnceSaves()
    {
        await PublishAsync(OfTheTill);
        var advice = Assert.Single(FeeDesk.Advise(await InForceAsync()).Packages);
        Assert.Equal(("till", new Money(423, Currency.Usd)), (advice.Service, advice.Floor!.Value));
        Assert.Equal([100L, 200, 300], advice.Below.Select(p => p.Minor));

        // 0.88 for 20.00, 10 x 0.36 for 2.00
        Assert.Equal((new Money(2000, Currency.Usd), 10L, new Money(200, Currency.Usd), new Money(272, Currency.Usd)), advice.Joined!.Value);
    }

    [Fact]
    public async Task Advice_TwoServices_SaysWhereOneIsCheaper()
    {
        await PublishAsync(OfTheTill with { Services = [.. OfTheTill.Services, new ServiceFee { Service = "other", RateThousandths = 4990, FixedMinor = 9 }] });
        Assert.Equal([("other", "till", new Money(1005, Currency.Usd))], FeeDesk.Advise(await InForceAsync()).Routing);
    }

    private Task<FeesInForce> InForceAsync() => Shop.ReadAsync(db => Shop.Get<FeeDesk>().InForceAsync(db, Shop.Clock.GetUtcNow(), Cancel));
}

public sealed class FeeDeskTests_Sqlite(SqliteDatabase database) : FeeDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class FeeDeskTests_Postgres(PostgresDatabase database) : FeeDeskTests(database), IClassFixture<PostgresDatabase>;

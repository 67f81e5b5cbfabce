using Shop.Payments.Fees;
using static Shop.Payments.Tests.Fees.SomeFees;

namespace Shop.Payments.Tests.Fees;

/// <summary>Every worked example of fees.md, section 4.</summary>
public sealed class ShopMetricsTests
{
    private static readonly string[] SamplePrices = ["3", "5", "13", "15", "20", "25", "40", "200"];

    private static readonly ShopPrices Packages = new()
    {
        Currency = Currency.Usd,
        PointValue = Units("0.10"),
        Packages = [Package("50", "5", 50), Package("130", "12.50", 130), Package("350", "33", 350), Package("1000", "90", 1000)],
    };

    private static BackendFee Of(string id) => id switch { "stripe" => StripeRates, "paypal" => PayPalRates, _ => MicroRates };

    private static PointPackage Package(string id, string price, int points) => new(id, Units(price), points, null, null);

    [Fact]
    public void FEES_M1_ItemOf30Points_Strands20()
    {
        var bought = ShopMetrics.Cheapest(Packages, 30)!;
        Assert.Equal((Units("5"), 20L, "66.7 %"), (bought.Price, bought.Stranded, Rounded(new(bought.Stranded, 30), 1)));
    }

    [Fact]
    public void FEES_M1_CheapestCombination_MayBeSeveralPackages()
    {
        // 130 + 50 for 17.50 beats 4 x 50 for 20 and 350 for 33
        var bought = ShopMetrics.Cheapest(Packages, 170)!;
        Assert.Equal((Units("17.50"), 180L), (bought.Price, bought.Points));
    }

    [Theory]
    [InlineData("stripe", "3", "0.39", "13.0 %", 1)]
    [InlineData("paypal", "3", "0.59", "19.7 %", 1)]
    [InlineData("stripe", "25", "1.03", "4.12 %", 2)]
    [InlineData("paypal", "25", "1.36", "5.44 %", 2)]
    [InlineData("stripe", "200", "6.10", "3.05 %", 2)]
    [InlineData("paypal", "200", "7.47", "3.735 %", 3)]
    public void FEES_M2_FeeOfAPrice_IsRoundedToCents(string backend, string price, string fee, string share, int digits)
    {
        var found = Of(backend).Of(Units(price), Cent);
        Assert.Equal((fee, share), (Text(found), Rounded(new(found, Units(price)), digits)));
    }

    [Fact]
    public void FEES_M2_StrandedPoints_CountAsMoneyThatNeverBecomesService() =>
        Assert.Equal("49 %", Rounded(ShopMetrics.NeverService(ShopMetrics.Cheapest(Packages, 30)!, StripeRates, Packages), 0));

    [Theory]
    [InlineData("stripe", 10, "4.23")]
    [InlineData("stripe", 15, "2.48")]
    [InlineData("paypal", 10, "7.53")]
    [InlineData("paypal", 20, "2.97")]
    public void FEES_M3_Floor_IsWhereTheFeeFallsToALimit(string backend, int percent, string floor) => Assert.Equal(floor, Text(Of(backend).FloorFor(new(percent, 100), Cent)!.Value));

    [Fact]
    public void FEES_M3_RateAboveTheLimit_HasNoFloor() => Assert.Null(StripeRates.FloorFor(new(2, 100), Cent));

    [Theory]
    [InlineData("stripe", "3.05 %", 2, "13.0 %")]
    [InlineData("paypal", "3.735 %", 3, "19.7 %")]
    public void FEES_M4_Range_IsFoundOverEveryPrice(string backend, string least, int digits, string greatest)
    {
        var shares = SamplePrices.Select(p => new Ratio(Of(backend).Of(Units(p), Cent), Units(p))).ToList();
        Assert.Equal((least, greatest), (Rounded(shares.Min(), digits), Rounded(shares.Max(), 1)));
    }

    [Theory]
    [InlineData(1, "3", "36.00")]
    [InlineData(2, "5", "30.00")]
    [InlineData(6, "13", "26.00")]
    [InlineData(12, "25", "25.00")]
    public void FEES_M5_StayingPaidForAYear_CostsWhatItTakes(int months, string price, string year) => Assert.Equal(year, Text(ShopMetrics.YearOf(new("paid", null, Units(price), months))));

    [Fact]
    public void FEES_M5_PointsWithoutExpiry_LoseNothing() => Assert.Equal(Ratio.Zero, ShopMetrics.YearlyLoss(null));

    [Fact]
    public void FEES_M6_Assurance_IsTheEarlierPromise()
    {
        var prices = Packages with { GuaranteedUntil = Day(2027, 6, 30) };
        var until = ShopMetrics.AssuredUntil(prices, [StripeRates with { GuaranteedUntil = Day(2027, 1, 31) }, PayPalRates]);
        Assert.Equal(71, (until!.Value - Day(2026, 11, 21)).Days);
    }

    [Fact]
    public void FEES_M7_PointsThatExpire_CanBeUsedFor731Days()
    {
        var prices = Packages with { Packages = [Package("50", "5", 50) with { SaleEnd = Day(2026, 12, 31), Expiry = new(Day(2028, 12, 31), null) }] };
        Assert.Equal(731, ShopMetrics.ShortestUse(prices, Day(2026, 11, 21))!.Value.Days);
    }

    [Fact]
    public void FEES_M7_PointsWithoutExpiry_LastForever() => Assert.Null(ShopMetrics.ShortestUse(Packages, Day(2026, 11, 21)));

    [Theory]
    [InlineData("stripe", "25", "26.06")]
    [InlineData("paypal", "25", "26.42")]
    [InlineData("stripe", "3", "3.40")]
    [InlineData("paypal", "3", "3.62")]
    public void FEES_M8_CoveringTheFees_LeavesThePriceToTheShop(string backend, string price, string paid)
    {
        var covered = Of(backend).Covered(Units(price), Cent);
        Assert.Equal(paid, Text(covered));
        Assert.True(covered - Of(backend).Of(covered, Cent) >= Units(price));
    }

    [Fact]
    public void FEES_M8_WithoutSurcharge_TheShopBearsAll() => Assert.Equal(Ratio.One, ShopMetrics.ShopShare(Units("25"), StripeRates, Cent));

    [Fact]
    public void FEES_M8_Surcharge_IsTakenOffTheShopsShare() =>
        // 25 + 0.50: fee 1.0395 -> 1.04, of which 0.54 is the shop's
        Assert.Equal(new Ratio(54, 104), ShopMetrics.ShopShare(Units("25"), StripeRates with { SurchargeFixed = Units("0.50") }, Cent));

    [Theory]
    [InlineData("stripe", FeeReturned.None, "1.03")]
    [InlineData("paypal", FeeReturned.None, "1.36")]
    [InlineData("stripe", FeeReturned.Variable, "0.30")]
    [InlineData("stripe", FeeReturned.All, "0.00")]
    public void FEES_M9_Refund_LosesWhatTheServiceKeeps(string backend, FeeReturned returned, string lost) =>
        Assert.Equal(lost, Text((Of(backend) with { RefundReturns = returned }).LostByRefund(Units("25"), Cent)));

    [Fact]
    public void FEES_M9_RefundFee_MayBeAsHighAsBuyingAgain()
    {
        var backend = StripeRates with { RefundFee = Units("0.50"), SurchargeFixed = Units("0.50") };
        Assert.True(ShopMetrics.RefundHolds(Units("25"), backend, 0, Cent));
        Assert.False(ShopMetrics.RefundHolds(Units("25"), backend with { RefundFee = Units("0.51") }, 0, Cent));
        Assert.True(ShopMetrics.RefundHolds(Units("25"), backend with { RefundFee = Units("0.51") }, Cent, Cent));
    }

    [Fact]
    public void FEES_M10_95thPercentile_IsTheRealOneByRank()
    {
        var paid = Enumerable.Range(1, 100).Select(fee => (1000L, (long)fee));
        Assert.Equal(new Ratio(95, 1000), ShopMetrics.Percentile95(paid));
        Assert.Null(ShopMetrics.Percentile95([]));
    }

    [Fact]
    public void Consolidating_SavesFixedFees()
    {
        Assert.Equal(("1.03", "2.25"), (Text(StripeRates.Of(Units("25"), Cent)), Text(5 * StripeRates.Of(Units("5"), Cent))));
        Assert.Equal(("1.36", "3.30"), (Text(PayPalRates.Of(Units("25"), Cent)), Text(5 * PayPalRates.Of(Units("5"), Cent))));
    }

    [Fact]
    public void Crossovers_AreWhereTheMicroRatesStopBeingCheaper()
    {
        Assert.Equal("26.67", Text(MicroRates.CheaperThanBelow(PayPalRates, Cent)!.Value));
        Assert.Equal("10.05", Text(MicroRates.CheaperThanBelow(StripeRates, Cent)!.Value));
        Assert.Null(StripeRates.CheaperThanBelow(PayPalRates, Cent));
    }

    [Fact]
    public void LeastFee_CountsWhereTheRateTakesLess() => Assert.Equal(Units("0.60"), (StripeRates with { Least = Units("0.60") }).Of(Units("3"), Cent));

    [Fact]
    public void UnroundedFeeShare_FallsAsThePriceGrows()
    {
        var shares = Enumerable.Range(1, 3000).Select(cents => StripeRates.Exact(cents * Cent) / new Ratio(cents * Cent, 1)).ToList();
        Assert.All(shares.Zip(shares.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void RoundedFee_IsWithinHalfACent() => Assert.All(Enumerable.Range(1, 3000), cents =>
    {
        var distance = (new Ratio(PayPalRates.Of(cents * Cent, Cent), 1) - PayPalRates.Exact(cents * Cent)) * new Ratio(2, 1);
        Assert.True(distance <= new Ratio(Cent, 1) && distance >= new Ratio(-Cent, 1));
    });

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}

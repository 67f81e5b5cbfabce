using Shop.Payments.Fees;
using static Shop.Payments.Tests.Fees.SomeFees;

namespace Shop.Payments.Tests.Fees;

/// <summary>The golden tests and every worked example of fees.md, sections 2 and 3.</summary>
public sealed class CoinMetricsTests
{
    private static readonly SpendingGrid Grid = new(Structure, WholeTo20, Units("1"), Units("20"), Units("0.1"), 256);

    [Fact]
    public void Withdraw10_Leaves9_72()
    {
        var purse = Structure.Greedy(Units("10"));
        Assert.Equal(("1 x 8.00, 1 x 1.00, 7 x 0.10, 2 x 0.01", "9.72", "0.27", "0.01"), (Text(purse.Coins), Text(purse.Balance), Text(purse.WithdrawFees), Text(purse.Dust)));
    }

    [Fact]
    public void Withdraw20_Leaves19_53()
    {
        var purse = Structure.Greedy(Units("20"));
        Assert.Equal(
            ("1 x 10.00, 1 x 8.00, 1 x 1.00, 5 x 0.10, 3 x 0.01", "19.53", "0.46", "0.01"), (Text(purse.Coins), Text(purse.Balance), Text(purse.WithdrawFees), Text(purse.Dust)));
    }

    [Fact]
    public void Deposit10OfACoinOf10_Brings9_79() => Assert.Equal(Units("9.79"), Structure.Arrives(Structure.Greedy(Units("20")), Units("10"), Units("0.01")));

    [Fact]
    public void FEES_M1_StepsOf10_FailWhereTheNextSmallerIsTooSmall()
    {
        var wide = new CoinStructure(new[] { "0.10", "5", "10", "1000" }.Select(v => new Denomination(Units(v), 0, 0, 0, 0)));
        Assert.Equal([Units("5"), Units("1000")], CoinMetrics.IntendedSteps(wide).Fails);
        Assert.Equal([Units("1000")], CoinMetrics.LiteralSteps(wide).Fails);
        Assert.True(CoinMetrics.IntendedSteps(Structure).Ok);
        Assert.True(CoinMetrics.LiteralSteps(Structure).Ok);
    }

    [Theory]
    [InlineData("10", "0.66", "6.60 %", "0.01")]
    [InlineData("8", "0.45", "5.63 %", null)]
    [InlineData("4", "0.19", "4.75 %", null)]
    [InlineData("2", "0.18", "9.00 %", null)]
    [InlineData("1", "0.17", "17.00 %", null)]
    [InlineData("0.10", "0.06", "60.00 %", null)]
    public void FEES_M2_RefreshedCoin_CostsWhatTheFreshOnesCostToo(string value, string cost, string share, string? dust)
    {
        var coin = CoinMetrics.EndToEnd(Structure, CoinOf(value));
        Assert.Equal((cost, share, false), (Text(coin.Refresh), Rounded(coin.RefreshShare, 2), coin.Exempt));
        Assert.True(dust is null || dust == Text(coin.Dust));
    }

    [Fact]
    public void FEES_M2_CoinSpentDirectly_CostsWithdrawalAndDeposit()
    {
        var coin = CoinMetrics.EndToEnd(Structure, CoinOf("10"));
        Assert.Equal(("0.40", "4.00 %"), (Text(coin.Direct), Rounded(coin.DirectShare, 2)));
    }

    [Fact]
    public void FEES_M2_SmallestCoin_IsExempt() => Assert.True(CoinMetrics.EndToEnd(Structure, CoinOf("0.01")).Exempt);

    [Fact]
    public void FEES_M3_LowestAmount_IsWhereTheLimitHoldsForGood()
    {
        var grid = new SpendingGrid(Structure, [Units("20")], Units("0.1"), Units("19.50"), Units("0.1"), 256);
        var purse = Structure.Greedy(Units("20"));
        Assert.Equal("4.90", Text(grid.LowestWithin(new(20, 100))!.Value));
        Assert.Equal(("0.96", "19.59 %"), EndToEnd("4.9"));
        Assert.Equal(("0.93", "19.79 %"), EndToEnd("4.7"));
        Assert.Equal(("1.01", "21.04 %"), EndToEnd("4.8"));

        (string, string) EndToEnd(string amount) => (Text(Structure.EndToEnd(purse, Units(amount))!.Value), Rounded(new(Structure.EndToEnd(purse, Units(amount))!.Value, Units(amount)), 2));
    }

    [Theory]
    [InlineData("5", "0.96", "19.2 %")]
    [InlineData("10", "0.66", "6.6 %")]
    public void FEES_M4_OnePair_CostsWithdrawalDepositAndChange(string amount, string fees, string share)
    {
        var found = Structure.EndToEnd(Structure.Greedy(Units("20")), Units(amount))!.Value;
        Assert.Equal((fees, share), (Text(found), Rounded(new(found, Units(amount)), 1)));
    }

    [Fact]
    public void FEES_M4_Range_IsFoundOverAllPairs()
    {
        var (amounts, shares) = (Grid.Fees()!, Grid.FeeShares()!);
        Assert.Equal((Units("2"), Units("1"), "0.17"), (amounts.Least.Withdrawn, amounts.Least.Spent, Text(amounts.Least.Value)));
        Assert.Equal((Units("20"), Units("1"), "1.12"), (amounts.Greatest.Withdrawn, amounts.Greatest.Spent, Text(amounts.Greatest.Value)));
        Assert.Equal((Units("8"), Units("7"), "3.29 %"), (shares.Least.Withdrawn, shares.Least.Spent, Rounded(shares.Least.Value, 2)));
        Assert.Equal((Units("20"), Units("1"), "112 %"), (shares.Greatest.Withdrawn, shares.Greatest.Spent, Rounded(shares.Greatest.Value, 0)));
    }

    [Theory]
    [InlineData("10", "4.70 %")]
    [InlineData("8", "3.75 %")]
    [InlineData("4", "4.25 %")]
    [InlineData("2", "8.00 %")]
    [InlineData("1", "15.00 %")]
    public void FEES_M5_KeepingACoin_CostsItsRefreshEachYear(string value, string share)
    {
        var upkeep = CoinMetrics.UpkeepOf(Structure, CoinOf(value), 2 * CoinMetrics.SecondsPerYear, new(1, 2));
        Assert.Equal((share, share), (Rounded(upkeep.Simple, 2), Rounded(upkeep.Compound, 2)));
    }

    [Fact]
    public void FEES_M5_Balance_IsTheSumOfItsCoins() => Assert.Equal(
        "6.40 %", Rounded(CoinMetrics.UpkeepOf(Structure, Structure.Greedy(Units("20")), _ => 2 * CoinMetrics.SecondsPerYear, new(1, 2)), 2));

    // (1 - 0.047)^2 and (1 - 0.047)^(1/2), with a calculator
    [Theory]
    [InlineData(1, 4, "9.40 %", "9.179 %")]
    [InlineData(1, 1, "2.35 %", "2.378 %")]
    public void FEES_M5_CompoundUpkeep_IsNotTheSimpleOne(int numerator, int denominator, string simple, string compound)
    {
        var upkeep = CoinMetrics.UpkeepOf(Structure, CoinOf("10"), 2 * CoinMetrics.SecondsPerYear, new(numerator, denominator));
        Assert.Equal((simple, compound), (Rounded(upkeep.Simple, 2), Rounded(upkeep.Compound, 3)));
    }

    [Fact]
    public void FEES_M6_Assurance_EndsWithTheFirstValue()
    {
        var fees = ExchangeKeysFile.Read("keys.json", Keys());
        var left = CoinMetrics.AssuredUntil(fees, Now)!.Value - Now;
        Assert.Equal((19_837_388, "229.6"), ((int)left.TotalSeconds, new Ratio((long)left.TotalSeconds, 86_400).ToText(1)));
    }

    [Fact]
    public void FEES_M6_Chain_EndsAtTheFirstGap()
    {
        var coin = new Denomination(FeeAmount.One, 0, 0, 0, 0);
        DenominationKey Key(int from, int to) => new(coin, Now.AddDays(from), Now.AddDays(to), Now.AddDays(1000));
        var fees = new ExchangeFees("EUR", [Key(20, 30), Key(-1, 10), Key(10, 15), Key(5, 12)], [], [], null);
        Assert.Equal(Now.AddDays(15), CoinMetrics.AssuredUntil(fees, Now));
    }

    [Fact]
    public void FEES_M6_WireFee_MayEndFirst()
    {
        var fees = ExchangeKeysFile.Read("keys.json", Keys()) with { WireFees = [new("iban", 0, Now.AddDays(-1), Now.AddDays(3)), new("x", 0, Now.AddDays(-1), Now.AddDays(4))] };
        Assert.Equal(Now.AddDays(3), CoinMetrics.AssuredUntil(fees, Now));
    }

    [Fact]
    public void FEES_M6_CoinsHeld_LastUntilTheirDeposit() =>
        Assert.Equal(DepositEnd, CoinMetrics.HeldUntil(ExchangeKeysFile.Read("keys.json", Keys()), Now));

    [Fact]
    public void FEES_M7_ShortestTimeToSpend_Is730Days() =>
        Assert.Equal(63_072_000, CoinMetrics.ShortestSpendingSeconds(ExchangeKeysFile.Read("keys.json", Keys()).Keys));

    [Fact]
    public void FEES_M8_OnePair_MerchantTakesTheDepositFees() => Assert.Equal("20.8 %", Rounded(CoinMetrics.MerchantShare(Units("0.20"), 0, null, Units("0.96"))!.Value, 1));

    [Fact]
    public void FEES_M8_Range_IsFoundOverAllPairs()
    {
        var range = Grid.MerchantShares(0, null)!;
        Assert.Equal((Units("8"), Units("1"), "5.7 %"), (range.Least.Withdrawn, range.Least.Spent, Rounded(range.Least.Value, 1)));
        Assert.Equal((Units("12"), Units("11.7"), "50.0 %"), (range.Greatest.Withdrawn, range.Greatest.Spent, Rounded(range.Greatest.Value, 1)));
    }

    [Fact]
    public void FEES_M8_MaxFee_LimitsWhatTheMerchantTakes() =>
        Assert.Equal(new Ratio(5, 96), CoinMetrics.MerchantShare(Units("0.20"), Units("0.01"), Units("0.05"), Units("0.96")));

    [Theory]
    [InlineData("0", false)]
    [InlineData("0.02", false)]
    [InlineData("0.03", true)]
    public void FEES_M9_DearRefund_HoldsOnlyWhereOtherWaysCostMore(string elsewhere, bool holds)
    {
        var structure = new CoinStructure([new Denomination(Units("1"), Units("0.01"), Units("0.01"), 0, Units("0.05"))]);
        Assert.Equal(holds, CoinMetrics.Refunds(structure, Units(elsewhere), returnsDeposit: false).Ok);
    }

    [Fact]
    public void FEES_M9_TestStructure_Passes() => Assert.True(CoinMetrics.Refunds(Structure, 0, returnsDeposit: false).Ok);

    [Fact]
    public void FEES_M10_AnnouncedFee_IsComputedExactly() =>
        Assert.Equal("0.1247", new Ratio(new FeeEstimate(Units("0.01"), Units("0.01"), new(5, 1000)).Of(Units("5"), Units("0.01")), FeeAmount.One).ToText(4));

    [Fact]
    public void SmallestCoin_HasFeesOfNothingOrItsWhole() => Assert.Empty(CoinMetrics.OddFeesOfTheSmallest(Structure));
}

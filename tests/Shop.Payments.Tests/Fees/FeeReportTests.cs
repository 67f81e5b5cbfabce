using System.Text.Json.Nodes;
using Shop.Payments.Fees;
using static Shop.Payments.Tests.Fees.SomeFees;

namespace Shop.Payments.Tests.Fees;

/// <summary>Files in, figures out: what is wrong is said by file and field, and the same input gives the same bytes.</summary>
public sealed class FeeReportTests
{
    private const string Prices = """
        {"currency": "USD", "pointValue": "0.10", "guaranteedUntil": "2027-06-30",
         "packages": [{"id": "p50", "price": "5", "points": 50}, {"id": "p130", "price": "12.50", "points": 120, "bonus": 10}],
         "items": [{"id": "icon", "points": 30}, {"id": "paid1", "points": 30, "cash": "3", "months": 1}]}
        """;

    private const string Backends = """
        [{"id": "stripe", "pct": 2.9, "fix": "0.30", "lo": "0.50", "guaranteedUntil": "2027-01-31"}, {"id": "paypal", "pct": "3.49", "fix": "USD:0.49", "refundReturns": "none"}]
        """;

    private static readonly ExchangeQuestions Questions = new()
    {
        Now = Now, Withdrawals = WholeTo20, SpendFrom = Units("1"), SpendTo = Units("20"), Step = Units("0.1"),
    };

    private static FeeReport Taler(byte[] keys, ExchangeQuestions? questions = null, string? policy = null) => ExchangeFeeReport.Make(
        "keys.json", ExchangeKeysFile.Read("keys.json", keys), questions ?? Questions, policy is null ? FeePolicy.None : FeePolicy.Read("policy.json", Bytes(policy)), keys);

    private static FeeReport Shop(string prices = Prices, string backends = Backends, string? policy = null)
    {
        var list = ShopFeeFiles.Prices("prices.json", Bytes(prices));
        return ShopFeeReport.Make(
            "prices.json", list, ShopFeeFiles.Backends("backends.json", Bytes(backends), list.Currency), new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero),
            policy is null ? FeePolicy.None : FeePolicy.Read("policy.json", Bytes(policy)), Bytes(prices), Bytes(backends));
    }

    private static string At(FeeReport report, string path) =>
        path.Split('.').Aggregate((JsonNode?)report.Metrics, (node, name) => node is JsonArray rows ? rows[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] : node![name])!.ToString();

    [Fact]
    public void FEES_M2_Report_HasARowForEachCoin() => Assert.True(JsonNode.DeepEquals(
        JsonNode.Parse("""{"d": "10.00", "direct": "0.40", "directPct": "4.000", "refresh": "0.66", "refreshPct": "6.600", "dust": "0.01", "exempt": false}"""),
        Taler(Keys()).Metrics["M2"]![0]));

    [Theory]
    [InlineData("M3.lowestForPct.20", "2.20")]
    [InlineData("M4.amount.max", "1.12")]
    [InlineData("M4.percent.min", "3.286")]
    [InlineData("M6.newCoins.seconds", "19837388")]
    [InlineData("M6.newCoins.days", "229.6")]
    [InlineData("M7.days", "730.0")]
    [InlineData("M8.percent.max", "50.000")]
    [InlineData("M9.ok", "true")]
    public void Taler_Report_HasTheFiguresOfTheMetrics(string path, string value)
    {
        // what the limit of 20 % gives over all withdrawals is found by the slow reference
        if (path.StartsWith("M3", StringComparison.Ordinal))
        {
            value = Text(new SlowReference(Structure.Denominations).Lowest(WholeTo20, Units("19.5"), Units("0.1"), 20)!.Value);
        }

        Assert.Equal(value, At(Taler(Keys()), path), ignoreCase: true);
    }

    [Fact]
    public void FEES_M10_Announced_IsHeldAgainstEveryPair()
    {
        var estimate = new Dictionary<string, object> { ["stefan_abs"] = "EUR:0.01", ["stefan_log"] = "EUR:0.01", ["stefan_lin"] = 0.005 };
        var grid = new SpendingGrid(Structure, WholeTo20, Units("1"), Units("20"), Units("0.1"), 256);
        Assert.Equal(
            Text(grid.LargestDistance(new(Units("0.01"), Units("0.01"), new(5, 1000)))!.Value), At(Taler(Keys(estimate: estimate)), "M10.distance"));
    }

    [Fact]
    public void Taler_SameInput_GivesTheSameBytes() => Assert.Equal(Taler(Keys()).ToJson(), Taler(Keys()).ToJson());

    [Fact]
    public void Taler_FlatListAndOtherOrder_GiveTheSameFigures()
    {
        var expected = Taler(Keys()).Metrics.ToJsonString();
        Assert.Equal(expected, Taler(Keys(flat: true)).Metrics.ToJsonString());
        Assert.Equal(expected, Taler(Keys(reversed: true)).Metrics.ToJsonString());
    }

    [Fact]
    public void Taler_AllAmountsTimes3_LeavesEveryPercentage()
    {
        string[][] Times(int k) => [.. Structure.Denominations.Select(d => new[] { d.Value, d.Withdraw, d.Deposit, d.Refresh, d.Refund }.Select(a => Text(a * k)).ToArray())];
        var tripled = Questions with { Withdrawals = [.. WholeTo20.Select(w => 3 * w)], SpendFrom = Units("3"), SpendTo = Units("60"), Step = Units("0.3") };
        var (once, thrice) = (Taler(Keys(table: Times(1))), Taler(Keys(table: Times(3)), tripled));
        Assert.Equal(Percentages(once.Metrics), Percentages(thrice.Metrics));
        Assert.NotEmpty(Percentages(once.Metrics));
    }

    [Fact]
    public void Taler_Withdrawal_SaysUntilWhenAndAtWhatCostToRefresh()
    {
        var withdrawal = Taler(Keys()).Root["withdrawals"]![19]!;
        Assert.Equal(("20.00", "2025-03-25T13:29:48Z", "1.25"), (withdrawal["withdraw"]!.ToString(), withdrawal["refreshUntil"]!.ToString(), withdrawal["cost"]!.ToString()));
        Assert.Equal("0.47", withdrawal["coins"]![0]!["cost"]!.ToString());
    }

    [Fact]
    public void Taler_EqualValuesWithUnlikeFees_AreWarnedOf()
    {
        var keys = Keys(table: [["1", "0.01", "0", "0", "0"], ["1", "0.02", "0", "0", "0"], ["0.01", "0", "0", "0", "0"]]);
        Assert.Contains("equal values differ in fee by validity: 1.00", Warnings(Taler(keys)));
    }

    [Fact]
    public void Taler_CoinsCutToTheAmounts_AreWarnedOf()
    {
        var keys = Keys(table: [["1", "0", "0", "0", "0"]]);
        var report = Taler(keys, Questions with { SpendFrom = Units("1"), SpendTo = Units("5"), Step = Units("1") });
        Assert.Contains("no change ever occurs: the structure may be cut to these amounts", Warnings(report));
    }

    [Fact]
    public void Taler_Output_NamesAssumptionAndLimits()
    {
        var report = Taler(Keys());
        foreach (var text in new[] { report.ToJson(), report.ToMarkdown(), report.ToHtml() })
        {
            Assert.Contains("one spend and at most one refresh per coin", text, StringComparison.Ordinal);
            Assert.Contains("advisory", text, StringComparison.Ordinal);
            Assert.Contains("limit: structures cut to one merchant", text.Replace("&#x27;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains("limit: fees that depend on how long a coin is valid", text, StringComparison.Ordinal);
            Assert.Contains("signatures of the keys are not checked", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""[{"rule": "a", "metric": "M7.days", "range": 730}]""", true)]
    [InlineData("""[{"rule": "a", "metric": "M7.days", "range": 729}]""", false)]
    [InlineData("""[{"rule": "a", "metric": "M1.intended.ok", "range": true}]""", true)]
    [InlineData("""[{"rule": "a", "metric": "M1.intended.ok", "range": false}]""", false)]
    [InlineData("""[{"rule": "a", "metric": "M2.refreshPct", "range": {"max": 60}}]""", true)]
    [InlineData("""[{"rule": "a", "metric": "M2.refreshPct", "range": {"max": "59.999"}}]""", false)]
    [InlineData("""[{"rule": "a", "metric": "structure.denominations", "range": {"min": 2, "max": 20}}, {"rule": "b", "metric": "structure.coinsMax", "range": {"max": 1}}]""", false)]
    public void Policy_IsJudgedByTheMetricItNames(string policy, bool holds) => Assert.Equal(holds, Taler(Keys(), policy: policy).Holds);

    [Theory]
    [InlineData("not json", "keys.json: is not JSON, in line 1")]
    [InlineData("[]", "keys.json: must be an object { … }")]
    [InlineData("{}", "keys.json: has neither denominations nor denoms")]
    [InlineData("""{"denominations": 1}""", "keys.json: denominations: must be a list [ … ]")]
    [InlineData("""{"denominations": []}""", "keys.json: names no currency")]
    [InlineData("""{"currency": "EUR", "denominations": []}""", "keys.json: denominations: holds no key")]
    [InlineData("""{"denominations": [{"value": "EUR:1"}]}""", "keys.json: denominations[0].denoms: is missing")]
    [InlineData("""{"denominations": [{"value": "EUR:1", "denoms": [{}]}]}""", "keys.json: denominations[0].fee_withdraw: is missing")]
    [InlineData("""{"denominations": [{"value": "EUR:x", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be an amount such as EUR:0.05")]
    [InlineData("""{"denominations": [{"value": "EUR:-1", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be an amount")]
    [InlineData("""{"denominations": [{"value": "EUR:99999999999999999999", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be an amount")]
    [InlineData("""{"denominations": [{"value": "EUR:0", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be above 0")]
    [InlineData("""{"currency": "CHF", "denominations": [{"value": "EUR:1", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be in CHF")]
    [InlineData("""{"denoms": [{"value": 5}]}""", "keys.json: denoms[0].value: must be a text")]
    [InlineData("""{"denoms": [{"value": "\ud800"}]}""", "keys.json: denoms[0].value: is not a text that can be read")]
    public void KeysFile_Malformed_SaysFileAndField(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<FeeInputException>(() => ExchangeKeysFile.Read("keys.json", Bytes(text))).Message, StringComparison.Ordinal);

    /// <summary>Every prefix, and every single byte changed: read, or refused in words.</summary>
    [Fact]
    public void KeysFile_CutOrDamagedAnywhere_IsReadOrRefusedInWords()
    {
        var keys = Keys();
        for (var i = 0; i < keys.Length; i++)
        {
            var damaged = (byte[])keys.Clone();
            damaged[i] = (byte)"0\"}]-\xff"[i % 6];
            foreach (var file in new[] { keys[..i], damaged })
            {
                try
                {
                    ExchangeKeysFile.Read("keys.json", file);
                }
                catch (FeeInputException e)
                {
                    Assert.StartsWith("keys.json: ", e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void KeysFile_EstimateOfTheWholeAmount_IsRefused()
    {
        var problem = Assert.Throws<FeeInputException>(() => ExchangeKeysFile.Read("keys.json", Keys(estimate: new Dictionary<string, object> { ["stefan_lin"] = 1 })));
        Assert.Equal("keys.json: stefan_lin: must be below 1 and not below 0: a fee of the whole amount is none", problem.Message);
    }

    [Fact]
    public void Taler_SumsThatDoNotFit_AreRefusedInWords()
    {
        var keys = Keys(table: [["0.00000001", "0", "1000000000", "0", "0"]]);
        var problem = Assert.Throws<FeeInputException>(() => Taler(keys, Questions with { Withdrawals = [FeeAmount.One], Step = 1, SpendTo = FeeAmount.Most, CoinsPerOperation = 100_000 }));
        Assert.Contains("too large", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Taler_StepThatFitsNoCoin_IsRefused() =>
        Assert.Equal("--step: must be a multiple of the smallest value, 0.01", Assert.Throws<FeeInputException>(() => Taler(Keys(), Questions with { Step = 1 })).Message);

    [Fact]
    public void Taler_NothingToWithdraw_IsRefused() => Assert.StartsWith(
        "keys.json: has no denomination that can be withdrawn at 2023-", Assert.Throws<FeeInputException>(() => Taler(Keys(), Questions with { Now = WithdrawEnd })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("M2.prices.0.feePct", "19.667")]
    [InlineData("M4.1.max", "13.000")]
    [InlineData("M1.items.0.stranded", "20")]
    [InlineData("M6.days", "71.0")]
    [InlineData("M7.days", "unlimited")]
    [InlineData("M5.year.0.cost", "36.00")]
    public void Shop_Report_HasTheFiguresOfTheMetrics(string path, string value) => Assert.Equal(value, At(Shop(), path));

    [Theory]
    [InlineData("{}", Backends, "prices.json: currency: is missing")]
    [InlineData("""{"currency": "XXX"}""", Backends, "prices.json: currency: must be one of AUD,")]
    [InlineData("""{"currency": "USD", "pointValue": "EUR:1"}""", Backends, "prices.json: pointValue: must be in USD")]
    [InlineData("""{"currency": "USD", "pointValue": 0}""", Backends, "prices.json: pointValue: must be above 0")]
    [InlineData("""{"currency": "USD", "pointValue": 1}""", Backends, "prices.json: has neither packages nor items")]
    [InlineData(Prices, "{}", "backends.json: must be a list")]
    [InlineData(Prices, "[]", "backends.json: names no payment service")]
    [InlineData(Prices, """[{"id": "a", "pct": 100, "fix": 0}]""", "backends.json: [0].pct: must be a percentage")]
    [InlineData(Prices, """[{"id": "a", "pct": 1, "fix": "EUR:0.30"}]""", "backends.json: [0].fix: must be in USD")]
    [InlineData(Prices, """[{"id": "a", "pct": 1, "fix": 0, "rounding": "odd"}]""", "backends.json: [0].rounding: must be half-up, up or down")]
    [InlineData(Prices, """[{"id": "a", "pct": 1, "fix": 0, "lo": 5, "hi": 4}]""", "backends.json: [0].hi: must not be below lo")]
    [InlineData(Prices, """[{"id": "a", "pct": 1, "fix": 0, "guaranteedUntil": "soon"}]""", "backends.json: [0].guaranteedUntil: must be a day")]
    public void ShopFiles_Malformed_SayFileAndField(string prices, string backends, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<FeeInputException>(() => Shop(prices, backends)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", "policy.json: must be a list")]
    [InlineData("""[{"rule": "a", "metric": "M4"}]""", "policy.json: [0].range: is missing")]
    [InlineData("""[{"rule": "a", "metric": "M4", "range": {}}]""", "policy.json: [0].range: must have min, max or both")]
    [InlineData("""[{"rule": "a", "metric": "M4.none", "range": 1}]""", "policy.json: [0].metric: M4.none is no metric of this output")]
    [InlineData("""[{"rule": "a", "metric": "M4", "range": 1}]""", "policy.json: [0].metric: M4 is no metric of this output")]
    public void Policy_Malformed_SaysFileAndField(string policy, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<FeeInputException>(() => Shop(policy: policy)).Message, StringComparison.Ordinal);

    [Fact]
    public void Shop_OrderOfTheServices_DoesNotMatter()
    {
        var rows = JsonNode.Parse(Backends)!.AsArray();
        var turned = new JsonArray(rows[1]!.DeepClone(), rows[0]!.DeepClone()).ToJsonString();
        Assert.Equal(Shop().Metrics.ToJsonString(), Shop(backends: turned).Metrics.ToJsonString());
    }

    [Fact]
    public void FEES_M5_PriceChange_ComparesWhatWasSoldThenAndNow()
    {
        var prices = ShopFeeFiles.Prices("prices.json", Bytes(Prices));
        Assert.Null(ShopMetrics.PriceChange(prices));
        prices = prices with { Earlier = new(Now, [new("paid1", 30, Units("2.50"), 1), new("gone", null, Units("9"), null), new("icon", 30, null, null)]) };
        Assert.Equal(new Ratio(20, 100), ShopMetrics.PriceChange(prices));
        var report = ShopFeeReport.Make("prices.json", prices, [StripeRates], Now, FeePolicy.None);
        Assert.Equal(("20.000", "2022-08-08T23:06:40Z"), (At(report, "M5.priceChangePct"), At(report, "M5.priceChangeSince")));
    }

    [Fact]
    public void FEES_M7_PointsSoldOneByOne_ExpireToo()
    {
        var report = Shop("""{"currency": "USD", "pointValue": "0.10", "pointsFrom": 30, "pointsExpireAfter": 730, "items": [{"id": "paid1", "points": 30, "cash": "3"}]}""");
        Assert.Equal(("730.0", "50.000"), (At(report, "M7.days"), At(report, "M5.pointsLostPct")));
    }

    [Fact]
    public void Shop_Report_HasTheRatesItWasMadeOf()
    {
        var report = Shop();
        Assert.Contains("rates: paypal 3.490 % + 0.49; stripe 2.900 % + 0.30", report.Root["notes"]!.AsArray().Select(n => n!.ToString()));
        Assert.Equal(("paypal", "3.490", "none"), (report.Root["backends"]![0]!["id"]!.ToString(), report.Root["backends"]![0]!["pct"]!.ToString(), report.Root["backends"]![0]!["refundReturns"]!.ToString()));
    }

    /// <summary>5 x $5 instead of $25: the example of the document.</summary>
    [Fact]
    public void Shop_Report_SaysWhatPayingOnceSaves()
    {
        var report = Shop("""{"currency": "USD", "pointValue": "0.10", "items": [{"id": "a", "cash": "5"}, {"id": "b", "cash": "25"}, {"id": "c", "cash": "26"}]}""");
        Assert.Equal(
            [("paypal", "1.36", "3.30"), ("stripe", "1.03", "2.25")],
            report.Root["consolidation"]!.AsArray().Select(c => (c!["backend"]!.ToString(), c["once"]!.ToString(), c["split"]!.ToString())));
    }

    [Fact]
    public void Tables_HaveFormulaValueAndVerdict()
    {
        var report = Taler(Keys(), policy: """[{"rule": "cheap", "metric": "M7.days", "range": {"max": 700}}, {"rule": "steps", "metric": "M1.intended.ok", "range": true}]""");
        foreach (var row in new[] { "| what | value | verdict |", "| intended ok | yes | holds |", "| policy: cheap (M7.days) | 730.0 | violated |", "| policy: steps (M1.intended.ok) | true | holds |" })
        {
            Assert.Contains(row, report.ToMarkdown(), StringComparison.Ordinal);
        }

        Assert.Contains("<td>730.0</td><td>violated</td>", report.ToHtml(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Warnings(FeeReport report) => report.Root["warnings"]!.AsArray().Select(w => w!.ToString());

    private static List<string> Percentages(JsonNode? node) => node switch
    {
        JsonObject members => [.. members.SelectMany(m => m.Key.EndsWith("Pct", StringComparison.Ordinal) && m.Value is JsonValue ? [m.Value.ToString()] : m.Key == "percent"
            ? [m.Value!["min"]!.ToString(), m.Value["max"]!.ToString()]
            : Percentages(m.Value))],
        JsonArray rows => [.. rows.SelectMany(Percentages)],
        _ => [],
    };
}

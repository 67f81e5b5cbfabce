using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Promotions;

/// <summary>What promotions do to a cart, without a database: hand-made carts, and random ones against every rule of ADR 0012.</summary>
public sealed class PromotionPricingTests
{
    private const long Unit = 10;

    private static readonly DateOnly Today = new(2026, 11, 22);

    private static readonly Promotion Plain = new() { Key = "p", Name = "Promotion", On = true, From = Today, Until = Today };

    [Theory]
    [InlineData(300, 15, 40)]
    [InlineData(2500, 10, 250)]
    [InlineData(2500, 90, 2250)]
    [InlineData(300, 3, 0)]
    public void Percent_IsRoundedDownToWholePoints(long price, int percent, long off) =>
        Assert.Equal(off, Of([Plain with { Percent = percent }], [Line(1, price)]).Lines[0].DiscountMinor);

    [Fact]
    public void Amount_IsSpreadByLargestRemainder()
    {
        var result = Of([Plain with { AmountMinor = 1000 }], [Line(1, 500), Line(2, 500), Line(3, 500), Line(4, 20) with { IsPoints = true }]);
        Assert.Equal([340L, 330, 330, 0], result.Lines.Select(l => l.DiscountMinor));
    }

    /// <summary>Of what fits, all that go together or the one that goes alone, whichever gives more.</summary>
    [Theory]
    [InlineData(40, "a b")]
    [InlineData(61, "c")]
    public void BestSet_IsTogetherOrAlone(int alone, string used)
    {
        Promotion[] rules = [Plain with { Key = "b", AmountMinor = 500 }, Plain with { Key = "c", Percent = alone, Alone = true }, Plain with { Key = "a", Percent = 40 }];
        Assert.Equal(used, string.Join(' ', Of(rules, [Line(1, 2500)]).Uses.Select(u => u.Promotion.Key)));
    }

    /// <summary>A code that does not count says what is missing; one that nobody has says nothing of those to come.</summary>
    [Fact]
    public void CodesThatDoNotFit_SayWhy()
    {
        Promotion Coded(string code) => Plain with { Key = code, Code = code, Percent = 10 };
        Promotion[] rules =
        [
            Coded("over") with { From = Today.AddDays(-2), Until = Today.AddDays(-1) }, Coded("soon") with { From = Today.AddDays(1), Until = Today.AddDays(2) },
            Coded("gone"), Coded("mine"), Coded("first") with { FirstOrder = true }, Coded("paid") with { MemberClass = "paid" }, Coded("prem") with { Product = "prem12" },
            Coded("much") with { MinimumMinor = 3000 }, Coded("small") with { Percent = null, AmountMinor = 250 }, Coded("best") with { Percent = 50, Alone = true },
        ];
        var buyer = new PromotionBuyer(Today, true, ["none", .. rules.Select(r => r.Code!)])
        {
            HasOrdered = true, Class = "free", UsedUp = new HashSet<string> { "gone" }, UsedByBuyer = new HashSet<string> { "mine" },
        };
        var result = PromotionPricing.Of(rules, [Line(1, 2500)], buyer, Unit);
        Assert.Equal(["best"], result.Uses.Select(u => u.Promotion.Key));
        Assert.Equal(
            [
                ("first", PromotionMiss.NotFirst), ("gone", PromotionMiss.UsedUp), ("mine", PromotionMiss.UsedByBuyer), ("much", PromotionMiss.MinimumMissing),
                ("none", PromotionMiss.Unknown), ("over", PromotionMiss.Over), ("paid", PromotionMiss.OtherClass), ("prem", PromotionMiss.ProductMissing),
                ("small", PromotionMiss.OthersGiveMore), ("soon", PromotionMiss.Unknown),
            ],
            result.Missed.Select(m => (m.Code, m.Reason)));
        Assert.Equal(500, result.Missed.Single(m => m.Code == "much").MissingMinor);
        Assert.Equal(PromotionMiss.SignIn, PromotionPricing.Of([Coded("first") with { FirstOrder = true }], [Line(1, 2500)], buyer with { SignedIn = false, Codes = ["first"] }, Unit).Missed[0].Reason);
    }

    [Fact]
    public void ExtraMonths_GoToTheLongestLineAndAreNotPaidFor()
    {
        var result = Of([Plain with { Months = 2 }], [Line(1, 300) with { Months = 1 }, Line(2, 1300) with { Months = 6 }, Line(3, 1300) with { Months = 6 }]);
        Assert.Equal([(0, 1), (2, 6), (0, 6)], result.Lines.Select(l => (l.ExtraMonths, l.PaidMonths)));
    }

    /// <summary>Money off, bonus points and a season take from the months that can be turned into points what they give.</summary>
    [Theory]
    [InlineData(50, null, null, 5)]
    [InlineData(null, 100, null, 7)]
    [InlineData(null, 100, 50, 4)]
    [InlineData(90, null, null, 1)]
    [InlineData(1, null, null, 11)]
    public void DW_49_MonthsThatWerePaidFor_AreNoMoreThanWhatWasPaid(int? percent, int? points, int? season, int months)
    {
        var rule = Plain with { Percent = percent, Points = points };
        var result = PromotionPricing.Of([rule], [Line(1, 2500) with { Months = 12 }], new PromotionBuyer(Today, true, []), Unit, season);
        Assert.Equal(months, result.Lines[0].PaidMonths);
    }

    [Fact]
    public void BonusWorthWhatIsPaid_IsNotGiven()
    {
        Promotion[] rules = [Plain with { Key = "a", Points = 40 }, Plain with { Key = "b", Points = 9 }, Plain with { Key = "c", Points = 2 }];
        Assert.Equal(["a", "b"], Of(rules, [Line(1, 500)]).Uses.Select(u => u.Promotion.Key));
    }

    private sealed record Trial(IReadOnlyList<PromotionLine> Lines, IReadOnlyList<Promotion> Rules, PromotionBuyer Buyer, long? Season, long Balance);

    /// <summary>
    /// Totals, remainders, points and the order of lines; and that time turned into points, with all that came as bonus, is never worth more than was paid.
    /// </summary>
    [Fact]
    public void M03_RandomCartsAndPromotions_KeepEveryRuleOfAdr12() => Histories.Hold(1, 100_000, Random, trials => trials.Select(Wrong).FirstOrDefault(w => w is not null));

    private static readonly Dictionary<string, (long Price, int Months, bool Points, bool Bonus, bool ForPoints)> Goods = new()
    {
        ["paid1"] = (300, 1, false, true, true), ["paid12"] = (2500, 12, false, true, true), ["prem6"] = (2000, 6, false, false, true), ["icons"] = (100, 0, false, true, true),
        ["points"] = (30, 0, true, true, false), ["odd"] = (333, 0, false, true, false),
    };

    private static Trial Random(Random random)
    {
        var skus = Goods.Keys.ToList();
        var ids = Enumerable.Range(1, 50).OrderBy(_ => random.Next()).ToList();
        var lines = Enumerable.Range(0, random.Next(1, 6)).Select(i =>
        {
            var sku = skus[random.Next(skus.Count)];
            var (price, months, points, bonus, _) = Goods[sku];
            var number = random.Next(1, 8);
            return new PromotionLine(ids[i], sku, price * number) { Months = months * number, IsPoints = points, EarnsBonus = bonus };
        }).ToList();
        var rules = Enumerable.Range(0, random.Next(1, 6)).Select(i =>
        {
            var rule = Plain with { Key = $"r{i}", Alone = random.Next(4) == 0, Product = random.Next(3) == 0 ? skus[random.Next(skus.Count)] : null };
            rule = random.Next(4) == 0 ? rule with { MinimumMinor = random.Next(1, 5000) } : rule;
            return random.Next(4) switch
            {
                0 => rule with { Percent = random.Next(1, 91) },
                1 => rule with { AmountMinor = random.Next(1, 300) * Unit },
                2 => rule with { Months = random.Next(1, 13) },
                _ => rule with { Points = random.Next(1, 400) },
            };
        }).ToList();
        return new Trial(lines, rules, new PromotionBuyer(Today, random.Next(4) > 0, []), random.Next(3) == 0 ? random.Next(11, 200) : null, random.Next(0, 600));
    }

    private static string? Wrong(Trial trial)
    {
        var (lines, result) = (trial.Lines, PromotionPricing.Of(trial.Rules, trial.Lines, trial.Buyer, Unit, trial.Season));
        var reversed = PromotionPricing.Of([.. trial.Rules.Reverse()], [.. lines.Reverse()], trial.Buyer, Unit, trial.Season);
        var off = result.Lines.Sum(l => l.DiscountMinor);
        var rest = lines.Select((l, i) => l.PriceMinor - result.Lines[i].DiscountMinor).ToList();
        var prices = lines.Select((l, i) => new LinePrice(l.PriceMinor, Goods[l.Sku].ForPoints ? l.PriceMinor / Unit : null).After(result.Lines[i].DiscountMinor, Unit)).ToList();
        var split = PointsSplit.Of(prices, trial.Balance, Unit, 300);
        return !result.Lines.SequenceEqual(reversed.Lines.Reverse()) || !result.Uses.SequenceEqual(reversed.Uses) ? "the order of lines or rules matters"
            : off != result.Uses.Sum(u => u.AmountMinor) ? "remainders got lost"
            : rest.Any(r => r < 0) || rest.Sum() <= 0 ? "a line below nothing, or nothing to pay"
            : result.Lines.Any(l => l.DiscountMinor % Unit != 0) ? "no whole points"
            : lines.Where((l, i) => l.IsPoints && result.Lines[i] != default).Any() ? "points were sold for less"
            : lines.Where((_, i) => prices[i].PriceMinor != split.Lines[i].DueMinor + (split.Lines[i].DuePoints * Unit)).Any() ? "a price is not money and points"
            : split.Lines.Count(l => l is { DueMinor: > 0, DuePoints: > 0 } && l.DuePoints > 0) > 1 ? "two mixed lines"
            : split.DueMinor + (split.DuePoints * Unit) != rest.Sum() ? "the total is not the sum of the lines"
            : result.Uses.Any(u => u.Promotion.Alone) && result.Uses.Count > 1 ? "one that goes alone has company"
            : result.Uses.Any(u => u.Promotion.Points is not null) && !trial.Buyer.SignedIn ? "a stranger is promised points"
            : Richer(trial, result, rest);
    }

    /// <summary>Everything paid in money, then all the time that may be turned into points is: at the highest rate that the guard of F5 allows with that season.</summary>
    private static string? Richer(Trial trial, PromotionResult result, List<long> rest)
    {
        long Season(long minor) => trial.Season is { } money ? minor / money : 0;
        var bonus = result.Uses.Sum(u => (long)u.Points);
        var earns = trial.Lines.Select((l, i) => l.EarnsBonus ? rest[i] : 0).Sum();
        var back = bonus + Season(earns);
        for (var i = 0; i < trial.Lines.Count; i++)
        {
            var (price, months, _, earning, _) = Goods[trial.Lines[i].Sku];
            if (months > 0 && trial.Lines[i].Months <= 99)
            {
                var guarded = (price / Unit) - (earning ? Season(price) : 0);
                back += guarded * TimeForPoints.MostDays(result.Lines[i].PaidMonths) / TimeForPoints.MostDays(months);
            }
        }

        // a season rounds up to a point more in each of its packages than in the whole (ADR 0011)
        var slack = trial.Season is null ? 0 : trial.Lines.Count * 8;
        return back > (rest.Sum() / Unit) + slack ? $"{back} points for {rest.Sum()}" : null;
    }

    private static PromotionResult Of(IReadOnlyList<Promotion> rules, IReadOnlyList<PromotionLine> lines) =>
        PromotionPricing.Of(rules, lines, new PromotionBuyer(Today, true, []), Unit);

    private static PromotionLine Line(long id, long price) => new(id, "paid12", price);
}

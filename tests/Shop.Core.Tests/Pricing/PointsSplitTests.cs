namespace Shop.Core.Tests.Pricing;

/// <summary>F1 over the sample list: a point is ten cents, a mixed order leaves at least three dollars.</summary>
public sealed class PointsSplitTests
{
    private const long PointValue = 10;
    private const long Floor = 300;
    private static readonly LinePrice Month = new(300, 30);
    private static readonly LinePrice Year = new(2500, 250);
    private static readonly LinePrice Icon = new(100, 10);

    [Fact]
    public void DF_1_OneIconAndFivePoints_CostsADollarAndNoPoints() => Expect(Split(5, Icon), 100, 0);

    [Theory]
    [InlineData(100, 1500, 100)]
    [InlineData(240, 300, 220)]
    [InlineData(250, 0, 250)]
    public void DF_2_AYear(long balance, long money, long points) => Expect(Split(balance, Year), money, points);

    [Fact]
    public void DF_3_AMonthAndTwentyNinePoints_UsesNoneAndSaysWhy()
    {
        var split = Split(29, Month);
        Expect(split, 300, 0);
        Assert.Equal(PointsHint.MoneyPartTooSmall, split.Hint);
    }

    [Fact]
    public void DF_4_ThreeMonthsAndEightyPoints_CoverTwoLinesWholly()
    {
        var split = Split(80, Month, Month, Month);
        Expect(split, 300, 60);
        Assert.Equal([new LineDue(0, 30), new LineDue(0, 30), new LineDue(300, 0)], split.Lines);
    }

    [Fact]
    public void DF_5_PointsForMoneyBesideAnIcon() => Expect(Split(5, new LinePrice(300, null), Icon), 350, 5);

    [Fact]
    public void DW_46_PointsCoverTheLinesInCartOrder_AndOneIsMixed() =>
        Assert.Equal([new LineDue(0, 30), new LineDue(2200, 30), new LineDue(300, 0)], Split(60, Month, Year, Month).Lines);

    [Fact]
    public void F1_AllPoints_HasNoFloor() => Expect(Split(30, Month), 0, 30);

    [Fact]
    public void F1_AllMoney_HasNoFloor() => Expect(Split(0, Icon), 100, 0);

    /// <summary>Against a split that invents or loses a cent, uses more than it may, or could have used more.</summary>
    [Fact]
    public void M03_RandomCarts_KeepEveryRuleOfF1()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 10_000; round++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Line(random)).ToArray();
            var balance = random.Next(0, 1200);
            var split = PointsSplit.Of(lines, balance, PointValue, Floor);
            var total = lines.Sum(l => l.PriceMinor);
            var most = Math.Min(balance, lines.Sum(l => l.Points ?? 0));

            Assert.Equal(total, split.DueMinor + (split.DuePoints * PointValue));
            Assert.Equal(split.DueMinor, split.Lines.Sum(l => l.DueMinor));
            Assert.Equal(split.DuePoints, split.Lines.Sum(l => l.DuePoints));
            Assert.All(split.Lines.Zip(lines), p => Assert.Equal(p.Second.PriceMinor, p.First.DueMinor + (p.First.DuePoints * PointValue)));
            Assert.All(split.Lines, l => Assert.True(l.DueMinor >= 0 && l.DuePoints >= 0));
            Assert.True(split.Lines.Zip(lines).Count(p => p.First.DuePoints > 0 && p.First.DuePoints < p.Second.Points) <= 1, $"seed {seed}, round {round}: two lines are mixed");
            Assert.Equal(Best(total, most), split.DuePoints);
        }
    }

    /// <summary>F1 word for word, by trying every u.</summary>
    private static long Best(long total, long most)
    {
        for (var u = most; u > 0; u--)
        {
            var rest = total - (u * PointValue);
            if (rest is 0 or >= Floor)
            {
                return u;
            }
        }

        return 0;
    }

    private static LinePrice Line(Random random) => random.Next(5) switch
    {
        0 => Month,
        1 => Year,
        2 => Icon,
        3 => new LinePrice(random.Next(30, 200) * 10, null),
        _ => new LinePrice(1300, 130),
    };

    private static PointsSplit Split(long balance, params LinePrice[] lines) => PointsSplit.Of(lines, balance, PointValue, Floor);

    private static void Expect(PointsSplit split, long money, long points) => Assert.Equal((money, points), (split.DueMinor, split.DuePoints));
}

namespace Shop.Accounts.Tests.Memberships;

/// <summary>The highest rates of F5, computed by hand from the sample's packages.</summary>
public sealed class TimeForPointsTests
{
    private static readonly TimePackage[] Sample =
    [
        new("paid", 1, 30), new("paid", 2, 50), new("paid", 6, 130), new("paid", 12, 250), new("premium", 6, 200), new("premium", 12, 400),
    ];

    /// <summary>Paid: 250 points for 366 days, 30 days are worth 20.49. Premium: the same 366 days turned premium are 256.2, worth 29.27.</summary>
    [Fact]
    public void F5_SampleList_AllowsTwentyAndTwentyNine() =>
        Assert.Equal([("paid", 20), ("premium", 29)], TimeForPoints.Limits(Sample, AccountTerms.Sample, 30).Select(l => (l.Class, l.HighestRate)));

    [Fact]
    public void F5_NamesThePackageThatSetsTheLimit() =>
        Assert.All(TimeForPoints.Limits(Sample, AccountTerms.Sample, 30), limit => Assert.Equal(new TimePackage("paid", 12, 250), limit.Package));

    /// <summary>Where paid months can only be turned, 366 days of them are 256.2 of premium; by the premium packages alone 32 would pass.</summary>
    [Fact]
    public void F5_PaidTimeTurnedPremium_CountsAsPremiumTime()
    {
        var turned = AccountTerms.Sample with { Conversions = [AccountTerms.Sample.Conversions[0]] };
        Assert.Equal(29, TimeForPoints.Limits(Sample, turned, 30).Single(l => l.Class == "premium").HighestRate);
    }

    [Fact]
    public void F5_PaidMonthsAddedToAPremiumAccount_CountAsPremiumTime()
    {
        // 21 days for a month, but a day each for 21 days' worth of points: 12 months are 252 days, 250 x 30 / 252 = 29.76; at 60 days a month 720 days, 10.41
        var generous = AccountTerms.Sample with
        {
            Conversions = [new ClassConversion { From = "premium", Bought = "paid", Result = "premium", SecondsPerMonth = 60 * 86_400 }],
        };
        Assert.Equal(10, TimeForPoints.Limits(Sample, generous, 30).Single(l => l.Class == "premium").HighestRate);
    }

    [Theory]
    [InlineData(1, 31)]
    [InlineData(2, 62)]
    [InlineData(6, 184)]
    [InlineData(12, 366)]
    public void MostDays_AreThoseOfTheLongestRunOfMonths(int months, int days) => Assert.Equal(days, TimeForPoints.MostDays(months));
}

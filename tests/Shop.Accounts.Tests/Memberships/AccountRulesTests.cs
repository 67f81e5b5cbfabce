namespace Shop.Accounts.Tests.Memberships;

/// <summary>The formulas F2 to F4 over the sample terms.</summary>
public sealed class AccountRulesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 10, 30, 15, 250, TimeSpan.Zero);
    private static readonly AccountTerms Terms = AccountTerms.Sample;
    private readonly AccountRules rules = new();

    [Theory]
    [InlineData(1, "2026-02-28T10:30:15.250Z")]
    [InlineData(2, "2026-03-31T10:30:15.250Z")]
    [InlineData(12, "2027-01-31T10:30:15.250Z")]
    [InlineData(25, "2028-02-29T10:30:15.250Z")]
    public void F2_MonthsWithoutTimeLeft_AreCalendarMonthsClampedToTheMonthsEnd(int months, string until) =>
        Assert.Equal(Time(until), Give(MembershipState.Never, "paid", months).Until);

    [Fact]
    public void DW_81_SameClassAgain_CountsFromTheTimeThatRunsAlready()
    {
        var before = new MembershipState("paid", Time("2026-05-20T08:00:00Z"), false);
        Assert.Equal(new MembershipState("paid", Time("2026-06-20T08:00:00Z"), false), Give(before, "paid", 1));
    }

    [Theory]
    [InlineData(60, "2026-02-28T10:30:15.250Z")]
    [InlineData(61, "2026-02-28T10:31:16.250Z")]
    public void F2_AMinuteOrLessLeft_CountsAsNothing(int secondsLeft, string until) =>
        Assert.Equal(Time(until), Give(new MembershipState("paid", At.AddSeconds(secondsLeft), false), "paid", 1).Until);

    [Fact]
    public void DW_82_PaidToPremium_KeepsSeventyPercentInWholeSeconds()
    {
        var before = new MembershipState("paid", At.AddSeconds(1_000_001), false);
        var after = Give(before, "premium", 6);
        Assert.Equal(new MembershipState("premium", At.AddSeconds(700_000).AddMonths(6), false), after);
    }

    [Fact]
    public void DW_82_PremiumThatBuysAYearOfPaid_Gets252DaysOfPremium()
    {
        var before = new MembershipState("premium", At.AddDays(10), false);
        var after = Give(before, "paid", 12);
        Assert.Equal("premium", after.Class);
        Assert.Equal(21_772_800, (after.Until! - before.Until!).Value.TotalSeconds);
    }

    [Theory]
    [InlineData(12, 252)]
    [InlineData(2, 42)]
    public void DF_11_PremiumWithTenDaysLeft_GetsWholeDaysAndNotASecondLess(int months, int days)
    {
        var before = new MembershipState("premium", At.AddDays(10), false);
        Assert.Equal(TimeSpan.FromDays(days), Give(before, "paid", months).Until - before.Until);
    }

    [Fact]
    public void F3_ExtraDayOfPaidOnPremium_Is60480Seconds()
    {
        var before = new MembershipState("premium", At.AddDays(5), false);
        var after = rules.Apply(before, new TimeGrant("paid", 0, 3), At, Terms);
        Assert.Equal(3 * 60_480, (after.Until! - before.Until!).Value.TotalSeconds);
    }

    [Fact]
    public void F3_Seed_IsForGoodAndKeepsTheOldDateForInformation()
    {
        var before = new MembershipState("paid", At.AddDays(40), false);
        Assert.Equal(new MembershipState("seed", At.AddDays(40), true), Give(before, "seed", 0));
    }

    [Fact]
    public void F3_LapsedPremium_SimplyStartsThePaidTime()
    {
        var before = new MembershipState("premium", At.AddDays(-1), false);
        Assert.Equal(new MembershipState("paid", At.AddMonths(2), false), Give(before, "paid", 2));
    }

    [Fact]
    public void DW_80_NeverPaidAndLapsed_AreToldApart()
    {
        Assert.Equal(MembershipPhase.NeverPaid, MembershipState.Never.PhaseAt(At));
        Assert.Equal(MembershipPhase.Lapsed, new MembershipState("paid", At, false).PhaseAt(At));
        Assert.Equal(MembershipPhase.Active, new MembershipState("paid", At.AddSeconds(1), false).PhaseAt(At));
        Assert.Equal(MembershipPhase.Permanent, new MembershipState("seed", null, true).PhaseAt(At));
    }

    [Theory]
    [InlineData("paid", 0)]
    [InlineData("paid", 100)]
    [InlineData("paid", -1)]
    [InlineData("free", 1)]
    [InlineData("gold", 1)]
    public void F3_WhatIsNoGrant_IsRefused(string name, int months) =>
        Assert.Equal(GrantRefusal.NotAGrant, rules.Check(MembershipState.Never, new TimeGrant(name, months, 0), At, true, Terms));

    [Fact]
    public void F3_SeedAccount_TakesNoTime() =>
        Assert.Equal(GrantRefusal.AlreadyPermanent, rules.Check(new MembershipState("seed", null, true), new TimeGrant("paid", 1, 0), At, true, Terms));

    [Theory]
    [InlineData(15, true, null)]
    [InlineData(15, false, GrantRefusal.OwnerOnly)]
    [InlineData(14, false, null)]
    public void F4_PaidToPremiumWithMoreThanFourteenDaysLeft_IsTheOwnersToDo(int daysLeft, bool owns, GrantRefusal? expected) =>
        Assert.Equal(expected, rules.Check(new MembershipState("paid", At.AddDays(daysLeft), false), new TimeGrant("premium", 6, 0), At, owns, Terms));

    [Theory]
    [InlineData(15, GrantRefusal.TooMuchTimeLeft)]
    [InlineData(14, null)]
    public void F4_PremiumToPaidWithMoreThanFourteenDaysLeft_IsRefusedForTheOwnerToo(int daysLeft, GrantRefusal? expected) =>
        Assert.Equal(expected, rules.Check(new MembershipState("premium", At.AddDays(daysLeft), false), new TimeGrant("paid", 1, 0), At, true, Terms));

    [Fact]
    public void F4_GoingToSeed_IsNeverGuarded() =>
        Assert.Null(rules.Check(new MembershipState("premium", At.AddDays(300), false), new TimeGrant("seed", 0, 0), At, false, Terms));

    [Fact]
    public void DW_83_ASitesOwnTerms_DecideWithoutOtherCode()
    {
        var own = Terms with
        {
            Conversions = [new ClassConversion { From = "paid", Bought = "premium", Result = "premium", KeptNumerator = 1, KeptDenominator = 2 }],
        };
        var after = rules.Apply(new MembershipState("paid", At.AddDays(10), false), new TimeGrant("premium", 1, 0), At, own);
        Assert.Equal(At.AddDays(5).AddMonths(1), after.Until);
    }

    private MembershipState Give(MembershipState before, string name, int months) => rules.Apply(before, new TimeGrant(name, months, 0), At, Terms);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

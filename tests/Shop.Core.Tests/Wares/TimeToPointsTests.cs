using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Own paid time turned into points: whole blocks, a rate that earns nobody anything, and exactly undone if it must be.</summary>
public abstract class TimeToPointsTests(TestDatabase database) : ShopTests(database)
{
    private static readonly TimeSpan Block = TimeSpan.FromDays(30);

    [Fact]
    public async Task DF_12_TwelveMonthsJustBought_GiveAtMost240Points()
    {
        var member = await Shop.MemberAsync(points: 250);
        await Shop.AddAsync(member.Buyer, "paid12");
        await Shop.PlaceAsync(member.Buyer, PayMethod.Points);
        var offer = await OfferAsync(member);
        Assert.Equal(("paid", 12, 20, 240L), (offer.Class, offer.MostBlocks, offer.PointsPerBlock, offer.Points(offer.MostBlocks)));
    }

    [Fact]
    public async Task DW_49_Blocks_LeaveTheEndAndComeAsPoints()
    {
        var member = await WithTimeAsync("paid", 6);
        var (before, offer) = (await Shop.MembershipAsync(member.Id), await OfferAsync(member));
        Assert.Equal(new ConversionResult.Converted(60, before.Until - (3 * Block)), await ConvertAsync(member, 3));
        Assert.Equal(
            (before with { Until = offer.UntilAfter(3) }, 60L), (await Shop.MembershipAsync(member.Id), await Shop.PointsAsync(member.Id)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(6, 6)]
    public async Task DW_49_TimeThatTheSiteGave_IsNotTurnedIntoPoints(int paidMonths, int blocks)
    {
        var member = paidMonths == 0 ? await Shop.MemberAsync() : await WithTimeAsync("paid", paidMonths);
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<MembershipLedger>().GrantAsync(
                unit.Db, new GrantRequest(member.Id, "given:" + member.Name, MembershipEventKind.Given, new TimeGrant("paid", 12, 0), Shop.Clock.GetUtcNow(), 1), token),
            Cancel);
        var view = await ViewAsync(member);
        Assert.Equal((blocks, blocks == 0 ? ConversionRefusal.NotPaid : null), (view is ConversionResult.Possible { Offer.MostBlocks: var most } ? most : 0, (view as ConversionResult.Refused)?.Reason));
    }

    [Fact]
    public async Task C01_SameFormWithOtherContent_IsRefused()
    {
        var member = await WithTimeAsync("paid", 6);
        Assert.IsType<ConversionResult.Converted>(await ConvertAsync(member, 1, key: "one form", shown: 20));
        Assert.Equal(ConversionRefusal.OtherContent, Assert.IsType<ConversionResult.Refused>(await ConvertAsync(member, 2, key: "one form", shown: 40)).Reason);
        Assert.Equal(20, await Shop.PointsAsync(member.Id));
    }

    [Fact]
    public async Task DW_49_PremiumTime_HasItsOwnRate()
    {
        var member = await WithTimeAsync("premium", 6);
        Assert.Equal(29, Assert.IsType<ConversionResult.Converted>(await ConvertAsync(member, 1)).Points);
    }

    [Theory]
    [InlineData(300, 1)]
    [InlineData(299, 0)]
    public async Task DW_49_FiveMinutesMustRemain(int beyond, int blocks)
    {
        var member = await WithTimeAsync("paid", 6);
        var until = (await Shop.MembershipAsync(member.Id)).Until!.Value;
        Shop.Clock.Advance(until - Shop.Clock.GetUtcNow() - Block - TimeSpan.FromSeconds(beyond));
        var view = await ViewAsync(member);
        Assert.Equal(blocks, view is ConversionResult.Possible { Offer.MostBlocks: var most } ? most : 0);
        Assert.Equal(blocks == 0 ? ConversionRefusal.TooLittle : null, (view as ConversionResult.Refused)?.Reason);
    }

    [Fact]
    public async Task DW_49_WhoHasNoTimeToTurn_IsToldWhy()
    {
        Assert.Equal(ConversionRefusal.NoTime, (await RefusedAsync(await Shop.MemberAsync())).Reason);
        Assert.Equal(ConversionRefusal.Permanent, (await RefusedAsync(await WithTimeAsync("seed", 0))).Reason);
        var lapsed = await WithTimeAsync("paid", 1);
        Shop.Clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(ConversionRefusal.NoTime, (await RefusedAsync(lapsed)).Reason);
        await PublishTermsAsync(terms => terms with { TimeRates = [] });
        Assert.Equal(ConversionRefusal.NoRate, (await RefusedAsync(await WithTimeAsync("paid", 6))).Reason);
    }

    [Fact]
    public async Task DW_49_OnceInThirtyDays_AndTheRefusalNamesTheNextDate()
    {
        var member = await WithTimeAsync("paid", 6);
        await ConvertAsync(member, 1);
        var at = Shop.Clock.GetUtcNow();
        Shop.Clock.Advance(Block - TimeSpan.FromMilliseconds(1));
        var refused = Assert.IsType<ConversionResult.Refused>(await ConvertAsync(member, 1, shown: 20));
        Assert.Equal((ConversionRefusal.TooSoon, at + Block, at), (refused.Reason, refused.Next, refused.Last));
        Shop.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(20, Assert.IsType<ConversionResult.Converted>(await ConvertAsync(member, 1)).Points);
    }

    [Fact]
    public async Task DW_49_TooSoonAndTooLittleByThen_NamesNoDate()
    {
        var member = await WithTimeAsync("paid", 3);
        await ConvertAsync(member, 2);
        Assert.Equal((ConversionRefusal.TooSoon, null), ((await RefusedAsync(member)).Reason, (await RefusedAsync(member)).Next));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, -20)]
    [InlineData(99, 1980)]
    public async Task DW_49_BlocksThatAreNotThere_AreRefused(int blocks, long shown)
    {
        var member = await WithTimeAsync("paid", 6);
        Assert.Equal(ConversionRefusal.Blocks, Assert.IsType<ConversionResult.Refused>(await ConvertAsync(member, blocks, shown)).Reason);
    }

    [Fact]
    public async Task DW_49_RateChangedSinceThePage_ChangesNothing()
    {
        var member = await WithTimeAsync("paid", 6);
        await PublishTermsAsync(terms => terms with { TimeRates = [new TimeRate { Class = "paid", PointsPerBlock = 15 }] });
        Assert.Equal(ConversionRefusal.Changed, Assert.IsType<ConversionResult.Refused>(await ConvertAsync(member, 1, shown: 20)).Reason);
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
    }

    [Fact]
    public async Task DW_49_ManyAtOnce_OneConversionAndTheSameFormSeesIt()
    {
        var member = await WithTimeAsync("paid", 6);
        var until = (await Shop.MembershipAsync(member.Id)).Until;
        var results = await ShopUnderTest.AtOnceAsync(16, i => ConvertAsync(member, 1, 20, i % 2 == 0 ? "one form" : $"form {i}"));
        Assert.Equal((20L, until - Block), (await Shop.PointsAsync(member.Id), (await Shop.MembershipAsync(member.Id)).Until));
        Assert.Contains(results.OfType<ConversionResult.Converted>().Count(), new[] { 1, 8 });
        Assert.All(results.OfType<ConversionResult.Refused>(), r => Assert.Equal(ConversionRefusal.TooSoon, r.Reason));
    }

    /// <summary>Time that came later runs on from the shorter end, and a grant taken back from before is as if it had never been.</summary>
    [Fact]
    public async Task F8_GrantTakenBackAfterAConversion_LeavesTheRestAsIfItHadNeverBeen()
    {
        var member = await WithTimeAsync("paid", 6);
        var gift = await GiftAsync(member);
        await ConvertAsync(member, 2);
        var without = Shop.Clock.GetUtcNow().AddMonths(6) - (2 * Block);
        Assert.IsType<RevokeResult.Revoked>(await RevokeAsync(member, gift));
        Assert.Equal(without, (await Shop.MembershipAsync(member.Id)).Until);
    }

    [Fact]
    public async Task DF_49_TimeTurnedIntoPoints_IsNotTakenBackAndNothingIsHalfDone()
    {
        var member = await Shop.MemberAsync();
        var gift = await GiftAsync(member);
        await ConvertAsync(member, 1);
        var before = await Shop.MembershipAsync(member.Id);
        Assert.Equal(RevokeRefusal.TimeTurnedIntoPoints, Assert.IsType<RevokeResult.Refused>(await RevokeAsync(member, gift)).Reason);
        Assert.Equal((before, 20L), (await Shop.MembershipAsync(member.Id), await Shop.PointsAsync(member.Id)));
    }

    private async Task<Person> WithTimeAsync(string accountClass, int months)
    {
        var member = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<MembershipLedger>().GrantAsync(
                unit.Db,
                new GrantRequest(
                    member.Id, "test:" + member.Name, MembershipEventKind.Grant, new TimeGrant(accountClass, months, 0), Shop.Clock.GetUtcNow(), 1),
                token),
            Cancel);
        return member;
    }

    /// <summary>Two months of paid time, bought by somebody else. Hands out the delivery.</summary>
    private async Task<long> GiftAsync(Person member)
    {
        var order = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid2", member.Name);
        await Shop.PayAsync(order);
        return await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(Cancel));
    }

    private Task<RevokeResult> RevokeAsync(Person member, long delivery) => Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<ItemKinds>().Get(PaidTime.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token), Cancel);

    private Task<ConversionResult> ViewAsync(Person member) => Shop.ReadAsync(db => Shop.Get<TimeToPoints>().ViewAsync(db, member.Id, Cancel));

    private async Task<ConversionOffer> OfferAsync(Person member) => Assert.IsType<ConversionResult.Possible>(await ViewAsync(member)).Offer;

    private async Task<ConversionResult.Refused> RefusedAsync(Person member) => Assert.IsType<ConversionResult.Refused>(await ViewAsync(member));

    private async Task<ConversionResult> ConvertAsync(Person member, int blocks, long? shown = null, string? key = null) =>
        await Shop.Get<TimeToPoints>().ConvertAsync(
            member.Id, blocks, shown ?? (await OfferAsync(member)).Points(blocks), key ?? Codes.New(26), Cancel);
}

public sealed class TimeToPointsTests_Sqlite(SqliteDatabase database) : TimeToPointsTests(database), IClassFixture<SqliteDatabase>;

public sealed class TimeToPointsTests_Postgres(PostgresDatabase database) : TimeToPointsTests(database), IClassFixture<PostgresDatabase>;

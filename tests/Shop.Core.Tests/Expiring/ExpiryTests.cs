using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Expiring;

/// <summary>Who is told when that their time runs out, and what is left afterwards.</summary>
public abstract class ExpiryTests(TestDatabase database) : ShopTests(database)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private Task<int> PassAsync(ShopUnderTest? node = null) => (node ?? Shop).Get<ExpiryRun>().PassAsync(Cancel);

    private async Task<Person> PaidAsync(int months, int days = 0)
    {
        var member = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<MembershipLedger>().GrantAsync(
                unit.Db, new GrantRequest(member.Id, $"test:{member.Id}", MembershipEventKind.Grant, new TimeGrant("paid", months, days), Shop.Clock.GetUtcNow(), 1), token),
            Cancel);
        return member;
    }

    private async Task<DateTimeOffset> EndAsync(Person member) => (await Shop.MembershipAsync(member.Id)).Until!.Value;

    private void MoveTo(DateTimeOffset to) => Shop.Clock.Advance(to - Shop.Clock.GetUtcNow());

    private Task<List<ExpiryStage>> ToldAsync(Person member) =>
        Shop.ReadAsync(db => db.ExpiryNotices.Where(n => n.AccountId == member.Id).OrderBy(n => n.At).Select(n => n.Stage).ToListAsync(Cancel));

    private Task<ExpiryView?> ViewAsync(Person member, DateTimeOffset until, ExpiryStage stage) =>
        Shop.ReadAsync(db => Shop.Get<ExpiryReader>().ReadAsync(db, new ExpiryMessage(member.Id, until, stage), Cancel));

    private async Task RuleAsync(object section) =>
        Assert.IsType<PublishResult.Published>(await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<RuleBook>().PublishAsync(unit.Db, [section], null, "test", Shop.Clock.GetUtcNow(), token), Cancel));

    [Fact]
    public async Task DW_85_Reminders_FourteenAndThreeDaysBeforeAndAtTheEnd_OnceEach()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        foreach (var (before, told) in new[] { (TimeSpan.FromDays(14), 1), (TimeSpan.FromDays(3), 2), (TimeSpan.Zero, 3) })
        {
            MoveTo(end - before - Second);
            Assert.Equal(0, await PassAsync());
            MoveTo(end - before);
            Assert.Equal(1, await PassAsync());
            Assert.Equal(0, await PassAsync());
            Assert.Equal(told, (await ToldAsync(member)).Count);
        }

        Assert.Equal([ExpiryStage.First, ExpiryStage.Last, ExpiryStage.Ended], await ToldAsync(member));
        await Shop.SendAsync();
        Assert.Equal(3, Shop.Sent.Count(OutboxKinds.Expiry));
    }

    [Fact]
    public async Task DW_85_TwoDaysFromTheBeginning_TheLastReminderAlone()
    {
        var member = await PaidAsync(0, 2);
        await PassAsync();
        Assert.Equal([ExpiryStage.Last], await ToldAsync(member));
    }

    [Fact]
    public async Task DW_85_DaysAreRules_NoneIsSentWhereTheyAreZero()
    {
        await RuleAsync(new ExpiryTerms { FirstReminderDays = 0, LastReminderDays = 5 });
        var member = await PaidAsync(1);
        MoveTo(await EndAsync(member) - TimeSpan.FromDays(5) - Second);
        Assert.Equal(0, await PassAsync());
        Shop.Clock.Advance(Second);
        await PassAsync();
        Assert.Equal([ExpiryStage.Last], await ToldAsync(member));
    }

    [Fact]
    public async Task DW_85_ExtendedMeanwhile_TheOldMailSaysNothingAndTheNewEndIsToldAnew()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        MoveTo(end - TimeSpan.FromDays(14));
        await PassAsync();
        Assert.NotNull(await ViewAsync(member, end, ExpiryStage.First));

        await Shop.PayAsync(await Shop.BuyAsync(member.Buyer, "paid1"));
        Assert.Null(await ViewAsync(member, end, ExpiryStage.First));
        MoveTo(await EndAsync(member) - TimeSpan.FromDays(14));
        Assert.Equal(1, await PassAsync());
        Assert.Equal([ExpiryStage.First, ExpiryStage.First], await ToldAsync(member));
    }

    [Fact]
    public async Task DW_85_ReminderSentAfterTheEnd_SaysNothing()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        MoveTo(end);
        Assert.Null(await ViewAsync(member, end, ExpiryStage.Last));
        Assert.NotNull(await ViewAsync(member, end, ExpiryStage.Ended));
    }

    [Fact]
    public async Task DW_86_SuspendedAccount_IsToldNothing()
    {
        var member = await PaidAsync(1);
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), token), Cancel);
        MoveTo(await EndAsync(member) - TimeSpan.FromDays(2));
        Assert.Equal(0, await PassAsync());
    }

    [Fact]
    public async Task DW_86_Community_EachMaintainerIsToldOnceByName()
    {
        var (ann, bob) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var community = await Shop.CommunityAsync(ann, bob);
        await Shop.GrantAsync(community.Id, "paid", 1);
        var end = await EndAsync(community);
        MoveTo(end - TimeSpan.FromDays(2));
        Assert.Equal(1, await PassAsync());
        Assert.Equal(0, await PassAsync());
        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.Expiry));
        var view = await Shop.ReadAsync(db => Shop.Get<ExpiryReader>().ReadAsync(db, new ExpiryMessage(community.Id, end, ExpiryStage.Last, bob.Id), Cancel));
        Assert.Equal((bob.Name, community.Name), (view!.Name, view.Community));
    }

    [Fact]
    public async Task DF_47_TimeForADay_TheMailNamesTheOrderAndTheDay()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        var day = Days.Of(Shop.Clock.GetUtcNow()).AddDays(20);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, new AddToCart("paid2", 1, null, null) { DeliverOn = Days.Text(day) }));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await Shop.PayAsync(order);
        var under = Assert.Single((await ViewAsync(member, end, ExpiryStage.First))!.UnderWay);
        Assert.Equal((order.Order.Reference, true, Days.Begin(day)), (under.Reference, under.IsPaid, under.On));
    }

    [Fact]
    public async Task DF_47_GiftOfSomebodyElse_StaysASurprise()
    {
        var (member, friend) = (await PaidAsync(1), await Shop.MemberAsync());
        var end = await EndAsync(member);
        var day = Days.Of(Shop.Clock.GetUtcNow()).AddDays(20);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(friend.Buyer, new AddToCart("paid2", 1, member.Name, null) { DeliverOn = Days.Text(day) }));
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(friend.Buyer)).Number));
        Assert.Empty((await ViewAsync(member, end, ExpiryStage.First))!.UnderWay);
    }

    [Fact]
    public async Task DW_84_EndsOfLongAgo_AreToldToNobody()
    {
        var member = await PaidAsync(1);
        MoveTo(await EndAsync(member) + TimeSpan.FromDays(8));
        Assert.Equal(0, await PassAsync());
    }

    [Fact]
    public async Task DW_84_ManyWorkersAtOnce_EachAccountIsToldOnce()
    {
        var members = new List<Person>();
        for (var i = 0; i < 5; i++)
        {
            members.Add(await PaidAsync(1));
        }

        MoveTo(await EndAsync(members[0]) - TimeSpan.FromDays(3));
        var other = await NodeAsync();
        var found = await ShopUnderTest.AtOnceAsync(8, i => PassAsync(i % 2 == 0 ? Shop : other));
        while (await PassAsync() > 0)
        {
        }

        await ShopUnderTest.AtOnceAsync(4, i => (i % 2 == 0 ? Shop : other).Get<EventRun>().PassAsync(Cancel));
        Assert.Equal(5, await Shop.ReadAsync(db => db.Outbox.CountAsync(r => r.Kind == OutboxKinds.Expiry, Cancel)));
        Assert.Contains(0, found);
    }

    [Fact]
    public async Task DW_84_Grace_TheClassStaysForTheDaysOfTheRule()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        await RuleAsync(new ExpiryTerms { GraceDays = 5 });
        MoveTo(end + TimeSpan.FromDays(5) - Second);
        var kept = await StandingAsync(member);
        Assert.Equal((MembershipPhase.Grace, "paid", 75, end.AddDays(5)), (kept.Phase, kept.Class, kept.Icons, kept.KeptUntil));
        Shop.Clock.Advance(Second);
        var lapsed = await StandingAsync(member);
        Assert.Equal((MembershipPhase.Lapsed, "free", 6, null), (lapsed.Phase, lapsed.Class, lapsed.Icons, lapsed.KeptUntil));
    }

    [Fact]
    public async Task DW_84_NoGraceConfigured_FreeAtTheInstantOfTheEnd()
    {
        var member = await PaidAsync(1);
        MoveTo(await EndAsync(member));
        Assert.Equal("free", (await StandingAsync(member)).Class);
    }

    [Fact]
    public async Task DW_88_Limits_ComeFromTheTableOfClassesAndFollowARuleAtOnce()
    {
        var member = await PaidAsync(1);
        Assert.Equal((75, 6), ((await StandingAsync(member)).Icons, (await StandingAsync(member)).IconsWhenFree));
        var sample = AccountTerms.Sample;
        await RuleAsync(sample with { Classes = [.. sample.Classes.Select(c => c.Key == "paid" ? c with { IconLimit = 80 } : c)] });
        Assert.Equal(80, (await StandingAsync(member)).Icons);
    }

    [Fact]
    public async Task DF_47_PaymentUnderWay_TheMailNamesTheOrder()
    {
        var member = await PaidAsync(1);
        var end = await EndAsync(member);
        MoveTo(end - TimeSpan.FromDays(14));
        var order = await Shop.BuyAsync(member.Buyer, "paid2");
        Assert.Empty((await ViewAsync(member, end, ExpiryStage.First))!.UnderWay);

        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Processing(null));
        await Shop.SettleAsync(order);
        var under = Assert.Single((await ViewAsync(member, end, ExpiryStage.First))!.UnderWay);
        Assert.Equal((order.Order.Reference, "2 months of paid time", false), (under.Reference, under.Title, under.IsPaid));
    }

    [Fact]
    public async Task DW_85_Premium_TheMailSaysWhatPaidTimeAddsBeforeTheEnd()
    {
        var member = await Shop.MemberAsync();
        await Shop.PayAsync(await Shop.BuyAsync(member.Buyer, "prem6"));
        var other = Assert.Single((await ViewAsync(member, await EndAsync(member), ExpiryStage.First))!.OtherTimes);
        Assert.Equal(("paid", TimeSpan.FromDays(21)), (other.Class, other.PerMonth));
    }

    private Task<Standing> StandingAsync(Person member) => Shop.ReadAsync(db => Shop.Get<Standings>().OfAsync(db, member.Id, Cancel));
}

public sealed class ExpiryTests_Sqlite(SqliteDatabase database) : ExpiryTests(database), IClassFixture<SqliteDatabase>;

public sealed class ExpiryTests_Postgres(PostgresDatabase database) : ExpiryTests(database), IClassFixture<PostgresDatabase>;

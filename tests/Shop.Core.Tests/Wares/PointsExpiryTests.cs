using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Points that run out: exactly those, exactly once, and never what is held or was spent (M10).</summary>
public abstract class PointsExpiryTests(TestDatabase database) : ShopTests(database)
{
    private PointsExpiryRun Run => Shop.Get<PointsExpiryRun>();

    [Fact]
    public async Task M10_WithoutARule_NothingRunsOut()
    {
        var member = await Shop.MemberAsync(points: 100);
        Shop.Clock.Advance(TimeSpan.FromDays(4000));
        Assert.Equal((0, 100L), (await Run.PassAsync(Cancel), await Shop.PointsAsync(member.Id)));
    }

    [Fact]
    public async Task M10_BoughtPoints_EndByTheRuleOfTheirOrderAndOldOnesKeepNone()
    {
        var member = await Shop.MemberAsync(points: 10);
        await LifeAsync(365);
        await Shop.AddAsync(member.Buyer, "points", 30);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await LifeAsync(1);
        await Shop.PayAsync(order);
        Assert.Equal([new PointsEnd(30, Shop.Clock.GetUtcNow().AddDays(365))], await EndsAsync(member));
    }

    [Fact]
    public async Task M10_Spend_TakesWhatEndsFirstAndTheRestRunsOutOnce()
    {
        var member = await Shop.MemberAsync(points: 40);
        await GiveAsync(member, 30, 20);
        await GiveAsync(member, 30, 10);
        await SpendAsync(member); // 30 points: those of the second lot
        Assert.Equal([new PointsEnd(30, Now.AddDays(20))], await EndsAsync(member));
        Shop.Clock.Advance(TimeSpan.FromDays(20));
        var lots = await Shop.ReadAsync(db => db.PointsLots.Select(l => l.Id).ToListAsync(Cancel));
        var done = await ShopUnderTest.AtOnceAsync(8, i => Run.ExpireAsync(lots[i % lots.Count], Cancel));
        Assert.Equal((1, 40L), (done.Count(d => d), await Shop.PointsAsync(member.Id)));
        Assert.Equal(1, await Shop.ReadAsync(db => db.Journals.CountAsync(j => j.Kind == "points_expired", Cancel)));
        await Shop.SendAsync();
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task M10_SpendsWhileALotRunsOut_NeverGoBelowZeroAndLoseNothing()
    {
        var member = await Shop.MemberAsync();
        await GiveAsync(member, 60, 5);
        var friend = await Shop.MemberAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(5));
        var lot = await Shop.ReadAsync(db => db.PointsLots.Where(l => l.MemberId == member.Id).Select(l => l.Id).SingleAsync(Cancel));
        var sent = await ShopUnderTest.AtOnceAsync<object>(8, async i => i % 2 == 0
            ? await Shop.Get<Transfers>().SendAsync(new TransferWish(member.Id, friend.Name, 10, null, false), $"form-{i}", Cancel)
            : await Run.ExpireAsync(lot, Cancel));
        await Run.ExpireAsync(lot, Cancel);
        var moved = sent.OfType<TransferResult.Sent>().Sum(s => s.Points);
        var expired = await Shop.ReadAsync(db => db.Journals.Where(j => j.Kind == "points_expired").SelectMany(j => j.Entries).Where(e => e.Amount > 0).SumAsync(e => e.Amount, Cancel));
        Assert.Equal((0L, moved, 60L), (await Shop.PointsAsync(member.Id), await Shop.PointsAsync(friend.Id), moved + expired));
        Assert.All(await EndsAsync(friend), end => Assert.Equal(Now, end.EndsAt)); // not younger for having been passed on
        await Shop.BooksAreRightAsync();
    }

    /// <summary>A member who also has points without an end: the balance alone would let a lot run out that an order has just used.</summary>
    [Fact]
    public async Task M10_OrdersWhileALotRunsOut_LeaveWhatNeverEnds()
    {
        var member = await Shop.MemberAsync(points: 1000);
        for (var round = 0; round < 20; round++)
        {
            await GiveAsync(member, 60, 1);
            await Shop.AddAsync(member.Buyer, "paid1");
            Shop.Clock.Advance(TimeSpan.FromDays(1));
            var lot = await Shop.ReadAsync(db => db.PointsLots.MaxAsync(l => l.Id, Cancel));
            await Task.WhenAll(Shop.PlaceAsync(member.Buyer, provider: "points"), Run.ExpireAsync(lot, Cancel));
            await Run.ExpireAsync(lot, Cancel);
            var used = await Shop.ReadAsync(db => db.PointsLotUses.Where(u => u.LotId == lot).SumAsync(u => u.Points, Cancel));
            var key = $"expire:{lot}";
            var expired = await Shop.ReadAsync(db => db.Journals.Where(j => j.IdemKey == key).SelectMany(j => j.Entries).Where(e => e.Amount > 0).SumAsync(e => e.Amount, Cancel));
            Assert.Equal(60, used + expired);
        }

        await Shop.SendAsync();
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task M10_HeldPoints_DoNotRunOutAndComeBackAsOldAsTheyWere()
    {
        var member = await Shop.MemberAsync();
        await GiveAsync(member, 100, 3);
        await Shop.AddAsync(member.Buyer, "paid12");
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        Assert.Equal(100, order.Order.DuePoints);
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        await Run.PassAsync(Cancel);
        Shop.Till.Set(order.Live.Id, new Payments.PaymentOutcome.Declined(Payments.DeclineReason.Unspecified, null));
        await Shop.SettleAsync(order);
        Assert.Equal([new PointsEnd(100, Now.AddDays(3))], await EndsAsync(member));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task M10_Mails_AreOneForEachLotAndTermAndNoneForWhatWasUsed()
    {
        var member = await Shop.MemberAsync();
        await LifeAsync(60);
        await GiveAsync(member, 30, 60);
        for (var day = 0; day < 59; day++)
        {
            Shop.Clock.Advance(TimeSpan.FromDays(1));
            await Shop.Get<PointsExpiryRun>().ConfirmAsync(member.Id, Cancel);
            await Run.PassAsync(Cancel);
            await Run.PassAsync(Cancel);
        }

        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.PointsEnd));
        var lot = await Shop.ReadAsync(db => db.PointsLots.Select(l => l.Id).SingleAsync(Cancel));
        Assert.Equal(30, (await Shop.ReadAsync(db => PointsExpiryRun.ReadAsync(db, lot, Cancel)))!.Points);
        await SpendAsync(member);
        Assert.Null(await Shop.ReadAsync(db => PointsExpiryRun.ReadAsync(db, lot, Cancel)));
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-2)]
    public async Task C17_ClockThatJumps_StopsItUntilStaffConfirm(int days)
    {
        var (member, admin) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(10));
        await GiveAsync(member, 30, 1);
        await Run.PassAsync(Cancel);
        Shop.Clock.Advance(TimeSpan.FromDays(days));
        await Run.PassAsync(Cancel);
        Assert.Equal((true, 30L), ((await Shop.ReadAsync(db => Run.StateAsync(db, Cancel))).Stopped, await Shop.PointsAsync(member.Id)));
        Assert.Equal((true, false), (await Run.ConfirmAsync(admin.Id, Cancel), await Run.ConfirmAsync(admin.Id, Cancel)));
        await Run.PassAsync(Cancel);
        Assert.Equal(days > 0 ? 0 : 30, await Shop.PointsAsync(member.Id));
        Assert.Equal(admin.Id, await Shop.ReadAsync(db => db.JobLeases.Where(j => j.Name == "points-expiry").Select(j => j.ConfirmedBy).SingleAsync(Cancel)));
    }

    /// <summary>A month of paid time for 30 points.</summary>
    private async Task SpendAsync(Person member)
    {
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, provider: "points"));
    }

    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private Task<IReadOnlyList<PointsEnd>> EndsAsync(Person member) => Shop.ReadAsync(db => PointsLots.OfAsync(db, member.Id, Cancel));

    private Task GiveAsync(Person member, long points, int days) => Shop.Get<Writes>().RunAsync(
        (unit, token) => PointsAccounts.GrantAsync(unit.Db, Codes.New(8), member.Id, points, "test", null, Now, token, Now.AddDays(days)), Cancel);

    private Task LifeAsync(int days) => PublishTermsAsync(terms => terms with { LifeDays = days });
}

public sealed class PointsExpiryTests_Sqlite(SqliteDatabase database) : PointsExpiryTests(database), IClassFixture<SqliteDatabase>;

public sealed class PointsExpiryTests_Postgres(PostgresDatabase database) : PointsExpiryTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Gifts whose recipient is left to chance: who can be drawn, what the buyer learns, and what becomes of it at delivery.</summary>
public abstract class RandomGiftTests(TestDatabase database) : ShopTests(database)
{
    private async Task<Person> ActiveMemberAsync()
    {
        var member = await Shop.MemberAsync();
        await Shop.ActiveAsync(member);
        return member;
    }

    private Task<Candidate?> DrawAsync(Person buyer, AccountKind kind = AccountKind.Personal) =>
        Shop.ReadAsync(db => Shop.Get<RandomPool>().DrawAsync(db, kind, buyer.Buyer, Cancel));

    private async Task<HashSet<long>> DrawnAsync(Person buyer, AccountKind kind = AccountKind.Personal)
    {
        var drawn = new HashSet<long>();
        for (var i = 0; i < 12; i++)
        {
            drawn.Add((await DrawAsync(buyer, kind))?.Id ?? 0);
        }

        return drawn;
    }

    private Task ChangeAsync(Func<ShopDbContext, CancellationToken, Task> change) => Shop.Get<Writes>().RunAsync((unit, token) => change(unit.Db, token), Cancel);

    private Task SuspendAsync(Person member) =>
        ChangeAsync((db, token) => db.Users.Where(m => m.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), token));

    private async Task<PlacedOrder> OrderAsync(Person buyer, RandomChoice choice, long? drawn = null, int? days = null)
    {
        var wish = new AddToCart("paid1", 1, null, "a note")
        {
            Random = choice, DrawnId = drawn, DeliverOn = days is { } ahead ? Days.Text(Days.Of(Shop.Clock.GetUtcNow()).AddDays(ahead)) : null,
        };
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, wish));
        return await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer.Buyer)).Number);
    }

    private Task<Delivery> DeliveryAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.AsNoTracking().SingleAsync(d => d.OrderId == order.Order.Id, Cancel));

    private Task<OrderLineView> SeenAsync(PlacedOrder order) =>
        Shop.ReadAsync(async db => Assert.Single((await Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel)).Lines));

    [Fact]
    public async Task F6_Pool_HoldsOnlyWhoIsVisibleUnpaidOldActiveAndWilling_AndNeverTheBuyerOrWhoBansThem()
    {
        var (buyer, suspended, paid, forGood, young, silent, few, unwilling, banning, lapsed, fitting) = (
            await ActiveMemberAsync(), await ActiveMemberAsync(), await ActiveMemberAsync(), await ActiveMemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync(),
            await Shop.MemberAsync(), await ActiveMemberAsync(), await ActiveMemberAsync(), await ActiveMemberAsync(), await ActiveMemberAsync());
        await Shop.GrantAsync(lapsed.Id, "paid", 0, 1);
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        await SuspendAsync(suspended);
        await Shop.GrantAsync(paid.Id, "paid", 1);
        await Shop.GrantAsync(forGood.Id, "seed", 0);
        await Shop.ActiveAsync(young, createdAgo: 30);
        await Shop.ActiveAsync(silent, sincePost: 7);
        await Shop.ActiveAsync(few, posts: 9);
        await Shop.Get<RandomDesk>().ChooseAsync(unwilling.Id, [unwilling.Id], [], Cancel);
        await ChangeAsync((db, token) => GiftWishes.BanAsync(db, banning.Id, buyer.Name, Shop.Clock.GetUtcNow(), token));
        Assert.Equal(new HashSet<long> { fitting.Id, lapsed.Id }, await DrawnAsync(buyer));

        // whoever wants to be drawn again is
        await Shop.Get<RandomDesk>().ChooseAsync(unwilling.Id, [unwilling.Id], [unwilling.Id], Cancel);
        await SuspendAsync(lapsed);
        await SuspendAsync(fitting);
        Assert.Equal([unwilling.Id], await DrawnAsync(buyer));
    }

    [Fact]
    public async Task DW_8_Communities_AreDrawnApart_WithTenMembersOrMore_AndNotThoseOfTheBuyer()
    {
        var (buyer, member) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var (small, own, fitting) = (await Shop.CommunityAsync(), await Shop.CommunityAsync(buyer), await Shop.CommunityAsync());
        await Shop.ActiveAsync(small, members: 9);
        await Shop.ActiveAsync(own, members: 100);
        Assert.Null(await DrawAsync(buyer, AccountKind.Community));
        await Shop.ActiveAsync(fitting, members: 10);
        Assert.Equal([fitting.Id], await DrawnAsync(buyer, AccountKind.Community));
        Assert.Equal([member.Id], await DrawnAsync(buyer));
        var order = await OrderAsync(buyer, RandomChoice.HiddenCommunity);
        await Shop.PayAsync(order);
        Assert.Equal(fitting.Id, (await DeliveryAsync(order)).RecipientId);
    }

    [Fact]
    public async Task DF_38_DW_7_HiddenRecipient_IsDrawnAtDelivery_AndOnlyStaffLearnTheName()
    {
        var (buyer, drawn) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var order = await OrderAsync(buyer, RandomChoice.HiddenPerson);
        Assert.Equal((null, null), (Assert.Single(order.Order.Lines).RecipientId, (await DeliveryAsync(order)).RecipientId));
        await Shop.PayAsync(order);

        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), (await Shop.MembershipAsync(drawn.Id)).Until);
        var seen = await SeenAsync(order);
        Assert.Equal((null, null, null, false, DeliveryState.Applied), (seen.RecipientId, seen.RecipientName, seen.Until, seen.ForBuyer, seen.Delivery));
        Assert.Null(Assert.Single((await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().GivenAsync(db, buyer.Id, 1, Cancel))).Rows).RecipientName);
        var row = Assert.Single((await Shop.ReadAsync(db => RandomDesk.DrawsAsync(db, 1, Cancel))).Rows);
        Assert.Equal((order.Order.Reference, buyer.Name, drawn.Name, null), (row.Reference, row.Buyer, row.Recipient, row.Ordered));
        Assert.Equal(drawn.Id, await Shop.ReadAsync(db => db.RandomDraws.Select(d => d.DrawnId).SingleAsync(Cancel)));
        var mail = await Shop.ReadAsync(db => GiftReader.ReadAsync(db, new GiftMessage(row.DeliveryId), Cancel));
        Assert.Equal((drawn.Name, buyer.Name, true), (mail.ReaderName, mail.From, mail.AtRandom));
    }

    [Theory]
    [InlineData("paid")]
    [InlineData("suspended")]
    [InlineData("silent")]
    public async Task DF_39_WhoWasShownNoLongerFits_SomebodyElseIsDrawn_AndTheLineKeepsWhatWasOrdered(string why)
    {
        var (buyer, shown) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var order = await OrderAsync(buyer, RandomChoice.ShownPerson, shown.Id, days: 10);
        await Shop.PayAsync(order);
        await (why switch { "paid" => Shop.GrantAsync(shown.Id, "paid", 2), "suspended" => SuspendAsync(shown), _ => Task.CompletedTask });
        var other = await Shop.MemberAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(10));
        await Shop.ActiveAsync(other);
        if (why != "silent")
        {
            await Shop.ActiveAsync(shown);
        }

        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        var delivery = await DeliveryAsync(order);
        Assert.Equal((DeliveryState.Applied, other.Id), (delivery.State, delivery.RecipientId));
        Assert.Equal((shown.Id, shown.Name), (Assert.Single(order.Order.Lines).RecipientId, order.Order.Lines[0].RecipientName));
        Assert.Equal(other.Name, (await SeenAsync(order)).RecipientName);
        Assert.Equal((other.Id, shown.Id), await Shop.ReadAsync(async db => await db.RandomDraws.Select(d => new ValueTuple<long, long?>(d.DrawnId, d.InsteadOfId)).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task DF_39_NobodyIsLeftToDraw_TheDeliveryIsStuckWithItsReason()
    {
        var (buyer, drawn) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var order = await OrderAsync(buyer, RandomChoice.HiddenPerson);
        await SuspendAsync(drawn);
        await Shop.PayAsync(order);
        var delivery = await DeliveryAsync(order);
        Assert.Equal((DeliveryState.Stuck, "nobody_to_draw", null), (delivery.State, delivery.StuckReason, delivery.RecipientId));
        Assert.Equal(LineRefusal.NobodyToDraw, await RefusedAsync(buyer, RandomChoice.HiddenPerson));
    }

    private async Task<LineRefusal> RefusedAsync(Person buyer, RandomChoice choice, long? drawn = null, string sku = "paid1") =>
        Assert.IsType<CartResult.Refused>(await Shop.AddAsync(buyer.Buyer, new AddToCart(sku, 1, null, null) { Random = choice, DrawnId = drawn })).Reason;

    [Fact]
    public async Task DW_6_WhoWasShown_IsRefusedOnceTheyNoLongerFit_AlsoInTheCart()
    {
        var (buyer, shown) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        Assert.Equal(LineRefusal.NotAtRandom, await RefusedAsync(buyer, RandomChoice.ShownPerson, shown.Id, "icons"));
        Assert.Equal(LineRefusal.CandidateGone, await RefusedAsync(buyer, RandomChoice.ShownCommunity, shown.Id));
        Assert.Equal(LineRefusal.CandidateGone, await RefusedAsync(buyer, RandomChoice.ShownPerson, buyer.Id));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, new AddToCart("paid1", 1, null, null) { Random = RandomChoice.ShownPerson, DrawnId = shown.Id }));
        Assert.Equal(shown.Name, Assert.Single((await Shop.CartAsync(buyer.Buyer)).Lines).RecipientName);
        await Shop.GrantAsync(shown.Id, "paid", 1);
        Assert.Equal(LineRefusal.CandidateGone, Assert.Single((await Shop.CartAsync(buyer.Buyer)).Lines).Refusal);
        await PublishAsync(new RandomTerms { Offered = false });
        Assert.Equal(LineRefusal.NotAtRandom, await RefusedAsync(buyer, RandomChoice.HiddenPerson));
    }

    [Fact]
    public async Task DW_9_FourOrdersAtOnce_DrawFourDifferentMembers()
    {
        var (pool, orders) = (new List<long?>(), new List<PlacedOrder>());
        for (var i = 0; i < 4; i++)
        {
            pool.Add((await ActiveMemberAsync()).Id);
        }

        for (var i = 0; i < 4; i++)
        {
            orders.Add(await OrderAsync(await Shop.MemberAsync(), RandomChoice.HiddenPerson));
        }

        await ShopUnderTest.AtOnceAsync(4, i => Shop.PayAsync(orders[i]));
        Assert.Equal(pool, await Shop.ReadAsync(db => db.Deliveries.Select(d => d.RecipientId).OrderBy(id => id).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task DW_7_HiddenLine_MovesIntoTheAccountsCartAtSignIn()
    {
        var (member, _) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var added = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, new AddToCart("paid1", 1, null, null) { Random = RandomChoice.HiddenPerson }));
        var browser = Buyer.Of(null, added.NewCartKey);
        Assert.False(Assert.Single((await Shop.CartAsync(browser)).Lines).NeedsSignIn);
        Assert.Equal(1, (await Shop.Get<Carts>().MergeAsync(browser.SessionHash!, member.Id, Cancel)).Moved);
        var line = Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        Assert.Equal((RandomChoice.HiddenPerson, null, false, null), (line.Random, line.RecipientId, line.ForBuyer, line.Refusal));
    }

    [Fact]
    public async Task DW_7_WaitingHiddenGift_IsChangedWithoutARecipient()
    {
        var (buyer, _) = (await Shop.MemberAsync(), await ActiveMemberAsync());
        var order = await OrderAsync(buyer, RandomChoice.HiddenPerson, days: 5);
        await Shop.PayAsync(order);
        var delivery = await DeliveryAsync(order);
        var day = Days.Text(Days.Of(Shop.Clock.GetUtcNow()).AddDays(6));
        Assert.IsType<GiftChangeResult.Changed>(await Shop.Get<Core.Gifts>().ChangeAsync(buyer.Id, delivery.Id, new GiftChange(null, "other words", day, false, true, null), Cancel));
        var changed = await DeliveryAsync(order);
        Assert.Equal((RandomChoice.HiddenPerson, null, "other words", true), (changed.Random, changed.RecipientId, changed.Note, changed.Anonymous));
    }

    [Fact]
    public async Task DW_42_Circle_TellsAGroupAndNoDate()
    {
        var me = await Shop.MemberAsync();
        var people = new Dictionary<CircleGroup, Person>
        {
            [CircleGroup.NeverPaidPeople] = await Shop.MemberAsync(), [CircleGroup.NeverPaidCommunities] = await Shop.CommunityAsync(me),
            [CircleGroup.Lapsed] = await Shop.MemberAsync(), [CircleGroup.Ending] = await Shop.MemberAsync(), [CircleGroup.Running] = await Shop.MemberAsync(),
            [CircleGroup.Permanent] = await Shop.MemberAsync(), [CircleGroup.Closed] = await Shop.MemberAsync(), [CircleGroup.Others] = await Shop.MemberAsync(),
        };
        await Shop.GrantAsync(people[CircleGroup.Lapsed].Id, "paid", 0, 1);
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        await Shop.GrantAsync(people[CircleGroup.Ending].Id, "paid", 0, 29);
        await Shop.GrantAsync(people[CircleGroup.Running].Id, "paid", 0, 30);
        await Shop.GrantAsync(people[CircleGroup.Permanent].Id, "seed", 0);
        await ChangeAsync((db, token) => GiftWishes.BanAsync(db, people[CircleGroup.Closed].Id, me.Name, Shop.Clock.GetUtcNow(), token));
        foreach (var person in people.Values)
        {
            await ChangeAsync(async (db, token) => Assert.Equal(CircleResult.Added, await Circles.AddAsync(db, me.Id, person.Name, Shop.Clock.GetUtcNow(), token)));
        }

        // a name that one adds oneself tells nothing until its owner has done the same
        Assert.All(await RowsAsync(), row => Assert.True(row.Group is CircleGroup.Others or CircleGroup.NeverPaidCommunities or CircleGroup.Closed));
        foreach (var (_, person) in people.Where(p => p.Key is not (CircleGroup.Others or CircleGroup.NeverPaidCommunities)))
        {
            await ChangeAsync((db, token) => Circles.PutAsync(db, person.Id, me.Id, Shop.Clock.GetUtcNow(), token));
        }

        var rows = await RowsAsync();
        Assert.Equal(people.OrderBy(p => p.Key).Select(p => (p.Key, p.Value.Name)), rows.Select(r => (r.Group, r.Name)));
        Assert.Equal(rows[5..7], await Shop.ReadAsync(db => Circles.ListAsync(db, me.Id, Shop.Clock.GetUtcNow(), 5, 2, Cancel)));

        Task<List<CircleRow>> RowsAsync() => Shop.ReadAsync(db => Circles.ListAsync(db, me.Id, Shop.Clock.GetUtcNow(), 0, 50, Cancel));
    }
}

public sealed class RandomGiftTests_Sqlite(SqliteDatabase database) : RandomGiftTests(database), IClassFixture<SqliteDatabase>;

public sealed class RandomGiftTests_Postgres(PostgresDatabase database) : RandomGiftTests(database), IClassFixture<PostgresDatabase>;

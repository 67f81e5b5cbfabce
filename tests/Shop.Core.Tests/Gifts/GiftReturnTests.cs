using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Gifts that go back: by whoever got one, by the code of its mail, by the giver or by the shop where it could not be delivered (docs/adr/0015).</summary>
public abstract class GiftReturnTests(TestDatabase database) : ShopTests(database)
{
    private const string To = "somebody@example.org";

    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private Task<List<Delivery>> DeliveriesAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.AsNoTracking().Where(d => d.OrderId == order.Order.Id).OrderBy(d => d.Id).ToListAsync(Cancel));

    private async Task<Delivery> LastAsync(PlacedOrder order) => (await DeliveriesAsync(order))[^1];

    private Task<List<Refund>> RefundsAsync() => Shop.ReadAsync(db => db.Refunds.AsNoTracking().OrderBy(r => r.CreatedAt).ToListAsync(Cancel));

    private Task<List<OrderFlagKind>> FlagsAsync() => Shop.ReadAsync(db => db.OrderFlags.Where(f => f.ClearedAt == null).Select(f => f.Kind).OrderBy(k => k).ToListAsync(Cancel));

    private async Task<GiftReturnResult> ReturnAsync(Person who, PlacedOrder order) => await Shop.Get<GiftReturns>().ReturnAsync(who.Id, (await LastAsync(order)).Id, Cancel);

    private async Task<OrderView> SeenAsync(PlacedOrder order) => await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel));

    /// <summary>A gift that was paid and delivered.</summary>
    private async Task<(Person Giver, Person Friend, PlacedOrder Order)> GiftAsync(string sku = "paid2", int quantity = 1)
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(giver.Buyer, sku, quantity, friend.Name));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        return (giver, friend, order);
    }

    /// <summary>A gift that could not be delivered: its recipient banned the giver before it was paid.</summary>
    private async Task<(Person Giver, PlacedOrder Order, long Delivery)> StuckAsync(Person? giver = null)
    {
        var friend = await Shop.MemberAsync();
        giver ??= await Shop.MemberAsync();
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", friend.Name);
        await Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.BanAsync(unit.Db, friend.Id, giver.Name, Now, token), Cancel);
        await Shop.PayAsync(order);
        return (giver, order, (await LastAsync(order)).Id);
    }

    private async Task<(Person Giver, PlacedOrder Order, long Delivery, string Code)> MailedAsync()
    {
        var giver = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", To);
        await Shop.PayAsync(order);
        var delivery = (await LastAsync(order)).Id;
        return (giver, order, delivery, await CodeAsync(delivery));
    }

    private async Task<string> CodeAsync(long delivery) => (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), delivery, Cancel)))!.Code;

    private Task<GiftChangeResult> ChooseAsync(Person giver, long delivery, string recipient) =>
        Shop.Get<Core.Gifts>().ChangeAsync(giver.Id, delivery, new GiftChange(recipient, null, null, false, false, null), Cancel);

    [Fact]
    public async Task DW_70_GiftGivenBack_IsOffTheAccount_AndItsGiverHasTheMoney()
    {
        var (giver, friend, order) = await GiftAsync();
        await Shop.GrantAsync(friend.Id, "paid", 1);
        var without = await Shop.ReadAsync(async db => (await Shop.Get<GiftReturns>().FindAsync(db, friend.Id, (await LastAsync(order)).Id, Cancel))!.Left);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal((Now.AddMonths(1), without), ((await Shop.MembershipAsync(friend.Id)).Until!.Value, await Shop.MembershipAsync(friend.Id)));
        Assert.Equal(order.Order.DueMinor, Assert.Single(Shop.Till.Refunded).Amount.Minor);
        var refund = Assert.Single(await RefundsAsync());
        Assert.Equal((RefundOrigin.Recipient, RefundState.Succeeded), (refund.Origin, refund.State));
        Assert.Equal((OrderState.Refunded, order.Order.DueMinor), ((await SeenAsync(order)).State, (await SeenAsync(order)).Refunded.Minor));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Refund));
    }

    [Fact]
    public async Task DW_70_OneOfTwoLinesGivenBack_MoneyAndPointsEachToTheirSource_TheOtherLineStays()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 40), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1");
        await Shop.AddAsync(giver.Buyer, "paid2", recipient: friend.Name);
        await Shop.Get<Carts>().UsePointsAsync(giver.Buyer, true, Cancel);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        var gift = order.Order.Lines.Single(l => l.RecipientId == friend.Id);
        Assert.True(gift is { DueMinor: > 0, DuePoints: > 0 }, "the gift is the mixed line");
        Assert.Equal(0, await Shop.PointsAsync(giver.Id));

        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal((gift.DueMinor, gift.DuePoints), (Assert.Single(Shop.Till.Refunded).Amount.Minor, await Shop.PointsAsync(giver.Id)));
        Assert.Equal((OrderState.Fulfilled, "partially_refunded"), ((await SeenAsync(order)).State, (await SeenAsync(order)).StateWord));
        Assert.Equal([DeliveryState.Applied, DeliveryState.Revoked], (await DeliveriesAsync(order)).Select(d => d.State));
        Assert.NotNull((await Shop.MembershipAsync(giver.Id)).Until);
    }

    [Fact]
    public async Task DW_70_GiftPaidWithPointsAlone_GoesBackInOneTransaction()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: friend.Name);
        await Shop.Get<Carts>().UsePointsAsync(giver.Buyer, true, Cancel);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer, PayMethod.Points)).Number);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal((100L, OrderState.Refunded, 0), (await Shop.PointsAsync(giver.Id), (await SeenAsync(order)).State, Shop.Till.RefundCalls));
    }

    [Fact]
    public async Task S01_OnlyWhoeverGotIt_WithinTheTerm_GivesItBack()
    {
        var (giver, friend, order) = await GiftAsync();
        var own = await Shop.BuyAsync(giver.Buyer, "paid1");
        await Shop.PayAsync(own);
        Assert.IsType<GiftReturnResult.TooLate>(await ReturnAsync(await Shop.MemberAsync(), order));
        Assert.IsType<GiftReturnResult.TooLate>(await ReturnAsync(giver, order));
        Assert.IsType<GiftReturnResult.TooLate>(await ReturnAsync(giver, own));
        Shop.Clock.Advance(TimeSpan.FromDays(7));
        Assert.IsType<GiftReturnResult.TooLate>(await ReturnAsync(friend, order));
        Assert.Empty(await RefundsAsync());
    }

    [Fact]
    public async Task R05_PointsThatAreSpent_CannotBeGivenBack_AndNothingChanges()
    {
        var (_, friend, order) = await GiftAsync("points", 100);
        await Shop.AddAsync(friend.Buyer, "paid1");
        await Shop.Get<Carts>().UsePointsAsync(friend.Buyer, true, Cancel);
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(friend.Buyer, PayMethod.Points));
        Assert.Equal(RevokeRefusal.PointsGone, Assert.IsType<GiftReturnResult.Used>(await ReturnAsync(friend, order)).Reason);
        Assert.Equal((DeliveryState.Applied, OrderState.Fulfilled), ((await LastAsync(order)).State, (await SeenAsync(order)).State));
        Assert.Empty(await RefundsAsync());
    }

    [Fact]
    public async Task M05_OrderOfAnOldRevision_IsGivenBackAsItWasPaid()
    {
        var (giver, friend, order) = await GiftAsync();
        await Shop.GrantAsync(friend.Id, "paid", 1);
        await PublishAsync(product => product.Sku == "paid2" ? product with { PriceMinor = 900, Points = 90, On = false } : product);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal((order.Order.DueMinor, Now.AddMonths(1)), (Assert.Single(Shop.Till.Refunded).Amount.Minor, (await Shop.MembershipAsync(friend.Id)).Until!.Value));
    }

    [Fact]
    public async Task DW_70_SoManyAYear_AndNoMore()
    {
        await PublishSectionAsync<GiftTerms>(terms => terms with { ReturnsPerYear = 1 });
        var (giver, friend, order) = await GiftAsync();
        var second = await Shop.BuyAsync(giver.Buyer, "paid1", friend.Name);
        await Shop.PayAsync(second);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal(1, Assert.IsType<GiftReturnResult.TooMany>(await ReturnAsync(friend, second)).Most);
        Assert.Equal(Now.AddMonths(1), (await Shop.MembershipAsync(friend.Id)).Until);
    }

    [Fact]
    public async Task C01_GivenBackTenTimesAtOnceOnTwoNodes_IsOneRefund()
    {
        var (_, friend, order) = await GiftAsync();
        var delivery = (await LastAsync(order)).Id;
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(10, i => nodes[i % 2].Get<GiftReturns>().ReturnAsync(friend.Id, delivery, Cancel));
        Assert.Equal((1, 9), (results.OfType<GiftReturnResult.Returned>().Count(), results.OfType<GiftReturnResult.TooLate>().Count()));
        Assert.Single(Shop.Till.Refunded);
    }

    [Fact]
    public async Task R03_AnswerToTheRefundIsLost_GoodsAreGoneAndTheMoneyComesOnce()
    {
        var (_, friend, order) = await GiftAsync();
        Shop.Till.LoseRefundAnswer = true;
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, order));
        Assert.Equal((MembershipState.Never, OrderState.RefundPending), (await Shop.MembershipAsync(friend.Id), (await SeenAsync(order)).State));
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        Assert.Equal((OrderState.Refunded, 1), ((await SeenAsync(order)).State, Shop.Till.RefundCalls));
    }

    [Fact]
    public async Task R07_RefundRefusedByTheProvider_TheOrderGoesOnAndAPersonIsCalled()
    {
        var (_, friend, order) = await GiftAsync();
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        await ReturnAsync(friend, order);
        Assert.Equal((OrderState.Fulfilled, DeliveryState.Revoked), ((await SeenAsync(order)).State, (await LastAsync(order)).State));
        Assert.Equal([OrderFlagKind.RefundFailed], await FlagsAsync());
        Assert.Equal(0, await Shop.ReadAsync(db => db.ProviderPayments.SumAsync(p => p.ReservedMinor, Cancel)));
    }

    [Fact]
    public async Task DW_5_RefusedByItsCode_CodeIsDeadAndTheGiverHasTheMoney()
    {
        var (_, order, _, code) = await MailedAsync();
        Assert.False(await Shop.Get<GiftReturns>().RefuseAsync("not a code", Cancel));
        Assert.True(await Shop.Get<GiftReturns>().RefuseAsync(code, Cancel));
        Assert.False(await Shop.Get<GiftReturns>().RefuseAsync(code, Cancel));
        Assert.IsType<ClaimResult.Gone>(await Shop.Get<Claims>().ClaimAsync(code, (await Shop.MemberAsync()).Id, Cancel));
        Assert.Equal((OrderState.Refunded, DeliveryState.Cancelled), ((await SeenAsync(order)).State, (await LastAsync(order)).State));
        Assert.Single(Shop.Till.Refunded);
    }

    [Fact]
    public async Task C06_ClaimedAndRefusedAtOnceOnTwoNodes_OneOfThemWins()
    {
        var (_, order, _, code) = await MailedAsync();
        var (friend, other) = (await Shop.MemberAsync(), await NodeAsync());
        var results = await ShopUnderTest.AtOnceAsync(8, async i => i % 2 == 0
            ? await Shop.Get<Claims>().ClaimAsync(code, friend.Id, Cancel) is ClaimResult.Claimed
            : await other.Get<GiftReturns>().RefuseAsync(code, Cancel));
        Assert.Single(results, won => won);
        var delivery = await LastAsync(order);
        Assert.Equal(delivery.State == DeliveryState.Applied ? 0 : 1, Shop.Till.Refunded.Count);
        Assert.Equal(delivery.State == DeliveryState.Applied, (await Shop.MembershipAsync(friend.Id)).Until is not null);
    }

    [Fact]
    public async Task M07_CorrectedAddress_GetsACodeOfItsOwn_AndTheOldOneIsDead()
    {
        var (giver, _, delivery, code) = await MailedAsync();
        var stranger = await Shop.MemberAsync();
        Assert.Equal(LineRefusal.BadAddress, Assert.IsType<GiftChangeResult.Refused>(await ChooseAsync(giver, delivery, "no@where")).Why.Reason);
        Assert.IsType<GiftChangeResult.Changed>(await ChooseAsync(giver, delivery, To));
        Assert.Equal(code, await CodeAsync(delivery));
        Assert.IsType<GiftChangeResult.Changed>(await ChooseAsync(giver, delivery, "other@example.org"));
        var newCode = await CodeAsync(delivery);
        Assert.NotEqual(code, newCode);
        Assert.Null(await Shop.ReadAsync(db => Shop.Get<Claims>().FindAsync(db, code, stranger.Id, Cancel)));
        Assert.IsType<ClaimResult.Gone>(await Shop.Get<Claims>().ClaimAsync(code, stranger.Id, Cancel));
        Assert.False(await Shop.Get<GiftReturns>().RefuseAsync(code, Cancel));
        Assert.IsType<ClaimResult.Claimed>(await Shop.Get<Claims>().ClaimAsync(newCode, stranger.Id, Cancel));
        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.Claim));
    }

    [Fact]
    public async Task M07_CodeSentOnceMore_IsTheSameCode_AtMostSoOften()
    {
        var (giver, _, delivery, code) = await MailedAsync();
        Task<ResendResult> AgainAsync(Person who) => Shop.Get<Core.Gifts>().ResendAsync(who.Id, delivery, Cancel);
        Assert.Equal(ResendResult.TooOften, await AgainAsync(giver));
        Shop.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(ResendResult.TooLate, await AgainAsync(await Shop.MemberAsync()));
        Assert.Equal(ResendResult.Sent, await AgainAsync(giver));
        Assert.Equal(ResendResult.TooOften, await AgainAsync(giver));
        await Shop.SendAsync();
        Assert.Equal((2, code), (Shop.Sent.Count(OutboxKinds.Claim), await CodeAsync(delivery)));
    }

    [Fact]
    public async Task M06_GiftThatCannotBeDelivered_WaitsForItsGiver_AndGoesToSomebodyElse()
    {
        var (giver, order, delivery) = await StuckAsync();
        var other = await Shop.MemberAsync();
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.GiftStuck));
        await Shop.BooksAreRightAsync();
        var seen = await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().FindAsync(db, giver.Id, delivery, Cancel));
        Assert.Equal(LineRefusal.GiftsBanned, seen!.Stuck);

        Assert.IsType<GiftChangeResult.Changed>(await ChooseAsync(giver, delivery, other.Name));
        Assert.Equal((Now.AddMonths(1), OrderState.Fulfilled), ((await Shop.MembershipAsync(other.Id)).Until!.Value, (await SeenAsync(order)).State));
        Assert.Empty(await FlagsAsync());
    }

    [Fact]
    public async Task M06_GiftThatCannotBeDelivered_IsTakenBackByItsGiverAlone()
    {
        var (giver, order, delivery) = await StuckAsync();
        Assert.False(await Shop.Get<GiftReturns>().TakeBackAsync((await Shop.MemberAsync()).Id, delivery, Cancel));
        Assert.True(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel));
        Assert.False(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel));
        Assert.IsType<GiftChangeResult.TooLate>(await ChooseAsync(giver, delivery, (await Shop.MemberAsync()).Name));
        Assert.Equal((OrderState.Refunded, DeliveryState.Cancelled), ((await SeenAsync(order)).State, (await LastAsync(order)).State));
        Assert.Single(Shop.Till.Refunded);
        Assert.Empty(await FlagsAsync());
    }

    [Fact]
    public async Task M06_NobodyElseChosenInTime_TheMoneyGoesBackByItself()
    {
        var (_, order, _) = await StuckAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(13));
        Assert.Equal(0, await Shop.Get<GiftReturns>().PassAsync(Cancel));
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal((1, 0), (await Shop.Get<GiftReturns>().PassAsync(Cancel), await Shop.Get<GiftReturns>().PassAsync(Cancel)));
        Assert.Equal(OrderState.Refunded, (await SeenAsync(order)).State);
    }

    [Fact]
    public async Task M06_OwnGoodsThatCannotBeDelivered_GoBackAtOnce()
    {
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "paid1");
        await Shop.GrantAsync(member.Id, "seed", 0);
        await Shop.PayAsync(order);
        Assert.Equal(DeliveryState.Stuck, (await LastAsync(order)).State);
        Assert.Equal(1, await Shop.Get<GiftReturns>().PassAsync(Cancel));
        Assert.Equal((OrderState.Refunded, RefundOrigin.Shop), ((await SeenAsync(order)).State, Assert.Single(await RefundsAsync()).Origin));
    }

    [Fact]
    public async Task M06_ChosenAndTakenBackAtOnceOnTwoNodes_OneOfThemWins()
    {
        var (giver, order, delivery) = await StuckAsync();
        var (friend, other) = (await Shop.MemberAsync(), await NodeAsync());
        await ShopUnderTest.AtOnceAsync(6, async i => i % 2 == 0
            ? await ChooseAsync(giver, delivery, friend.Name) is GiftChangeResult.Changed
            : await other.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel));
        var isDelivered = (await LastAsync(order)).State == DeliveryState.Applied;
        Assert.Equal((isDelivered, isDelivered ? 0 : 1), ((await Shop.MembershipAsync(friend.Id)).Until is not null, Shop.Till.Refunded.Count));
    }
}

public sealed class GiftReturnTests_Sqlite(SqliteDatabase database) : GiftReturnTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftReturnTests_Postgres(PostgresDatabase database) : GiftReturnTests(database), IClassFixture<PostgresDatabase>;

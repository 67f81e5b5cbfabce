using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Staff pay a small amount to see that a method works: the way of all money, nothing for it, and all of it back by itself (DW-66, docs/adr/0026).</summary>
public abstract class TestPurchaseTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_66_TestPurchase_IsPaidBookedAndGivenBackByItself_AndGivesNothing()
    {
        await PublishTermsAsync(terms => terms with
        {
            TimeRates = [],
            Seasons = [new BonusSeason { Key = "now", From = Days.Of(Shop.Clock.GetUtcNow()), Until = Days.Of(Shop.Clock.GetUtcNow().AddDays(9)), MinorPerPoint = 100 }],
        });
        var staff = await Shop.MemberAsync();
        var order = await PlaceAsync(Wish(staff));
        Assert.Equal((TestStand.Waiting, 0L), await StandAsync());
        await Shop.PayAsync(order);
        Assert.Equal(((TestStand.OnItsWay, 300L), 0L), (await StandAsync(), await Shop.PointsAsync(staff.Id)));
        await Shop.BooksAreRightAsync();
        await WorkAsync();
        Assert.Equal((TestStand.Refunded, 300L), await StandAsync());
        Assert.Equal((OrderState.Refunded, DeliveryState.Cancelled), await EndAsync(order));
        Assert.Equal((300L, 0L, MembershipState.Never), (Assert.Single(Shop.Till.Refunded).Amount.Minor, await Shop.PointsAsync(staff.Id), await Shop.MembershipAsync(staff.Id)));
        await Shop.SendAsync();
        Assert.Equal((1, 1), (Shop.Sent.Count(OutboxKinds.Receipt), Shop.Sent.Count(OutboxKinds.Refund)));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_66_TestPurchase_IsNobodysFirstOrder()
    {
        var (staff, day) = (await Shop.MemberAsync(), Days.Of(Shop.Clock.GetUtcNow()));
        await PublishAsync((object)new PromotionTerms
        {
            Promotions = [new Promotion { Key = "first", Name = "Welcome", On = true, From = day, Until = day.AddDays(9), Percent = 10, FirstOrder = true }],
        });
        await Shop.PayAsync(await PlaceAsync(Wish(staff)));
        await WorkAsync();
        await Shop.AddAsync(staff.Buyer, "paid1");
        Assert.Single((await Shop.CartAsync(staff.Buyer)).Promotions);
    }

    /// <summary>Whoever is killed after the booking has promised the money back already: any worker sends it, once.</summary>
    [Fact]
    public async Task K13_PaidAndNothingSent_AnotherNodeSendsItBackOnce()
    {
        var order = await PlaceAsync(Wish(await Shop.MemberAsync()));
        await Shop.PayAsync(order);
        Assert.Equal(RefundState.Created, (await Shop.ReadAsync(db => db.Refunds.AsNoTracking().SingleAsync(Cancel))).State);
        ShopUnderTest[] nodes = [await NodeAsync(), await NodeAsync()];
        await ShopUnderTest.AtOnceAsync(6, i => nodes[i % 2].Get<RefundRun>().PassAsync(Cancel));
        Assert.Single(Shop.Till.Refunded);
        Assert.Equal((TestStand.Refunded, 300L), await StandAsync());
    }

    [Fact]
    public async Task C01_SameFormManyTimesAtOnce_IsOnePurchase_AndWithOtherContentItIsRefused()
    {
        var staff = await Shop.MemberAsync();
        var wish = Wish(staff);
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(6, i => nodes[i % 2].Get<TestPurchases>().PlaceAsync(wish, Cancel));
        Assert.Single(results.OfType<TestPurchaseResult.Placed>().Select(r => r.Number).Distinct());
        Assert.Equal(6, results.OfType<TestPurchaseResult.Placed>().Count());
        Assert.Equal(TestRefusal.OtherContent, await RefusedAsync(wish with { AmountMinor = 301 }));
        Assert.Equal(TestRefusal.OtherContent, await RefusedAsync(wish with { Provider = "other" }));
        Assert.Equal(1, await Shop.ReadAsync(db => db.Orders.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DW_66_RefundRefused_SaysThatTheMoneyStays_AndSomebodyElseGivesItBack()
    {
        var (staff, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PlaceAsync(Wish(staff));
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        await Shop.PayAsync(order);
        await WorkAsync();
        Assert.Equal((TestStand.Stays, 300L), await StandAsync());
        Assert.Equal("card_closed", Assert.Single(await ListAsync()).Why);
        Assert.True(await Shop.ReadAsync(db => db.OrderFlags.AnyAsync(f => f.OrderId == order.Order.Id && f.Kind == OrderFlagKind.RefundFailed, Cancel)));
        await Shop.BooksAreRightAsync();

        Shop.Till.RefundsAre = RefundOutcome.Succeeded;
        var wish = new StaffRefund { Key = Guid.NewGuid(), OrderId = order.Order.Id, Shares = [new LineShare(order.Order.Lines[0].Id, 300, 0)], Reason = "by hand" };
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await Shop.Get<RefundDesk>().RefundAsync(wish, staff.Id, Cancel)).Reason);
        Assert.IsType<StaffRefundResult.Made>(await Shop.Get<RefundDesk>().RefundAsync(wish, other.Id, Cancel));
        Assert.Equal((TestStand.Refunded, 300L), await StandAsync());
    }

    [Fact]
    public async Task DW_66_DeclinedOrInDoubtOrLeft_SaysWhetherMoneyMoved()
    {
        var declined = await PlaceAsync(Wish(await Shop.MemberAsync()));
        Shop.Till.Set(declined.Live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null));
        await Shop.SettleAsync(declined);
        Assert.Equal((TestStand.Ended, 0L), await StandAsync());
        Assert.Equal("insufficient_funds", (await ListAsync())[0].Why);

        var doubtful = await PlaceAsync(Wish(await Shop.MemberAsync()));
        Shop.Till.Fault = new HttpRequestException();
        await Shop.SettleAsync(doubtful);
        Assert.Equal((TestStand.Doubt, 0L), await StandAsync());
        Shop.Till.Fault = null;
        Shop.Till.Pay(doubtful.Live.Id);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        await WorkAsync();
        Assert.Equal((TestStand.Refunded, 300L), await StandAsync());

        var left = await PlaceAsync(Wish(await Shop.MemberAsync()));
        Shop.Clock.Advance(TimeSpan.FromMinutes(61));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal((TestStand.Ended, 0L, OrderState.Expired), ((await StandAsync()).Stand, (await StandAsync()).Minor, (await Shop.AgainAsync(left)).Order.State));
    }

    /// <summary>Money that comes when the test is over goes back like all money that no order can use.</summary>
    [Fact]
    public async Task P13_PaidAfterItsHour_GoesBackAsWell()
    {
        var order = await PlaceAsync(Wish(await Shop.MemberAsync()));
        Shop.Clock.Advance(TimeSpan.FromMinutes(61));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Shop.Till.Pay(order.Live.Id);
        await Shop.Get<Settlement>().SettleAsync(order.Live.Id, null, Cancel, news: true);
        await WorkAsync();
        Assert.Equal((TestStand.Refunded, 300L), await StandAsync());
    }

    [Fact]
    public async Task DW_66_BoundsOfTheRule_MethodsThatCanRefund_AndACountForEachPerson()
    {
        var staff = await Shop.MemberAsync();
        Assert.Equal(TestRefusal.Amount, await RefusedAsync(Wish(staff) with { AmountMinor = 501 }));
        Assert.Equal(TestRefusal.Amount, await RefusedAsync(Wish(staff) with { AmountMinor = 0 }));
        Assert.Equal(TestRefusal.NoMethod, await RefusedAsync(Wish(staff) with { Provider = "nobody" }));
        Assert.Equal([Till.Id, "other"], (await Shop.ReadAsync(db => Shop.Get<TestPurchases>().OffersAsync(db, Cancel))).Select(o => o.Provider));

        // hidden from buyers, and with a least amount for them: that is what a test is for
        await PublishAsync(new PaymentTerms { Methods = [new MethodTerms { Method = Till.Id, Offered = false, MinimumMinor = 9_000 }] });
        var order = await PlaceAsync(Wish(staff));
        Assert.Equal([(Till.Id, null)], (Assert.IsType<PayResult.Act>(await Shop.Get<Checkout>().PayAsync(order.Order.Id, Cancel))).Others.Select(m => (m.Provider, m.Disabled)));
        Assert.Equal(
            PlaceRefusal.MethodDisabled,
            Assert.IsType<PlaceResult.Refused>(await Shop.Get<Checkout>().ChangeMethodAsync(order.Order.Id, "other", null, Cancel)).Reason);
        for (var i = 1; i < TestPurchases.PerDay; i++)
        {
            await PlaceAsync(Wish(staff));
        }

        Assert.Equal(TestRefusal.TooMany, await RefusedAsync(Wish(staff)));
        await PublishAsync(new PaymentTerms { TestMaximumMinor = 0 });
        Assert.Equal(TestRefusal.NoMethod, await RefusedAsync(Wish(await Shop.MemberAsync())));
    }

    [Fact]
    public async Task DW_66_TestKind_CannotBeSold()
    {
        Assert.DoesNotContain(TestPurchaseItem.KindKey, Shop.Get<ItemKinds>().Keys);
        Assert.IsType<PublishResult.Refused>(await PublishListAsync(list => list with { Products = [.. list.Products, list.Products[0] with { Sku = "free", Kind = TestPurchaseItem.KindKey }] }));
    }

    private static TestWish Wish(Person staff) => new(Guid.NewGuid(), Till.Id, 300, staff.Id, "en", null);

    private async Task<PlacedOrder> PlaceAsync(TestWish wish) =>
        await Shop.OrderAsync(Assert.IsType<TestPurchaseResult.Placed>(await Shop.Get<TestPurchases>().PlaceAsync(wish, Cancel)).Number);

    private async Task<TestRefusal> RefusedAsync(TestWish wish) => Assert.IsType<TestPurchaseResult.Refused>(await Shop.Get<TestPurchases>().PlaceAsync(wish, Cancel)).Reason;

    private Task<IReadOnlyList<TestView>> ListAsync() => Shop.ReadAsync(db => TestPurchases.ListAsync(db, 0, Cancel));

    /// <summary>How the last test stands, and what was paid.</summary>
    private async Task<(TestStand Stand, long Minor)> StandAsync() => (await ListAsync())[0] is var test ? (test.Stand, test.Paid.Minor) : default;

    private async Task<(OrderState, DeliveryState)> EndAsync(PlacedOrder order) => (
        (await Shop.AgainAsync(order)).Order.State, await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.State).SingleAsync(Cancel)));

    private async Task WorkAsync()
    {
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
    }
}

public sealed class TestPurchaseTests_Sqlite(SqliteDatabase database) : TestPurchaseTests(database), IClassFixture<SqliteDatabase>;

public sealed class TestPurchaseTests_Postgres(PostgresDatabase database) : TestPurchaseTests(database), IClassFixture<PostgresDatabase>;

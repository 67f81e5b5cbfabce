using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Money that no order can use goes back by itself, once.</summary>
public abstract class ReturnedMoneyTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task P13_Surplus_GoesBackByItself()
    {
        var placed = await SurplusAsync();
        await PassAsync();
        var refund = Assert.Single(Shop.Till.Refunded);
        Assert.Equal(placed.Order.DueMinor, refund.Amount.Minor);
        Assert.Equal((RefundState.Succeeded, Disposition.Returned), await StandAsync());
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task R06_SurplusReturned_LeavesTheOrderAndItsGoodsUntouched()
    {
        var placed = await SurplusAsync();
        var before = (await Shop.AgainAsync(placed)).Order.State;
        await PassAsync();
        var view = await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, placed.Order.Id, Cancel));
        Assert.Equal((before, true, 0L), (view.State, Assert.Single(view.Unused).IsBack, view.Refunded.Minor));
    }

    [Fact]
    public async Task DF_19_MoneyThatDoesNotFit_GoesBackWhole()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Shop.Till.Pay(placed.Live.Id, amount: new Money(1, Currency.Usd));
        await Shop.SettleAsync(placed);
        await PassAsync();
        Assert.Equal(1, Assert.Single(Shop.Till.Refunded).Amount.Minor);
        Assert.Equal((RefundState.Succeeded, Disposition.Returned), await StandAsync());
    }

    [Fact]
    public async Task R03_AnswerToTheRefundIsLost_IsLookedUpAndBookedOnce()
    {
        await SurplusAsync();
        Shop.Till.LoseRefundAnswer = true;
        await PassAsync();
        Assert.Equal((RefundState.Unknown, Disposition.Surplus), await StandAsync());
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await PassAsync();
        Assert.Equal((RefundState.Succeeded, Disposition.Returned), await StandAsync());
        Assert.Equal(1, Shop.Till.RefundCalls);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task K13_RefundRowCommittedAndNothingSent_IsSentWithTheSameKey()
    {
        await SurplusAsync();
        Shop.Till.Fault = new HttpRequestException();
        await PassAsync();
        Shop.Till.Fault = null;
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await PassAsync(); // finds that nothing happened
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await PassAsync();
        Assert.Equal((RefundState.Succeeded, Disposition.Returned), await StandAsync());
        Assert.Single(Shop.Till.Refunded);
    }

    [Fact]
    public async Task R07_RefundRefused_FreesTheReserveAndCallsAPerson()
    {
        var placed = await SurplusAsync();
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        await PassAsync();
        Assert.Equal((RefundState.Failed, Disposition.Surplus), await StandAsync());
        Assert.Equal(0, await Shop.ReadAsync(db => db.ProviderPayments.Where(p => p.Disposition == Disposition.Surplus).Select(p => p.ReservedMinor).SingleAsync(Cancel)));
        Assert.True(await Shop.ReadAsync(db => db.OrderFlags.AnyAsync(f => f.OrderId == placed.Order.Id && f.Kind == OrderFlagKind.RefundFailed, Cancel)));
    }

    [Fact]
    public async Task DF_23_TwentyRefundPassesAtOnce_GiveBackOnce()
    {
        await SurplusAsync();
        await ShopUnderTest.AtOnceAsync(20, async _ =>
        {
            await PassAsync();
            return 0;
        });
        Assert.Single(Shop.Till.Refunded);
        Assert.Equal(1, await Shop.ReadAsync(db => db.Journals.CountAsync(j => j.Kind == "refund", Cancel)));
        await Shop.BooksAreRightAsync();
    }

    private Task<int> PassAsync() => Shop.Get<RefundRun>().PassAsync(Cancel);

    /// <summary>An attempt is given up for another one, and then both are paid.</summary>
    private async Task<PlacedOrder> SurplusAsync()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Shop.Till.Set(placed.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(placed);
        Assert.IsType<PlaceResult.Placed>(await Shop.Get<Checkout>().ChangeMethodAsync(placed.Order.Id, Till.Id, null, Cancel));
        Shop.Till.Pay(placed.Live.Id);
        await Shop.Get<Settlement>().SettleAsync(placed.Live.Id, null, Cancel, news: true);
        return await Shop.AgainAsync(placed);
    }

    private Task<(RefundState, Disposition)> StandAsync() => Shop.ReadAsync(async db =>
    {
        var refund = await db.Refunds.AsNoTracking().SingleAsync(Cancel);
        return (refund.State, await db.ProviderPayments.Where(p => p.Id == refund.PaymentId).Select(p => p.Disposition).SingleAsync(Cancel));
    });
}

public sealed class ReturnedMoneyTests_Sqlite(SqliteDatabase database) : ReturnedMoneyTests(database), IClassFixture<SqliteDatabase>;

public sealed class ReturnedMoneyTests_Postgres(PostgresDatabase database) : ReturnedMoneyTests(database), IClassFixture<PostgresDatabase>;

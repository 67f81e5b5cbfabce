using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Deliveries that do not work at once.</summary>
public abstract class DeliveryTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_72_DeliveryThatThrows_IsTriedAgainAfterOneToTwoHours()
    {
        var order = await BuyFlakyAsync(failures: 1);
        var delivery = await DeliveryAsync(order);
        Assert.Equal(DeliveryState.Scheduled, delivery.State);
        Assert.InRange(delivery.DueAt!.Value - Shop.Clock.GetUtcNow(), TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(order)).Order.State);
        Assert.Equal(1, Shop.Get<FlakyKind>().Delivered);
    }

    [Fact]
    public async Task DW_72_DeliveryThatNeverWorks_IsStuckAfterItsLastTryAndFlagged()
    {
        var order = await BuyFlakyAsync(failures: int.MaxValue);
        for (var i = 0; i < DeliveryRun.MaxTries; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromHours(2));
            await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        }

        var delivery = await DeliveryAsync(order);
        Assert.Equal((DeliveryState.Stuck, "failed_too_often"), (delivery.State, delivery.StuckReason));
        Assert.Equal(1, await Shop.ReadAsync(db => db.OrderFlags.CountAsync(f => f.OrderId == order.Order.Id && f.Kind == OrderFlagKind.DeliveryStuck, Cancel)));
        await ByStaffAsync(order);
    }

    [Fact]
    public async Task DW_72_TwoWorkersAtOnce_DeliverOnce()
    {
        var order = await BuyFlakyAsync(failures: 1);
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        await ShopUnderTest.AtOnceAsync(8, _ => Shop.Get<DeliveryRun>().PassAsync(Cancel));
        Assert.Equal(1, Shop.Get<FlakyKind>().Delivered);
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(order)).Order.State);
    }

    [Fact]
    public async Task DW_73_LineThatWaits_DoesNotHoldBackTheOthersNorTheReceipt()
    {
        Shop.Get<FlakyKind>().Failures = 1;
        var member = await MemberWithFlakyAsync();
        var order = await Shop.BuyAsync(member.Buyer, "paid1");
        await Shop.PayAsync(order);
        Assert.Equal(OrderState.Paid, (await Shop.AgainAsync(order)).Order.State);
        Assert.Equal("paid", (await Shop.MembershipAsync(member.Id)).Class);
        await Shop.SendAsync();
        Assert.Equal([$"receipt:{order.Order.Id}"], Shop.Sent.Keys);
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(order)).Order.State);
    }

    [Fact]
    public async Task DF_35_PaidOrderWithoutLines_IsFlaggedOnce()
    {
        var order = await BuyFlakyAsync(failures: 1);
        var other = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.PayAsync(other);
        var line = Assert.Single(order.Order.Lines).Id;
        Task MoveLineAsync(long to, int position) => Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.OrderLines.Where(l => l.Id == line).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.OrderId, to).SetProperty(l => l.Position, position), token), Cancel);
        await MoveLineAsync(other.Order.Id, 1);
        for (var hour = 0; hour < 3; hour++)
        {
            await Shop.Get<Janitor>().TidyAsync(Cancel);
        }

        Assert.Equal([order.Order.Id], await Shop.ReadAsync(db => db.OrderFlags.Where(f => f.Kind == OrderFlagKind.DeliveryStuck).Select(f => f.OrderId).ToListAsync(Cancel)));
        await MoveLineAsync(order.Order.Id, 0);
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
    }

    private async Task<Person> MemberWithFlakyAsync()
    {
        await PublishListAsync(list => list with { Products = [.. list.Products, FlakyKind.Product] });
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, FlakyKind.Product.Sku);
        return member;
    }

    private async Task<PlacedOrder> BuyFlakyAsync(int failures)
    {
        Shop.Get<FlakyKind>().Failures = failures;
        var member = await MemberWithFlakyAsync();
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await Shop.PayAsync(order);
        return order;
    }

    private Task<Delivery> DeliveryAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.AsNoTracking().SingleAsync(d => d.OrderId == order.Order.Id, Cancel));

    /// <summary>Staff hold the order back on purpose, so that the books call it late no longer.</summary>
    private Task ByStaffAsync(PlacedOrder order) => Shop.Get<Writes>().RunAsync(
        async (unit, token) =>
        {
            unit.Db.OrderFlags.Add(new OrderFlag { OrderId = order.Order.Id, Kind = OrderFlagKind.Held, RaisedAt = Shop.Clock.GetUtcNow(), By = "test" });
            await unit.Db.SaveChangesAsync(token);
        },
        Cancel);
}

public sealed class DeliveryTests_Sqlite(SqliteDatabase database) : DeliveryTests(database), IClassFixture<SqliteDatabase>;

public sealed class DeliveryTests_Postgres(PostgresDatabase database) : DeliveryTests(database), IClassFixture<PostgresDatabase>;

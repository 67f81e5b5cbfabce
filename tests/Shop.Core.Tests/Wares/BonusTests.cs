using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Points that money earns in a season: promised before, given once with the payment, taken back with the money.</summary>
public abstract class BonusTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_93_InTheSeason_WholeDollarsEarnPointsOnceAndTheCartSaidSo()
    {
        await SeasonAsync();
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "points", 39);
        await Shop.AddAsync(member.Buyer, "paid12");
        Assert.Equal(28, (await Shop.CartAsync(member.Buyer)).Bonus); // 28.90 in money
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        Shop.Till.Pay(order.Live.Id);
        await ShopUnderTest.AtOnceAsync(8, _ => Shop.SettleAsync(order));
        Assert.Equal((39L + 28, 28L), (await Shop.PointsAsync(member.Id), (await Shop.AgainAsync(order)).Order.BonusPoints));
    }

    [Fact]
    public async Task DW_93_PointsSpent_EarnNothing()
    {
        await SeasonAsync();
        var member = await Shop.MemberAsync(points: 100);
        var order = await PaidAsync(member, "paid12");
        Assert.Equal((1500L, 15L, 15L), (order.Order.DueMinor, order.Order.BonusPoints, await Shop.PointsAsync(member.Id)));
    }

    [Fact]
    public async Task DW_93_ExcludedProduct_EarnsNothing()
    {
        await SeasonAsync();
        await PublishAsync(product => product with { NoBonus = product.Sku == "paid12" });
        Assert.Equal(0, (await PaidAsync(await Shop.MemberAsync(), "paid12")).Order.BonusPoints);
        Assert.Equal(13, (await PaidAsync(await Shop.MemberAsync(), "paid6")).Order.BonusPoints);
    }

    [Fact]
    public async Task DW_93_Visitor_EarnsNothingAndIsPromisedNothing()
    {
        await SeasonAsync();
        var friend = await Shop.MemberAsync();
        var added = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid12", recipient: friend.Name));
        var visitor = Buyer.Of(null, added.NewCartKey);
        Assert.Equal(0, (await Shop.CartAsync(visitor)).Bonus);
        var placed = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(visitor, email: "visitor@example.org"));
        var order = await Shop.OrderAsync(placed.Number);
        await Shop.PayAsync(order);
        Assert.Equal((0L, 0L), ((await Shop.AgainAsync(order)).Order.BonusPoints, await Shop.PointsAsync(friend.Id)));
    }

    /// <summary>The last day belongs to the season, to its end in UTC; the day of payment decides, not that of placing.</summary>
    [Theory]
    [InlineData(-1, 25)]
    [InlineData(0, 0)]
    public async Task DW_93_DayOfPayment_DecidesToTheMillisecond(int milliseconds, long bonus)
    {
        await SeasonAsync(days: 3);
        var order = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid12");
        var end = new DateTimeOffset(Shop.Clock.GetUtcNow().UtcDateTime.Date.AddDays(4), TimeSpan.Zero);
        Shop.Clock.Advance(end.AddMilliseconds(milliseconds) - Shop.Clock.GetUtcNow());
        await Shop.PayAsync(order);
        Assert.Equal(bonus, (await Shop.AgainAsync(order)).Order.BonusPoints);
    }

    [Theory]
    [InlineData(2500, 0)]
    [InlineData(1050, 14)]
    public async Task DW_93_Refund_TakesBackWhatItsMoneyEarnedOnce(long minor, long stays)
    {
        await SeasonAsync();
        var member = await Shop.MemberAsync();
        var order = await PaidAsync(member, "paid12");
        Assert.Equal((25L, 25L), (order.Order.BonusPoints, await Shop.PointsAsync(member.Id)));
        var refund = await RefundAsync(order, minor);
        await ShopUnderTest.AtOnceAsync(4, _ => WithdrawAsync(order, refund));
        Assert.Equal((stays, stays), ((await Shop.AgainAsync(order)).Order.BonusPoints, await Shop.PointsAsync(member.Id)));
        await FailRefundAsync(refund);
    }

    [Fact]
    public async Task DF_49_BonusThatIsSpent_IsTakenAsFarAsItIsThere()
    {
        await SeasonAsync();
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PaidAsync(member, "paid12");
        await Shop.Get<Transfers>().SendAsync(new TransferWish(member.Id, friend.Name, 1, null, false), Codes.New(26), Cancel);
        var refund = await RefundAsync(order, 2500);
        Assert.Equal(RevokeRefusal.PointsGone, Assert.IsType<RevokeResult.Refused>(await WithdrawAsync(order, refund)).Reason);
        Assert.Equal((1L, 0L), ((await Shop.AgainAsync(order)).Order.BonusPoints, await Shop.PointsAsync(member.Id)));
        await FailRefundAsync(refund);
    }

    /// <summary>A season of one point for a dollar, from yesterday.</summary>
    private async Task SeasonAsync(int days = 30)
    {
        var today = DateOnly.FromDateTime(Shop.Clock.GetUtcNow().UtcDateTime);
        await PublishTermsAsync(terms => terms with
        {
            TimeRates = [],
            Seasons = [new BonusSeason { Key = "moon", From = today.AddDays(-1), Until = today.AddDays(days), MinorPerPoint = 100 }],
        });
    }

    private async Task<PlacedOrder> PaidAsync(Person member, string sku)
    {
        var order = await Shop.BuyAsync(member.Buyer, sku);
        await Shop.PayAsync(order);
        return await Shop.AgainAsync(order);
    }

    private async Task<Guid> RefundAsync(PlacedOrder order, long minor)
    {
        var id = Guid.CreateVersion7(Shop.Clock.GetUtcNow());
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var payment = await unit.Db.ProviderPayments.SingleAsync(p => p.AttemptId == order.Live.Id, token);
                unit.Db.Refunds.Add(new Refund
                {
                    Id = id, OrderId = order.Order.Id, PaymentId = payment.Id, Origin = RefundOrigin.Staff, IdemKey = $"{id:N}:refund", AmountMinor = minor, Points = 0,
                    CreatedAt = Shop.Clock.GetUtcNow(), Reason = "test", By = "test",
                });
                unit.Db.RefundLines.Add(new RefundLine { RefundId = id, OrderLineId = order.Order.Lines[0].Id, AmountMinor = minor, Points = 0 });
                await unit.Db.SaveChangesAsync(token);
                await unit.Db.Refunds.Where(r => r.Id == id).ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Succeeded), token);
            },
            Cancel);
        return id;
    }

    /// <summary>The refund itself is somebody else's work: here it ends without money, so that the books stay right.</summary>
    private Task FailRefundAsync(Guid refund) => Shop.Get<Writes>().RunAsync(
        (unit, token) => unit.Db.Refunds.Where(r => r.Id == refund).ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Failed), token), Cancel);

    private Task<RevokeResult> WithdrawAsync(PlacedOrder order, Guid refund) => Shop.Get<Writes>().RunAsync(
        async (unit, token) =>
        {
            var locked = await unit.Db.Orders.FromSql($"UPDATE orders SET version = version + 1 WHERE id = {order.Order.Id} RETURNING *").AsNoTracking().ToListAsync(token);
            return await Shop.Get<Bonuses>().WithdrawAsync(unit.Db, locked.Single(), refund, Shop.Clock.GetUtcNow(), token);
        },
        Cancel);
}

public sealed class BonusTests_Sqlite(SqliteDatabase database) : BonusTests(database), IClassFixture<SqliteDatabase>;

public sealed class BonusTests_Postgres(PostgresDatabase database) : BonusTests(database), IClassFixture<PostgresDatabase>;

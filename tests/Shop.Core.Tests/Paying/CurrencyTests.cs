using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Money of sites that count in other units: none after the comma, or three.</summary>
public abstract class CurrencyTests(TestDatabase database) : ShopTests(database)
{
    /// <summary>Every step counts in minor units of the list's currency; nothing is rounded on the way there and back.</summary>
    [Theory]
    [InlineData("JPY", 300)]
    [InlineData("KWD", 1_001)]
    public async Task M04_OrderAndRefund_AreExactInMinorUnits(string currency, long minor)
    {
        await PublishListAsync(list => list with { Currency = currency, Products = [.. list.Products.Select(p => p.Sku == "paid1" ? p with { PriceMinor = minor, Points = null } : p)] });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", friend.Name);
        Assert.Equal((currency, minor, minor), (order.Order.Currency, order.Order.PriceMinor, order.Live.AmountMinor));
        await Shop.PayAsync(order);
        var seen = await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel));
        Assert.IsType<GiftReturnResult.Returned>(await Shop.Get<GiftReturns>().ReturnAsync(friend.Id, await Shop.ReadAsync(db => Task.FromResult(db.Deliveries.Select(d => d.Id).Single())), Cancel));
        var refund = Assert.Single(Shop.Till.Refunded);
        Assert.Equal((currency, minor, seen.Total), (refund.Amount.Currency.Code, refund.Amount.Minor, refund.Amount));
    }
}

public sealed class CurrencyTests_Sqlite(SqliteDatabase database) : CurrencyTests(database), IClassFixture<SqliteDatabase>;

public sealed class CurrencyTests_Postgres(PostgresDatabase database) : CurrencyTests(database), IClassFixture<PostgresDatabase>;

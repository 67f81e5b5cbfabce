using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Rules;

/// <summary>Rules that change while people are buying: nobody pays what they were not shown, and nobody gets something else.</summary>
public abstract class RuleChangeTests(TestDatabase database) : ShopTests(database)
{
    private const int Buyers = 20;

    private sealed record Page(Person Who, long Points, CartView Cart);

    /// <summary>
    /// Twenty buyers have the checkout before them, a third each with money, points and both, when one price rises and another falls. They all place at once on
    /// two nodes, after the change or in the same moment as it.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task M05_PricesChangedWhileTwentyBuyersCheckOut_EachIsChargedWhatTheirPageShows(bool published)
    {
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var pages = new List<Page>();
        for (var i = 0; i < Buyers; i++)
        {
            var points = i % 3 == 0 ? 0 : 100;
            var who = await Shop.MemberAsync(points);
            Assert.IsType<CartResult.Changed>(await Shop.AddAsync(who.Buyer, i % 3 == 2 ? "paid12" : "paid1"));
            pages.Add(new Page(who, points, await nodes[i % 2].CartAsync(who.Buyer)));
        }

        if (published)
        {
            await PublishAsync(Change);
        }

        var results = await ShopUnderTest.AtOnceAsync(published ? Buyers : Buyers + 1, async i =>
        {
            if (i < Buyers)
            {
                return await PlaceAsync(nodes[i % 2], pages[i]);
            }

            await PublishAsync(Change);
            return null;
        });
        for (var i = 0; i < Buyers; i++)
        {
            Assert.True(results[i] is PlaceResult.Changed || (results[i] is PlaceResult.Placed && !published), $"{results[i]}");
            if (results[i] is PlaceResult.Changed)
            {
                Assert.Equal((0, pages[i].Points), (await OrdersAsync(pages[i].Who), await Shop.PointsAsync(pages[i].Who.Id)));
                var again = pages[i] with { Cart = await nodes[i % 2].CartAsync(pages[i].Who.Buyer) };
                Assert.NotEqual(pages[i].Cart.Total, again.Cart.Total);
                pages[i] = again;
                results[i] = await PlaceAsync(nodes[(i + 1) % 2], again);
            }

            var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(results[i]).Number);
            var page = pages[i].Cart;
            Assert.Equal(
                (page.DueMoney.Minor, page.DuePoints, page.Total.Minor, page.RuleRevision),
                (order.Order.DueMinor, order.Order.DuePoints, order.Order.PriceMinor, order.Order.RuleRevision));
            Assert.Equal(page.DueMoney.Minor, order.Attempts.Sum(a => a.AmountMinor));
            Assert.Equal((1, pages[i].Points - page.DuePoints), (await OrdersAsync(pages[i].Who), await Shop.PointsAsync(pages[i].Who.Id)));
        }
    }

    [Fact]
    public async Task M05_GoodsChangedForTheSamePrice_AreShownBeforeTheyAreBought()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid2");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        await PublishAsync(p => p.Sku == "paid2" ? p with { Goods = JsonSerializer.SerializeToElement(new { @class = "paid", months = 1 }) } : p);
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(member.Buyer, shown: shown));
    }

    private static Product Change(Product product) => product.Sku switch
    {
        "paid1" => product with { PriceMinor = 250, Points = 25 },
        "paid12" => product with { PriceMinor = 3000, Points = 300 },
        _ => product,
    };

    private static Task<PlaceResult> PlaceAsync(ShopUnderTest node, Page page) =>
        node.PlaceAsync(page.Who.Buyer, page.Cart.DueMoney.IsZero ? PayMethod.Points : Till.Id, shown: page.Cart.Shown);

    private Task<int> OrdersAsync(Person who) => Shop.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == who.Id, Cancel));
}

public sealed class RuleChangeTests_Sqlite(SqliteDatabase database) : RuleChangeTests(database), IClassFixture<SqliteDatabase>;

public sealed class RuleChangeTests_Postgres(PostgresDatabase database) : RuleChangeTests(database), IClassFixture<PostgresDatabase>;

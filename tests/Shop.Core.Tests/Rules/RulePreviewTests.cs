using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Rules;

/// <summary>
/// What a draft would have done to a history that was really bought. The figures are worked out by hand. The draft: paid12 from $25.00 / 250 to $30.00 / 300,
/// paid1 from $3.00 / 30 to $2.50 / 25, prem6 ($20.00) no longer sold.
/// </summary>
public abstract class RulePreviewTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task Orders_OfTheLast90Days_AreRecomputedToTheCent()
    {
        await HistoryAsync();
        var effects = await EffectsAsync(Change);

        //  order                 was             would be
        //  paid12, money         25.00           30.00
        //  paid12, 100 points    15.00 + 100     20.00 + 100
        //  paid12, 220 points     3.00 + 220      8.00 + 220
        //  paid12, 250 points     0.00 + 250      5.00 + 250
        //  prem6                 20.00            0.00, not sold
        //  3 x paid1              9.00            7.50
        Assert.Equal((6, 6, 1), (effects.Orders, effects.OrdersChanged, effects.OrdersNotSold));
        Assert.Equal(new RuleSums(12_900, 7200, 570), effects.OrdersWere);
        Assert.Equal(new RuleSums(12_750, 7050, 570), effects.OrdersWouldBe);
        Assert.Equal(
            [
                new ProductEffect("paid1", 3, 900, 750, true),
                new ProductEffect("paid12", 4, 10_000, 12_000, true),
                new ProductEffect("prem6", 1, 2000, 0, false),
            ],
            effects.Products);
    }

    /// <summary>The floor of $3.00 moves the points: 250 points of a $26.00 order would leave $1.00, so 230 are used and $3.00 stay.</summary>
    [Fact]
    public async Task Orders_PaidWithPoints_AreSplitAsACartWouldBe()
    {
        await BuyAsync("paid12", points: 250);
        var effects = await EffectsAsync(p => p.Sku == "paid12" ? p with { PriceMinor = 2600, Points = 260 } : p);
        Assert.Equal(new RuleSums(2600, 300, 230), effects.OrdersWouldBe);
    }

    [Fact]
    public async Task Orders_ByWeek_AddUpToTheSums()
    {
        await HistoryAsync();
        var effects = await EffectsAsync(Change);
        Assert.Equal(13, effects.Weeks.Count);
        Assert.Equal((effects.OrdersWere.DueMinor, effects.OrdersWouldBe.DueMinor), (effects.Weeks.Sum(w => w.WasMinor), effects.Weeks.Sum(w => w.WouldBeMinor)));
        Assert.Equal((2500, 3000), (effects.Weeks[0].WasMinor, effects.Weeks[0].WouldBeMinor));
    }

    [Fact]
    public async Task Draft_ThatChangesNoPrice_ChangesNoOrder()
    {
        await HistoryAsync();
        var effects = await EffectsAsync(p => p);
        Assert.Equal((0, effects.OrdersWere), (effects.OrdersChanged, effects.OrdersWouldBe));
    }

    /// <summary>The same as the cart's own page shows before and after the draft is published.</summary>
    [Fact]
    public async Task Carts_AreWhatTheirPagesShowBeforeAndAfter()
    {
        var (rich, other, frugal) = (await Shop.MemberAsync(points: 240), await Shop.MemberAsync(), await Shop.MemberAsync(points: 500));
        await Shop.AddAsync(rich.Buyer, "paid12");
        await Shop.AddAsync(other.Buyer, "prem6");
        await Shop.AddAsync(frugal.Buyer, "paid1", quantity: 2);
        await Shop.Get<Carts>().UsePointsAsync(frugal.Buyer, false, Cancel);
        var before = await CartsAsync(rich, other, frugal);
        var effects = await EffectsAsync(Change);
        Assert.Equal((3, 3, 1), (effects.Carts, effects.CartsChanged, effects.CartsNotSold));
        Assert.Equal(before, effects.CartsWere);
        await PublishAsync(Change);
        Assert.Equal(await CartsAsync(rich, other, frugal), effects.CartsWouldBe);
        Assert.Equal(new RuleSums(3500, 1100, 240), effects.CartsWouldBe);
    }

    [Fact]
    public async Task Cart_WhoseOrderHoldsPoints_CountsThem()
    {
        var buyer = await Shop.MemberAsync(points: 100);
        await Shop.AddAsync(buyer.Buyer, "paid12");
        await Shop.PlaceAsync(buyer.Buyer);
        Assert.Equal(new RuleSums(2500, 1500, 100), (await EffectsAsync(Change)).CartsWere);
    }

    [Fact]
    public async Task Warnings_NameWhatIsAllowedAndStillStrange()
    {
        var effects = await EffectsAsync(p => p.Sku switch
        {
            "paid1" => p with { PriceMinor = 700, Points = 70 },
            "paid12" => p with { PriceMinor = 2700, Points = 270 },
            _ => p,
        });
        Assert.Equal(["paid1 would cost more than twice as much as before.", "2 times paid6 would cost less than paid12 once."], effects.Warnings);
    }

    /// <summary>12 months were sold for 250 points; with a dearer price 24 points for 30 days are allowed, but who bought before would get 24 x 12 = 288.</summary>
    [Fact]
    public async Task Warnings_PointsForTimeThatWasSoldForLess()
    {
        await BuyAsync("paid12");
        var effects = await EffectsAsync(
            p => p.Kind == PaidTime.KindKey && p.Group == "paid" ? p with { PriceMinor = p.PriceMinor * 3 / 2 / 10 * 10, Points = p.PriceMinor * 3 / 2 / 10 } : p,
            points: new PointTerms { TimeRates = [new TimeRate { Class = "paid", PointsPerBlock = 24 }] });
        Assert.Equal(
            [
                "24 points for 30 days of paid time are more than some of it was sold for in the last 90 days: 12 months of paid time brought 250 points. "
                    + "Who bought then would gain by turning it into points.",
            ],
            effects.Warnings);
    }

    private static Product Change(Product product) => product.Sku switch
    {
        "paid12" => product with { PriceMinor = 3000, Points = 300 },
        "paid1" => product with { PriceMinor = 250, Points = 25 },
        "prem6" => product with { On = false },
        _ => product,
    };

    private async Task HistoryAsync()
    {
        await BuyAsync("paid12"); // too old by then
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await BuyAsync("paid12");
        Shop.Clock.Advance(TimeSpan.FromDays(40));
        await BuyAsync("paid12", points: 100);
        await BuyAsync("paid12", points: 240);
        await BuyAsync("paid12", points: 250);
        Shop.Clock.Advance(TimeSpan.FromDays(40));
        await BuyAsync("prem6");
        await BuyAsync("paid1", quantity: 3);
        Shop.Clock.Advance(TimeSpan.FromDays(8));
        var waiting = await Shop.MemberAsync();
        await Shop.BuyAsync(waiting.Buyer, "paid12"); // not paid
    }

    private async Task BuyAsync(string sku, long points = 0, int quantity = 1)
    {
        var buyer = await Shop.MemberAsync(points);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, sku, quantity));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer.Buyer, points == 250 ? PayMethod.Points : Till.Id)).Number);
        if (order.Order.State == OrderState.AwaitingPayment)
        {
            await Shop.PayAsync(order);
        }

        Assert.NotNull((await Shop.AgainAsync(order)).Order.PaidAt);
    }

    private async Task<RuleEffects> EffectsAsync(Func<Product, Product> change, PointTerms? points = null)
    {
        var book = Shop.Get<RuleBook>();
        return await Shop.ReadAsync(async db =>
        {
            var was = await book.OfAsync(db, await book.CurrentAsync(db, Cancel), Cancel);
            var json = (await book.JsonAsync(db, await book.CurrentAsync(db, Cancel), Cancel)).ToDictionary();
            var list = was.Get<PriceList>();
            json[PriceList.Section] = Json(list with { Products = [.. list.Products.Select(change)] });
            json[PointTerms.Section] = Json(points ?? was.Get<PointTerms>());
            var (now, problems) = book.Read(json);
            Assert.Empty(problems);
            return await Shop.Get<RulePreview>().OfAsync(db, was, now!, Cancel);
        });
    }

    private static JsonObject Json<T>(T value) => System.Text.Json.JsonSerializer.SerializeToNode(value, System.Text.Json.JsonSerializerOptions.Web)!.AsObject();

    /// <summary>The sums of some carts as their pages show them; a line that is not sold costs nothing.</summary>
    private async Task<RuleSums> CartsAsync(params Person[] people)
    {
        var sums = RuleSums.Zero;
        foreach (var person in people)
        {
            var cart = await Shop.CartAsync(person.Buyer);
            sums += new RuleSums(cart.Total.Minor, cart.DueMoney.Minor, cart.DuePoints);
        }

        return sums;
    }
}

public sealed class RulePreviewTests_Sqlite(SqliteDatabase database) : RulePreviewTests(database), IClassFixture<SqliteDatabase>;

public sealed class RulePreviewTests_Postgres(PostgresDatabase database) : RulePreviewTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Seed accounts: for good, only so many, and never more than that.</summary>
public abstract class StockTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_18_SeedAccount_IsForGoodAndCalledPermanent()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "seed");
        var line = Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        Assert.Equal(("Permanent seed account", new LineEffect.RunsUntil(null, "seed")), (line.Title, line.Effect));
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number));
        Assert.Equal(MembershipPhase.Permanent, (await Shop.MembershipAsync(member.Id)).PhaseAt(Shop.Clock.GetUtcNow().AddYears(100)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(null)]
    public async Task DF_40_WithoutALimit_ItCanBeBoughtAndNoNumberIsSaid(int? limit)
    {
        await LimitAsync(limit);
        for (var i = 0; i < 2; i++)
        {
            var member = await Shop.MemberAsync();
            await Shop.PayAsync(await Shop.BuyAsync(member.Buyer, "seed"));
            Assert.True((await Shop.MembershipAsync(member.Id)).Permanent);
        }

        Assert.Null((await ProductAsync()).LeftAtMost);
    }

    [Fact]
    public async Task DW_18_LimitOfNone_IsSoldOut()
    {
        await LimitAsync(0);
        var member = await Shop.MemberAsync();
        Assert.Equal(new CartResult.Refused(CartField.None, LineRefusal.SoldOut), await Shop.AddAsync(member.Buyer, "seed"));
        Assert.Equal((LineRefusal.SoldOut, null), ((await ProductAsync()).Refusal, (await ProductAsync()).LeftAtMost));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 25)]
    [InlineData(50, 50)]
    [InlineData(51, 100)]
    [InlineData(101, 150)]
    [InlineData(200, 200)]
    [InlineData(201, 300)]
    [InlineData(400, 400)]
    [InlineData(500, 500)]
    [InlineData(501, null)]
    public async Task DW_18_WhatIsLeft_IsSaidInRoundSteps(int limit, int? words)
    {
        await LimitAsync(limit);
        Assert.Equal(words, (await ProductAsync()).LeftAtMost);
    }

    [Fact]
    public async Task DF_40_LastOneAndFiftyBuyersAtOnce_OneIsSold()
    {
        await LimitAsync(1);
        var results = await CheckoutsAtOnceAsync(50);
        Assert.Single(results.OfType<PlaceResult.Placed>());
        Assert.All(results.Where(r => r is not PlaceResult.Placed), r => Assert.True(r is PlaceResult.Changed or PlaceResult.Refused { Reason: PlaceRefusal.LineRefused }));
        Assert.Equal((1, LineRefusal.SoldOut), (await LiveOrdersAsync(), (await ProductAsync()).Refusal));
    }

    [Fact]
    public async Task C07_DeclinedAttempts_FreeWhatTheyHeldAndNoMore()
    {
        await LimitAsync(6);
        var placed = (await CheckoutsAtOnceAsync(12)).OfType<PlaceResult.Placed>().ToList();
        Assert.Equal(6, placed.Count);
        var orders = await Task.WhenAll(placed.Select(p => Shop.OrderAsync(p.Number)));
        foreach (var order in orders[..3])
        {
            Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        }

        await ShopUnderTest.AtOnceAsync(6, i => i < 3 ? Shop.SettleAsync(orders[i]) : Shop.PayAsync(orders[i]));
        Assert.Equal(3, (await CheckoutsAtOnceAsync(8)).OfType<PlaceResult.Placed>().Count());
        Assert.Equal(6, await LiveOrdersAsync());
    }

    [Fact]
    public async Task DW_18_OwnUnpaidOrder_IsNotInItsCartsWay()
    {
        await LimitAsync(1);
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "seed");
        Assert.True((await Shop.CartAsync(member.Buyer)).CanBePlaced);
        Assert.Equal(order.Order.Number, Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        var other = await Shop.MemberAsync();
        Assert.Equal(LineRefusal.SoldOut, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(other.Buyer, "seed")).Reason);
    }

    [Fact]
    public async Task DW_18_CartThatIsEmptied_GivesItsPieceBack()
    {
        await LimitAsync(1);
        var member = await Shop.MemberAsync();
        await Shop.BuyAsync(member.Buyer, "seed");
        await Shop.Get<Carts>().DiscardAsync(member.Buyer, Cancel);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync((await Shop.MemberAsync()).Buyer, "seed"));
    }

    /// <summary>The attempt had ended, its piece went to somebody else, and then its money came all the same: it goes back.</summary>
    [Fact]
    public async Task P14_LateMoneyForASoldOutPiece_GoesBack()
    {
        await LimitAsync(1);
        var (late, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(late.Buyer, "seed");
        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(order);
        await Shop.PayAsync(await Shop.BuyAsync(other.Buyer, "seed"));
        Shop.Till.Pay(order.Live.Id);
        await Shop.Get<Settlement>().SettleAsync(order.Live.Id, null, Cancel, news: true);
        Assert.Equal((OrderState.AwaitingPayment, false), ((await Shop.AgainAsync(order)).Order.State, (await Shop.MembershipAsync(late.Id)).Permanent));
        Assert.Equal(1, await Shop.ReadAsync(db => db.Refunds.CountAsync(r => r.OrderId == order.Order.Id, Cancel)));
    }

    [Fact]
    public async Task DW_18_PieceTakenBack_CanBeSoldAgain()
    {
        await LimitAsync(1);
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "seed");
        await Shop.PayAsync(order);
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var delivery = await unit.Db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(token);
                return await Shop.Get<ItemKinds>().Get(PaidTime.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token);
            },
            Cancel);
        Assert.False((await Shop.MembershipAsync(member.Id)).Permanent);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync((await Shop.MemberAsync()).Buyer, "seed"));
    }

    [Fact]
    public async Task DW_18_TwoOfALimitedProduct_AreTwoOrders()
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(member.Buyer, "seed");
        Assert.Equal(LineRefusal.OneAtATime, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "seed", recipient: friend.Name)).Reason);
        Assert.Equal(LineRefusal.Quantity, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "seed", 2)).Reason);
    }

    [Fact]
    public async Task DW_39_SeedAccount_TakesNoTimeButPoints()
    {
        var (member, seed) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.PayAsync(await Shop.BuyAsync(seed.Buyer, "seed"));
        Assert.Equal(LineRefusal.AlreadyPermanent, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "paid1", recipient: seed.Name)).Reason);
        Assert.Equal(LineRefusal.AlreadyPermanent, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "seed", recipient: seed.Name)).Reason);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "points", 30, seed.Name));
    }

    [Fact]
    public async Task DW_31_SeedBesideTimeForTheSameAccount_IsRefused()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal(LineRefusal.OtherClassInCart, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "seed")).Reason);
    }

    [Theory]
    [InlineData("seed", 1, "never runs out")]
    [InlineData("paid", 0, "Months must be 1 to 99")]
    public async Task DW_18_MonthsOfAPermanentClass_AndNoMonthsOfAnother_AreRefusedWhenPublished(string accountClass, int months, string words)
    {
        var goods = System.Text.Json.JsonSerializer.SerializeToElement(new { @class = accountClass, months });
        var refused = Assert.IsType<PublishResult.Refused>(
            await PublishListAsync(list => list with { Products = [.. list.Products.Select(p => p.Sku == "seed" ? p with { Goods = goods } : p)] }));
        Assert.Contains(refused.Problems, p => p.Contains(words, StringComparison.Ordinal));
    }

    private Task LimitAsync(int? limit) => PublishAsync(product => product.Sku == "seed" ? product with { Stock = limit } : product);

    private async Task<ProductView> ProductAsync() =>
        (await Shop.ReadAsync(db => Shop.Get<Catalogue>().FindAsync(db, "seed", null, Cancel))) ?? throw new InvalidOperationException("seed is not on sale");

    /// <summary>Members, each with a seed account in the cart, who all place at the same moment.</summary>
    private async Task<PlaceResult[]> CheckoutsAtOnceAsync(int count)
    {
        var ready = new List<(Person Who, string Shown)>();
        for (var i = 0; i < count; i++)
        {
            var member = await Shop.MemberAsync();
            Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "seed"));
            ready.Add((member, (await Shop.CartAsync(member.Buyer)).Shown));
        }

        return await ShopUnderTest.AtOnceAsync(count, i => Shop.PlaceAsync(ready[i].Who.Buyer, shown: ready[i].Shown));
    }

    private Task<int> LiveOrdersAsync() => Shop.ReadAsync(db => db.Orders.CountAsync(
        o => db.PaymentAttempts.Any(a => a.OrderId == o.Id && AttemptStates.Live.Contains(a.State)), Cancel));
}

public sealed class StockTests_Sqlite(SqliteDatabase database) : StockTests(database), IClassFixture<SqliteDatabase>;

public sealed class StockTests_Postgres(PostgresDatabase database) : StockTests(database), IClassFixture<PostgresDatabase>;

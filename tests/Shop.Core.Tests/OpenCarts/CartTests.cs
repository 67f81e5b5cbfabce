using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.OpenCarts;

/// <summary>Open carts: what goes in, what it costs, what it would do.</summary>
public abstract class CartTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_21_AddedLine_IsInTheCartWithItsPriceAndDate()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        var line = Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        Assert.Equal(("1 month of paid time", 300L, 30L), (line.Title, line.Price.Minor, line.PricePoints));
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), Assert.IsType<LineEffect.RunsUntil>(line.Effect).Until);
    }

    [Fact]
    public async Task DW_22_SecondLineForTheSameAccount_RunsOnFromTheFirst()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        await Shop.AddAsync(member.Buyer, "paid2");
        var untils = (await Shop.CartAsync(member.Buyer)).Lines.Select(l => ((LineEffect.RunsUntil)l.Effect!).Until);
        Assert.Equal([Shop.Clock.GetUtcNow().AddMonths(1), Shop.Clock.GetUtcNow().AddMonths(1).AddMonths(2)], untils.Select(u => u!.Value));
    }

    [Fact]
    public async Task DW_3_GiftByName_NamesTheRecipientAndNeverTheirDate()
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(member.Buyer, "paid1", recipient: friend.Name.ToUpperInvariant(), note: " happy birthday ");
        var line = Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        Assert.Equal((friend.Id, friend.Name, "happy birthday", false), (line.RecipientId, line.RecipientName, line.Note, line.ForBuyer));
        Assert.Equal("adds 1 month of paid time", Assert.IsType<LineEffect.Adds>(line.Effect).Words);
    }

    [Theory]
    [InlineData("nobody_has_it", LineRefusal.NoSuchMember)]
    [InlineData("purged", LineRefusal.MemberPurged)]
    public async Task DW_38_WrongTarget_IsRefusedWithItsReason(string target, LineRefusal reason)
    {
        var member = await Shop.MemberAsync();
        var name = target switch
        {
            "purged" => (await Shop.MemberAsync(status: AccountStatus.Purged)).Name,
            _ => target,
        };
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "paid1", recipient: name));
        Assert.Equal((CartField.Recipient, reason), (refused.Field, refused.Reason));
        Assert.True((await Shop.CartAsync(member.Buyer)).IsEmpty);
    }

    [Theory]
    [InlineData(AccountStatus.Suspended)]
    [InlineData(AccountStatus.Deleted)]
    public async Task DW_38_SuspendedOrDeletedTarget_IsAskedBackAndThenDelivered(AccountStatus status)
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(status: status));
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "paid1", recipient: friend.Name));
        Assert.Equal((CartField.ConfirmGone, LineRefusal.MemberGone, true), (refused.Field, refused.Reason, (await Shop.CartAsync(member.Buyer)).IsEmpty));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, new AddToCart("paid1", 1, friend.Name, null) { GoneConfirmed = true }));
        var placed = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await Shop.PayAsync(placed);
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
        Assert.Equal(1, await Shop.ReadAsync(db => db.MembershipEvents.CountAsync(e => e.AccountId == friend.Id, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task DW_38_PointsForASuspendedAccount_AreRefusedThoughItIsMeant()
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(status: AccountStatus.Suspended));
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, new AddToCart("points", 100, friend.Name, null) { GoneConfirmed = true }));
        Assert.Equal(LineRefusal.MemberNotVisible, refused.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(13)]
    [InlineData(1_000_000_000)]
    [InlineData(int.MaxValue)]
    public async Task M01_QuantityOutOfBounds_IsRefusedAndNamesTheBound(int quantity)
    {
        var member = await Shop.MemberAsync();
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "paid1", quantity));
        Assert.Equal((CartField.Quantity, LineRefusal.Quantity, 12), (refused.Field, refused.Reason, refused.Limit));
        Assert.True((await Shop.CartAsync(member.Buyer)).IsEmpty);
    }

    [Fact]
    public async Task F3_MoreThan99MonthsAtOnce_IsRefused()
    {
        var member = await Shop.MemberAsync();
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "paid12", 9));
        Assert.Equal(LineRefusal.TooMuchAtOnce, refused.Reason);
    }

    [Theory]
    [InlineData("virtual")]
    [InlineData("no_such_thing")]
    public async Task DW_1_WhatIsNotOnSale_CannotBeAdded(string sku)
    {
        var member = await Shop.MemberAsync();
        Assert.Equal(LineRefusal.NotOnSale, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, sku)).Reason);
    }

    [Fact]
    public async Task DW_23_TickedLines_AreRemovedAndOthersStay()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        await Shop.AddAsync(member.Buyer, "paid2");
        var first = (await Shop.CartAsync(member.Buyer)).Lines[0];
        await Shop.Get<Carts>().RemoveAsync(member.Buyer, [first.Id], Cancel);
        Assert.Equal("paid2", Assert.Single((await Shop.CartAsync(member.Buyer)).Lines).Sku);
    }

    [Fact]
    public async Task S01_SomebodyElsesLine_CannotBeRemoved()
    {
        var (member, stranger) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(member.Buyer, "paid1");
        await Shop.AddAsync(stranger.Buyer, "paid2");
        var line = Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        await Shop.Get<Carts>().RemoveAsync(stranger.Buyer, [line.Id], Cancel);
        Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
    }

    [Fact]
    public async Task DW_24_Discard_EmptiesTheCart()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        await Shop.Get<Carts>().DiscardAsync(member.Buyer, Cancel);
        Assert.True((await Shop.CartAsync(member.Buyer)).IsEmpty);
    }

    [Fact]
    public async Task DF_30_LookingMakesNoCart()
    {
        var before = await Shop.ReadAsync(db => db.Carts.CountAsync(Cancel));
        await Shop.CartAsync(Buyer.Nobody);
        await Shop.CartAsync(new Buyer(null, Codes.Hash(Codes.New(26))));
        await Shop.CartAsync((await Shop.MemberAsync()).Buyer);
        Assert.Equal(before, await Shop.ReadAsync(db => db.Carts.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DW_26_FirstLineOfAVisitor_MakesACartWithAKeyOfOurs()
    {
        var chosen = new Buyer(null, Codes.Hash("chosen by the browser"));
        var key = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(chosen, "paid1")).NewCartKey;
        Assert.NotNull(key);
        Assert.Single((await Shop.CartAsync(Buyer.Of(null, key))).Lines);
        Assert.True((await Shop.CartAsync(chosen)).IsEmpty);
    }

    [Fact]
    public async Task DF_31_TwoTabsAddAtOnce_BothLinesAreThere()
    {
        var member = await Shop.MemberAsync();
        await ShopUnderTest.AtOnceAsync(2, i => Shop.AddAsync(member.Buyer, i == 0 ? "paid1" : "paid2"));
        Assert.Equal(["paid1", "paid2"], (await Shop.CartAsync(member.Buyer)).Lines.Select(l => l.Sku).Order());
    }

    /// <summary>Page and API are two doors to the same service, here at two nodes; the API's own requests come with it.</summary>
    [Fact]
    public async Task C11_TwoDoorsChangeOneCartAtOnce_EachChangeIsAVersionAndNoneIsLost()
    {
        var member = await Shop.MemberAsync();
        var doors = new[] { Shop, await NodeAsync() };
        await Shop.AddAsync(member.Buyer, "paid1");
        var before = (await Shop.CartAsync(member.Buyer)).Version;
        await ShopUnderTest.AtOnceAsync(10, i => doors[i % 2].AddAsync(member.Buyer, "paid1"));
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((11, before + 10), (cart.Lines.Count, cart.Version));
    }

    /// <summary>The change comes when the cart has been read for the order and nothing is written yet.</summary>
    [Fact]
    public async Task C11_PlacedThroughOneDoorWhileTheOtherChangesTheCart_PlacesNothing()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        var door = await NodeAsync(change: services => services.AddSingleton<LinkKeySource>(async _ =>
        {
            await Shop.AddAsync(member.Buyer, "paid2");
            return new byte[32];
        }));
        Assert.IsType<PlaceResult.Changed>(await door.PlaceAsync(member.Buyer));
        Assert.Equal((0, 0), (await Shop.ReadAsync(db => db.Orders.CountAsync(Cancel)), Shop.Till.Starts));
        Assert.Equal(2, (await Shop.CartAsync(member.Buyer)).Lines.Count);
    }

    [Fact]
    public async Task DW_31_AnotherClassForTheSameAccount_IsRefused()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal(LineRefusal.OtherClassInCart, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "prem6")).Reason);
    }

    [Fact]
    public async Task DW_31_AnotherClassForAnotherAccount_IsFine()
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "prem6", recipient: friend.Name));
    }

    [Fact]
    public async Task DF_29_TwoLinesOfAVisitor_AreInTheAccountsCartAfterSignIn()
    {
        var visitor = await VisitorAsync("paid1", "paid2");
        var member = await Shop.MemberAsync();
        var result = await Shop.Get<Carts>().MergeAsync(visitor.SessionHash!, member.Id, Cancel);
        Assert.Equal((2, 0), (result.Moved, result.LeftOut.Count));
        Assert.Equal(["paid1", "paid2"], (await Shop.CartAsync(member.Buyer)).Lines.Select(l => l.Sku));
        Assert.True((await Shop.CartAsync(visitor)).IsEmpty);
    }

    [Fact]
    public async Task DW_28_LineThatConflictsAtSignIn_IsReportedAndLeftOut()
    {
        var visitor = await VisitorAsync("prem6");
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        var result = await Shop.Get<Carts>().MergeAsync(visitor.SessionHash!, member.Id, Cancel);
        Assert.Equal(("6 months of premium time", LineRefusal.OtherClassInCart), (Assert.Single(result.LeftOut).Title, result.LeftOut[0].Reason));
        Assert.Equal("paid1", Assert.Single((await Shop.CartAsync(member.Buyer)).Lines).Sku);
    }

    [Fact]
    public async Task DF_28_AnotherAccountInTheSameBrowser_LeavesTheFirstOnesCartAlone()
    {
        var visitor = await VisitorAsync("paid1");
        var (x, y) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(x.Buyer, "paid2");
        await Shop.Get<Carts>().MergeAsync(visitor.SessionHash!, y.Id, Cancel);
        await Shop.AddAsync(y.Buyer, "paid6");
        Assert.Equal("paid2", Assert.Single((await Shop.CartAsync(x.Buyer)).Lines).Sku);
        Assert.Equal(2, (await Shop.CartAsync(y.Buyer)).Lines.Count);
    }

    [Fact]
    public async Task DW_33_PointsAreUsedByDefault_AndNotWhenTheBuyerSaysSo()
    {
        var member = await Shop.MemberAsync(points: 100);
        await Shop.AddAsync(member.Buyer, "paid12");
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((1500L, 100L), (cart.DueMoney.Minor, cart.DuePoints));
        await Shop.Get<Carts>().UsePointsAsync(member.Buyer, false, Cancel);
        cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((2500L, 0L), (cart.DueMoney.Minor, cart.DuePoints));
    }

    [Fact]
    public async Task DW_30_PriceChangedSinceAdding_ShowsWasAndNow()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        var before = (await Shop.CartAsync(member.Buyer)).Shown;
        await PublishAsync(p => p.Sku == "paid1" ? p with { PriceMinor = 400, Points = 40 } : p);
        var cart = await Shop.CartAsync(member.Buyer);
        var line = Assert.Single(cart.Lines);
        Assert.Equal((300L, 400L), (line.Was!.Value.Minor, line.Price.Minor));
        Assert.NotEqual(before, cart.Shown);
    }

    [Fact]
    public async Task DW_30_ProductTakenOffTheList_StaysInSightAndBlocksPlacing()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid6");
        await PublishAsync(p => p.Sku == "paid6" ? p with { On = false } : p);
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal(LineRefusal.NotOnSale, Assert.Single(cart.Lines).Refusal);
        Assert.False(cart.CanBePlaced);
    }

    [Fact]
    public async Task DW_29_CartUntouchedForThirtyDays_IsRemoved_AndATouchedOneStays()
    {
        var (old, fresh) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(old.Buyer, "paid1");
        await Shop.AddAsync(fresh.Buyer, "paid1");
        Shop.Clock.Advance(TimeSpan.FromDays(20));
        await Shop.AddAsync(fresh.Buyer, "paid1");
        Shop.Clock.Advance(TimeSpan.FromDays(11));
        await Shop.Get<Carts>().RemoveOldAsync(Cancel);
        Assert.True((await Shop.CartAsync(old.Buyer)).IsEmpty);
        Assert.Equal(2, (await Shop.CartAsync(fresh.Buyer)).Lines.Count);
    }

    private async Task<Buyer> VisitorAsync(params string[] skus)
    {
        var key = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, skus[0])).NewCartKey;
        var visitor = Buyer.Of(null, key);
        foreach (var sku in skus.Skip(1))
        {
            await Shop.AddAsync(visitor, sku);
        }

        return visitor;
    }

    [Fact]
    public async Task DF_27_CartEmptiedWhileAPaymentIsBeingDecided_NothingIsChanged()
    {
        var buyer = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(buyer.Buyer, "paid1");
        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Processing(null));
        await Shop.SettleAsync(order);
        Assert.False(await Shop.Get<Carts>().DiscardAsync(buyer.Buyer, Cancel));
        Assert.Single((await Shop.CartAsync(buyer.Buyer)).Lines);

        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(order);
        Assert.True(await Shop.Get<Carts>().DiscardAsync(buyer.Buyer, Cancel));
        Assert.Empty((await Shop.CartAsync(buyer.Buyer)).Lines);
    }
}

public sealed class CartTests_Sqlite(SqliteDatabase database) : CartTests(database), IClassFixture<SqliteDatabase>;

public sealed class CartTests_Postgres(PostgresDatabase database) : CartTests(database), IClassFixture<PostgresDatabase>;

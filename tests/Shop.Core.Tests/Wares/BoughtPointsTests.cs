using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Points as goods: what can be bought, what it costs, and that it is given once and taken back only while it is there.</summary>
public abstract class BoughtPointsTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_10_PointsForOneself_AreInTheAccountOncePaid()
    {
        var member = await Shop.MemberAsync(points: 20);
        var order = await BuyAsync(member, 300);
        Assert.Equal((3000L, 0L, 20L), (order.Order.DueMinor, order.Order.DuePoints, await Shop.PointsAsync(member.Id)));
        await Shop.PayAsync(order);
        Assert.Equal((320L, OrderState.Fulfilled), (await Shop.PointsAsync(member.Id), (await Shop.AgainAsync(order)).Order.State));
    }

    [Fact]
    public async Task DW_10_PointsForAFriend_AreTheFriendsWithAMail()
    {
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.PayAsync(await BuyAsync(member, 45, friend.Name));
        Assert.Equal((0L, 45L), (await Shop.PointsAsync(member.Id), await Shop.PointsAsync(friend.Id)));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Gift));
    }

    [Theory]
    [InlineData(AccountStatus.Suspended, LineRefusal.MemberNotVisible)]
    [InlineData(AccountStatus.Purged, LineRefusal.MemberPurged)]
    public async Task DW_10_WhoCannotHavePoints_IsRefused(AccountStatus status, LineRefusal reason)
    {
        var (member, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(status: status));
        Assert.Equal(reason, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "points", 30, other.Name)).Reason);
    }

    [Fact]
    public async Task DW_10_Community_GetsNoPoints()
    {
        var (member, community) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == community.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Kind, AccountKind.Community), token), Cancel);
        Assert.Equal(LineRefusal.PersonalOnly, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "points", 30, community.Name)).Reason);
    }

    [Fact]
    public async Task DW_10_Visitor_IsToldToSignInAndGetsNoCart()
    {
        var friend = await Shop.MemberAsync();
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(Buyer.Nobody, "points", 30, friend.Name));
        Assert.Equal((LineRefusal.SignInFirst, CartField.None), (refused.Reason, refused.Field));
        Assert.Equal(0, await Shop.ReadAsync(db => db.Carts.CountAsync(Cancel)));
    }

    [Theory]
    [InlineData(29)]
    [InlineData(5001)]
    [InlineData(0)]
    [InlineData(-30)]
    public async Task DW_11_OutsideTheBounds_IsRefusedWithBoth(int points)
    {
        var member = await Shop.MemberAsync();
        var refused = Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "points", points));
        Assert.Equal((LineRefusal.Quantity, CartField.Quantity, 30, (int?)5000), (refused.Reason, refused.Field, refused.Least, refused.Limit));
    }

    [Theory]
    [InlineData(30, 300)]
    [InlineData(5000, 50_000)]
    public async Task DW_11_AtTheBounds_CostsItsValueAndIsOneItem(int points, long minor)
    {
        var member = await Shop.MemberAsync(points: 10_000);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "points", points));
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((minor, 0L, 1, (long?)null), (cart.DueMoney.Minor, cart.DuePoints, cart.Count, cart.Lines[0].PricePoints));
    }

    [Fact]
    public async Task DW_11_BoundsAreRules_AndALineOutsideTheNewOnesBlocksPlacing()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "points", 500);
        await PublishTermsAsync(terms => terms with { MostBought = 400 });
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((LineRefusal.Quantity, (int?)400, false), (cart.Lines[0].Refusal!.Value, cart.Lines[0].Form?.MaxQuantity, cart.CanBePlaced));
    }

    [Fact]
    public async Task DW_10_PointThatCostsLessThanItIsWorth_IsRefusedWhenPublished()
    {
        var refused = Assert.IsType<PublishResult.Refused>(
            await PublishListAsync(list => list with { Products = [.. list.Products.Select(p => p.Sku == "points" ? p with { PriceMinor = 9 } : p)] }));
        Assert.Contains(refused.Problems, p => p.Contains("A point must cost what it is worth", StringComparison.Ordinal));
    }

    /// <summary>The icon of the requirement is another thing for $1.00 or 10 points: only its price matters here.</summary>
    [Fact]
    public async Task DF_5_PointsBesideAnIcon_OnlyTheIconIsPaidInPoints()
    {
        await PublishListAsync(list => list with { Products = [.. list.Products, FlakyKind.Product with { PriceMinor = 100, Points = 10 }] });
        var member = await Shop.MemberAsync(points: 5);
        await Shop.AddAsync(member.Buyer, "points", 30);
        await Shop.AddAsync(member.Buyer, FlakyKind.Product.Sku);
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((350L, 5L), (cart.DueMoney.Minor, cart.DuePoints));
    }

    [Fact]
    public async Task DW_10_DeliveredByManyWorkersAtOnce_IsGivenOnce()
    {
        var member = await Shop.MemberAsync();
        var order = await BuyAsync(member, 100);
        Shop.Till.Pay(order.Live.Id);
        await ShopUnderTest.AtOnceAsync(8, _ => Shop.SettleAsync(order));
        Assert.Equal(100, await Shop.PointsAsync(member.Id));
    }

    [Fact]
    public async Task DF_49_PointsThatAreStillThere_AreTakenBackOnce()
    {
        var member = await Shop.MemberAsync(points: 7);
        var delivery = await DeliveredAsync(member, 100);
        var results = await ShopUnderTest.AtOnceAsync(8, _ => RevokeAsync(delivery, member));
        Assert.All(results, result => Assert.IsType<RevokeResult.Revoked>(result));
        Assert.Equal(7, await Shop.PointsAsync(member.Id));
    }

    [Fact]
    public async Task DF_49_SpentPoints_AreNotTakenBackAndNothingIsHalfDone()
    {
        var member = await Shop.MemberAsync();
        var delivery = await DeliveredAsync(member, 100);
        await Shop.AddAsync(member.Buyer, "paid2");
        await Shop.PlaceAsync(member.Buyer, PayMethod.Points);
        var left = await Shop.PointsAsync(member.Id);
        Assert.Equal(RevokeRefusal.PointsGone, Assert.IsType<RevokeResult.Refused>(await RevokeAsync(delivery, member)).Reason);
        Assert.Equal((50L, 50L), (left, await Shop.PointsAsync(member.Id)));
    }

    private async Task<PlacedOrder> BuyAsync(Person member, int points, string? recipient = null)
    {
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "points", points, recipient));
        return await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
    }

    private async Task<long> DeliveredAsync(Person member, int points)
    {
        var order = await BuyAsync(member, points);
        await Shop.PayAsync(order);
        return await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(Cancel));
    }

    private Task<RevokeResult> RevokeAsync(long delivery, Person member) => Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<ItemKinds>().Get(BoughtPoints.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token), Cancel);
}

public sealed class BoughtPointsTests_Sqlite(SqliteDatabase database) : BoughtPointsTests(database), IClassFixture<SqliteDatabase>;

public sealed class BoughtPointsTests_Postgres(PostgresDatabase database) : BoughtPointsTests(database), IClassFixture<PostgresDatabase>;

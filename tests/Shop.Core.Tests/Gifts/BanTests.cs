using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>From whom somebody takes gifts: at adding, at placing, at delivery, of every kind (DW-37).</summary>
public abstract class BanTests(TestDatabase database) : ShopTests(database)
{
    private Task<BanResult> BanAsync(Person who, Person banned) => Shop.Get<Writes>().RunAsync(
        (unit, token) => GiftWishes.BanAsync(unit.Db, who.Id, banned.Name, Shop.Clock.GetUtcNow(), token), Cancel);

    private Task MembersOnlyAsync(Person who) => Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.SetMembersOnlyAsync(unit.Db, who.Id, true, token), Cancel);

    private Task<CartResult> GiveAsync(Buyer buyer, Person to, params long[] known) => Shop.AddAsync(buyer, new AddToCart("paid1", 1, to.Name, null) { Known = known });

    private static Buyer Browser(CartResult added) => Buyer.Of(null, Assert.IsType<CartResult.Changed>(added).NewCartKey);

    private async Task<LineRefusal> RefusedAsync(Buyer buyer, Person to, params long[] known) =>
        Assert.IsType<CartResult.Refused>(await GiveAsync(buyer, to, known)).Reason;

    private Task<string?> StuckAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id && d.State == DeliveryState.Stuck).Select(d => d.StuckReason).SingleAsync(Cancel));

    [Fact]
    public async Task DW_37_BannedGiver_IsRefusedAtAdding_AndNobodyElse()
    {
        var (friend, banned, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await BanAsync(friend, banned);
        Assert.Equal(LineRefusal.GiftsBanned, await RefusedAsync(banned.Buyer, friend));
        Assert.IsType<CartResult.Changed>(await GiveAsync(other.Buyer, friend));
        Assert.IsType<CartResult.Changed>(await GiveAsync(banned.Buyer, banned));
        Assert.IsType<CartResult.Changed>(await GiveAsync(friend.Buyer, banned));
    }

    [Fact]
    public async Task DW_37_BanAfterAdding_StandsInTheWayOfPlacing()
    {
        var (friend, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await GiveAsync(banned.Buyer, friend);
        await BanAsync(friend, banned);
        Assert.Equal(LineRefusal.GiftsBanned, Assert.Single((await Shop.CartAsync(banned.Buyer)).Lines).Refusal);
        Assert.Equal(PlaceRefusal.LineRefused, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(banned.Buyer)).Reason);
    }

    [Fact]
    public async Task DW_37_BanBeforeDelivery_LeavesTheDeliveryStuckWithItsReason()
    {
        var (friend, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(banned.Buyer, "paid1", friend.Name);
        await BanAsync(friend, banned);
        await Shop.PayAsync(order);
        Assert.Equal("gifts_banned", await StuckAsync(order));
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(friend.Id));
    }

    [Fact]
    public async Task DW_37_LiftedBan_IsNone()
    {
        var (friend, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await BanAsync(friend, banned);
        await Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.LiftAsync(unit.Db, friend.Id, banned.Id, token), Cancel);
        Assert.IsType<CartResult.Changed>(await GiveAsync(banned.Buyer, friend));
    }

    [Fact]
    public async Task DF_37_SignedOutOnTheSameBrowser_IsRefusedToo()
    {
        var (friend, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await BanAsync(friend, banned);
        Assert.Equal(LineRefusal.GiftsBanned, await RefusedAsync(Buyer.Nobody, friend, banned.Id));
        Assert.IsType<CartResult.Changed>(await GiveAsync(Buyer.Nobody, friend));
    }

    [Fact]
    public async Task DF_37_SignedOutOnTheSameBrowser_BanAfterAdding_HoldsAtPlacingAndAtDelivery()
    {
        var (friend, other, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var browser = Browser(await GiveAsync(Buyer.Nobody, friend, banned.Id));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(browser, email: "nobody@example.org")).Number);
        await BanAsync(friend, banned);
        await BanAsync(other, banned);
        await Shop.PayAsync(order);
        Assert.Equal("gifts_banned", await StuckAsync(order));
        Assert.Equal(LineRefusal.GiftsBanned, await RefusedAsync(browser, other));
    }

    [Fact]
    public async Task WhoHadSignedInOnABrowser_IsForgottenWithItsCart_ButNotWhileAnOrderWaits()
    {
        var (friend, member) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await GiveAsync(Buyer.Nobody, friend, member.Id);
        var added = await Shop.AddAsync(
            Buyer.Nobody, new AddToCart("paid1", 1, friend.Name, null) { Known = [member.Id], DeliverOn = Days.Text(Days.Of(Shop.Clock.GetUtcNow()).AddDays(100)) });
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(Browser(added), email: "nobody@example.org")).Number));
        Shop.Clock.Advance(TimeSpan.FromDays(31));
        await Shop.Get<Carts>().RemoveOldAsync(Cancel);
        Assert.Equal(Browser(added).SessionHash, await Shop.ReadAsync(db => db.BrowserMembers.Select(b => b.KeyHash).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task DF_37_SignedOutWithTheBannedOnesAddress_IsRefusedAtPlacingAndStuckAtDelivery()
    {
        var (friend, banned) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == banned.Id).ExecuteUpdateAsync(
                set => set.SetProperty(m => m.NormalizedEmail, $"{banned.Name}@example.org".ToUpperInvariant()), token),
            Cancel);
        var browser = Browser(await GiveAsync(Buyer.Nobody, friend));
        var placed = await Shop.PlaceAsync(browser, email: $" {banned.Name}@Example.org ");
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(placed).Number);
        await BanAsync(friend, banned);
        await Shop.PayAsync(order);
        Assert.Equal("gifts_banned", await StuckAsync(order));

        var another = Browser(await GiveAsync(Buyer.Nobody, friend));
        var refused = Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(another, email: $" {banned.Name}@Example.org "));
        Assert.Equal((CheckoutField.Email, PlaceRefusal.GiftsBanned), (refused.Field, refused.Reason));
    }

    [Fact]
    public async Task DW_37_WhoTakesGiftsFromMembersOnly_GetsNoneOfSomebodySignedOut()
    {
        var (friend, member) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var browser = Browser(await GiveAsync(Buyer.Nobody, friend));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(browser, email: "nobody@example.org")).Number);
        await MembersOnlyAsync(friend);
        Assert.Equal(LineRefusal.GiftsFromMembersOnly, await RefusedAsync(Buyer.Nobody, friend));
        Assert.IsType<CartResult.Changed>(await GiveAsync(member.Buyer, friend));
        await Shop.PayAsync(order);
        Assert.Equal("gifts_from_members_only", await StuckAsync(order));
    }

    [Fact]
    public async Task Ban_OfOneselfOrNobody_IsNone()
    {
        var friend = await Shop.MemberAsync();
        Assert.Equal(BanResult.Oneself, await BanAsync(friend, friend));
        Assert.Equal(BanResult.NoSuchMember, await BanAsync(friend, friend with { Name = "nobody_at_all" }));
    }
}

public sealed class BanTests_Sqlite(SqliteDatabase database) : BanTests(database), IClassFixture<SqliteDatabase>;

public sealed class BanTests_Postgres(PostgresDatabase database) : BanTests(database), IClassFixture<PostgresDatabase>;

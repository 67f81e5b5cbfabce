using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Extra icons: for whom, how many more fit, given once, and taken back.</summary>
public abstract class IconTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_12_IconsForAPaidAccount_CostADollarOrTenPointsEachAndAreGivenOnce()
    {
        var member = await PaidAsync("paid");
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 7));
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal((700L, (long?)70, "7 extra icons", 7), (cart.DueMoney.Minor, cart.Lines[0].PricePoints, cart.Lines[0].Title, cart.Count));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        Shop.Till.Pay(order.Live.Id);
        await ShopUnderTest.AtOnceAsync(8, _ => Shop.SettleAsync(order));
        Assert.Equal(new IconQuota(75, 7, true, 500), await QuotaAsync(member, "paid"));
    }

    [Fact]
    public async Task DW_12_ExtraIcons_CountOnlyWhileTheClassMayHaveThem()
    {
        var member = await PaidAsync("paid");
        await GiveAsync(member, 12);
        Assert.Equal((87L, 6L, 162L), (
            (await QuotaAsync(member, "paid")).Counting, (await QuotaAsync(member, "free")).Counting, (await QuotaAsync(member, "premium")).Counting));
    }

    [Fact]
    public async Task DW_12_FreeOrLapsedAccount_IsRefusedAndNotOnceItsPaidTimeIsInTheCart()
    {
        var (giver, free, lapsed) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await PaidAsync("paid"));
        Shop.Clock.Advance(TimeSpan.FromDays(400));
        foreach (var other in new[] { free, lapsed })
        {
            Assert.Equal(LineRefusal.IconsNotForClass, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(giver.Buyer, "icons", 1, other.Name)).Reason);
        }

        await Shop.AddAsync(free.Buyer, "paid1");
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(free.Buyer, "icons"));
    }

    [Theory]
    [InlineData(AccountStatus.Suspended, LineRefusal.MemberNotVisible)]
    [InlineData(AccountStatus.Purged, LineRefusal.MemberPurged)]
    public async Task DW_12_WhoIsNotVisible_GetsNoIcons(AccountStatus status, LineRefusal reason)
    {
        var (member, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(status: status));
        Assert.Equal(reason, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "icons", 1, other.Name)).Reason);
    }

    [Fact]
    public async Task DW_39_SeedAccount_TakesIcons()
    {
        var member = await PaidAsync("seed", 0);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 350));
        Assert.Equal(LineRefusal.IconsFull, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(member.Buyer, "icons")).Reason);
    }

    [Fact]
    public async Task DF_41_SecondLineOverTheQuota_IsRefusedAndSaysHowManyFit()
    {
        var member = await PaidAsync("paid");
        await GiveAsync(member, 415);
        Assert.Equal(490, (await QuotaAsync(member, "paid")).Counting);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 6));
        Assert.Equal(new CartResult.Refused(CartField.Quantity, LineRefusal.IconsFull, 4), await Shop.AddAsync(member.Buyer, "icons", 6));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 4));
    }

    [Fact]
    public async Task DW_12_UndeliveredOrdersOfOthers_CountAndOnesOwnCartDoesNotCountTwice()
    {
        var (member, friend) = (await PaidAsync("paid"), await Shop.MemberAsync());
        await GiveAsync(member, 415);
        await Shop.AddAsync(friend.Buyer, "icons", 6, member.Name);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(friend.Buyer)).Number);
        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Processing(null));
        await Shop.SettleAsync(order);
        Assert.True((await Shop.CartAsync(friend.Buyer)).CanBePlaced);
        Assert.Equal(new CartResult.Refused(CartField.Quantity, LineRefusal.IconsFull, 4), await Shop.AddAsync(member.Buyer, "icons", 6));
        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(order);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 6));
    }

    [Fact]
    public async Task DW_12_OrderThatNobodyPays_TakesNothingFromTheRecipientsQuota()
    {
        var (member, stranger) = (await PaidAsync("paid"), await Shop.MemberAsync());
        await Shop.AddAsync(stranger.Buyer, "icons", 425, member.Name);
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(stranger.Buyer));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", 6));
    }

    [Fact]
    public async Task DW_12_IconsTakenBack_AreGoneOnce()
    {
        var member = await PaidAsync("paid");
        await GiveAsync(member, 50);
        var delivery = await GiveAsync(member, 7);
        await ShopUnderTest.AtOnceAsync(4, _ => Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<ItemKinds>().Get(ExtraIcons.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token), Cancel));
        Assert.Equal(50, (await QuotaAsync(member, "paid")).Extra);
    }

    private async Task<Person> PaidAsync(string accountClass, int months = 12)
    {
        var member = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<MembershipLedger>().GrantAsync(
                unit.Db,
                new GrantRequest(member.Id, "test:" + member.Name, MembershipEventKind.Grant, new TimeGrant(accountClass, months, 0), Shop.Clock.GetUtcNow(), 1),
                token),
            Cancel);
        return member;
    }

    /// <summary>Bought and delivered. Hands out the delivery.</summary>
    private async Task<long> GiveAsync(Person member, int icons)
    {
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(member.Buyer, "icons", icons));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await Shop.PayAsync(order);
        return await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id && d.State == DeliveryState.Applied).Select(d => d.Id).SingleAsync(Cancel));
    }

    private Task<IconQuota> QuotaAsync(Person member, string accountClass) =>
        Shop.ReadAsync(db => ExtraIcons.QuotaAsync(db, member.Id, accountClass, AccountTerms.Sample, Cancel));
}

public sealed class IconTests_Sqlite(SqliteDatabase database) : IconTests(database), IClassFixture<SqliteDatabase>;

public sealed class IconTests_Postgres(PostgresDatabase database) : IconTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Communities: time bought for them, and what their maintainers may do and are told.</summary>
public abstract class CommunityTests(TestDatabase database) : ShopTests(database)
{
    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private async Task<List<string>> MailKeysAsync()
    {
        await Shop.Get<EventRun>().PassAsync(Cancel);
        return await Shop.ReadAsync(db => db.Outbox.Where(r => r.Kind == OutboxKinds.Gift).Select(r => r.Payload).ToListAsync(Cancel));
    }

    [Fact]
    public async Task DW_4_DW_77_TimeForACommunity_IsToldToEachMaintainer()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var community = await Shop.CommunityAsync(one, two);
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "paid1", community.Name));
        Assert.Equal(Now.AddMonths(1), (await Shop.MembershipAsync(community.Id)).Until);
        var told = (await MailKeysAsync()).Select(p => System.Text.Json.JsonSerializer.Deserialize<GiftMessage>(p, System.Text.Json.JsonSerializerOptions.Web)!).ToList();
        Assert.Equal([one.Id, two.Id], told.Select(m => m.Reader!.Value).Order());
        var mail = await Shop.ReadAsync(db => GiftReader.ReadAsync(db, told.Single(m => m.Reader == two.Id), Cancel));
        Assert.Equal((two.Name, community.Name, giver.Name, Now.AddMonths(1)), (mail.ReaderName, mail.Community, mail.From, mail.Until));
    }

    [Fact]
    public async Task DF_46_TwoEqualLinesForACommunity_AreOneMailToEachMaintainer()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var community = await Shop.CommunityAsync(one, two);
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: community.Name);
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "paid1", community.Name));
        Assert.Equal(2, (await MailKeysAsync()).Count);
    }

    [Fact]
    public async Task DF_15_Maintainer_MayUpgradeTheCommunity_AndSeesItsDate()
    {
        var maintainer = await Shop.MemberAsync();
        var community = await Shop.CommunityAsync(maintainer);
        await Shop.GrantAsync(community.Id, "paid", 6);
        var until = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(maintainer.Buyer, "prem6", recipient: community.Name)) is not null
            ? Assert.IsType<LineEffect.RunsUntil>(Assert.Single((await Shop.CartAsync(maintainer.Buyer)).Lines).Effect).Until
            : null;
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(maintainer.Buyer)).Number);
        await Shop.PayAsync(order);
        Assert.Equal(new MembershipState("premium", until, false), await Shop.MembershipAsync(community.Id));
        Assert.Equal(until, Assert.Single((await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel))).Lines).Until);
    }

    [Fact]
    public async Task DF_15_Stranger_MayNot()
    {
        var (stranger, maintainer) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var community = await Shop.CommunityAsync(maintainer);
        await Shop.GrantAsync(community.Id, "paid", 6);
        Assert.Equal(LineRefusal.ConversionNotYours, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(stranger.Buyer, "prem6", recipient: community.Name)).Reason);
    }

    [Fact]
    public async Task DF_15_WhoWasDismissedBeforeDelivery_IsNoOwnerAnyMore()
    {
        var maintainer = await Shop.MemberAsync();
        var community = await Shop.CommunityAsync(maintainer);
        await Shop.GrantAsync(community.Id, "paid", 6);
        var order = await Shop.BuyAsync(maintainer.Buyer, "prem6", community.Name);
        await Shop.Get<Writes>().RunAsync((unit, token) => Communities.DismissAsync(unit.Db, community.Id, maintainer.Id, token), Cancel);
        await Shop.PayAsync(order);
        Assert.Equal("conversion_not_yours", await Shop.ReadAsync(db => db.Deliveries.Select(d => d.StuckReason).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task DW_78_TimeForASomebodyElsesCommunity_IsNotDatedToTheBuyer()
    {
        var (giver, maintainer) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var community = await Shop.CommunityAsync(maintainer);
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", community.Name);
        await Shop.PayAsync(order);
        Assert.Null(Assert.Single((await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel))).Lines).Until);
    }

    [Fact]
    public async Task NamesAndMaintainers_AreMadeOnce()
    {
        var maintainer = await Shop.MemberAsync();
        var community = await Shop.CommunityAsync(maintainer, maintainer);
        Assert.Null(await Shop.Get<Writes>().RunAsync((unit, token) => Communities.MakeAsync(unit.Db, community.Name, Now, token), Cancel));
        Assert.Equal([maintainer.Id], await Shop.ReadAsync(db => Communities.MaintainersAsync(db, community.Id, Cancel)));
        Assert.Equal(community.Name, Assert.Single(await Shop.ReadAsync(db => Communities.OfAsync(db, maintainer.Id, Cancel))).Name);
    }

    [Theory]
    [InlineData(true, MaintainerResult.NoSuchMember)]
    [InlineData(false, MaintainerResult.NoSuchCommunity)]
    public async Task OnlyMembersMaintain_AndOnlyCommunities(bool community, MaintainerResult expected)
    {
        var (member, one) = (await Shop.MemberAsync(), await Shop.CommunityAsync());
        var (whose, who) = community ? (one.Name, one.Name) : (member.Name, member.Name);
        Assert.Equal(expected, await Shop.Get<Writes>().RunAsync((unit, token) => Communities.NameAsync(unit.Db, whose, who, Now, token), Cancel));
    }
}

public sealed class CommunityTests_Sqlite(SqliteDatabase database) : CommunityTests(database), IClassFixture<SqliteDatabase>;

public sealed class CommunityTests_Postgres(PostgresDatabase database) : CommunityTests(database), IClassFixture<PostgresDatabase>;

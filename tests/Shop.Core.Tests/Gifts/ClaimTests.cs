using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Gifts by mail: a code goes to the address, and whoever claims it first has it (DW-5).</summary>
public abstract class ClaimTests(TestDatabase database) : ShopTests(database)
{
    private const string To = "somebody@example.org";

    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private sealed record Sent(PlacedOrder Order, Delivery Delivery, GiftToClaim Mail);

    private async Task<Sent> SendAsync(Person? giver = null, string sku = "paid2", bool anonymous = false, int days = 0)
    {
        giver ??= await Shop.MemberAsync();
        await Shop.AddAsync(giver.Buyer, new AddToCart(sku, 1, To, "come in") { Anonymous = anonymous, DeliverOn = Days.Text(Days.Of(Now).AddDays(days)) });
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        var delivery = await Shop.ReadAsync(db => db.Deliveries.AsNoTracking().SingleAsync(d => d.OrderId == order.Order.Id, Cancel));
        return new Sent(await Shop.AgainAsync(order), delivery, (await MailAsync(delivery.Id))!);
    }

    private Task<GiftToClaim?> MailAsync(long delivery) => Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), delivery, Cancel));

    private Task<ClaimResult> ClaimAsync(string code, Person who) => Shop.Get<Claims>().ClaimAsync(code, who.Id, Cancel);

    private Task<ClaimView?> LookAsync(string code, Person? who = null) => Shop.ReadAsync(db => Shop.Get<Claims>().FindAsync(db, code, who?.Id, Cancel));

    [Fact]
    public async Task DW_5_PaidGiftByMail_AwaitsItsClaim_AndTheOrderIsFulfilled()
    {
        var sent = await SendAsync();
        Assert.Equal((DeliveryState.AwaitingClaim, OrderState.Fulfilled), (sent.Delivery.State, sent.Order.Order.State));
        var view = await LookAsync(sent.Mail.Code);
        Assert.Equal((To, "2 months of paid time", "come in", false), (sent.Mail.Email, view!.Title, view.Note, view.IsClaimed));
    }

    [Fact]
    public async Task DW_5_Claim_GivesTheTimeFromThenOn_Once()
    {
        var sent = await SendAsync();
        var (first, second) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(Now.AddMonths(2), Assert.IsType<LineEffect.RunsUntil>((await LookAsync(sent.Mail.Code, first))!.Effect).Until);
        Assert.IsType<ClaimResult.Claimed>(await ClaimAsync(sent.Mail.Code, first));
        Assert.IsType<ClaimResult.Gone>(await ClaimAsync(sent.Mail.Code, second));
        Assert.Equal((Now.AddMonths(2), MembershipState.Never), ((await Shop.MembershipAsync(first.Id)).Until!.Value, await Shop.MembershipAsync(second.Id)));
        Assert.Equal((true, null, null), ((await LookAsync(sent.Mail.Code, first))!.IsClaimed, await LookAsync(sent.Mail.Code, second), await LookAsync(sent.Mail.Code)));
        await Shop.SendAsync();
        Assert.Equal((1, 0), (await Shop.ReadAsync(db => db.ShopEvents.CountAsync(e => e.Kind == ShopEventKind.GiftDelivered && e.MemberId == first.Id, Cancel)), Shop.Sent.Count(OutboxKinds.Gift)));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_5_C06_FiftyMembersClaimAtOnceOnTwoNodes_OneHasIt()
    {
        var sent = await SendAsync();
        var people = new List<Person>();
        for (var i = 0; i < 50; i++)
        {
            people.Add(await Shop.MemberAsync());
        }

        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(people.Count, i => nodes[i % 2].Get<Claims>().ClaimAsync(sent.Mail.Code, people[i].Id, Cancel));
        Assert.Equal((1, 49), (results.OfType<ClaimResult.Claimed>().Count(), results.OfType<ClaimResult.Gone>().Count()));
        Assert.Equal(1, await Shop.ReadAsync(db => db.MembershipEvents.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DF_32_CodesMailFailsOnce_IsSentAgainWithTheSameCode()
    {
        Shop.Sent.Failures = 1;
        var sent = await SendAsync();
        await Shop.SendAsync();
        Assert.Equal(0, Shop.Sent.Count(OutboxKinds.Claim));
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Claim));
        Assert.Equal(sent.Mail.Code, (await MailAsync(sent.Delivery.Id))!.Code);
        Assert.Equal(Codes.Hash(sent.Mail.Code), (await Shop.ReadAsync(db => db.ClaimTokens.SingleAsync(Cancel))).Hash);
        Assert.IsType<ClaimResult.Claimed>(await ClaimAsync(sent.Mail.Code, await Shop.MemberAsync()));
    }

    [Fact]
    public async Task DW_5_WhoCannotTakeIt_LeavesTheCodeGood()
    {
        var sent = await SendAsync();
        var (premium, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(premium.Id, "premium", 6);
        Assert.Equal(LineRefusal.TooMuchTimeLeft, (await LookAsync(sent.Mail.Code, premium))!.Refusal);
        Assert.Equal(LineRefusal.TooMuchTimeLeft, Assert.IsType<ClaimResult.Refused>(await ClaimAsync(sent.Mail.Code, premium)).Reason);
        Assert.IsType<ClaimResult.Claimed>(await ClaimAsync(sent.Mail.Code, other));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DW_35_UnnamedGiftByMail_IsFromSomeone(bool anonymous)
    {
        var giver = await Shop.MemberAsync();
        var sent = await SendAsync(giver, anonymous: anonymous);
        var from = anonymous ? null : giver.Name;
        Assert.Equal((from, from), (sent.Mail.From, (await LookAsync(sent.Mail.Code))!.From));
    }

    [Fact]
    public async Task DW_36_DatedGiftByMail_HasItsCodeOnItsDay()
    {
        var giver = await Shop.MemberAsync();
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, To, null) { DeliverOn = Days.Text(Days.Of(Now).AddDays(3)) });
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number));
        Assert.False(await Shop.ReadAsync(db => db.ClaimTokens.AnyAsync(Cancel)));
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.True(await Shop.ReadAsync(db => db.Outbox.AnyAsync(r => r.Kind == OutboxKinds.Claim, Cancel)));
    }

    [Fact]
    public async Task DW_5_WhoClaimed_IsNotToldToTheGiver()
    {
        var giver = await Shop.MemberAsync();
        var sent = await SendAsync(giver);
        var claimer = await Shop.MemberAsync();
        await ClaimAsync(sent.Mail.Code, claimer);
        var line = Assert.Single((await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, sent.Order.Order.Id, Cancel))).Lines);
        Assert.Equal((To, null, DeliveryState.Applied), (line.RecipientName, line.Until, line.Delivery));
        Assert.Equal(To, Assert.Single((await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().GivenAsync(db, giver.Id, 1, Cancel))).Rows).RecipientName);
        Assert.Equal(giver.Name, Assert.Single((await Shop.ReadAsync(db => Core.Gifts.ReceivedAsync(db, claimer.Id, 1, Cancel))).Rows).From);
    }

    [Fact]
    public async Task DW_31_LinesForAddresses_NeverConflict()
    {
        var giver = await Shop.MemberAsync();
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(giver.Buyer, "paid1", recipient: To));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(giver.Buyer, "prem6", recipient: To));
        Assert.True((await Shop.CartAsync(giver.Buyer)).CanBePlaced);
    }

    [Theory]
    [InlineData("not an@address", 1, LineRefusal.BadAddress)]
    [InlineData(To, 9, LineRefusal.TooMuchAtOnce)]
    public async Task DW_5_AddressOrAmountThatWillNotDo_IsRefused(string to, int quantity, LineRefusal reason)
    {
        var giver = await Shop.MemberAsync();
        Assert.Equal(reason, Assert.IsType<CartResult.Refused>(await Shop.AddAsync(giver.Buyer, "paid12", quantity, to)).Reason);
    }

    [Fact]
    public async Task DW_28_VisitorsGiftByMail_ComesAlongAtSignIn()
    {
        var member = await Shop.MemberAsync();
        var key = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid1", recipient: To)).NewCartKey!;
        Assert.Equal(1, (await Shop.Get<Carts>().MergeAsync(Codes.Hash(key), member.Id, Cancel)).Moved);
        Assert.Equal((To, false, null), Assert.Single((await Shop.CartAsync(member.Buyer)).Lines) is var line ? (line.RecipientName, line.ForBuyer, line.RecipientId) : default);
    }

    [Fact]
    public async Task DF_53_WaitingGiftByMail_CanBeTurnedToAMember()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, To, null) { DeliverOn = Days.Text(Days.Of(Now).AddDays(3)) });
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number));
        var id = await Shop.ReadAsync(db => db.Deliveries.Select(d => d.Id).SingleAsync(Cancel));
        var day = Days.Text(Days.Of(Now).AddDays(3));
        Assert.IsType<GiftChangeResult.Changed>(await Shop.Get<Core.Gifts>().ChangeAsync(giver.Id, id, new GiftChange(To, "a note", day, false, false, null), Cancel));
        Assert.IsType<GiftChangeResult.Changed>(await Shop.Get<Core.Gifts>().ChangeAsync(giver.Id, id, new GiftChange(friend.Name, "a note", day, false, false, null), Cancel));
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.NotNull((await Shop.MembershipAsync(friend.Id)).Until);
    }
}

public sealed class ClaimTests_Sqlite(SqliteDatabase database) : ClaimTests(database), IClassFixture<SqliteDatabase>;

public sealed class ClaimTests_Postgres(PostgresDatabase database) : ClaimTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>What a gift may be asked for: to stay unnamed, and to come on a day. The clock stands at noon of March 1, 2026.</summary>
public abstract class GiftTermsTests(TestDatabase database) : ShopTests(database)
{
    private DateOnly Today => Days.Of(Shop.Clock.GetUtcNow());

    private Task<CartResult> AddAsync(Buyer buyer, string? recipient, int days, bool anonymous = false, string sku = "paid1") =>
        Shop.AddAsync(buyer, new AddToCart(sku, 1, recipient, "for you") { DeliverOn = Days.Text(Today.AddDays(days)), Anonymous = anonymous });

    private async Task<GiftView> MailAsync(PlacedOrder order)
    {
        var delivery = await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(Cancel));
        return await Shop.ReadAsync(db => GiftReader.ReadAsync(db, new GiftMessage(delivery), Cancel));
    }

    private async Task<PlacedOrder> PayAsync(Buyer buyer, string? email = null)
    {
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer, email: email)).Number);
        await Shop.PayAsync(order);
        return await Shop.AgainAsync(order);
    }

    private Task<List<DeliveryState>> DeliveriesAsync(PlacedOrder order) => Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id)
        .OrderBy(d => d.Id).Select(d => d.State).ToListAsync(Cancel));

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task DW_35_Recipient_IsToldTheGiverUnlessTheGiverSaysNo(bool anonymous, bool told)
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AddAsync(giver.Buyer, friend.Name, 0, anonymous);
        var order = await PayAsync(giver.Buyer);
        Assert.Equal((told ? giver.Name : null, giver.Id), ((await MailAsync(order)).From, order.Order.BuyerId));
    }

    [Fact]
    public async Task DW_35_GiftOfSomebodySignedOut_IsFromSomeone_AlsoOnceTheySignIn()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var key = Assert.IsType<CartResult.Changed>(await AddAsync(Buyer.Nobody, friend.Name, 0)).NewCartKey!;
        await Shop.Get<Carts>().MergeAsync(Codes.Hash(key), giver.Id, Cancel);
        Assert.Null((await MailAsync(await PayAsync(giver.Buyer))).From);
    }

    [Fact]
    public async Task DW_35_WhereTheSiteWantsNames_AnonymousIsRefused()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await PublishAsync(new GiftTerms { Anonymous = false });
        var refused = Assert.IsType<CartResult.Refused>(await AddAsync(giver.Buyer, friend.Name, 0, anonymous: true));
        Assert.Equal((CartField.Anonymous, LineRefusal.AnonymousNotAllowed), (refused.Field, refused.Reason));
    }

    [Theory]
    [InlineData("2026-02-28", false, LineRefusal.DateInPast, CartField.DeliverOn)]
    [InlineData("28.2.2027", false, LineRefusal.DateUnreadable, CartField.DeliverOn)]
    [InlineData("2026-02-30", false, LineRefusal.DateUnreadable, CartField.DeliverOn)]
    [InlineData("2026-08-29", false, LineRefusal.DateNotConfirmed, CartField.ConfirmDate)]
    [InlineData("2028-03-01", true, LineRefusal.DateTooFar, CartField.DeliverOn)]
    [InlineData("9999-12-31", true, LineRefusal.DateTooFar, CartField.DeliverOn)]
    public async Task DW_36_DayThatWillNotDo_IsRefusedWithItsReason(string typed, bool confirmed, LineRefusal reason, CartField field)
    {
        var giver = await Shop.MemberAsync();
        var refused = Assert.IsType<CartResult.Refused>(
            await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, null, null) { DeliverOn = typed, DateConfirmed = confirmed }));
        Assert.Equal((reason, field), (refused.Reason, refused.Field));
    }

    [Theory]
    [InlineData("", false, null)]
    [InlineData("2026-03-01", false, null)]
    [InlineData("2026-03-02", false, "2026-03-02")]
    [InlineData("2026-08-28", false, "2026-08-28")]
    [InlineData("2026-08-29", true, "2026-08-29")]
    [InlineData("2028-02-29", true, "2028-02-29")]
    public async Task DW_36_DayThatWillDo_IsInTheCart_AndTodayIsNone(string typed, bool confirmed, string? day)
    {
        var giver = await Shop.MemberAsync();
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, null, null) { DeliverOn = typed, DateConfirmed = confirmed });
        Assert.Equal(day, Assert.Single((await Shop.CartAsync(giver.Buyer)).Lines).DeliverOn is { } on ? Days.Text(on) : null);
    }

    [Fact]
    public async Task DW_36_OtherDaysInTheRules_CountFromTheRevisionOn()
    {
        var giver = await Shop.MemberAsync();
        await PublishAsync(new GiftTerms { ConfirmDays = 5, FarthestDays = 10 });
        Assert.Equal(
            (LineRefusal.DateNotConfirmed, 5), Assert.IsType<CartResult.Refused>(await AddAsync(giver.Buyer, null, 6)) is { } asked ? (asked.Reason, asked.Limit) : default);
        Assert.Equal(
            (LineRefusal.DateTooFar, 10), Assert.IsType<CartResult.Refused>(await AddAsync(giver.Buyer, null, 11)) is { } far ? (far.Reason, far.Limit) : default);
    }

    [Fact]
    public async Task DW_36_DayThatCameWhileTheLineWasInTheCart_IsAsSoonAsPossible()
    {
        var giver = await Shop.MemberAsync();
        await AddAsync(giver.Buyer, null, 2);
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Null(Assert.Single((await Shop.CartAsync(giver.Buyer)).Lines).DeliverOn);
        var paid = (await PayAsync(giver.Buyer)).Order.PaidAt!.Value;
        Assert.Equal(paid.AddMonths(1), (await Shop.MembershipAsync(giver.Id)).Until);
    }

    [Fact]
    public async Task DF_34_LineForTodayAndLineInThirtyDays_EachComesOnItsDayWithItsMail()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AddAsync(giver.Buyer, friend.Name, 30);
        await AddAsync(giver.Buyer, friend.Name, 0);
        var order = await PayAsync(giver.Buyer);
        await Shop.SendAsync();
        Assert.Equal([DeliveryState.Scheduled, DeliveryState.Applied], await DeliveriesAsync(order));
        Assert.Equal((1, OrderState.Paid), (Shop.Sent.Count(OutboxKinds.Gift), order.Order.State));

        Shop.Clock.Advance(Days.Begin(Today.AddDays(30)) - Shop.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await Shop.Get<DeliveryRun>().PassAsync(Cancel));
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        await Shop.SendAsync();
        Assert.Equal([DeliveryState.Applied, DeliveryState.Applied], await DeliveriesAsync(order));
        Assert.Equal((2, OrderState.Fulfilled), (Shop.Sent.Count(OutboxKinds.Gift), (await Shop.AgainAsync(order)).Order.State));
        Assert.False(await Shop.ReadAsync(db => db.OrderFlags.AnyAsync(Cancel)));
    }

    [Fact]
    public async Task F2_DatedLine_CountsFromItsDelivery_AndTheCartSaidSo()
    {
        var giver = await Shop.MemberAsync();
        await AddAsync(giver.Buyer, null, 40, sku: "paid2");
        await AddAsync(giver.Buyer, null, 0);
        var said = (await Shop.CartAsync(giver.Buyer)).Lines.Select(l => ((LineEffect.RunsUntil)l.Effect!).Until).ToList();
        Assert.Equal([Days.Begin(Today.AddDays(40)).AddMonths(2), Shop.Clock.GetUtcNow().AddMonths(1)], said);
        await PayAsync(giver.Buyer);
        Assert.Equal(said[1], (await Shop.MembershipAsync(giver.Id)).Until);
        Shop.Clock.Advance(Days.Begin(Today.AddDays(40)) - Shop.Clock.GetUtcNow());
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(said[0], (await Shop.MembershipAsync(giver.Id)).Until);
    }

    [Fact]
    public async Task DF_46_TwoEqualLines_AreOneMailThatSaysTwo()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AddAsync(giver.Buyer, friend.Name, 0);
        await AddAsync(giver.Buyer, friend.Name, 0);
        await PayAsync(giver.Buyer);
        await Shop.SendAsync();
        var row = Assert.Single(await Shop.ReadAsync(db => db.Outbox.AsNoTracking().Where(r => r.Kind == OutboxKinds.Gift).ToListAsync(Cancel)));
        var mail = await Shop.ReadAsync(db => GiftReader.ReadAsync(db, System.Text.Json.JsonSerializer.Deserialize<GiftMessage>(row.Payload, System.Text.Json.JsonSerializerOptions.Web)!, Cancel));
        Assert.Equal(("2 × 1 month of paid time", Shop.Clock.GetUtcNow().AddSeconds(-2).AddMonths(1).AddMonths(1)), (mail.Title, mail.Until));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DF_46_LinesThatAreNotEqual_AreTwoMails(bool otherRecipient)
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AddAsync(giver.Buyer, friend.Name, 0);
        await AddAsync(giver.Buyer, otherRecipient ? (await Shop.MemberAsync()).Name : friend.Name, 0, anonymous: !otherRecipient);
        await PayAsync(giver.Buyer);
        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.Gift));
    }
}

public sealed class GiftTermsTests_Sqlite(SqliteDatabase database) : GiftTermsTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftTermsTests_Postgres(PostgresDatabase database) : GiftTermsTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>A gift that waits for its day is its giver's to change, until it is delivered (DECISIONS 11).</summary>
public abstract class WaitingGiftTests(TestDatabase database) : ShopTests(database)
{
    private DateOnly Today => Days.Of(Shop.Clock.GetUtcNow());

    private sealed record Waiting(Person Giver, Person Friend, PlacedOrder Order, long Delivery);

    /// <summary>A gift of a month that comes in 30 days, paid.</summary>
    private async Task<Waiting> GiftAsync()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, friend.Name, "first words") { DeliverOn = Days.Text(Today.AddDays(30)) });
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        return new Waiting(giver, friend, order, await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(Cancel)));
    }

    private Task<GiftChangeResult> ChangeAsync(Waiting gift, Person? by = null, string? to = null, string? note = "first words", int? days = 30, bool anonymous = false, bool confirmed = false) =>
        Shop.Get<Core.Gifts>().ChangeAsync(
            (by ?? gift.Giver).Id, gift.Delivery,
            new GiftChange(to ?? gift.Friend.Name, note, days is { } ahead ? Days.Text(Today.AddDays(ahead)) : null, confirmed, anonymous, null), Cancel);

    private async Task<CartResult.Refused> RefusedAsync(Task<GiftChangeResult> change) => Assert.IsType<GiftChangeResult.Refused>(await change).Why;

    private Task<List<string>> ChangesAsync() => Shop.ReadAsync(db => db.DeliveryChanges.OrderBy(c => c.Id).Select(c => $"{c.Field}: {c.Old} > {c.New} by {c.ActorId}").ToListAsync(Cancel));

    private async Task ComesAsync(int inDays)
    {
        Shop.Clock.Advance(Days.Begin(Today.AddDays(inDays)) - Shop.Clock.GetUtcNow());
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
    }

    [Fact]
    public async Task DF_53_GiftChangedByItsGiver_IsARowWithOldAndNewForEachValue_AndTheLineStaysAsOrdered()
    {
        var gift = await GiftAsync();
        var other = await Shop.MemberAsync();
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(gift, to: other.Name, note: "other words", days: 40, anonymous: true));
        Assert.Equal(
            [
                $"Recipient: {gift.Friend.Id} > {other.Id} by {gift.Giver.Id}", $"Note: first words > other words by {gift.Giver.Id}",
                $"DeliverOn: {Days.Text(Today.AddDays(30))} > {Days.Text(Today.AddDays(40))} by {gift.Giver.Id}", $"Anonymous: 0 > 1 by {gift.Giver.Id}",
            ],
            await ChangesAsync());
        var line = Assert.Single((await Shop.AgainAsync(gift.Order)).Order.Lines);
        Assert.Equal((gift.Friend.Id, "first words", false), (line.RecipientId, line.Note, line.Anonymous));
        var seen = Assert.Single((await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, gift.Order.Order.Id, Cancel))).Lines);
        Assert.Equal((other.Name, "other words", Today.AddDays(40), true), (seen.RecipientName, seen.Note, seen.DeliverOn, seen.Anonymous));
    }

    [Fact]
    public async Task DF_53_GiftChangedByStaff_IsARowWithTheirName_AndNeverTheirOwnGiftNorForThemselves()
    {
        var gift = await GiftAsync();
        var (staff, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var wish = new GiftChange(other.Name, "first words", Days.Text(Today.AddDays(30)), false, false, null);
        Assert.IsType<GiftChangeResult.TooLate>(await Shop.Get<Core.Gifts>().ChangeByStaffAsync(gift.Giver.Id, gift.Delivery, wish, Cancel));
        Assert.Equal(LineRefusal.GiftForOneself, (await RefusedAsync(Shop.Get<Core.Gifts>().ChangeByStaffAsync(staff.Id, gift.Delivery, wish with { Recipient = staff.Name }, Cancel))).Reason);
        Assert.Empty(await ChangesAsync());
        Assert.IsType<GiftChangeResult.Changed>(await Shop.Get<Core.Gifts>().ChangeByStaffAsync(staff.Id, gift.Delivery, wish, Cancel));
        Assert.Equal([$"Recipient: {gift.Friend.Id} > {other.Id} by {staff.Id}"], await ChangesAsync());
        await ComesAsync(30);
        Assert.Equal(1, await Shop.ReadAsync(db => db.MembershipEvents.CountAsync(e => e.AccountId == other.Id, Cancel)));
    }

    [Fact]
    public async Task DW_41_DayMovedToWhereTimeCountsForLess_AsksForConsentFirst()
    {
        var gift = await GiftAsync();
        await Shop.GrantAsync(gift.Friend.Id, "premium", 0, 10);
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(gift, days: 30, note: "other words"));
        var refused = await RefusedAsync(ChangeAsync(gift, days: null));
        Assert.Equal((LineRefusal.ConsentNeeded, 21), (refused.Reason, refused.Consent!.Days));
    }

    [Fact]
    public async Task DF_53_ChangedGift_ComesOnItsNewDayToTheNewRecipient_Unnamed()
    {
        var gift = await GiftAsync();
        var other = await Shop.MemberAsync();
        await ChangeAsync(gift, to: other.Name, note: "other words", days: 40, anonymous: true);
        await ComesAsync(30);
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(other.Id));
        await ComesAsync(10);
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), (await Shop.MembershipAsync(other.Id)).Until);
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(gift.Friend.Id));
        var mail = await Shop.ReadAsync(db => GiftReader.ReadAsync(db, new GiftMessage(gift.Delivery), Cancel));
        Assert.Equal((other.Name, null, "other words"), (mail.ReaderName, mail.From, mail.Note));
    }

    [Fact]
    public async Task DF_53_GiftBroughtForwardToAtOnce_CountsFromNowAndNotFromItsPayment()
    {
        var gift = await GiftAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(10));
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(gift, days: null));
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), (await Shop.MembershipAsync(gift.Friend.Id)).Until);
    }

    [Fact]
    public async Task DF_53_NothingChanged_IsNoRow()
    {
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(await GiftAsync()));
        Assert.Empty(await ChangesAsync());
    }

    [Fact]
    public async Task DF_53_DeliveredGift_CannotBeChanged()
    {
        var gift = await GiftAsync();
        await ComesAsync(30);
        Assert.IsType<GiftChangeResult.TooLate>(await ChangeAsync(gift, note: "too late"));
        Assert.Empty(await ChangesAsync());
    }

    [Fact]
    public async Task DF_53_DeliveryAndChangeAtOnce_OneOfThemWins()
    {
        var gift = await GiftAsync();
        var other = await Shop.MemberAsync();
        Shop.Clock.Advance(Days.Begin(Today.AddDays(30)) - Shop.Clock.GetUtcNow());
        await ShopUnderTest.AtOnceAsync(2, async i => i == 0 ? await Shop.Get<DeliveryRun>().PassAsync(Cancel) : await ChangeAsync(gift, to: other.Name) is null ? 0 : 1);
        Assert.NotNull((await Shop.MembershipAsync(gift.Friend.Id)).Until);
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(other.Id));
    }

    [Fact]
    public async Task S01_SomebodyElsesGift_CannotBeSeenOrChanged()
    {
        var gift = await GiftAsync();
        Assert.IsType<GiftChangeResult.TooLate>(await ChangeAsync(gift, by: gift.Friend, note: "mine"));
        Assert.IsType<GiftChangeResult.TooLate>(await ChangeAsync(gift, by: await Shop.MemberAsync(), note: "mine"));
        Assert.Null(await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().FindAsync(db, gift.Friend.Id, gift.Delivery, Cancel)));
        Assert.NotNull(await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().FindAsync(db, gift.Giver.Id, gift.Delivery, Cancel)));
    }

    [Fact]
    public async Task DW_36_ChangedDay_KeepsTheRulesOfADay()
    {
        var gift = await GiftAsync();
        Assert.Equal((CartField.DeliverOn, LineRefusal.DateInPast), await RefusedAsync(ChangeAsync(gift, days: -1)) is var past ? (past.Field, past.Reason) : default);
        Assert.Equal(LineRefusal.DateNotConfirmed, (await RefusedAsync(ChangeAsync(gift, days: 200))).Reason);
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(gift, days: 200, confirmed: true));
    }

    [Fact]
    public async Task DW_37_ChangedRecipient_MayWantNoGiftsFromTheGiver()
    {
        var gift = await GiftAsync();
        var other = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.BanAsync(unit.Db, other.Id, gift.Giver.Name, Shop.Clock.GetUtcNow(), token), Cancel);
        Assert.Equal((CartField.Recipient, LineRefusal.GiftsBanned), await RefusedAsync(ChangeAsync(gift, to: other.Name)) is var why ? (why.Field, why.Reason) : default);
        Assert.Equal(LineRefusal.GiftForOneself, (await RefusedAsync(ChangeAsync(gift, to: gift.Giver.Name))).Reason);
        Assert.Equal(LineRefusal.NoSuchMember, (await RefusedAsync(ChangeAsync(gift, to: "nobody_at_all"))).Reason);
    }

    [Fact]
    public async Task DW_41_ChangedRecipientOfAnotherClass_AsksForConsent()
    {
        var gift = await GiftAsync();
        var other = await Shop.MemberAsync();
        await Shop.GrantAsync(other.Id, "premium", 0, 31);
        var refused = await RefusedAsync(ChangeAsync(gift, to: other.Name));
        Assert.Equal((CartField.Consent, 21), (refused.Field, refused.Consent?.Days));
    }

    [Fact]
    public async Task Lists_ShowWhatWasGivenAndGot_AndNeverAnUnnamedGiver()
    {
        var gift = await GiftAsync();
        await ChangeAsync(gift, anonymous: true);
        var given = Assert.Single((await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().GivenAsync(db, gift.Giver.Id, 1, Cancel))).Rows);
        Assert.Equal((gift.Friend.Name, true, true), (given.RecipientName, given.Anonymous, given.CanBeChanged));
        Assert.Empty((await Shop.ReadAsync(db => Core.Gifts.ReceivedAsync(db, gift.Friend.Id, 1, Cancel))).Rows);
        await ComesAsync(30);
        var got = Assert.Single((await Shop.ReadAsync(db => Core.Gifts.ReceivedAsync(db, gift.Friend.Id, 1, Cancel))).Rows);
        Assert.Equal((null, "first words"), (got.From, got.Note));
    }
}

public sealed class WaitingGiftTests_Sqlite(SqliteDatabase database) : WaitingGiftTests(database), IClassFixture<SqliteDatabase>;

public sealed class WaitingGiftTests_Postgres(PostgresDatabase database) : WaitingGiftTests(database), IClassFixture<PostgresDatabase>;

using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Time bought for an account of another class: who may, when, and what they must agree to (F4, DW-40, DW-41).</summary>
public abstract class ConversionTests(TestDatabase database) : ShopTests(database)
{
    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private Task<CartResult> AddAsync(Buyer buyer, string sku, string? recipient = null, DateOnly? day = null, int? consent = null) =>
        Shop.AddAsync(buyer, new AddToCart(sku, 1, recipient, null) { DeliverOn = day is { } on ? Days.Text(on) : null, ConsentDays = consent });

    private async Task<CartResult.Refused> RefusedAsync(Buyer buyer, string sku, string? recipient = null, DateOnly? day = null, int? consent = null) =>
        Assert.IsType<CartResult.Refused>(await AddAsync(buyer, sku, recipient, day, consent));

    private async Task PayAsync(Buyer buyer) =>
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer)).Number));

    [Theory]
    [InlineData("paid12", 252)]
    [InlineData("paid2", 42)]
    public async Task DF_11_PaidTimeForAPremiumAccount_AddsWhatItsConsentSaid(string sku, int days)
    {
        var member = await Shop.MemberAsync();
        await Shop.GrantAsync(member.Id, "premium", 0, 10);
        var until = Now.AddDays(10 + days);
        var asked = await RefusedAsync(member.Buyer, sku);
        Assert.Equal((CartField.Consent, new LineConsent("paid", "premium", days, until)), (asked.Field, asked.Consent));
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, sku, consent: days));
        Assert.Equal(until, Assert.IsType<LineEffect.RunsUntil>(Assert.Single((await Shop.CartAsync(member.Buyer)).Lines).Effect).Until);
        await PayAsync(member.Buyer);
        Assert.Equal(new MembershipState("premium", until, false), await Shop.MembershipAsync(member.Id));
    }

    [Fact]
    public async Task DW_41_ConsentToOtherDaysThanItIs_IsAskedAgain()
    {
        var member = await Shop.MemberAsync();
        await Shop.GrantAsync(member.Id, "premium", 0, 10);
        Assert.Equal(252, (await RefusedAsync(member.Buyer, "paid12", consent: 42)).Consent?.Days);
    }

    [Fact]
    public async Task DW_41_Gift_AsksForConsentAndNeverShowsTheDate()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(friend.Id, "premium", 0, 10);
        Assert.Equal(new LineConsent("paid", "premium", 252, null), (await RefusedAsync(giver.Buyer, "paid12", friend.Name)).Consent);
        await AddAsync(giver.Buyer, "paid12", friend.Name, consent: 252);
        Assert.Equal("adds 252 days of premium time", Assert.IsType<LineEffect.Adds>(Assert.Single((await Shop.CartAsync(giver.Buyer)).Lines).Effect).Words);
    }

    [Fact]
    public async Task DW_41_AccountThatBecamePremiumSinceAdding_StandsInTheWayOfPlacing()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AddAsync(giver.Buyer, "paid12", friend.Name);
        await Shop.GrantAsync(friend.Id, "premium", 0, 10);
        Assert.Equal(LineRefusal.ConsentNeeded, Assert.Single((await Shop.CartAsync(giver.Buyer)).Lines).Refusal);
        Assert.Equal(PlaceRefusal.LineRefused, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(giver.Buyer)).Reason);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public async Task DF_13_PaidTimeOnOrAfterTheLastDayOfPremium_NeedsNoConsentAndStartsAnew(int days)
    {
        var member = await Shop.MemberAsync();
        await Shop.GrantAsync(member.Id, "premium", 0, 10);
        var day = Days.Of(Now.AddDays(days));
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, "paid1", day: day));
        var said = Assert.IsType<LineEffect.RunsUntil>(Assert.Single((await Shop.CartAsync(member.Buyer)).Lines).Effect);
        await PayAsync(member.Buyer);
        Shop.Clock.Advance(Days.Begin(day) - Now);
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Shop.Clock.Advance(TimeSpan.FromHours(12));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal((new MembershipState("paid", said.Until, false), "paid"), (await Shop.MembershipAsync(member.Id), said.Class));
    }

    [Fact]
    public async Task DF_14_StrangersPremiumForALongPaidAccount_IsRefusedWithoutADate()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(friend.Id, "paid", 6, 20);
        var before = await Shop.MembershipAsync(friend.Id);
        var refused = await RefusedAsync(giver.Buyer, "prem6", friend.Name);
        Assert.Equal((LineRefusal.ConversionNotYours, CartField.Recipient, null), (refused.Reason, refused.Field, refused.PossibleFrom));
        Assert.Equal(before, await Shop.MembershipAsync(friend.Id));
    }

    [Fact]
    public async Task DW_40_PremiumToPaidOnOnesOwn_NamesTheFirstDay_AndIsTakenForIt()
    {
        var member = await Shop.MemberAsync();
        await Shop.GrantAsync(member.Id, "premium", 0, 30);
        var first = Days.Of(Now.AddDays(17)); // 14 days before the end, at noon: the day that begins after it
        var refused = await RefusedAsync(member.Buyer, "paid1");
        Assert.Equal((LineRefusal.TooMuchTimeLeft, first), (refused.Reason, refused.PossibleFrom));
        Assert.Equal(LineRefusal.TooMuchTimeLeft, (await RefusedAsync(member.Buyer, "paid1", day: first.AddDays(-1))).Reason);
        Assert.Equal(LineRefusal.ConsentNeeded, (await RefusedAsync(member.Buyer, "paid1", day: first)).Reason);
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, "paid1", day: first, consent: 21));
    }

    [Fact]
    public async Task DW_40_PremiumToPaidOnSomebodyElses_KeepsTheirDateToItself()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(friend.Id, "premium", 0, 30);
        var refused = await RefusedAsync(giver.Buyer, "paid1", friend.Name);
        Assert.Equal((LineRefusal.TooMuchTimeLeft, null), (refused.Reason, refused.PossibleFrom));
    }

    [Fact]
    public async Task F4_GuardLooksAtTheDayOfDelivery()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(friend.Id, "paid", 0, 30);
        Assert.Equal(LineRefusal.ConversionNotYours, (await RefusedAsync(giver.Buyer, "prem6", friend.Name)).Reason);
        Assert.IsType<CartResult.Changed>(await AddAsync(giver.Buyer, "prem6", friend.Name, Days.Of(Now.AddDays(17))));
    }
}

public sealed class ConversionTests_Sqlite(SqliteDatabase database) : ConversionTests(database), IClassFixture<SqliteDatabase>;

public sealed class ConversionTests_Postgres(PostgresDatabase database) : ConversionTests(database), IClassFixture<PostgresDatabase>;

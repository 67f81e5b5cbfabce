using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>A gift's form, and what the pages and mails say of an unnamed giver and of a day. The clock starts at noon of March 1, 2026.</summary>
public abstract class GiftFormTests(TestDatabase database) : BuyingTests(database)
{
    private string Day(int ahead) => Days.Text(Days.Of(Now).AddDays(ahead));

    private async Task GrantAsync(string name, string accountClass, int months, int days)
    {
        var id = await IdAsync(name);
        await WriteAsync((db, token) => Shop.Services.GetRequiredService<MembershipLedger>().GrantAsync(
            db, new GrantRequest(id, $"test:{name}", MembershipEventKind.Grant, new TimeGrant(accountClass, months, days), Now, 1), token));
    }

    [Fact]
    public async Task DW_35_UnnamedGift_IsFromSomeoneInTheMail_AndTheGiversPagesSaySo()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, name) = await MemberAsync();
        var cart = await visitor.AddAsync("paid1", ("Recipient", friend), ("Note", "guess who"), ("Anonymous", "true"));
        Assert.Equal("someone (your name is not told)", cart.Text("line-from"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal("someone (your name is not told)", receipt.Text("line-from"));
        var mail = Assert.Single(await MailsAsync(Address(friend)));
        Assert.Equal("Someone gave you something", mail.Subject);
        Assert.Contains("guess who", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(name, mail.Text + mail.Html, StringComparison.Ordinal);
        Assert.Contains("not told who gives it", Assert.Single(await MailsAsync(Address(name))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_35_SignedOut_TheFormSaysSomeoneAndOffersNoChoice()
    {
        var (_, friend) = await MemberAsync();
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync("/shop/paid1");
        Assert.Contains("the recipient is told “someone”", form.Main(), StringComparison.Ordinal);
        Assert.Null(form.Document.QuerySelector("[name=Anonymous]"));
        var cart = await visitor.SubmitAsync(form, ("Recipient", friend));
        Assert.Equal("someone", cart.Text("line-from"));
        await visitor.PressAsync(await visitor.PlaceAsync(("Email", "giver@example.org")), "ok");
        var mail = Assert.Single(await MailsAsync(Address(friend)));
        Assert.DoesNotContain("giver", mail.Text + mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_36_DatedGift_ShowsItsDayUntilItCame()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, name) = await MemberAsync();
        var day = TimeOf(30);
        var cart = await visitor.AddAsync("paid1", ("Recipient", friend), ("DeliverOn", Day(30)));
        Assert.Equal(day, cart.Text("line-delivery"));
        Assert.Equal(day, (await visitor.GetAsync("/checkout")).Text("line-delivery"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal($"waits for its day, {day}", receipt.Text("line-delivery"));
        Assert.Contains($"delivered on {day}", Assert.Single(await MailsAsync(Address(name))).Text, StringComparison.Ordinal);
        Assert.Empty(await MailsAsync(Address(friend)));

        Shop.Clock.Advance(TimeSpan.FromDays(30));
        await Shop.WorkAsync(Cancel);
        Assert.Single(await MailsAsync(Address(friend)));
        Assert.StartsWith("done,", (await (await Shop.SignInAsync(name)).GetAsync(receipt.Address.AbsolutePath)).Text("line-delivery"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_36_DayFarAway_IsAskedBackAndTakenWhenConfirmed()
    {
        var (visitor, _) = await MemberAsync();
        Assert.Null((await visitor.GetAsync("/shop/paid1")).Document.QuerySelector("[name=ConfirmDate]"));
        var asked = await visitor.AddAsync("paid1", ("DeliverOn", Day(181)));
        IsWrong(asked, "ConfirmDate", "more than 180 days away");
        Assert.Equal(Day(181), asked.Value("DeliverOn"));
        Assert.Equal("1 item", (await visitor.SubmitAsync(asked, ("ConfirmDate", "true"))).Text("cart-count"));
    }

    [Fact]
    public async Task DW_41_PaidTimeForAPremiumAccount_AsksForATickThatShowsDaysAndDate()
    {
        var (visitor, name) = await MemberAsync();
        await GrantAsync(name, "premium", 0, 10);
        var asked = await visitor.AddAsync("paid12");
        IsWrong(asked, "Consent", "counts for less than what you buy");
        Assert.Contains("252 days of premium time", asked.Main(), StringComparison.Ordinal);
        var until = asked.Instant("line-until");
        var cart = await visitor.SubmitAsync(asked, ("Consent", "true"));
        Assert.Equal((until, "1 item"), (cart.Instant("line-until"), cart.Text("cart-count")));
    }

    [Fact]
    public async Task DW_41_Gift_ShowsTheDaysAndNoDate()
    {
        var (_, friend) = await MemberAsync();
        await GrantAsync(friend, "premium", 0, 10);
        var asked = await (await MemberAsync()).Visitor.AddAsync("paid2", ("Recipient", friend));
        Assert.Contains("42 days of premium time", asked.Main(), StringComparison.Ordinal);
        Assert.Null(asked.Find("line-until"));
    }

    [Fact]
    public async Task DW_40_RefusedConversion_SuggestsPointsAndNamesTheFirstDayOnOnesOwn()
    {
        var (visitor, name) = await MemberAsync();
        await GrantAsync(name, "premium", 0, 30);
        var page = await visitor.AddAsync("paid1");
        IsWrong(page, "Recipient", "points");
        IsWrong(page, "Recipient", $"It can be delivered from {TimeOf(17)} on");
    }

    /// <summary>What each bad form says: one sentence, beside its field, and everything typed stays.</summary>
    [Theory]
    [InlineData("DeliverOn", "31.12.2026", "DeliverOn", "like 2026-12-31")]
    [InlineData("DeliverOn", "2001-01-01", "DeliverOn", "That day is over")]
    [InlineData("DeliverOn", "2999-01-01", "DeliverOn", "at most 730 days")]
    [InlineData("Recipient", "nobody_at_all", "Recipient", "Nobody here is called")]
    [InlineData("Quantity", "none", "Quantity", "whole number from 1 to 12")]
    public async Task DF_54_BadForm_SaysOneThingAndKeepsNoteDayAndAnonymity(string field, string typed, string wrong, string words)
    {
        var (visitor, _) = await MemberAsync();
        var right = new Dictionary<string, string> { ["Recipient"] = "friend", ["Quantity"] = "2", ["Note"] = "kept", ["DeliverOn"] = Day(3), ["Anonymous"] = "true" };
        right[field] = typed;
        var page = await visitor.AddAsync("paid1", [.. right.Select(f => (f.Key, f.Value))]);
        IsWrong(page, wrong, words);
        Assert.Single(page.Document.QuerySelectorAll("[role=alert] li"));
        Assert.Equal(right.Where(f => f.Key != "Anonymous").Select(f => f.Value), right.Where(f => f.Key != "Anonymous").Select(f => page.Value(f.Key)));
        Assert.True(page.Document.QuerySelector("#Anonymous")!.HasAttribute("checked"));
    }

    [Theory]
    [InlineData("", "Note", "too long")]
    [InlineData("friend", "Note", "too long")]
    public async Task DF_54_NoteTooLong_SaysSoForOneselfAndForAFriend(string recipient, string field, string note)
    {
        var (visitor, _) = await MemberAsync();
        var typed = note + new string('x', 500);
        var page = await visitor.AddAsync("paid1", ("Recipient", recipient), ("Note", typed), ("DeliverOn", Day(3)));
        IsWrong(page, field, "at most 500 characters");
        Assert.Equal((typed, Day(3)), (page.Value("Note"), page.Value("DeliverOn")));
    }

    [Fact]
    public async Task DF_46_TwoEqualLines_AreOneLineOfTheReceiptAndOneMailToTheFriend()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Recipient", friend));
        await visitor.BuyAsync("paid1", ("Recipient", friend));
        Assert.Contains("2 × 1 month of paid time", Assert.Single(await MailsAsync(Address(friend))).Text, StringComparison.Ordinal);
        Assert.Contains($"2 × 1 month of paid time for {friend}: $6.00.", Assert.Single(await MailsAsync(Address(name))).Text, StringComparison.Ordinal);
    }

    private string TimeOf(int ahead) => Now.AddDays(ahead).ToString("MMMM d, yyyy", System.Globalization.CultureInfo.GetCultureInfo("en-US"));
}

public sealed class GiftFormTests_Sqlite(SqliteDatabase database) : GiftFormTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftFormTests_Postgres(PostgresDatabase database) : GiftFormTests(database), IClassFixture<PostgresDatabase>;

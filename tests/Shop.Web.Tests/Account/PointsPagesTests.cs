using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Account;

/// <summary>Points by the pages: bought, passed on, made of time, and earned in a season.</summary>
public abstract class PointsPagesTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_10_PointsByTheForm_AreBoughtForAFriendWhoReadsIt()
    {
        var ((visitor, _), (friend, name)) = (await MemberAsync(), await MemberAsync());
        var form = await visitor.GetAsync("/shop/points");
        Assert.Equal(("30", "$0.10"), (form.Value("Quantity"), form.Text("price")));
        var cart = await visitor.SubmitAsync(form, ("Quantity", "1200"), ("Recipient", name), ("Note", "For lanterns"));
        Assert.Equal(("1 item", "$120.00", "adds 1,200 points"), (cart.Text("cart-count"), cart.Text("due-money"), cart.Text("line-until")));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal("1,200 points", (await friend.GetAsync("/account/points")).Text("points-balance"));
        var mail = Assert.Single(await MailsAsync(Address(name)));
        Assert.Contains("1,200 points", mail.Text, StringComparison.Ordinal);
        Assert.Contains("For lanterns", mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("29")]
    [InlineData("5001")]
    [InlineData("1e3")]
    [InlineData("")]
    public async Task DW_11_NumberOutsideTheBounds_IsRefusedBesideTheFieldAndStays(string number)
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.AddAsync("points", ("Quantity", number));
        IsWrong(page, "Quantity", "from 30 to 5,000");
        Assert.Equal(number, page.Value("Quantity"));
    }

    [Fact]
    public async Task DW_10_Visitor_IsAskedToSignInAndFindsTheFormAgain()
    {
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync("/shop/points");
        Assert.Equal("/account/login?returnUrl=%2Fshop%2Fpoints", page.Document.QuerySelector("#about a[href^='/account/login']")?.GetAttribute("href"));
        var refused = await visitor.SubmitAsync(page, ("Recipient", "friend"), ("Quantity", "50"));
        Assert.Contains("signed in", refused.Error, StringComparison.Ordinal);
        Assert.Equal(("friend", "50"), (refused.Value("Recipient"), refused.Value("Quantity")));
    }

    [Fact]
    public async Task DW_12_Icons_AreBoughtByTheFormAndTheAccountShowsThem()
    {
        var (visitor, _) = await MemberAsync();
        Assert.Equal("6 icons", (await visitor.GetAsync("/account")).Text("icons"));
        Assert.Contains("count only while an account is a paid one", (await visitor.GetAsync("/shop/icons")).Main(), StringComparison.Ordinal);
        await visitor.BuyAsync("paid6");
        await visitor.BuyAsync("icons", ("Quantity", "12"));
        var page = await visitor.GetAsync("/account");
        Assert.Equal("87 icons", page.Text("icons"));
        Assert.Contains("75 of your account’s class and 12 extra.", page.Main(), StringComparison.Ordinal);
        IsWrong(await visitor.AddAsync("icons", ("Quantity", "414")), "Quantity", "413 more possible");
    }

    [Fact]
    public async Task DW_48_Transfer_ShowsWhatWillHappenThenDoesItOnceAndTellsBoth()
    {
        var ((visitor, giver), (friend, name)) = (await MemberAsync(points: 80), await MemberAsync());
        var check = await visitor.SubmitAsync(
            await visitor.GetAsync($"/account/points/transfer?for={name}"), ("Points", "50"), ("Note", "For the boat"));
        Assert.Equal(("50 points", name, "30 points"), (check.Text("transfer-points"), check.Text("transfer-recipient"), check.Text("transfer-after")));
        Assert.Equal(80, await PointsAsync(giver));

        var form = check.Submission("main form", null, []);
        var again = check.Submission("main form", null, []);
        var done = await visitor.SendAsync(form);
        Assert.Equal(("/account/points", "30 points"), (done.Address.AbsolutePath, done.Text("points-balance")));
        Assert.Equal("30 points", (await visitor.SendAsync(again)).Text("points-balance"));
        Assert.Equal(50, await PointsAsync(name));

        Assert.Contains($"Given to {name}", done.Main(), StringComparison.Ordinal);
        Assert.Contains($"From {giver}", (await friend.GetAsync("/account/points")).Main(), StringComparison.Ordinal);
        var (sent, got) = (Assert.Single(await MailsAsync(Address(giver))), Assert.Single(await MailsAsync(Address(name))));
        Assert.Equal(($"You gave points to {name}", $"{giver} gave you points"), (sent.Subject, got.Subject));
        Assert.Contains("For the boat", got.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_48_AnonymousTransfer_TellsTheNameNowhere()
    {
        var ((visitor, giver), (friend, name)) = (await MemberAsync(points: 80), await MemberAsync());
        var check = await visitor.SubmitAsync(await visitor.GetAsync("/account/points/transfer"), ("Recipient", name), ("Points", "50"), ("Anonymous", "true"));
        Assert.Contains("someone", check.Main(), StringComparison.Ordinal);
        await visitor.SubmitAsync(check);
        var page = await friend.GetAsync("/account/points");
        var mail = Assert.Single(await MailsAsync(Address(name)));
        Assert.Contains("From someone", page.Main(), StringComparison.Ordinal);
        Assert.Equal("Someone gave you points", mail.Subject);
        Assert.DoesNotContain(giver, page.Main() + mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no_such_name", "10", "Recipient", "Nobody here is called")]
    [InlineData("friend", "0", "Points", "from 1 to 5,000")]
    [InlineData("friend", "ten", "Points", "from 1 to 5,000")]
    [InlineData("friend", "81", "Points", "You have only 80 points to give.")]
    public async Task DW_48_WrongWish_IsRefusedBesideItsFieldAndStays(string recipient, string points, string field, string words)
    {
        var (visitor, name) = await MemberAsync(points: 80);
        var page = await visitor.SubmitAsync(
            await visitor.GetAsync("/account/points/transfer"), ("Recipient", recipient), ("Points", points), ("Note", "typed"), ("Anonymous", "true"));
        IsWrong(page, field, words);
        Assert.Equal((recipient, points, "typed"), (page.Value("Recipient"), page.Value("Points"), page.Value("Note")));
        Assert.True(page.Document.QuerySelector("#Anonymous")!.HasAttribute("checked"));
        Assert.Equal(80, await PointsAsync(name));
    }

    [Fact]
    public async Task DW_48_ChangeSomething_LeadsBackWithWhatWasTyped()
    {
        var (visitor, _) = await MemberAsync(points: 80);
        var check = await visitor.SubmitAsync(await visitor.GetAsync("/account/points/transfer"), ("Recipient", "friend"), ("Points", "7"), ("Note", "n"));
        var form = await visitor.SubmitAsync(check, "main form", "Change something");
        Assert.Equal(("friend", "7", "n"), (form.Value("Recipient"), form.Value("Points"), form.Value("Note")));
    }

    [Fact]
    public async Task DW_49_Convert_ShowsWhatGoesAndWhatComesThenDoesItOnce()
    {
        var (visitor, name) = await MemberAsync();
        var until = (await visitor.BuyAsync("paid6")).Instant("line-until")!.Value;
        var form = await visitor.GetAsync("/account/points/convert");
        Assert.Equal("6", form.Value("Blocks"));
        var check = await visitor.SubmitAsync(form, ("Blocks", "2"));
        Assert.Equal(
            ("60 days of paid time", "40 points", until.AddDays(-60)), (check.Text("convert-goes"), check.Text("convert-comes"), check.Instant("convert-until")));
        var again = check.Submission("main form", null, []);
        Assert.Equal("40 points", (await visitor.SubmitAsync(check)).Text("points-balance"));
        Assert.Equal("40 points", (await visitor.SendAsync(again)).Text("points-balance"));
        Assert.Equal((until.AddDays(-60), 40L), ((await visitor.GetAsync("/account")).Instant("member-until"), await PointsAsync(name)));
        Assert.Equal(Now.AddDays(30), (await visitor.GetAsync("/account/points/convert")).Instant("convert-next"));
    }

    [Fact]
    public async Task DW_49_NothingToConvert_SaysWhy()
    {
        var (visitor, _) = await MemberAsync();
        Assert.Contains("no paid time at the moment", (await visitor.GetAsync("/account/points/convert")).Text("convert-refused"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("0")]
    [InlineData("all")]
    public async Task DW_49_BlocksThatAreNotThere_AreRefusedBesideTheField(string blocks)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid6");
        IsWrong(await visitor.SubmitAsync(await visitor.GetAsync("/account/points/convert"), ("Blocks", blocks)), "Blocks", "whole number of blocks");
    }
}

public sealed class PointsPagesTests_Sqlite(SqliteDatabase database) : PointsPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class PointsPagesTests_Postgres(PostgresDatabase database) : PointsPagesTests(database), IClassFixture<PostgresDatabase>;

/// <summary>A bonus season, in a shop of its own: its rules hold for everybody.</summary>
public abstract class SeasonPagesTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_93_Season_IsSaidOnThePagesPromisedInTheCartAndOnTheReceipt()
    {
        await WriteAsync(async (db, token) =>
        {
            var rules = Shop.Services.GetRequiredService<RuleBook>();
            var terms = await rules.GetAsync<PointTerms>(db, await rules.CurrentAsync(db, token), token);
            var today = DateOnly.FromDateTime(Now.UtcDateTime);
            var season = new BonusSeason { Key = "moon", From = today, Until = today.AddDays(9), MinorPerPoint = 100 };
            return Assert.IsType<PublishResult.Published>(await rules.PublishAsync(db, [terms with { TimeRates = [], Seasons = [season] }], null, "test", Now, token));
        });
        var (visitor, name) = await MemberAsync();
        foreach (var address in new[] { "/", "/shop/paid12" })
        {
            var words = (await visitor.GetAsync(address)).Text("season");
            Assert.Contains("1 point for every $1.00", words, StringComparison.Ordinal);
            Assert.Contains(Now.AddDays(9).ToString("D", CultureInfo.GetCultureInfo("en-US")), words, StringComparison.Ordinal);
        }

        var cart = await visitor.AddAsync("paid12");
        var said = "If you pay now, you earn 25 points.";
        Assert.Equal((said, said), (cart.Text("bonus"), (await visitor.GetAsync("/checkout")).Text("bonus")));
        Assert.NotNull(cart.Find("season"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal(("25 points", 25L), (receipt.Text("bonus"), await PointsAsync(name)));
        Assert.Contains("you earned 25 points", Assert.Single(await MailsAsync(Address(name))).Text, StringComparison.Ordinal);
    }
}

public sealed class SeasonPagesTests_Sqlite(SqliteDatabase database) : SeasonPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class SeasonPagesTests_Postgres(PostgresDatabase database) : SeasonPagesTests(database), IClassFixture<PostgresDatabase>;

using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Account;

/// <summary>Rename tokens by the pages.</summary>
public abstract class RenamePageTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_13_NewName_IsShownBeforeItIsTakenAndSignsInFromThenOn()
    {
        var (visitor, old) = await MemberAsync();
        await visitor.BuyAsync("rename");
        var elsewhere = await Shop.SignInAsync(old);
        var name = NewName();
        var check = await visitor.SubmitAsync(await visitor.GetAsync("/account/rename"), "#use", null, ("NewName", name));
        Assert.Equal(name, check.Text("rename-to"));
        Assert.Contains(old, check.Main(), StringComparison.Ordinal);
        Assert.Equal(old, (await visitor.GetAsync("/account")).Document.QuerySelector("h1").Words());

        var done = await visitor.SubmitAsync(check);
        Assert.Equal(("/account", name), (done.Address.AbsolutePath, done.Document.QuerySelector("h1").Words()));
        Assert.Equal(name, (await elsewhere.GetAsync("/account")).Document.QuerySelector("h1").Words()); // a session that was open before
        Assert.Equal("applied", (await visitor.GetAsync("/account/rename")).Find("rename-token")?.GetAttribute("data-state"));
        var (again, before) = (Shop.NewVisitor(), Shop.NewVisitor());
        await again.SignInAsync(name);
        await before.SignInAsync(old);
        Assert.Equal(("/account", "/account/login"), ((await again.GetAsync("/account")).Address.AbsolutePath, (await before.GetAsync("/account")).Address.AbsolutePath));
    }

    [Theory]
    [InlineData("friend", "taken")]
    [InlineData("admin", "taken")]
    [InlineData("someone", "taken")]
    [InlineData("ad_min_", "taken")]
    [InlineData("No Such Name", "2 to 25 characters")]
    [InlineData("", "2 to 25 characters")]
    public async Task DW_13_NameThatCannotBeHad_IsRefusedBesideTheFieldAndTheTokenStays(string name, string words)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("rename");
        IsWrong(await visitor.SubmitAsync(await visitor.GetAsync("/account/rename"), "#use", null, ("NewName", name)), "NewName", words);
        Assert.Equal("unused", (await visitor.GetAsync("/account/rename")).Find("rename-token")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task DW_13_FormOfAnotherToken_ChangesNothing()
    {
        var ((visitor, name), (other, _)) = (await MemberAsync(), await MemberAsync());
        await visitor.BuyAsync("rename");
        await other.BuyAsync("rename");
        var stolen = (await other.GetAsync("/account/rename")).Value("Token")!;
        var page = await PostAsync(visitor, "/account/rename?handler=Use", ("Token", stolen), ("NewName", NewName()));
        IsWrong(page, "Token", "cannot be used");
        Assert.Equal(name, (await visitor.GetAsync("/account")).Document.QuerySelector("h1").Words());
    }

    [Fact]
    public async Task DW_13_TokenPassedOn_IsInTheOthersList()
    {
        var ((visitor, _), (friend, name)) = (await MemberAsync(), await MemberAsync());
        await visitor.BuyAsync("rename");
        var form = await visitor.GetAsync("/account/rename");
        IsWrong(await visitor.SubmitAsync(form, "#give", null, ("Recipient", "no_such_name")), "Recipient", "Nobody here is called");
        var done = await visitor.SubmitAsync(form, "#give", null, ("Recipient", name));
        Assert.Equal($"The token is {name}’s now.", done.News);
        Assert.Equal((0, 1), (done.All("rename-token").Count, (await friend.GetAsync("/account/rename")).All("rename-token").Count));
    }

    [Fact]
    public async Task DW_13_SwapThatTheOtherAgreesTo_IsInBothSessionsAtOnceAndInTwoMails()
    {
        var ((visitor, name), (friend, theirs)) = (await MemberAsync(), await MemberAsync());
        await visitor.BuyAsync("rename");
        await friend.BuyAsync("rename");
        Assert.Equal($"{theirs} has been asked. Nothing changes until they agree.", (await visitor.SubmitAsync(await visitor.GetAsync("/account/rename"), "#swap", null, ("With", theirs))).News);
        var done = await friend.SubmitAsync(await friend.GetAsync("/account/rename"), "form:has([data-testid=swap-agree])", null);
        Assert.Equal(("/account", name), (done.Address.AbsolutePath, done.Document.QuerySelector("h1").Words()));
        Assert.Equal(theirs, (await visitor.GetAsync("/account")).Document.QuerySelector("h1").Words());
        Assert.Contains(await Shop.MailsToAsync($"{name}@example.org", Cancel), mail => mail.Subject == $"You are called {theirs} now");
        Assert.Contains(await Shop.MailsToAsync($"{theirs}@example.org", Cancel), mail => mail.Subject == $"You are called {name} now");
        await visitor.SubmitAsync(await visitor.GetAsync("/account/settings"), ("MembersOnly", "true"));
        Assert.Equal(theirs, (await visitor.GetAsync("/account")).Document.QuerySelector("h1").Words());
    }

    [Theory]
    [InlineData("admin", "belongs to the site")]
    [InlineData("no_such_name", "Nobody here is called")]
    public async Task DW_13_SwapWithWhoCannotBeAsked_IsRefusedBesideTheField(string name, string words)
    {
        var (visitor, _) = await MemberAsync();
        IsWrong(await visitor.SubmitAsync(await visitor.GetAsync("/account/rename"), "#swap", null, ("With", name)), "With", words);
    }

    private static string NewName() => "n" + Core.Codes.New(12);
}

public sealed class RenamePageTests_Sqlite(SqliteDatabase database) : RenamePageTests(database), IClassFixture<SqliteDatabase>;

public sealed class RenamePageTests_Postgres(PostgresDatabase database) : RenamePageTests(database), IClassFixture<PostgresDatabase>;

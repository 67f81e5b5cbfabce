using System.Net;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Account;

/// <summary>Signing up with a code, and the desk's page that makes codes.</summary>
public abstract class SignUpCodePageTests(TestDatabase database) : BuyingTests(database)
{
    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Limits:PerAddress"] = "on" } };

    private static (string, string)[] Form(string name, string? code = null) =>
        [("UserName", name), ("Email", $"{name}@example.org"), ("Password", ShopHost.Password), ("ConfirmPassword", ShopHost.Password), ("Code", code ?? "")];

    private async Task<Page> MakeAsync(string kind, params (string, string)[] fields)
    {
        var admin = await Shop.SignInAsync("admin");
        return await admin.SubmitAsync(await admin.GetAsync($"/admin/codes?kind={kind}"), "section[aria-labelledby=new] form", null, fields);
    }

    [Fact]
    public async Task DW_89_SignUp_ShowsTheTimeOfTheCodeBeforeAndAfterAndGrantsIt()
    {
        await MakeAsync("promotion", ("Word", "moonrise"), ("Count", "5"), ("Class", "paid"), ("Months", "1"), ("Days", "5"), ("Suggests", "friend"));
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync("/account/register?code=MoonRise");
        Assert.Contains("This code gives you 1 month of paid time and 5 more days", form.Main(), StringComparison.Ordinal);
        Assert.Contains("suggests that you read friend", form.Main(), StringComparison.Ordinal);

        var account = await visitor.SubmitAsync(form, Form("moonriser", "MoonRise"));
        Assert.Contains("Your code gave you 1 month of paid time and 5 more days.", account.News, StringComparison.Ordinal);
        Assert.Equal(("paid", Now.AddMonths(1).AddDays(5)), (account.Text("member-class"), account.Instant("member-until")));
    }

    [Fact]
    public async Task DW_89_UnknownCode_IsSaidBesideItAndNobodyIsMade()
    {
        var visitor = Shop.NewVisitor();
        var again = await visitor.SubmitAsync(await visitor.GetAsync("/account/register"), Form("guesser", "nosuchcode"));
        IsWrong(again, "Code", "There is no such code");
        Assert.Equal(("guesser", "nosuchcode"), (again.Value("UserName"), again.Value("Code")));
        var without = await visitor.SubmitAsync(again, Form("guesser"));
        Assert.Equal("/account", without.Address.AbsolutePath);
    }

    [Fact]
    public async Task DW_91_Guesses_OneInFiveSecondsFromOneAddress()
    {
        await MakeAsync("promotion", ("Word", "harvest"), ("Count", "5"));
        var visitor = Shop.NewVisitor();
        visitor.NetworkAddress = "203.0.113.91";
        IsWrong(await visitor.GetAsync("/account/register?code=wrong1"), "Code", "no such code", HttpStatusCode.OK);
        IsWrong(await visitor.GetAsync("/account/register?code=harvest"), "Code", "every five seconds", HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Null((await visitor.GetAsync("/account/register?code=harvest")).Wrong("Code"));
    }

    [Fact]
    public async Task DW_91_TheDesk_SaysWhatIsWrongBesideTheFieldAndKeepsWhatWasTyped()
    {
        var page = await MakeAsync("promotion", ("Word", "much too long a word for this"), ("Count", "3"), ("Suggests", "friend"));
        IsWrong(page, "Word", "3 to 25 letters");
        Assert.Equal(("3", "friend"), (page.Value("Count"), page.Value("Suggests")));
        IsWrong(await MakeAsync("promotion", ("Word", "springtime"), ("Count", "1e3")), "Count", "from 1 to 1000000");
        IsWrong(await MakeAsync("promotion", ("Word", "springtime"), ("Count", "3"), ("Expires", "2026-02-30")), "Expires", "year-month-day");
        IsWrong(await MakeAsync("promotion", ("Word", "springtime"), ("Count", "3"), ("Months", "5")), "Class", "Choose a class");
        IsWrong(await MakeAsync("promotion", ("Word", "springtime"), ("Count", "3"), ("Suggests", "nobody_at_all")), "Suggests", "no visible account");
    }

    [Fact]
    public async Task DW_90_TheDesk_MakesInvitationsOnceAndTakesTheTimeOut()
    {
        var made = await MakeAsync("invitation", ("Count", "2"), ("Class", "premium"), ("Months", "6"), ("ExpiresMonths", "2"), ("ExpiresDays", "1"));
        var codes = made.Find("invitations")!.QuerySelectorAll("code").Select(code => code.TextContent).ToList();
        Assert.Equal(2, codes.Count);
        var admin = await Shop.SignInAsync("admin");
        var list = await admin.GetAsync("/admin/codes?show=unused");
        var row = list.All("sign-up-code")[0];
        Assert.Contains("6 months of premium time", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(new DateTimeOffset(Now.UtcDateTime.Date.AddDays(62), TimeSpan.Zero), DateTimeOffset.Parse(row.QuerySelector("time")!.GetAttribute("datetime")!));
        Assert.DoesNotContain(codes[0], list.Main(), StringComparison.Ordinal);

        var emptied = await admin.SubmitAsync(list, $"[data-id='{row.GetAttribute("data-id")}'] form", null);
        Assert.Contains("The time is out", emptied.News, StringComparison.Ordinal);
        Assert.Contains("no time", emptied.All("sign-up-code")[0].TextContent, StringComparison.Ordinal);
    }
}

public sealed class SignUpCodePageTests_Sqlite(SqliteDatabase database) : SignUpCodePageTests(database), IClassFixture<SqliteDatabase>;

public sealed class SignUpCodePageTests_Postgres(PostgresDatabase database) : SignUpCodePageTests(database), IClassFixture<PostgresDatabase>;

using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Web.Tests.Account;

public abstract class ForgottenPasswordTests(TestDatabase database) : ShopTests(database)
{
    private const string New = "grey-velvet-otter";

    private async Task<Page> ForgetAsync(string email, string? from = null)
    {
        var visitor = Shop.NewVisitor();
        visitor.NetworkAddress = from;
        return await visitor.SubmitAsync(await visitor.GetAsync("/account/forgot"), ("Email", email));
    }

    private async Task<(Visitor Visitor, string Name, SentMail Mail)> AskedAsync()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await ForgetAsync($"{name}@example.org");
        return (visitor, name, (await Shop.MailsToAsync($"{name}@example.org", Cancel))[^1]);
    }

    private async Task<Page> ResetAsync(string link, string password, string? repeat = null)
    {
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(link);
        return page.Document.QuerySelector("main form") is null
            ? page
            : await visitor.SubmitAsync(page, ("Password", password), ("ConfirmPassword", repeat ?? password));
    }

    [Fact]
    public async Task Reset_SetsThePasswordOnceAndEndsEverySession()
    {
        var (visitor, name, mail) = await AskedAsync();
        var done = await ResetAsync(mail.Link, New);

        Assert.Equal("/account/login", done.Address.AbsolutePath);
        Assert.Equal("/account/login", (await visitor.GetAsync("/admin")).Address.AbsolutePath);
        await Shop.SignInAsync(name, New);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Shop.SignInAsync(name, ShopHost.Password));
        Assert.Equal("Your password was changed", (await Shop.MailsToAsync(mail.To, Cancel))[^1].Subject);

        var again = await ResetAsync(mail.Link, "another-velvet-otter");
        Assert.Contains("does not work any more", again.Error, StringComparison.Ordinal);
        await Shop.SignInAsync(name, New);
    }

    [Fact]
    public async Task Reset_OpeningTheLink_UsesNothingUpAndLeavesNoTokenInTheAddress()
    {
        var (_, name, mail) = await AskedAsync();
        for (var i = 0; i < 3; i++)
        {
            var shown = await Shop.NewVisitor().GetAsync(mail.Link);
            Assert.Equal("/account/reset", shown.Address.PathAndQuery);
            Assert.Equal("no-referrer", shown.Response.Headers.GetValues("Referrer-Policy").Single());
        }

        await ResetAsync(mail.Link, New);
        await Shop.SignInAsync(name, New);
    }

    [Fact]
    public async Task Reset_AfterAnHour_DoesNotWork()
    {
        var (_, name, mail) = await AskedAsync();
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Contains("does not work any more", (await ResetAsync(mail.Link, New)).Error, StringComparison.Ordinal);
        await Shop.SignInAsync(name, ShopHost.Password);
    }

    [Fact]
    public async Task Reset_LinkOfAnother_DoesNotWork()
    {
        var (_, name, mail) = await AskedAsync();
        var (_, other) = await Shop.RegisterAsync();
        var ids = await Shop.ReadAsync(
            (db, token) => db.Users.Where(m => m.UserName == name || m.UserName == other).ToDictionaryAsync(m => m.UserName!, m => m.Id, token), Cancel);
        var page = await ResetAsync(mail.Link.Replace($"member={ids[name]}&", $"member={ids[other]}&", StringComparison.Ordinal), New);
        Assert.Contains("does not work any more", page.Error, StringComparison.Ordinal);
        await Shop.SignInAsync(other, ShopHost.Password);
    }

    [Theory]
    [InlineData("short", "short", "Password")]
    [InlineData("grey-velvet-otter", "grey-velvet-other", "ConfirmPassword")]
    public async Task Reset_BadPassword_IsNamedAndTheLinkStillWorks(string password, string repeat, string field)
    {
        var (_, name, mail) = await AskedAsync();
        var page = await ResetAsync(mail.Link, password, repeat);
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Wrong(field));
        await ResetAsync(mail.Link, New);
        await Shop.SignInAsync(name, New);
    }

    [Fact]
    public async Task Reset_OfStaff_NeedsFifteenCharacters()
    {
        await ForgetAsync("admin@example.org");
        var mail = (await Shop.MailsToAsync("admin@example.org", Cancel))[^1];
        Assert.Contains("at least 15", (await ResetAsync(mail.Link, "grey-velvet-ot")).Wrong("Password"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task S12_Forgot_KnownAndUnknownAddress_SameAnswerAndOnlyTheKnownOneIsWrittenTo()
    {
        var (_, name) = await Shop.RegisterAsync();
        var before = (await Shop.MailsToAsync($"{name}@example.org", Cancel)).Count;
        var known = await ForgetAsync($"{name}@example.org");
        var unknown = await ForgetAsync("m_nobody_at_all@example.org");

        Assert.Equal(known.Status, unknown.Status);
        Assert.Equal(known.News, unknown.News);
        Assert.Equal(before + 1, (await Shop.MailsToAsync($"{name}@example.org", Cancel)).Count);
        Assert.Empty(await Shop.MailsToAsync("m_nobody_at_all@example.org", Cancel));
    }

    [Fact]
    public async Task Forgot_FourthInAnHour_SameAnswerAndNoMail()
    {
        var (_, name) = await Shop.RegisterAsync();
        var first = await ForgetAsync($"{name}@example.org");
        Page last = first;
        for (var i = 0; i < 4; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromSeconds(1));
            last = await ForgetAsync($"{name}@example.org");
        }

        Assert.Equal(first.News, last.News);
        Assert.Equal(3, (await Shop.MailsToAsync($"{name}@example.org", Cancel)).Count(m => m.Subject == "A new password for your account"));
    }

    [Fact]
    public async Task Forgot_EleventhFromOneNetworkInAnHour_IsRefusedInWords()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await ForgetAsync($"m_any_{i}@example.org", "203.0.113.40")).Status);
        }

        var page = await ForgetAsync("m_any_11@example.org", "203.0.113.40");
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("from your network", page.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S08_Forgot_ForeignHostHeaders_TheLinkNamesTheShop()
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitor = Shop.NewVisitor();
        visitor.Http.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
        await visitor.SubmitAsync(await visitor.GetAsync("/account/forgot"), ("Email", $"{name}@example.org"));
        var mail = (await Shop.MailsToAsync($"{name}@example.org", Cancel))[^1];
        Assert.StartsWith("https://localhost/account/reset?", mail.Link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S13_Outbox_HoldsNoToken()
    {
        var (_, _, mail) = await AskedAsync();
        var token = mail.Link.Split("token=")[1];
        Assert.DoesNotContain(
            await Shop.ReadAsync((db, cancel) => db.Outbox.Select(r => r.Payload + r.DedupeKey).ToListAsync(cancel), Cancel),
            row => row.Contains(token, StringComparison.Ordinal));
    }
}

public sealed class ForgottenPasswordTests_Sqlite(SqliteDatabase database) : ForgottenPasswordTests(database), IClassFixture<SqliteDatabase>;

public sealed class ForgottenPasswordTests_Postgres(PostgresDatabase database) : ForgottenPasswordTests(database), IClassFixture<PostgresDatabase>;

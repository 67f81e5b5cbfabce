using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Web.Tests.Account;

public abstract class RegistrationTests(TestDatabase database) : ShopTests(database)
{
    private static (string, string)[] Form(string name, string email, string? password = null) =>
        [("UserName", name), ("Email", email), ("Password", password ?? ShopHost.Password), ("ConfirmPassword", password ?? ShopHost.Password)];

    private async Task<Page> RegisterAsync(Visitor visitor, params (string, string)[] fields) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/account/register"), fields);

    [Fact]
    public async Task Register_SignsInAndMailsALinkThatConfirmsTheAddressOnce()
    {
        var visitor = Shop.NewVisitor();
        await RegisterAsync(visitor, Form("newcomer", "newcomer@example.org"));

        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/account/logout")).Status);
        var mail = Assert.Single(await Shop.MailsToAsync("newcomer@example.org", Cancel));
        var shown = await visitor.GetAsync(mail.Link);
        Assert.DoesNotContain("token", shown.Address.Query, StringComparison.Ordinal);
        Assert.False(await ConfirmedAsync("newcomer"));

        await visitor.SubmitAsync(shown);
        Assert.True(await ConfirmedAsync("newcomer"));

        var again = await visitor.SubmitAsync(await Shop.NewVisitor().GetAsync(mail.Link));
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
    }

    [Fact]
    public async Task Register_GetOfTheLink_ConfirmsNothing()
    {
        var visitor = Shop.NewVisitor();
        await RegisterAsync(visitor, Form("previewed", "previewed@example.org"));
        var mail = Assert.Single(await Shop.MailsToAsync("previewed@example.org", Cancel));
        for (var i = 0; i < 3; i++)
        {
            await Shop.NewVisitor().GetAsync(mail.Link);
        }

        Assert.False(await ConfirmedAsync("previewed"));
    }

    [Fact]
    public async Task S12_Register_TakenAddress_SameAnswerUnconfirmedAndItsOwnerIsTold()
    {
        await RegisterAsync(Shop.NewVisitor(), Form("owner_of_it", "shared@example.org"));
        var confirming = Shop.NewVisitor();
        await confirming.SubmitAsync(await confirming.GetAsync((await Shop.MailsToAsync("shared@example.org", Cancel))[0].Link));
        Assert.True(await ConfirmedAsync("owner_of_it"));

        var taken = await RegisterAsync(Shop.NewVisitor(), Form("second_one", "shared@example.org"));
        var free = await RegisterAsync(Shop.NewVisitor(), Form("third_one", "free@example.org"));

        Assert.Equal(free.Address, taken.Address);
        Assert.Equal(free.News?.Replace("third_one", "NAME").Replace("free@", "X@"), taken.News?.Replace("second_one", "NAME").Replace("shared@", "X@"));
        Assert.False(await ConfirmedAsync("second_one"));
        var mails = await Shop.MailsToAsync("shared@example.org", Cancel);
        Assert.Equal("Somebody registered with your e-mail address", mails[^1].Subject);
        Assert.Contains("owner_of_it", mails[^1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(mails, m => m.Text.Contains("second_one", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UserName", "Me", "2 to 25")]
    [InlineData("UserName", "a", "2 to 25")]
    [InlineData("UserName", "abcdefghijklmnopqrstuvwxyz", "2 to 25")]
    [InlineData("UserName", "аdmin_", "2 to 25")]
    [InlineData("UserName", "ａdmin", "2 to 25")]
    [InlineData("UserName", "adm\u200bin", "2 to 25")]
    [InlineData("UserName", "name.", "2 to 25")]
    [InlineData("UserName", "member", "taken")]
    [InlineData("UserName", "support", "taken")]
    [InlineData("Email", "nobody", "name@example.org")]
    [InlineData("Email", "a\u0001@example.org", "name@example.org")]
    [InlineData("Email", "a@example.org\r\nBcc: b@example.org", "name@example.org")]
    [InlineData("Email", "a@example.org,b@example.org", "name@example.org")]
    [InlineData("Email", "\"a b\"@example.org", "name@example.org")]
    [InlineData("Password", "short", "at least 12")]
    [InlineData("Password", "123456789012", "tried first")]
    [InlineData("Password", "Letmein-2024!!", "easy to guess")]
    [InlineData("Password", "P@$$w0rd2024!", "easy to guess")]
    [InlineData("Password", "somebody_new1", "easy to guess")]
    [InlineData("Password", "dreamshop1999", "easy to guess")]
    [InlineData("Password", "aaaaaaaaaaaaaa", "easy to guess")]
    [InlineData("Password", "abcabcabcabc", "easy to guess")]
    [InlineData("Password", "qwertyuiop123456", "easy to guess")]
    [InlineData("ConfirmPassword", "moonlit-harbour-wal", "not the same")]
    public async Task S18_S10_Register_BadField_IsNamedBesideItAndNothingIsMade(string field, string value, string words)
    {
        var visitor = Shop.NewVisitor();
        (string Name, string Value)[] form = [.. Form("somebody_new", "somebody_new@example.org").Select(f =>
            f.Item1 == field || (field == "Password" && f.Item1 == "ConfirmPassword") ? (f.Item1, value) : f)];
        var page = await RegisterAsync(visitor, form);

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains(words, page.Wrong(field), StringComparison.Ordinal);
        Assert.Equal(field == "Email" ? page.Value("Email") : "somebody_new@example.org", page.Value("Email"));
        Assert.Equal(0, await Shop.ReadAsync((db, token) => db.Users.CountAsync(m => m.UserName == "somebody_new", token), Cancel));
    }

    [Fact]
    public async Task Register_PasswordIsNeverWrittenBack()
    {
        var page = await RegisterAsync(Shop.NewVisitor(), Form("x", "x@example.org"));
        Assert.DoesNotContain(ShopHost.Password, page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DF_26_Register_WithoutFormToken_NothingIsMadeAndTheTypedStays()
    {
        var visitor = Shop.NewVisitor();
        var page = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/account/register")
        {
            Content = new FormUrlEncodedContent(Form("tokenless", "tokenless@example.org").Select(f => KeyValuePair.Create(f.Item1, f.Item2))),
        });

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Equal("tokenless", page.Value("UserName"));
        Assert.Equal(0, await Shop.ReadAsync((db, token) => db.Users.CountAsync(m => m.UserName == "tokenless", token), Cancel));
    }

    private Task<bool> ConfirmedAsync(string name) =>
        Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == name).Select(m => m.EmailConfirmed).SingleAsync(token), Cancel);
}

public sealed class RegistrationTests_Sqlite(SqliteDatabase database) : RegistrationTests(database), IClassFixture<SqliteDatabase>;

public sealed class RegistrationTests_Postgres(PostgresDatabase database) : RegistrationTests(database), IClassFixture<PostgresDatabase>;

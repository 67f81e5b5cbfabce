using System.Net;
using Shop.TestKit;

namespace Shop.Web.Tests.Security;

/// <summary>What a shop in Production shows and does not show (S33).</summary>
public abstract class ProductionTests(TestDatabase database) : ShopTests(database)
{
    protected override ShopSettings Settings => new()
    {
        Environment = "Production",
        Values = new Dictionary<string, string?> { ["SignIn:HashIterations"] = "210000" },
    };

    [Theory]
    [InlineData("/dev/mail")]
    [InlineData("/sandbox/payments")]
    [InlineData("/sandbox/api/account")]
    [InlineData("/.git/config")]
    [InlineData("/swagger")]
    [InlineData("/appsettings.json")]
    public async Task S33_Production_HasNone(string address) => Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync(address)).Status);

    [Fact]
    public async Task S33_Production_HasNoDemoMembers() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Shop.SignInAsync("admin"));

    [Fact]
    public async Task S33_Health_SaysNoMoreThanWellOrNot() =>
        Assert.Equal("ok\n", (await Shop.NewVisitor().GetAsync("/health/ready")).Body);

    [Fact]
    public async Task Cookies_AreHostBoundSecureAndClosed()
    {
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync("/account/register");
        using var answer = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/account/register")
        {
            Content = new FormUrlEncodedContent([
                KeyValuePair.Create("UserName", "cookies"), KeyValuePair.Create("Email", "cookies@example.org"), KeyValuePair.Create("Password", ShopHost.Password),
                KeyValuePair.Create("ConfirmPassword", ShopHost.Password),
                KeyValuePair.Create("__RequestVerificationToken", form.Value("__RequestVerificationToken")!)]),
        });
        var cookies = form.Response.Headers.GetValues("Set-Cookie").Concat(answer.Headers.GetValues("Set-Cookie")).ToList();
        Assert.Contains(cookies, c => c.StartsWith("__Host-shop=", StringComparison.Ordinal));
        Assert.Contains(cookies, c => c.StartsWith("__Host-xsrf=", StringComparison.Ordinal));
        Assert.All(cookies, c =>
        {
            Assert.StartsWith("__Host-", c, StringComparison.Ordinal);
            Assert.Contains("; path=/", c, StringComparison.Ordinal);
            Assert.Contains("; secure", c, StringComparison.Ordinal);
            Assert.Contains("; httponly", c, StringComparison.Ordinal);
            Assert.Contains("; samesite=lax", c, StringComparison.Ordinal);
            Assert.DoesNotContain("domain=", c, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task PlainHttp_PageIsLedToHttps_OthersAreRefused()
    {
        var visitor = Shop.NewVisitor();
        var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/about/terms");
        request.Headers.Accept.ParseAdd("text/html");
        using var page = await visitor.AskAsync(request);
        Assert.Equal("https://localhost/about/terms", page.Headers.Location?.AbsoluteUri);

        using var post = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Post, "http://localhost/account/login"));
        Assert.Equal(HttpStatusCode.Forbidden, post.StatusCode);
        using var api = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Get, "http://localhost/api/v1/x"));
        Assert.Equal(HttpStatusCode.Forbidden, api.StatusCode);
    }
}

public sealed class ProductionTests_Sqlite(SqliteDatabase database) : ProductionTests(database), IClassFixture<SqliteDatabase>;

public sealed class ProductionTests_Postgres(PostgresDatabase database) : ProductionTests(database), IClassFixture<PostgresDatabase>;

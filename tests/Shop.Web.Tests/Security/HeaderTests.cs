using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Security;

/// <summary>The headers of security.md section 2, to the letter.</summary>
public abstract partial class HeaderTests(TestDatabase database) : ShopTests(database)
{
    private const string PagePolicy =
        "default-src 'none'; script-src 'self' 'nonce-N'; style-src 'self' 'nonce-N'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; manifest-src 'self'; report-to csp; report-uri /csp-report";

    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    public static TheoryData<string> Pages => new(
        "/", "/shop/paid1", "/cart", "/account/login", "/account/register", "/account/forgot", "/about/terms", "/no/such/page", "/dev/mail");

    private async Task<HttpResponseMessage> GetAsync(string address) => await Shop.NewVisitor().AskAsync(new HttpRequestMessage(HttpMethod.Get, address));

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_HasThePagesPolicyAndEveryCommonHeader(string address)
    {
        using var answer = await GetAsync(address);
        Assert.Equal(PagePolicy, Nonce().Replace(Header(answer, "Content-Security-Policy") ?? "", "'nonce-N'"));
        Assert.Equal("DENY", Header(answer, "X-Frame-Options"));
        Common(answer);
        Assert.Equal(address == "/dev/mail" ? "no-referrer" : "strict-origin-when-cross-origin", Header(answer, "Referrer-Policy"));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/sandbox/api/account")]
    public async Task Data_HasThePolicyOfData(string address)
    {
        using var answer = await GetAsync(address);
        Assert.Equal(DataPolicy, Header(answer, "Content-Security-Policy"));
        Common(answer);
    }

    /// <summary>The library is the one file that other sites load; with SRI across origins they need both headers.</summary>
    [Fact]
    public async Task MZ_44_Library_MayBeLoadedByEverybodyAndNothingElseMay()
    {
        using var answer = await GetAsync("/embed/dreamshop.js");
        Assert.Equal("cross-origin", Header(answer, "Cross-Origin-Resource-Policy"));
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("text/javascript; charset=utf-8", Header(answer, "Content-Type"));
        Assert.Equal("public, no-cache", Header(answer, "Cache-Control"));
        Assert.Equal(DataPolicy, Header(answer, "Content-Security-Policy"));
        Assert.Equal(await File.ReadAllBytesAsync(Repository.Path("library", "dist", "dreamshop.js"), Cancel), await answer.Content.ReadAsByteArrayAsync(Cancel));

        foreach (var other in new[] { "/", "/site.js", "/health/live" })
        {
            using var page = await GetAsync(other);
            Assert.Equal("same-origin", Header(page, "Cross-Origin-Resource-Policy"));
            Assert.Null(Header(page, "Access-Control-Allow-Origin"));
        }
    }

    [Theory]
    [InlineData("/account/confirm")]
    [InlineData("/account/reset")]
    [InlineData("/orders/nnnnnnnnnnnnnnnnnnnnnnnnnn?token=nnnn")]
    public async Task S28_LinkPages_TellNobodyWhereTheyWere(string address)
    {
        using var answer = await GetAsync(address);
        Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task S27_Page_IsNotKeptInAnyCache(string address)
    {
        using var answer = await GetAsync(address);
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
        Assert.Null(Header(answer, "Pragma"));
    }

    [Fact]
    public async Task Nonce_IsFreshAndHas128Bits()
    {
        var nonces = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var answer = await GetAsync("/account/login");
            nonces.Add(Nonce().Match(Header(answer, "Content-Security-Policy")!).Groups[1].Value);
        }

        Assert.Equal(3, nonces.Distinct().Count());
        Assert.All(nonces, nonce => Assert.Equal(16, Convert.FromBase64String(nonce).Length));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_HasNothingThatThePolicyRefuses(string address)
    {
        var page = await Shop.NewVisitor().GetAsync(address);
        Assert.Empty(page.Document.QuerySelectorAll("[style], style:not([nonce]), script:not([src]):not([nonce])"));
        Assert.DoesNotContain(page.Document.All.SelectMany(e => e.Attributes), a => a.Name.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S27_VersionedFile_MayBeKeptForGood()
    {
        var page = await Shop.NewVisitor().GetAsync("/account/login");
        using var answer = await GetAsync(page.Document.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!);
        Assert.Equal("public, max-age=31536000, immutable", Header(answer, "Cache-Control"));
        Common(answer);
    }

    [Fact]
    public async Task Cookies_InDevelopment_HaveNoPrefixButAreClosed()
    {
        using var answer = await GetAsync("/account/login");
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("xsrf=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=lax", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S08_ForeignHost_IsRefused()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "evil.example";
        using var answer = await Shop.NewVisitor().AskAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task S08_S34_ForwardedHeadersOfStrangers_AreIgnored()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/admin");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-For", "127.0.0.1");
        request.Headers.Add("X-User-Id", "1");
        request.Headers.Add("X-Original-URL", "/");
        using var answer = await Shop.NewVisitor().AskAsync(request);
        Assert.Equal("https://localhost/account/login?returnUrl=%2Fadmin", answer.Headers.Location?.AbsoluteUri);
        Assert.DoesNotContain("evil", string.Join(' ', answer.Headers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/csp-report", """{"csp-report":{"document-uri":"https://localhost/cart?token=1","violated-directive":"img-src","blocked-uri":"https://x.example/p?q=1"}}""")]
    [InlineData("application/reports+json", """[{"type":"csp-violation","body":{"documentURL":"https://localhost/cart","effectiveDirective":"img-src","blockedURL":"inline"}}]""")]
    [InlineData("application/reports+json", "[]")]
    [InlineData("application/json", "{\"something\":[1,\"else\"]}")]
    public async Task CspReport_BothFormats_204(string type, string body)
    {
        using var answer = await ReportAsync(Shop.NewVisitor(), type, body);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Theory]
    [InlineData("no json", HttpStatusCode.BadRequest)]
    [InlineData("[[[[[[[[[[[[]]]]]]]]]]]]", HttpStatusCode.BadRequest)]
    public async Task CspReport_Unreadable_400(string body, HttpStatusCode expected)
    {
        using var answer = await ReportAsync(Shop.NewVisitor(), "application/csp-report", body);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task CspReport_TwentyFirstInAMinute_429()
    {
        var visitor = Shop.NewVisitor();
        visitor.NetworkAddress = "203.0.113.50";
        for (var i = 0; i < 20; i++)
        {
            using var taken = await ReportAsync(visitor, "application/csp-report", "{}");
            Assert.Equal(HttpStatusCode.NoContent, taken.StatusCode);
        }

        using var answer = await ReportAsync(visitor, "application/csp-report", "{}");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private static async Task<HttpResponseMessage> ReportAsync(Visitor visitor, string type, string body)
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/csp-report") { Content = content });
    }

    private static void Common(HttpResponseMessage answer)
    {
        Assert.Equal("max-age=63072000; includeSubDomains", Header(answer, "Strict-Transport-Security"));
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Resource-Policy"));
        Assert.Equal("camera=(), microphone=(), geolocation=(), payment=()", Header(answer, "Permissions-Policy"));
        Assert.Equal("csp=\"https://localhost/csp-report\"", Header(answer, "Reporting-Endpoints"));
        Assert.Null(Header(answer, "Server"));
        Assert.Null(Header(answer, "X-Powered-By"));
    }

    [GeneratedRegex("'nonce-([^']*)'")]
    private static partial Regex Nonce();
}

public sealed class HeaderTests_Sqlite(SqliteDatabase database) : HeaderTests(database), IClassFixture<SqliteDatabase>;

public sealed class HeaderTests_Postgres(PostgresDatabase database) : HeaderTests(database), IClassFixture<PostgresDatabase>;

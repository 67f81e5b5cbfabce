using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>Errors have words, keep the layout, and show nothing of what went wrong inside.</summary>
public abstract class ErrorPageTests(TestDatabase database) : ShopTests(database)
{
    private const string Secret = "the inner words of an exception";

    protected override ShopSettings Settings => new() { Services = services => services.AddSingleton<IAuthenticationSchemeProvider, Breaking>() };

    [Fact]
    public async Task NotFound_KeepsTheAddressAndTheLayout()
    {
        var page = await Shop.NewVisitor().GetAsync("/no/such/page");
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Equal("/no/such/page", page.Address.AbsolutePath);
        Assert.Contains("no such page", page.Error, StringComparison.Ordinal);
        Assert.NotNull(page.Find("cart-count"));
    }

    [Fact]
    public async Task ErrorPage_AskedForByItself_IsNotThere() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync("/error")).Status);

    [Fact]
    public async Task Forbidden_SaysSo()
    {
        var (visitor, _) = await Shop.RegisterAsync();
        var page = await visitor.GetAsync("/admin");
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.NotNull(page.Error);
    }

    [Fact]
    public async Task Exception_HasAReferenceAndNothingElse()
    {
        var page = await Shop.NewVisitor().GetAsync("/about/terms?break=1");
        Assert.Equal(HttpStatusCode.InternalServerError, page.Status);
        Assert.False(string.IsNullOrWhiteSpace(page.Document.QuerySelector("[data-testid=error] code")?.TextContent));
        Assert.DoesNotContain(Secret, page.Body, StringComparison.Ordinal);
        Assert.NotNull(page.Find("cart-count"));
    }

    [Fact]
    public async Task Exception_OfAForm_HasThePageToo() => Assert.Equal(
        HttpStatusCode.InternalServerError,
        (await Shop.NewVisitor().SendAsync(new HttpRequestMessage(HttpMethod.Post, "/account/login?break=1"))).Status);

    [Fact]
    public async Task Exception_ForAMachine_IsTheStatusAlone()
    {
        var page = await Shop.NewVisitor().GetAsync("/hooks/x?break=1");
        Assert.Equal(HttpStatusCode.InternalServerError, page.Status);
        Assert.Equal("", page.Body);
    }

    [Fact]
    public async Task MZ_68_ExceptionInTheSellersInterface_IsAProblemForMachines()
    {
        var page = await Shop.NewVisitor().GetAsync("/api/v1/x?break=1");
        Assert.Equal((HttpStatusCode.InternalServerError, "application/problem+json"), (page.Status, page.Response.Content.Headers.ContentType?.MediaType));
        Assert.DoesNotContain("break", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C13_DatabaseInTheWay_Is503WithRetryAfter()
    {
        var page = await Shop.NewVisitor().GetAsync("/about/terms?busy=1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.NotNull(page.Response.Headers.RetryAfter);
        Assert.Contains("trying again never charges twice", page.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S29_TwoHundredAndOneFormKeys_AreRefused()
    {
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync("/account/login");
        var fields = Enumerable.Range(0, 201).Select(i => KeyValuePair.Create($"f{i}", "x"))
            .Append(KeyValuePair.Create("__RequestVerificationToken", form.Value("__RequestVerificationToken")!));
        var page = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/account/login") { Content = new FormUrlEncodedContent(fields) });
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
    }

    /// <summary>Throws in the middle of the pipeline where a request asks for it.</summary>
    private sealed class Breaking(IOptions<AuthenticationOptions> options, IHttpContextAccessor http) : AuthenticationSchemeProvider(options)
    {
        public override Task<AuthenticationScheme?> GetDefaultAuthenticateSchemeAsync()
        {
            var request = http.HttpContext!.Request;
            return request.Path == "/error" ? base.GetDefaultAuthenticateSchemeAsync()
                : request.Query.ContainsKey("break") ? throw new InvalidOperationException(Secret)
                : request.Query.ContainsKey("busy") ? throw new SqliteException("database is locked", 5)
                : base.GetDefaultAuthenticateSchemeAsync();
        }
    }
}

public sealed class ErrorPageTests_Sqlite(SqliteDatabase database) : ErrorPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ErrorPageTests_Postgres(PostgresDatabase database) : ErrorPageTests(database), IClassFixture<PostgresDatabase>;

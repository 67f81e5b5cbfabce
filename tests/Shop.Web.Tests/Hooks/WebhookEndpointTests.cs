using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Web.Tests.Hooks;

/// <summary>The door for webhooks: what it lets in is checked over the bytes that came; what it refuses leaves nothing.</summary>
public abstract class WebhookEndpointTests(TestDatabase database) : ShopTests(database)
{
    private const string Address = "/hooks/sandbox";
    private const int MostBytes = 256 * 1024;

    [Theory]
    [InlineData(null)]
    [InlineData("t=1,v1=00")]
    [InlineData("nonsense")]
    public async Task W05_NotGenuine_Is400AndLeavesNoRow(string? signature)
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(Address, "{}", signature)).StatusCode);
        Assert.Equal(0, await Shop.ReadAsync((db, token) => db.WebhookInbox.CountAsync(token), Cancel));
    }

    [Fact]
    public async Task W14_BodyAbove256Kilobytes_Is413() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(Address, new string(' ', MostBytes + 1), null)).StatusCode);

    [Fact]
    public async Task UnknownProvider_IsNotFound() =>
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/hooks/nobody", "{}", null)).StatusCode);

    [Fact]
    public async Task Refusal_IsForAMachine_StatusAlone() =>
        Assert.Equal("", await (await PostAsync(Address, "{}", null)).Content.ReadAsStringAsync(Cancel));

    private Task<HttpResponseMessage> PostAsync(string address, string body, string? signature)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body) };
        if (signature is not null)
        {
            request.Headers.Add("Sandbox-Signature", signature);
        }

        return Shop.NewVisitor().AskAsync(request);
    }
}

public sealed class WebhookEndpointTests_Sqlite(SqliteDatabase database) : WebhookEndpointTests(database), IClassFixture<SqliteDatabase>;

public sealed class WebhookEndpointTests_Postgres(PostgresDatabase database) : WebhookEndpointTests(database), IClassFixture<PostgresDatabase>;

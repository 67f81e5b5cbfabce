using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Paywall;

/// <summary>Whatever is written into the public addresses of the paywall: the answer of the matrix, in each form, and never a fault.</summary>
public abstract class WallBadInputTests(TestDatabase database) : PaywallTests(database)
{
    private static readonly string[] Forms = ["text/html", "application/json", "text/plain"];

    /// <summary>What stands after the order's address, and the status: T is the right token. None of it is a fault, and none of it a session that has paid.</summary>
    public static TheoryData<string, int> Queries => new()
    {
        { "", 202 },
        { "?token=", 202 },
        { "?token=wrong", 403 },
        { "?token=T", 402 },
        { "?token=T%00", 403 },
        { "?token=%00", 403 },
        { "?token=%ff%fe", 403 },
        { "?token=%zz", 403 },
        { "?token=%", 403 },
        { "?token=%ED%A0%80", 403 },
        { "?token=T%0d%0aSet-Cookie:%20a=b", 403 },
        { "?token=LONG", 403 },
        { "?token=TLONG", 403 },
        { "?token=T&token=wrong", 402 },
        { "?token=wrong&token=T", 403 },
        { "?token=T&claim_token=wrong", 402 },
        { "?claim_token=wrong", 403 },
        { "?TOKEN=wrong", 403 },
        { "?token[]=wrong", 202 },
        { "?h_contract=wrong", 403 },
        { "?h_contract=%00", 403 },
        { "?h_contract=LONG", 403 },
        { "?token=T&h_contract=wrong", 403 },
        { "?token=wrong&h_contract=%ff", 403 },
        { "?token=T&session_id=somebody-elses", 402 },
        { "?token=T&session_id=", 402 },
        { "?token=T&session_id=%00", 402 },
        { "?token=T&session_id=%ff", 402 },
        { "?token=T&session_id=LONG", 402 },
        { "?token=T&session_id=a&session_id=b", 402 },
        { "?token=T&was=%00&was=LONG", 402 },
        { "?token=T&timeout_ms=-1", 402 },
        { "?token=T&timeout_ms=99999999999999999999", 402 },
        { "?token=T&timeout_ms=%00", 402 },
        { "?&&==&", 202 },
    };

    private static string Fill(string address, string token) => address.Replace("TLONG", token + new string('x', 4000), StringComparison.Ordinal)
        .Replace("LONG", new string('x', 4000), StringComparison.Ordinal).Replace("=T", "=" + token, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task P1_WhateverStandsInTheOrdersAddress_IsAnsweredAsTheMatrixSays(string query, int expected)
    {
        var first = (await AskAsync(Shop.NewVisitor(), AddressOf(await TextAsync()))).Headers.Location!;
        foreach (var form in Forms)
        {
            var answer = await AskAsync(Shop.NewVisitor(), first.AbsolutePath + Fill(query, Query(first, "token")), form);
            Assert.True(expected == (int)answer.StatusCode, $"{query} {form}: {(int)answer.StatusCode}");
            Assert.Equal(form, answer.Content.Headers.ContentType?.MediaType);
            Assert.DoesNotContain("   at ", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/orders/%ff")]
    [InlineData("/orders/%zz?token=x")]
    [InlineData("/orders/LONG?session_id=x")]
    [InlineData("/orders/NUMBER%20?session_id=x")]
    [InlineData("/orders/%E2%80%AENUMBER?token=x")]
    [InlineData("/orders/22222222222222222222222222?token=x&session_id=y")]
    [InlineData("/orders/LONG/paid")]
    [InlineData("/orders/%ff/claim")]
    [InlineData("/r/%ff")]
    [InlineData("/r/%ED%A0%80")]
    [InlineData("/r/LONG")]
    [InlineData("/r/%2e%2e%2fadmin")]
    [InlineData("/r/LONG/file")]
    public async Task P1_WhatIsNotThere_IsNotThereInEveryForm(string address)
    {
        var number = (await AskAsync(Shop.NewVisitor(), AddressOf(await TextAsync()))).Headers.Location!.Segments[^1];
        foreach (var form in Forms)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, Fill(address.Replace("NUMBER", number, StringComparison.Ordinal), "x"));
            request.Headers.TryAddWithoutValidation("Accept", form);
            var page = await Shop.NewVisitor().SendAsync(request);
            Assert.True(page.Status == HttpStatusCode.NotFound, $"{address} {form}: {(int)page.Status}");
            Assert.DoesNotContain("   at ", page.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>What is no cookie of the shop's is none: a new session, and nothing of the buyer's.</summary>
    [Fact]
    public async Task TF_4_ForeignOrBrokenCookie_IsANewSession_OnEveryAddress()
    {
        var code = await TextAsync();
        var (buyer, page) = await BuyerAsync(code);
        var order = await LastOrderAsync(code);
        var first = await AskAsync(Shop.NewVisitor(), AddressOf(await TextAsync()));
        var pair = Assert.Single(first.Headers.GetValues("Set-Cookie"), value => value.Contains("session=", StringComparison.Ordinal)).Split(';')[0];
        var (name, value) = (pair.Split('=')[0], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        Assert.Contains(Secret, page.Body, StringComparison.Ordinal);
        string[] cookies =
        [
            $"{name}={value[..^9]}", $"{name}={value[9..]}", $"{name}=", $"{name}={new string('x', 6000)}", $"{name}=%00", $"{name}=%ff%fe", $"{name}={SessionIn(first.Headers.Location!)}",
            $"{name}=x; {name}=y", name, $"{name}=\"{value[..^2]}\"",
        ];
        foreach (var cookie in cookies)
        {
            foreach (var (address, form) in from a in new[] { AddressOf(code), $"{AddressOf(code)}?o={order}", $"{AddressOf(code)}/file", $"/orders/{order}", $"/orders/{order}/paid" } from f in Forms select (a, f))
            {
                var request = new HttpRequestMessage(HttpMethod.Get, address);
                request.Headers.TryAddWithoutValidation("Cookie", cookie);
                request.Headers.TryAddWithoutValidation("Accept", form);
                var answer = await Shop.NewVisitor().AskAsync(request);
                Assert.True((int)answer.StatusCode is 202 or 302 or 404, $"{cookie} {address} {form}: {(int)answer.StatusCode}");
                Assert.DoesNotContain(Secret, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            }
        }

        Assert.Contains(Secret, (await buyer.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
    }

    /// <summary>The session of an address is no secret and opens nothing: the cookie does.</summary>
    [Fact]
    public async Task P2_SessionOfSomebodyElse_InAnAddress_ShowsNothing()
    {
        var code = await TextAsync();
        var visitor = Shop.NewVisitor();
        var wall = await visitor.GetAsync(AddressOf(code));
        await PayAsync(visitor, wall);
        var session = Query(wall.Address, "session_id");
        foreach (var address in new[] { $"{AddressOf(code)}?session_id={session}", $"{AddressOf(code)}?o={await LastOrderAsync(code)}&session_id={session}", $"{wall.Address.AbsolutePath}?session_id={session}", wall.Address.PathAndQuery })
        {
            Assert.DoesNotContain(Secret, (await Shop.NewVisitor().GetAsync(address)).Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Paid", "%00", "%00")]
    [InlineData("Paid", "LONG", "x")]
    [InlineData("Code", "22222222222222222222222222", "LONG")]
    [InlineData("Code", "\ud83c\udf19", "\ud83c\udf19")]
    public async Task TF_46_RecoveryThatCannotBe_IsNamed_AndWhatWasTypedStays(string field, string number, string recovery)
    {
        var visitor = Shop.NewVisitor();
        var wall = await visitor.GetAsync(AddressOf(await TextAsync()));
        var page = await visitor.SubmitAsync(wall, "#recover", null, ("Paid", Fill(number, "")), ("Code", Fill(recovery, "")));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Wrong(field) ?? page.Wrong("Code"));
    }
}

public sealed class WallBadInputTests_Sqlite(SqliteDatabase database) : WallBadInputTests(database), IClassFixture<SqliteDatabase>;

public sealed class WallBadInputTests_Postgres(PostgresDatabase database) : WallBadInputTests(database), IClassFixture<PostgresDatabase>;

/// <summary>Somebody who looks at very many resources.</summary>
public abstract class ResourceLimitTests(TestDatabase database) : PaywallTests(database)
{
    [Fact]
    public async Task TF_10_TooManyOrders_AreAPageThatSaysWhen_AndNothingIsMade()
    {
        await WriteAsync(async (db, token) =>
            await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [new ResourceTerms { OrdersPerSession = 2 }], null, "test", Now, token));
        var (visitor, last) = (Shop.NewVisitor(), await TextAsync());
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.Redirect, (await AskAsync(visitor, AddressOf(await TextAsync()))).StatusCode);
        }

        Page? page = null;
        await Shop.UnchangedAsync(async () => page = await visitor.GetAsync(AddressOf(last)), Cancel);
        Assert.Equal((HttpStatusCode.TooManyRequests, "TooMany", TimeSpan.FromMinutes(10)), (page!.Status, page.Find("resource-state")!.GetAttribute("data-state"), page.Response.Headers.RetryAfter!.Delta));
        Assert.Contains("ten minutes", page.Text("resource-state"), StringComparison.Ordinal);
        Assert.Equal(AddressOf(last), page.Find("retry")!.GetAttribute("href"));
        Assert.DoesNotContain(Secret, page.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await AskAsync(Shop.NewVisitor(), AddressOf(last))).StatusCode); // somebody else
        Shop.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.PaymentRequired, (await visitor.GetAsync(page.Find("retry")!.GetAttribute("href")!)).Status);
    }
}

public sealed class ResourceLimitTests_Sqlite(SqliteDatabase database) : ResourceLimitTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourceLimitTests_Postgres(PostgresDatabase database) : ResourceLimitTests(database), IClassFixture<PostgresDatabase>;

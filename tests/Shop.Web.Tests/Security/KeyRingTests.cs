using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Web.Tests.Security;

/// <summary>Sessions and forms hold on every node, and the loss of the keys costs a sign-in and no more.</summary>
public abstract class KeyRingTests(TestDatabase database) : DatabaseTests(database)
{
    [Fact]
    public async Task S35_TwoNodes_ShareSessionsAndForms()
    {
        await using var fresh = await Database.FreshAsync();
        await using var first = await ShopHost.StartAsync(fresh);
        await using var second = await ShopHost.StartAsync(fresh);
        var cookies = await SignedInAsync(first);
        Assert.NotNull((await cookies.AtAsync(second, "/account/logout")).Document.QuerySelector("main form"));
    }

    [Fact]
    public async Task S35_KeysLost_SignInAgainWithoutAnError()
    {
        await using var fresh = await Database.FreshAsync();
        Carried cookies;
        await using (var before = await ShopHost.StartAsync(fresh))
        {
            cookies = await SignedInAsync(before);
        }

        await using (var db = fresh.NewContext())
        {
            await db.KeyRing.ExecuteDeleteAsync(Cancel);
        }

        await using var after = await ShopHost.StartAsync(fresh);
        Assert.Equal(HttpStatusCode.OK, (await cookies.AtAsync(after, "/")).Status);
        Assert.Null((await cookies.AtAsync(after, "/account/logout")).Document.QuerySelector("main form"));
        await after.SignInAsync("member");
    }

    /// <summary>Cookies as they came, to be shown to another node.</summary>
    private sealed record Carried(string Cookies)
    {
        public Task<Page> AtAsync(ShopHost shop, string address)
        {
            var visitor = shop.NewVisitor();
            visitor.Http.DefaultRequestHeaders.Add("Cookie", Cookies);
            return visitor.GetAsync(address);
        }
    }

    private static async Task<Carried> SignedInAsync(ShopHost shop)
    {
        var visitor = shop.NewVisitor();
        var form = await visitor.GetAsync("/account/login");
        using var answer = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Post, form.Address)
        {
            Content = new FormUrlEncodedContent([
                KeyValuePair.Create("UserName", "member"), KeyValuePair.Create("Password", ShopHost.Password),
                KeyValuePair.Create("__RequestVerificationToken", form.Value("__RequestVerificationToken")!)]),
        });
        var set = form.Response.Headers.GetValues("Set-Cookie").Concat(answer.Headers.GetValues("Set-Cookie"));
        return new Carried(string.Join("; ", set.Select(c => c.Split(';')[0]).Where(c => !c.EndsWith('='))));
    }
}

public sealed class KeyRingTests_Sqlite(SqliteDatabase database) : KeyRingTests(database), IClassFixture<SqliteDatabase>;

public sealed class KeyRingTests_Postgres(PostgresDatabase database) : KeyRingTests(database), IClassFixture<PostgresDatabase>;

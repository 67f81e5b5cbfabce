using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>
/// A stranger has the SQLite file's write lock for longer than the shop waits for it, here one second at a time (scenarios.md C13). How the real
/// program waits for another process, SqliteFileTests show.
/// </summary>
public sealed class SqliteLockTests(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task C13_BuyerComesBackPaidAndTheLockNeverComesFree_Is503AndMadeGoodLater()
    {
        await using var shop = await ShopHost.StartAsync(database, new ShopSettings
        {
            Values = new Dictionary<string, string?> { ["ConnectionStrings:Shop"] = $"{database.Place.ConnectionString};Default Timeout=1" },
        });
        var (visitor, name) = await shop.RegisterAsync();
        await visitor.AddAsync("paid1");
        var back = (await visitor.AskAsync((await visitor.PlaceAsync()).Submission("main form", "ok", []))).Headers.Location!;
        await WhileLockedAsync(async () => Refused(await visitor.GetAsync(back.PathAndQuery)));
        Assert.Equal(0, await shop.ReadAsync((db, token) => db.ProviderPayments.CountAsync(token), Cancel));

        var order = await visitor.GetAsync(back.PathAndQuery);
        Assert.Equal("fulfilled", order.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal(1, await shop.ReadAsync((db, token) => db.ProviderPayments.CountAsync(token), Cancel));
        await shop.MailsToAsync($"{name}@example.org", Cancel);
        Assert.Empty(await shop.ReadAsync((db, token) => new Books(db, shop.Clock).CheckAsync(token), Cancel));
    }

    private static void Refused(Page page)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.NotNull(page.Response.Headers.RetryAfter);
        Assert.Contains("trying again never charges twice", page.Error, StringComparison.Ordinal);
    }

    private async Task WhileLockedAsync(Func<Task> meanwhile)
    {
        await using var stranger = new SqliteConnection($"Data Source={database.File};Pooling=False");
        await stranger.OpenAsync(Cancel);
        await using var transaction = await stranger.BeginTransactionAsync(Cancel);
        await meanwhile();
    }
}

using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// The real program, whose SQLite file another process holds, or whose disk takes nothing more (scenarios.md C13, C14). The shop is another process than
/// this one, so this one is the stranger.
/// </summary>
[Collection(Alone.Name)]
public sealed class SqliteFileTests(SqliteDatabase database) : IClassFixture<SqliteDatabase>, IAsyncLifetime
{
    private const long FilesMayHave = 4096;
    private const string OnlyTheBankHasIt = "only the bank has sc_";

    /// <summary>How long the lock is held, in seconds. The shop waits for thirty.</summary>
    private static readonly int Locked = Numbers.Of("SHOP_LOCK") ?? 2;

    private Site site = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Node Shop => site["shop"];

    public async ValueTask InitializeAsync()
    {
        database.Companion ??= await Site.OpenAsync(await database.FreshAsync(), new Dictionary<string, string> { ["shop"] = "all" }, webhooks: false, Cancel);
        site = (Site)database.Companion;
        if (!Shop.IsRunning)
        {
            await Shop.StartAsync(Cancel);
        }
    }

    /// <summary>One buyer places, another comes back paid. Held too long, both are asked to come again, and both get what they wanted then.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C13_LockHeldByAnotherProcess_IsWaitedForAndNothingIsHalfDone()
    {
        var (placing, paying) = (await ReadyAsync(), await ReadyAsync());
        var checkout = await placing.Visitor.GetAsync("/checkout");
        var back = (await paying.Visitor.AskAsync((await paying.PlaceAsync()).Submission("main form", "ok", []))).Headers.Location!;

        Page[] pages;
        await using (var stranger = new SqliteConnection($"{site.Database.Place.ConnectionString};Pooling=False"))
        {
            await stranger.OpenAsync(Cancel);
            await using var transaction = await stranger.BeginTransactionAsync(Cancel);
            var asked = new[] { placing.Visitor.SubmitAsync(checkout, ("Provider", "sandbox")), paying.Visitor.GetAsync(back.PathAndQuery) };
            await Task.Delay(TimeSpan.FromSeconds(Locked), Cancel);
            await transaction.RollbackAsync(Cancel);
            pages = await Task.WhenAll(asked);
        }

        foreach (var page in pages)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{page.Address.AbsolutePath}: {page.Status}");
            Assert.True(page.Status is HttpStatusCode.OK || (Locked > 30 && page.Status is HttpStatusCode.ServiceUnavailable && page.Response.Headers.RetryAfter is not null));
        }

        Assert.Equal(Locked < 30, pages.All(page => page.Status == HttpStatusCode.OK));
        Fulfilled(await paying.Visitor.GetAsync(back.PathAndQuery));
        Fulfilled(await placing.PayAsync(pages[0].Status == HttpStatusCode.OK ? await placing.ToBankAsync(pages[0]) : await placing.PlaceAsync()));
        await HealthyAsync();
    }

    /// <summary>
    /// The disk is full while one buyer places and another comes back paid; the loops of the shop go on and fail. With room again the first
    /// sends the same form, and the second does nothing more.
    /// </summary>
    [Fact(Timeout = 600_000)]
    public async Task C14_FullDisk_CommitsNothingAndGoesOnByItself()
    {
        var (placing, paying) = (await ReadyAsync(), await ReadyAsync());
        var checkout = await placing.Visitor.GetAsync("/checkout");
        var bankPage = await paying.PlaceAsync();
        var order = await site.ReadAsync(db => db.Orders.AsNoTracking().OrderByDescending(o => o.Id).FirstAsync(Cancel));
        var known = (await site.BankAsync("SELECT id FROM payments", Cancel)).Count;
        await site.WorkAsync(Cancel, Shop);

        Shop.Process.LimitFiles(FilesMayHave);
        foreach (var page in new[] { await placing.Visitor.SubmitAsync(checkout, ("Provider", "sandbox")), await paying.PayAsync(bankPage) })
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
            Assert.Contains("cannot write anything down", page.Error, StringComparison.Ordinal);
        }

        Assert.Equal(known, (await site.BankAsync("SELECT id FROM payments", Cancel)).Count);
        Assert.StartsWith(OnlyTheBankHasIt, Assert.Single(await site.DifferencesAsync(Cancel)), StringComparison.Ordinal);
        Assert.Equal(order.Id, await site.ReadAsync(db => db.Orders.MaxAsync(o => o.Id, Cancel)));
        var failed = Shop.Process.Count("A pass of janitor failed");
        site.MoveUnseen(TimeSpan.FromMinutes(20));
        await Shop.Process.LineAsync("A pass of janitor failed", Cancel, failed + 1);

        Shop.Process.LimitFiles(null);
        await site.WorkAsync(Cancel, Shop);
        Fulfilled(await paying.Visitor.GetAsync($"/orders/{order.Number}"));
        Fulfilled(await placing.PayAsync(await placing.ToBankAsync(await placing.Visitor.SubmitAsync(checkout, ("Provider", "sandbox")))));
        await HealthyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && database.Companion is { } broken)
        {
            database.Companion = null;
            await broken.DisposeAsync();
        }
    }

    private async Task<Buyer> ReadyAsync()
    {
        var buyer = await site.RegisterAsync();
        await buyer.Visitor.AddAsync("paid1");
        return buyer;
    }

    private static void Fulfilled(Page page) =>
        Assert.Equal((HttpStatusCode.OK, "fulfilled"), (page.Status, page.Find("order-state")?.GetAttribute("data-state")));

    /// <summary>What waited is done, the books are in order and say the same as the bank's, each order has one payment.</summary>
    private async Task HealthyAsync()
    {
        await site.WorkAsync(Cancel, Shop);
        Assert.Empty(await site.DifferencesAsync(Cancel));
        var (orders, payments) = await site.ReadAsync(async db => (await db.Orders.CountAsync(Cancel), await db.ProviderPayments.CountAsync(Cancel)));
        Assert.Equal(orders, payments);
        await site.CheckAsync(Cancel);
    }
}

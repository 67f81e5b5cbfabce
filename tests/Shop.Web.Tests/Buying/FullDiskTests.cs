using System.Data.Common;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Sandbox;

namespace Shop.Web.Tests.Buying;

/// <summary>
/// The database refuses to commit for want of room (scenarios.md C14), at each commit of a purchase. Nothing is half written, the buyer is told, and
/// the shop goes on by itself when there is room. What a real file does whose disk is full, SqliteFileTests show.
/// </summary>
public abstract class FullDiskTests(TestDatabase database) : BuyingTests(database)
{
    private static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(20);

    private Disk Room => Shop.Services.GetRequiredService<Disk>();

    protected override ShopSettings Settings => new()
    {
        Services = services =>
        {
            var disk = new Disk();
            services.AddSingleton(disk);
            services.ConfigureDbContext<SqliteShopDb>(options => options.AddInterceptors(disk));
            services.ConfigureDbContext<PostgresShopDb>(options => options.AddInterceptors(disk));
        },
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Room.ForAll();
    }

    [Fact]
    public async Task C14_NoRoomForTheOrder_KeepsTheCartAndAsksNoBank()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var checkout = await visitor.GetAsync("/checkout");
        var before = await BankPaymentsAsync();

        Room.ForCommits(0);
        SaysSo(await visitor.SubmitAsync(checkout));
        Assert.Equal((0, before), (await OrdersOfAsync(name), await BankPaymentsAsync()));

        Room.ForAll();
        var order = await visitor.PressAsync(await visitor.SubmitAsync(checkout), "ok");
        Assert.Equal("fulfilled", State(order));
        await HealthyAsync();
    }

    [Fact]
    public async Task C14_NoRoomForTheBanksAnswer_GoesOnWithTheSamePayment()
    {
        // the shop's first order also commits the key of its links
        await (await MemberAsync()).Visitor.BuyAsync("paid1");
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var checkout = await visitor.GetAsync("/checkout");
        var before = await BankPaymentsAsync();

        Room.ForCommits(1);
        SaysSo(await visitor.SubmitAsync(checkout));
        var buyer = await IdAsync(name);
        var attempt = await ReadAsync(db => db.PaymentAttempts.AsNoTracking().SingleAsync(a => db.Orders.Any(o => o.Id == a.OrderId && o.BuyerId == buyer), Cancel));
        Assert.Equal((1, AttemptState.Created, null), (await OrdersOfAsync(name), attempt.State, attempt.ProviderRef));

        Room.ForAll();
        var pay = await visitor.SubmitAsync(checkout);
        var bank = await visitor.GetAsync(pay.Document.QuerySelector("main .actions a.button")!.GetAttribute("href")!);
        Assert.Equal("fulfilled", State(await visitor.PressAsync(bank, "ok")));
        Assert.Equal((1, before + 1), (await OrdersOfAsync(name), await BankPaymentsAsync()));
        await HealthyAsync();
    }

    /// <summary>Neither the payment can be written down, nor, the second time, what was paid for be handed over.</summary>
    [Theory]
    [InlineData(0, OrderState.AwaitingPayment)]
    [InlineData(1, OrderState.Paid)]
    public async Task C14_NoRoomWhenTheBuyerComesBackPaid_IsMadeGoodWithoutTheBuyer(int commits, OrderState kept)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var back = (await visitor.AskAsync((await visitor.PlaceAsync()).Submission("main form", "ok", []))).Headers.Location!;

        Room.ForCommits(commits);
        var page = await visitor.GetAsync(back.PathAndQuery);
        SaysSo(page);
        var number = page.Address.Segments[2].TrimEnd('/');
        Assert.Equal(kept, await ReadAsync(db => db.Orders.Where(o => o.Number == number).Select(o => o.State).SingleAsync(Cancel)));

        Room.ForAll();
        Shop.Clock.Advance(UntilDue);
        await Shop.WorkAsync(Cancel);
        Assert.Equal("fulfilled", State(await visitor.GetAsync($"/orders/{number}")));
        await HealthyAsync();
    }

    [Fact]
    public async Task C14_NoRoomForAWebhook_ItIsSentAgainAndTakenOnce()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await Shop.SendBankEventsAsync(Cancel);
        var before = await EventsAsync();
        await visitor.AskAsync((await visitor.PlaceAsync()).Submission("main form", "ok", []));

        Room.ForCommits(0);
        await Shop.SendBankEventsAsync(Cancel);
        Assert.Equal(before, await EventsAsync());

        Room.ForAll();
        Shop.Clock.Advance(UntilDue);
        await Shop.SendBankEventsAsync(Cancel);
        Assert.Equal(before + 1, await EventsAsync());
        await HealthyAsync();
    }

    private static string? State(Page page) => page.Find("order-state")?.GetAttribute("data-state");

    private static void SaysSo(Page page)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.NotNull(page.Response.Headers.RetryAfter);
        Assert.Contains("cannot write anything down", page.Error, StringComparison.Ordinal);
        Assert.Contains("no money has moved", page.Error, StringComparison.Ordinal);
        Assert.Contains("we are checking it", page.Error, StringComparison.Ordinal);
    }

    private async Task<int> BankPaymentsAsync() =>
        (await Shop.Services.GetRequiredService<BankFile>().ReadAsync(books => books.ListPaymentsAsync(long.MaxValue, 1000), Cancel)).Count;

    private Task<int> EventsAsync() => ReadAsync(db => db.WebhookInbox.CountAsync(Cancel));

    /// <summary>When everything that waits has been done.</summary>
    private async Task HealthyAsync()
    {
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        await Shop.WorkAsync(Cancel);
        Assert.Empty(await ReadAsync(db => new Books(db, Shop.Clock).CheckAsync(Cancel)));
    }

    /// <summary>
    /// Has room for so many commits more. Then, at the end of each transaction, the engine itself is made to refuse, with its own words and code: SQLite
    /// may add no page, and the server says what it says when a table cannot grow.
    /// </summary>
    private sealed class Disk : DbTransactionInterceptor
    {
        private int left = int.MaxValue;

        public void ForCommits(int count) => left = count;

        public void ForAll() => left = int.MaxValue;

        public override async ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (left == int.MaxValue || Interlocked.Decrement(ref left) >= 0)
            {
                return result;
            }

            if (eventData.Context is SqliteShopDb)
            {
                await ExecuteAsync(transaction.Connection!, "PRAGMA max_page_count = 1");
                await ExecuteAsync(transaction.Connection!, "CREATE TABLE no_room AS SELECT zeroblob(1000000) AS bytes");
            }
            else
            {
                await ExecuteAsync(transaction.Connection!, "DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$");
            }

            throw new InvalidOperationException("The database has not refused.");
        }

        /// <summary>A connection of SQLite's keeps the limit that was set on it.</summary>
        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            if (eventData.Context is SqliteShopDb)
            {
                await ExecuteAsync(connection, "PRAGMA max_page_count = 1000000000");
            }

            return result;
        }

        private static async Task ExecuteAsync(DbConnection connection, string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }
    }
}

public sealed class FullDiskTests_Sqlite(SqliteDatabase database) : FullDiskTests(database), IClassFixture<SqliteDatabase>;

public sealed class FullDiskTests_Postgres(PostgresDatabase database) : FullDiskTests(database), IClassFixture<PostgresDatabase>;

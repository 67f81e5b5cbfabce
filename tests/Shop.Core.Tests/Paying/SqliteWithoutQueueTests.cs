using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>
/// The write queue of a SQLite file is for fairness only (DECISIONS 16): without it, and with a stranger who takes the file's lock again and again,
/// everything is slower and nothing is wrong (scenarios.md C13).
/// </summary>
public sealed class SqliteWithoutQueueTests(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private const int Buyers = 6;

    /// <summary>How long the stranger holds the lock the first time, in seconds; the shop gives up a try after thirty.</summary>
    private static readonly double Locked =
        Environment.GetEnvironmentVariable("SHOP_LOCK") is { Length: > 0 } given ? double.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : 0.5;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task C13_QueueSwitchedOffAndTheLockHeldByAStranger_NothingIsWrong()
    {
        var meetings = new Meetings();
        await using var shop = await ShopUnderTest.OpenAsync(database, Cancel, change: services =>
        {
            // the engine that it is told is all that decides whether there is a queue
            services.AddSingleton(host => new Writes(
                host.GetRequiredService<IServiceScopeFactory>(), database.Place with { Engine = DatabaseEngine.Postgres }, host.GetRequiredService<ILogger<Writes>>()));
            services.ConfigureDbContext<SqliteShopDb>(options => options.AddInterceptors(meetings));
        });
        var people = new List<Person>();
        for (var n = 0; n < Buyers; n++)
        {
            people.Add(await shop.MemberAsync());
        }

        using var over = new CancellationTokenSource();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stranger = LockAgainAndAgainAsync(first, over.Token);
        await first.Task;
        var orders = await ShopUnderTest.AtOnceAsync(Buyers, async n =>
        {
            var placed = await shop.BuyAsync(people[n].Buyer, "paid1");
            await shop.PayAsync(placed);
            return await shop.AgainAsync(placed);
        });
        await over.CancelAsync();
        await stranger;

        Assert.True(meetings.Most > 1, "the queue was not off: nobody met anybody at the database");
        Assert.All(orders, placed => Assert.Equal(OrderState.Fulfilled, placed.Order.State));
        Assert.Equal(
            (Buyers, Buyers, Buyers),
            await shop.ReadAsync(async db => (await db.Orders.CountAsync(Cancel), await db.ProviderPayments.CountAsync(Cancel), await db.MembershipEvents.CountAsync(Cancel))));
        await shop.SendAsync();
        await shop.BooksAreRightAsync();
    }

    private async Task LockAgainAndAgainAsync(TaskCompletionSource first, CancellationToken over)
    {
        await using var connection = new SqliteConnection($"Data Source={database.File};Pooling=False");
        await connection.OpenAsync(Cancel);
        for (var hold = TimeSpan.FromSeconds(Locked); !over.IsCancellationRequested; hold = TimeSpan.FromMilliseconds(30))
        {
            await using (await connection.BeginTransactionAsync(Cancel))
            {
                first.TrySetResult();
                await Task.Delay(hold, Cancel);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(30), Cancel);
        }
    }

    /// <summary>How many units of work ask for the lock at the same time, at most.</summary>
    private sealed class Meetings : DbTransactionInterceptor
    {
        private int now;
        private int most;

        public int Most => most;

        public override ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            var waiting = Interlocked.Increment(ref now);
            for (var seen = most; waiting > seen; seen = most)
            {
                Interlocked.CompareExchange(ref most, waiting, seen);
            }

            return ValueTask.FromResult(result);
        }

        public override ValueTask<DbTransaction> TransactionStartedAsync(
            DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
        {
            Interlocked.Decrement(ref now);
            return ValueTask.FromResult(result);
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Accounts.Tests.Bookings;

/// <summary>Bookings on a real database.</summary>
public abstract class LedgerTests(TestDatabase database) : DatabaseTests(database)
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AccountRef Source = new("points:issued", "PTS", false);

    [Fact]
    public async Task Post_SameKeyTwice_BooksOnce()
    {
        var (account, key) = (Account(), Key());
        Assert.IsType<PostResult.Posted>(await PostAsync(key, account, 50));
        Assert.IsType<PostResult.AlreadyPosted>(await PostAsync(key, account, 50));
        Assert.Equal(50, await BalanceAsync(account));
    }

    [Fact]
    public async Task DW_50_MoreThanTheBalance_IsInsufficientAndNothingIsWritten()
    {
        var account = Account();
        await PostAsync(Key(), account, 50);
        var key = Key();
        Assert.IsType<PostResult.Insufficient>(await PostAsync(key, account, -51));
        Assert.Equal(50, await BalanceAsync(account));
        await using var db = Database.NewContext();
        Assert.False(await db.Journals.AnyAsync(j => j.IdemKey == key, Cancel));
    }

    [Fact]
    public async Task DF_9_CreditsOf50And30AtOnce_Make80AndTwoRows()
    {
        var account = Account();
        await AtOnceAsync(2, i => PostAsync(Key(), account, i == 0 ? 50 : 30));
        Assert.Equal(80, await BalanceAsync(account));
        await using var db = Database.NewContext();
        Assert.Equal([30, 50], (await Ledger.StatementAsync(db, account.Code, 0, 10, Cancel)).Select(l => l.Amount).Order());
    }

    [Fact]
    public async Task C05_TwentySpendsOfTheWholeBalanceAtOnce_ExactlyOneSucceeds()
    {
        var account = Account();
        await PostAsync(Key(), account, 100);
        var results = await AtOnceAsync(20, _ => PostAsync(Key(), account, -100));
        Assert.Single(results, r => r is PostResult.Posted);
        Assert.Equal(19, results.Count(r => r is PostResult.Insufficient));
        Assert.Equal(0, await BalanceAsync(account));
    }

    [Fact]
    public async Task DF_10_TransfersBothWaysAtOnce_KeepTheSum()
    {
        var (a, b) = (Account(), Account());
        await PostAsync(Key(), a, 100);
        await PostAsync(Key(), b, 100);
        await AtOnceAsync(16, i => PostAsync(Key(), i % 2 == 0 ? [(a, -7), (b, 7)] : [(b, -7), (a, 7)]));
        Assert.Equal(200, await BalanceAsync(a) + await BalanceAsync(b));
    }

    [Fact]
    public async Task DW_51_Statement_ShowsTheBalanceAfterEachLineNewestFirst()
    {
        var account = Account();
        await PostAsync(Key(), account, 40);
        await PostAsync(Key(), account, 30);
        await PostAsync(Key(), account, -20);
        await using var db = Database.NewContext();
        var lines = await Ledger.StatementAsync(db, account.Code, 1, 2, Cancel);
        Assert.Equal([(30L, 70L), (40L, 40L)], lines.Select(l => (l.Amount, l.BalanceAfter)).ToArray());
    }

    private static AccountRef Account() => new("user:" + Codes.New(12) + ":points", "PTS", true);

    private static string Key() => "test:" + Codes.New(20);

    private Task<PostResult> PostAsync(string key, AccountRef account, long amount) => PostAsync(key, [(Source, -amount), (account, amount)]);

    private async Task<PostResult> PostAsync(string key, IReadOnlyList<(AccountRef, long)> lines)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var db = Database.NewContext();
                await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
                var result = await Ledger.PostAsync(db, new JournalDraft { IdemKey = key, Kind = "points_grant", Lines = lines }, Now, Cancel);
                if (result is not PostResult.Insufficient)
                {
                    await transaction.CommitAsync(Cancel);
                }

                return result;
            }
            catch (Exception e) when (Violations.IsContention(e) && attempt < 20)
            {
                // what Writes does: nothing was written, so the unit runs again
            }
        }
    }

    private async Task<long> BalanceAsync(AccountRef account)
    {
        await using var db = Database.NewContext();
        return await Ledger.BalanceAsync(db, account.Code, Cancel);
    }

    private static async Task<T[]> AtOnceAsync<T>(int count, Func<int, Task<T>> work)
    {
        using var barrier = new Barrier(count);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Factory.StartNew(
            async () =>
            {
                barrier.SignalAndWait(Cancel);
                return await work(i);
            },
            Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
    }
}

public sealed class LedgerTests_Sqlite(SqliteDatabase database) : LedgerTests(database), IClassFixture<SqliteDatabase>;

public sealed class LedgerTests_Postgres(PostgresDatabase database) : LedgerTests(database), IClassFixture<PostgresDatabase>;

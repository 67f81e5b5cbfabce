using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>What only several nodes on one server can do to each other.</summary>
public sealed class PostgresStartTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private const string WaitingForALock = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A node that starts takes the ledger's tables for a moment, while another node stands between a journal and its entries.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Start_WhileAnotherNodeBooks_WaitsForIt()
    {
        Assert.SkipWhen(database.Absent is not null, database.Absent ?? "");
        await database.StartAsync(Cancel);
        await using var booking = database.NewContext();
        await using var transaction = await booking.Database.BeginTransactionAsync(Cancel);
        await booking.Database.ExecuteSqlAsync($"INSERT INTO journals (id, idem_key, kind, sealed, created_at) VALUES (1, 'k', 'grant', 0, 0)", Cancel);

        var start = database.StartAsync(Cancel);
        await BlockedOrDoneAsync(database, start);
        await booking.Database.ExecuteSqlAsync($"INSERT INTO ledger_accounts (id, code, unit, floor_zero) VALUES (1, 'a', 'PTS', 0)", Cancel);
        await booking.Database.ExecuteSqlAsync($"INSERT INTO entries (journal_id, account_id, unit, amount) VALUES (1, 1, 'PTS', 5)", Cancel);
        await transaction.CommitAsync(Cancel);
        await start;
        Assert.Empty(await database.ProblemsAsync(Cancel));
    }

    /// <summary>While another node sets the database up, a start waits for it instead of migrating beside it.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Start_WhileAnotherNodeStarts_TakesItsTurn()
    {
        Assert.SkipWhen(database.Absent is not null, database.Absent ?? "");
        await using var empty = await database.FreshAsync(migrated: false);
        await using var other = empty.NewContext();
        await using var turn = await other.Database.BeginTransactionAsync(Cancel);
        await other.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtext('shop start'))", Cancel);

        var start = empty.StartAsync(Cancel);
        await BlockedOrDoneAsync(empty, start);
        Assert.Equal(["0"], await empty.ListAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", Cancel));
        await turn.CommitAsync(Cancel);
        await start;
        Assert.Empty(await empty.ProblemsAsync(Cancel));
    }

    private static async Task BlockedOrDoneAsync(TestDatabase at, Task start)
    {
        while (!start.IsCompleted && (await at.ListAsync(WaitingForALock, Cancel))[0] == "0")
        {
            await Task.Yield();
        }
    }
}

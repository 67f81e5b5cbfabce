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
        while (!start.IsCompleted && (await database.ListAsync(WaitingForALock, Cancel))[0] == "0")
        {
            await Task.Yield();
        }

        await booking.Database.ExecuteSqlAsync($"INSERT INTO ledger_accounts (id, code, unit, floor_zero) VALUES (1, 'a', 'PTS', 0)", Cancel);
        await booking.Database.ExecuteSqlAsync($"INSERT INTO entries (journal_id, account_id, unit, amount) VALUES (1, 1, 'PTS', 5)", Cancel);
        await transaction.CommitAsync(Cancel);
        await start;
        Assert.Empty(await database.ProblemsAsync(Cancel));
    }
}

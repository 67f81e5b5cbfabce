using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>The database itself keeps the ledger closed, whatever a code path forgets. Eight refusals, the same on both engines.</summary>
public abstract class LedgerGuardsTests(TestDatabase database) : DatabaseTests(database)
{
    private const string NewJournal = "INSERT INTO journals (idem_key, kind, sealed, created_at) VALUES ";

    [Fact]
    public Task Journal_BornSealed_IsRefused() => RefusedAsync(NewJournal + "('born', 'grant', 1, 0)", "a journal starts open");

    [Fact]
    public async Task Seal_WithOneEntry_IsRefused()
    {
        var id = await OpenJournalAsync((1, 5));
        await RefusedAsync($"UPDATE journals SET sealed = 1 WHERE id = {id}", "journal is sealed or does not balance");
    }

    [Fact]
    public async Task Seal_OutOfBalanceInOneUnit_IsRefused()
    {
        // 5 points against -5 cents: the sum over both is nothing, the sum of each is not
        var id = await OpenJournalAsync((1, 5), (2, -5));
        await RefusedAsync($"UPDATE journals SET sealed = 1 WHERE id = {id}", "journal is sealed or does not balance");
    }

    [Fact]
    public async Task SealedJournal_Changed_IsRefused()
    {
        var id = await SealedJournalAsync();
        await RefusedAsync($"UPDATE journals SET kind = 'other' WHERE id = {id}", "journal is sealed or does not balance");
    }

    [Fact]
    public async Task SealedJournal_GetsNoEntry()
    {
        var id = await SealedJournalAsync();
        await RefusedAsync($"INSERT INTO entries (journal_id, account_id, unit, amount) VALUES ({id}, 1, 'PTS', 1)", "journal is sealed");
    }

    [Fact]
    public async Task Journal_Deleted_IsRefused()
    {
        var id = await SealedJournalAsync();
        await RefusedAsync($"DELETE FROM journals WHERE id = {id}", "journals are append-only");
    }

    [Fact]
    public async Task Entry_Changed_IsRefused()
    {
        var id = await OpenJournalAsync((1, 5));
        await RefusedAsync($"UPDATE entries SET amount = 6 WHERE journal_id = {id}", "entries are append-only");
    }

    [Fact]
    public async Task Entry_Deleted_IsRefused()
    {
        var id = await OpenJournalAsync((1, 5));
        await RefusedAsync($"DELETE FROM entries WHERE journal_id = {id}", "entries are append-only");
    }

    [Fact]
    public async Task BalancedJournal_IsSealed()
    {
        var id = await SealedJournalAsync();
        Assert.Equal(["1"], await Database.ListAsync($"SELECT sealed FROM journals WHERE id = {id}", Cancel));
    }

    /// <summary>The ledger of the class: account 1 counts points, account 2 cents.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Database.ExecuteAsync(
            "INSERT INTO ledger_accounts (id, code, unit, floor_zero) VALUES (1, 'a', 'PTS', 0), (2, 'b', 'USD', 0), (3, 'c', 'PTS', 0) ON CONFLICT DO NOTHING", Cancel);
    }

    private async Task RefusedAsync(string sql, string words)
    {
        var refusal = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Database.ExecuteAsync(sql, Cancel));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<string> OpenJournalAsync(params (int Account, long Amount)[] entries)
    {
        var key = Guid.NewGuid();
        await Database.ExecuteAsync(NewJournal + $"('{key}', 'grant', 0, 0)", Cancel);
        var id = Assert.Single(await Database.ListAsync($"SELECT id FROM journals WHERE idem_key = '{key}'", Cancel));
        foreach (var (account, amount) in entries)
        {
            await Database.ExecuteAsync(
                $"INSERT INTO entries (journal_id, account_id, unit, amount) SELECT {id}, id, unit, {amount} FROM ledger_accounts WHERE id = {account}", Cancel);
        }

        return id;
    }

    private async Task<string> SealedJournalAsync()
    {
        var id = await OpenJournalAsync((1, 5), (3, -5));
        await Database.ExecuteAsync($"UPDATE journals SET sealed = 1 WHERE id = {id}", Cancel);
        return id;
    }
}

public sealed class LedgerGuardsTests_Sqlite(SqliteDatabase database) : LedgerGuardsTests(database), IClassFixture<SqliteDatabase>;

public sealed class LedgerGuardsTests_Postgres(PostgresDatabase database) : LedgerGuardsTests(database), IClassFixture<PostgresDatabase>;

using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>A start finds the database in any state that a kill or an older version left, and makes it whole.</summary>
public abstract class DatabaseStartTests(TestDatabase database) : DatabaseTests(database)
{
    [Fact]
    public async Task Start_OnAnEmptyDatabase_LeavesNoProblem()
    {
        await using var empty = await Database.FreshAsync(migrated: false);
        await empty.StartAsync(Cancel);
        Assert.Empty(await empty.ProblemsAsync(Cancel));
    }

    [Fact]
    public async Task Start_MakesTheTriggersByName()
    {
        await using var empty = await Database.FreshAsync(migrated: false);
        await empty.StartAsync(Cancel);
        Assert.Equal(TriggerNames, await TriggersAsync(empty));
    }

    [Fact]
    public async Task SecondStart_KeepsTheTriggers()
    {
        await using var started = await StartedAsync();
        await started.StartAsync(Cancel);
        Assert.Equal(TriggerNames, await TriggersAsync(started));
    }

    [Fact]
    public async Task Start_MakesALostTriggerAgain()
    {
        await using var started = await StartedAsync();
        await started.ExecuteAsync(DropOneTrigger, Cancel);
        await started.StartAsync(Cancel);
        Assert.Equal(TriggerNames, await TriggersAsync(started));
    }

    [Fact]
    public async Task Problems_NameALostTrigger()
    {
        await using var started = await StartedAsync();
        await started.ExecuteAsync(DropOneTrigger, Cancel);
        Assert.Contains(TriggerNames[0], Assert.Single(await started.ProblemsAsync(Cancel)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_KeepsWhatIsThere()
    {
        await using var started = await StartedAsync();
        await started.ExecuteAsync("INSERT INTO ledger_accounts (code, unit, floor_zero) VALUES ('kept', 'PTS', 0)", Cancel);
        await started.StartAsync(Cancel);
        Assert.Equal(["kept"], await started.ListAsync("SELECT code FROM ledger_accounts", Cancel));
    }

    /// <summary>Nodes that start together on a new database: every one of them comes up, and the first rows are there once.</summary>
    [Fact]
    public async Task StartsAtOnce_AllSucceed()
    {
        await using var empty = await Database.FreshAsync(migrated: false);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => empty.StartAsync(Cancel), Cancel)));
        Assert.Equal(["1"], await empty.ListAsync("SELECT id FROM rule_revisions", Cancel));
    }

    /// <summary>The same on a database that is up to date, which is what a rolling restart does.</summary>
    [Fact]
    public async Task RestartsAtOnce_AllSucceed()
    {
        await using var started = await StartedAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => started.StartAsync(Cancel), Cancel)));
        Assert.Equal(TriggerNames, await TriggersAsync(started));
    }

    private string[] TriggerNames => Engine == DatabaseEngine.Sqlite
        ? ["entries_fixed", "entries_keep", "entries_sealed", "journals_keep", "journals_open", "journals_seal"]
        : ["entries_guard", "journals_guard"];

    private string DropOneTrigger => $"DROP TRIGGER {TriggerNames[0]}" + (Engine == DatabaseEngine.Sqlite ? "" : " ON entries");

    private Task<IReadOnlyList<string>> TriggersAsync(TestDatabase of) => of.ListAsync(
        Engine == DatabaseEngine.Sqlite
            ? "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            : "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
        Cancel);

    private async Task<TestDatabase> StartedAsync()
    {
        var fresh = await Database.FreshAsync();
        await fresh.StartAsync(Cancel);
        return fresh;
    }
}

public sealed class DatabaseStartTests_Sqlite(SqliteDatabase database) : DatabaseStartTests(database), IClassFixture<SqliteDatabase>;

public sealed class DatabaseStartTests_Postgres(PostgresDatabase database) : DatabaseStartTests(database), IClassFixture<PostgresDatabase>;

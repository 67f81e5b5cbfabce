using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Brings a database to the present at every start, whatever state a kill left it in: pending migrations, the ledger's triggers,
/// the first rules and legal pages.
/// </summary>
public sealed partial class DatabaseStart(ShopDbContext db, ShopDatabase database, RuleBook rules, LegalPages legalPages, TimeProvider clock, ILogger<DatabaseStart> log)
{
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Migrates and sets up; safe to run from several processes at once, and again after a kill anywhere inside.</summary>
    /// <exception cref="InvalidOperationException">The database cannot be used as it is; the message says why.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (database.File is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var held = await LockAsync(file + ".start-lock", cancellationToken);

            // A kill inside Migrate() leaves this row behind, and every later start would wait for it for ever (DECISIONS 15).
            await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
            await UpgradeAsync(cancellationToken);
        }
        else
        {
            await using var turn = await TurnAsync(cancellationToken);
            await UpgradeAsync(cancellationToken);
            await turn.CommitAsync(cancellationToken);
        }
    }

    /// <summary>What is wrong with the database as it stands, in words; empty when it is ready to serve.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var pending = (await db.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        if (pending.Count > 0)
        {
            problems.Add("Migrations are pending: " + string.Join(", ", pending));
        }

        var missing = LedgerGuards.Names(db.IsSqlite).Except(await LedgerGuards.ListAsync(db, db.IsSqlite, cancellationToken)).ToList();
        if (missing.Count > 0)
        {
            problems.Add("Triggers of the ledger are missing: " + string.Join(", ", missing));
        }

        if (db.IsSqlite)
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            await ExpectAsync("PRAGMA journal_mode", value => value == "wal", "the journal mode must be WAL", problems, cancellationToken);
            await ExpectAsync("PRAGMA synchronous", value => value is "2" or "3", "synchronous must be FULL", problems, cancellationToken);
            await ExpectAsync("PRAGMA foreign_keys", value => value == "1", "foreign keys must be enforced", problems, cancellationToken);
        }

        problems.AddRange(await rules.ProblemsAsync(db, cancellationToken));
        return problems;
    }

    private async Task UpgradeAsync(CancellationToken cancellationToken)
    {
        var pending = (await db.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        if (pending.Count > 0)
        {
            Migrating(pending.Count);
            await LedgerGuards.DropAsync(db, db.IsSqlite, cancellationToken);
            await db.Database.MigrateAsync(cancellationToken);
        }

        if (db.IsSqlite)
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }

        await LedgerGuards.CreateAsync(db, db.IsSqlite, cancellationToken);
        await FirstRowsAsync(cancellationToken);
    }

    /// <summary>Another node may write the same first rows at this moment: whoever comes second finds them there.</summary>
    private async Task FirstRowsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await rules.EnsureFirstRevisionAsync(db, cancellationToken);
            await legalPages.EnsureFirstVersionsAsync(db, clock.GetUtcNow(), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            db.ChangeTracker.Clear();
            await legalPages.EnsureFirstVersionsAsync(db, clock.GetUtcNow(), cancellationToken);
        }
    }

    /// <summary>
    /// Nodes that start at once take turns: the framework's own lock ends with each migration, and a second node in between applies
    /// the next one, which the first then applies again. The turn is a transaction of a connection of its own, so it ends with its holder.
    /// </summary>
    private async Task<Turn> TurnAsync(CancellationToken cancellationToken)
    {
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync(cancellationToken))
        {
            await creator.CreateAsync(cancellationToken);
        }

        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        var turn = new Turn(connection, await connection.BeginTransactionAsync(cancellationToken));
        await using var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtext('shop start'))", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
        return turn;
    }

    /// <summary>An exclusive file beside the database: the kernel gives it up when its holder is killed.</summary>
    private async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not DirectoryNotFoundException and not FileNotFoundException and not PathTooLongException)
            {
                Waiting(path);
                await Task.Delay(LockRetry, clock, cancellationToken);
            }
        }
    }

    private async Task ExpectAsync(string pragma, Func<string, bool> right, string words, List<string> problems, CancellationToken cancellationToken)
    {
        await using var command = ((SqliteConnection)db.Database.GetDbConnection()).CreateCommand();
#pragma warning disable CA2100 // the three pragmas above, no input
        command.CommandText = pragma;
#pragma warning restore CA2100
        var value = Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture) ?? "";
        if (!right(value))
        {
            problems.Add($"SQLite: {words}, it is {value}.");
        }
    }

    private sealed class Turn(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applying {Count} pending migrations.")]
    private partial void Migrating(int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another process is setting the database up ({Path}); waiting for it.")]
    private partial void Waiting(string path);
}

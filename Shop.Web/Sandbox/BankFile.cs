using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Shop.Core;

namespace Shop.Web.Sandbox;

/// <summary>The file with the bank's books: its own, with connections of its own, so that it stands for a stranger's database.
/// What was answered is on the disk first (WAL, synchronous FULL) and outlives a kill.</summary>
internal sealed class BankFile(IOptions<SandboxBankOptions> options, IWebHostEnvironment environment) : IHostedService, IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS payments (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            attempt TEXT NOT NULL UNIQUE,
            amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
            currency TEXT NOT NULL,
            summary TEXT NOT NULL,
            reference TEXT NOT NULL,
            merchant TEXT,
            locale TEXT NOT NULL,
            return_url TEXT NOT NULL,
            cancel_url TEXT NOT NULL,
            form_token TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS customers (
            id TEXT NOT NULL PRIMARY KEY,
            payer TEXT NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS methods (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            customer TEXT NOT NULL REFERENCES customers (id),
            kind TEXT NOT NULL,
            expires_on TEXT NOT NULL,
            forgotten_at INTEGER);
        CREATE TABLE IF NOT EXISTS sources (
            payment TEXT NOT NULL PRIMARY KEY REFERENCES payments (id),
            customer TEXT NOT NULL REFERENCES customers (id),
            charges TEXT REFERENCES methods (id),
            kind TEXT,
            kept TEXT REFERENCES methods (id));
        CREATE TABLE IF NOT EXISTS setups (
            id TEXT NOT NULL PRIMARY KEY,
            customer TEXT NOT NULL REFERENCES customers (id),
            return_url TEXT NOT NULL,
            locale TEXT NOT NULL,
            form_token TEXT NOT NULL,
            status TEXT NOT NULL,
            method TEXT REFERENCES methods (id));
        CREATE TABLE IF NOT EXISTS tokens (
            token TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS outcomes (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            payment TEXT NOT NULL REFERENCES payments (id),
            outcome TEXT NOT NULL,
            at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS declines (
            payment TEXT NOT NULL PRIMARY KEY REFERENCES payments (id),
            code TEXT NOT NULL,
            at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS silences (
            payment TEXT NOT NULL PRIMARY KEY REFERENCES payments (id),
            kind TEXT NOT NULL,
            until INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS charges (
            id TEXT NOT NULL PRIMARY KEY,
            payment TEXT NOT NULL UNIQUE REFERENCES payments (id),
            amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
            refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
            currency TEXT NOT NULL,
            at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS refunds (
            id TEXT NOT NULL PRIMARY KEY,
            charge TEXT NOT NULL REFERENCES charges (id),
            refund TEXT NOT NULL UNIQUE,
            amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
            currency TEXT NOT NULL,
            status TEXT NOT NULL,
            at INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS ix_refunds_charge ON refunds (charge);
        CREATE TABLE IF NOT EXISTS events (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            due_at INTEGER NOT NULL,
            ended_at INTEGER,
            ended_as TEXT);
        CREATE INDEX IF NOT EXISTS ix_events_due ON events (due_at) WHERE ended_at IS NULL;
        CREATE TABLE IF NOT EXISTS requests (
            key TEXT NOT NULL PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            status INTEGER NOT NULL,
            body TEXT NOT NULL,
            at INTEGER NOT NULL);
        """;

    private readonly ConcurrentBag<KeptConnection> idle = [];

    private readonly string path = Path.Combine(environment.ContentRootPath, options.Value.BankFile);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL;" + Schema;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        while (idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    public Task<T> ReadAsync<T>(Func<BankBooks, Task<T>> read, CancellationToken cancellationToken) => InTransactionAsync(true, read, cancellationToken);

    /// <summary>One transaction that holds the file's write lock from its start, so what it read stays true until it commits. There is no
    /// token: the bank has decided, and whoever asked may have left.</summary>
    public Task<T> WriteAsync<T>(Func<BankBooks, Task<T>> write) => InTransactionAsync(false, write, CancellationToken.None);

    private async Task<T> InTransactionAsync<T>(bool reads, Func<BankBooks, Task<T>> work, CancellationToken cancellationToken)
    {
        if (!idle.TryTake(out var connection))
        {
            connection = await OpenAsync(cancellationToken);
        }

        try
        {
            await using var transaction = Begin(connection, reads);
            var result = await work(new BankBooks(connection, transaction));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            idle.Add(connection);
        }
    }

    // the asynchronous form cannot tell a reader from a writer, and SQLite has nothing asynchronous underneath
    private static SqliteTransaction Begin(SqliteConnection connection, bool reads) => connection.BeginTransaction(deferred: reads);

    private async Task<KeptConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new KeptConnection(new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL;";
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }
}

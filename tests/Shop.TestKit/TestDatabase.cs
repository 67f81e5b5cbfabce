using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace Shop.TestKit;

/// <summary>
/// A database of its own for each class of tests (use it as the class's fixture), gone afterwards. Tests of one class share
/// it: each makes its own members and orders, or asks for a <see cref="FreshAsync"/> one when it needs empty tables.
/// </summary>
public abstract class TestDatabase : IAsyncLifetime
{
    public abstract Engine Engine { get; }

    /// <summary>Why there is no database here, or null when there is one.</summary>
    public virtual string? Absent => null;

    public string ConnectionString { get; protected set; } = "";

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Another empty database on the same engine, for one test.</summary>
    public abstract Task<TestDatabase> FreshAsync();
}

public sealed class SqliteDatabase : TestDatabase
{
    private readonly string folder = Directory.CreateTempSubdirectory("shop-test-").FullName;

    public override Engine Engine => Engine.Sqlite;

    public string File => Path.Combine(folder, "shop.db");

    public override ValueTask InitializeAsync()
    {
        ConnectionString = new SqliteConnectionStringBuilder { DataSource = File, DefaultTimeout = 30 }.ToString();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        using (var connection = new SqliteConnection(ConnectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    public override async Task<TestDatabase> FreshAsync()
    {
        var fresh = new SqliteDatabase();
        await fresh.InitializeAsync();
        return fresh;
    }
}

/// <summary>Made in the throw-away cluster that <c>./test.sh</c> starts and names in <c>SHOP_TEST_POSTGRES</c>.</summary>
public sealed class PostgresDatabase : TestDatabase
{
    private static readonly string? Cluster = Environment.GetEnvironmentVariable("SHOP_TEST_POSTGRES") is { Length: > 0 } given ? given : null;

    private readonly string name = $"test_{Guid.NewGuid():N}";

    public override Engine Engine => Engine.Postgres;

    public override string? Absent => Cluster is null
        ? "SHOP_TEST_POSTGRES names no PostgreSQL server (./test.sh starts one; eng/pg-test.sh start DIR prints one)"
        : null;

    public override async ValueTask InitializeAsync()
    {
        if (Cluster is null)
        {
            return;
        }

        await ExecuteAsync($"CREATE DATABASE {name}");
        // few connections, given back soon: hundreds of databases share one small server
        ConnectionString = new NpgsqlConnectionStringBuilder(Cluster) { Database = name, MaxPoolSize = 20, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 5 }.ToString();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Cluster is null)
        {
            return;
        }

        await using (var connection = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(connection);
        }

        await ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
    }

    public override async Task<TestDatabase> FreshAsync()
    {
        var fresh = new PostgresDatabase();
        await fresh.InitializeAsync();
        return fresh;
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Cluster) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

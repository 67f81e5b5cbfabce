using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Shop.Accounts;
using Shop.Core;
using Xunit;

namespace Shop.TestKit;

/// <summary>
/// A migrated database of its own for each class of tests (use it as the class's fixture), gone afterwards. The tests of one
/// class share it: each makes its own members and orders, or asks for a <see cref="FreshAsync"/> one when it needs empty tables.
/// </summary>
public abstract class TestDatabase : IAsyncLifetime
{
    public abstract DatabaseEngine Engine { get; }

    /// <summary>Why there is no database here, or null when there is one.</summary>
    public virtual string? Absent => null;

    /// <summary>Where it is, as the application takes it.</summary>
    public ShopDatabase Place { get; protected set; } = null!;

    /// <summary>What runs on this database for all tests of a class; it ends before the database goes.</summary>
    public IAsyncDisposable? Companion { get; set; }

    /// <summary>A context made by the same function as the application's.</summary>
    public ShopDbContext NewContext() => Open(Place);

    /// <summary>Another database on the same engine, for one test: with the schema, or with nothing in it.</summary>
    public async Task<TestDatabase> FreshAsync(bool migrated = true)
    {
        var fresh = New();
        await fresh.MakeAsync(migrated);
        return fresh;
    }

    public async ValueTask InitializeAsync()
    {
        if (Absent is null)
        {
            await MakeAsync(migrated: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Companion is not null)
        {
            await Companion.DisposeAsync();
        }

        if (Absent is null)
        {
            await RemoveAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected abstract TestDatabase New();

    protected abstract Task MakeAsync(bool migrated);

    protected abstract Task RemoveAsync();

    /// <summary>
    /// The tables of the model, marked as migrated, and the ledger's triggers. Done once per engine and process, then copied. That the
    /// migrations lead to the same is for one test to say; the others go on while a migration is still to be made.
    /// </summary>
    protected static async Task SetUpAsync(ShopDatabase place)
    {
        await using var db = Open(place);
        await db.Database.EnsureCreatedAsync();
        var history = db.GetService<IHistoryRepository>();
        await history.CreateIfNotExistsAsync();
        foreach (var migration in db.Database.GetMigrations())
        {
            await db.Database.ExecuteSqlRawAsync(history.GetInsertScript(new HistoryRow(migration, ProductInfo.GetVersion())));
        }

        await LedgerGuards.CreateAsync(db, db.IsSqlite, CancellationToken.None);
    }

    /// <summary>A context of any shop's database, made by the same function as the application's.</summary>
    public static ShopDbContext Open(ShopDatabase place)
    {
        if (place.Engine == DatabaseEngine.Sqlite)
        {
            var sqlite = new DbContextOptionsBuilder<SqliteShopDb>().UseApplicationServiceProvider(Services);
            place.Configure(sqlite);
            return new SqliteShopDb(sqlite.Options);
        }

        var postgres = new DbContextOptionsBuilder<PostgresShopDb>().UseApplicationServiceProvider(Services);
        place.Configure(postgres);
        return new PostgresShopDb(postgres.Options);
    }

    private static readonly IServiceProvider Services = IdentityStore.Services();
}

/// <summary>A file in a folder of its own.</summary>
public sealed class SqliteDatabase : TestDatabase
{
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    private readonly string folder = Directory.CreateTempSubdirectory("shop-test-").FullName;

    public override DatabaseEngine Engine => DatabaseEngine.Sqlite;

    public string File => Path.Combine(folder, "shop.db");

    /// <summary>A place for a file that is not there yet.</summary>
    public static async Task<SqliteDatabase> EmptyAsync()
    {
        var database = new SqliteDatabase();
        await database.MakeAsync(migrated: false);
        return database;
    }

    protected override TestDatabase New() => new SqliteDatabase();

    protected override async Task MakeAsync(bool migrated)
    {
        Place = new ShopDatabase(DatabaseEngine.Sqlite, $"Data Source={File}");
        if (migrated)
        {
            System.IO.File.Copy(await Template.Value, File);
        }
    }

    protected override async Task RemoveAsync()
    {
        await using (var db = NewContext())
        {
            SqliteConnection.ClearPool((SqliteConnection)db.Database.GetDbConnection());
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> MakeTemplateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("shop-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "template.db");
        // without a pool, closing the last connection moves the write-ahead log into the file
        await SetUpAsync(new ShopDatabase(DatabaseEngine.Sqlite, $"Data Source={file};Pooling=False"));
        return file;
    }
}

/// <summary>Made in the throw-away cluster that <c>./test.sh</c> starts and names in <c>SHOP_TEST_POSTGRES</c>.</summary>
public sealed class PostgresDatabase : TestDatabase
{
    private static readonly string? Cluster = Environment.GetEnvironmentVariable("SHOP_TEST_POSTGRES") is { Length: > 0 } given ? given : null;

    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    private readonly string name = NewName();

    public override DatabaseEngine Engine => DatabaseEngine.Postgres;

    public override string? Absent => Cluster is null
        ? "SHOP_TEST_POSTGRES names no PostgreSQL server (./test.sh starts one; eng/pg-test.sh start DIR prints one)"
        : null;

    protected override TestDatabase New() => new PostgresDatabase();

    protected override async Task MakeAsync(bool migrated)
    {
        await ExecuteAsync(migrated ? $"CREATE DATABASE {name} TEMPLATE {await Template.Value}" : $"CREATE DATABASE {name}");
        Place = At(name, pooled: true);
    }

    protected override async Task RemoveAsync()
    {
        await using (var db = NewContext())
        {
            NpgsqlConnection.ClearPool((NpgsqlConnection)db.Database.GetDbConnection());
        }

        await ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    private static async Task<string> MakeTemplateAsync()
    {
        var template = NewName();
        await ExecuteAsync($"CREATE DATABASE {template}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ExecuteAsync($"DROP DATABASE IF EXISTS {template} WITH (FORCE)").GetAwaiter().GetResult();
        // a database with a connection to it cannot be copied
        await SetUpAsync(At(template, pooled: false));
        return template;
    }

    private static string NewName() => $"test_{Guid.NewGuid():N}";

    // few connections, given back soon: hundreds of databases share one small server
    private static ShopDatabase At(string database, bool pooled) => new(
        DatabaseEngine.Postgres,
        new NpgsqlConnectionStringBuilder(Cluster)
        {
            Database = database,
            Pooling = pooled,
            MaxPoolSize = 20,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 5,
        }.ToString());

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Cluster) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

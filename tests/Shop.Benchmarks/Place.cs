using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Benchmarks;

/// <summary>The database of a run, seen from outside the shop: members are written into it, and afterwards it is counted.</summary>
internal sealed class Place(ShopDatabase database, string? server) : IAsyncDisposable
{
    private const string Password = "moonlit-harbour-walk";
    private static readonly IServiceProvider Services = IdentityStore.Services();
    private int made;

    public ShopDatabase Database => database;

    public static async Task<Place> MakeAsync(BenchSettings settings, string folder)
    {
        if (settings.Engine == DatabaseEngine.Sqlite)
        {
            return new Place(new ShopDatabase(DatabaseEngine.Sqlite, $"Data Source={Path.Combine(folder, "shop.db")}"), null);
        }

        var name = $"bench_{Codes.New(12).ToLowerInvariant()}";
        await OnServerAsync(settings.Postgres!, $"CREATE DATABASE {name}");
        return new Place(new ShopDatabase(DatabaseEngine.Postgres, new NpgsqlConnectionStringBuilder(settings.Postgres) { Database = name }.ToString()), settings.Postgres);
    }

    /// <summary>So many new members who can sign in, with passwords that cost next to nothing to check.</summary>
    public async Task<IReadOnlyList<(string Name, string Password)>> MembersAsync(int count)
    {
        var hash = new PasswordHasher<Member>(Options.Create(new PasswordHasherOptions { IterationCount = 1 }));
        var names = new List<(string, string)>(count);
        foreach (var batch in Enumerable.Range(0, count).Chunk(500))
        {
            await using var db = Open();
            foreach (var _ in batch)
            {
                var name = $"buyer{++made}";
                var member = new Member
                {
                    UserName = name,
                    NormalizedUserName = name.ToUpperInvariant(),
                    Email = $"{name}@example.org",
                    NormalizedEmail = $"{name}@example.org".ToUpperInvariant(),
                    SecurityStamp = Codes.New(20),
                    CreatedAt = TimeProvider.System.GetUtcNow(),
                };
                member.PasswordHash = hash.HashPassword(member, Password);
                db.Users.Add(member);
                names.Add((name, Password));
            }

            await db.SaveChangesAsync();
        }

        return names;
    }

    /// <summary>The single number that a query gives.</summary>
    public async Task<long> NumberAsync(string sql)
    {
        await using var db = Open();
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Runs a statement without parameters, which both engines know or which is written for this one.</summary>
    public async Task RunAsync(string sql)
    {
        await using var db = Open();
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)TimeSpan.FromMinutes(30).TotalSeconds;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs statements that change many rows at once. Returns how many.</summary>
    public async Task<int> ExecuteAsync(FormattableString sql)
    {
        await using var db = Open();
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        return await db.Database.ExecuteSqlAsync(sql);
    }

    /// <summary>Inserts rows of the model. Their keys stand in them afterwards.</summary>
    public async Task AddAsync(IEnumerable<object> rows)
    {
        await using var db = Open();
        db.AddRange(rows);
        await db.SaveChangesAsync();
    }

    /// <summary>Lets rows into the ledger as they are, also many sealed ones in one statement. The next start of the shop closes it again.</summary>
    public async Task OpenLedgerAsync()
    {
        await using var db = Open();
        await LedgerGuards.DropAsync(db, database.Engine == DatabaseEngine.Sqlite, CancellationToken.None);
    }

    /// <summary>The rows of a query, each as one text.</summary>
    public async Task<List<string>> TextsAsync(FormattableString sql)
    {
        await using var db = Open();
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        return await db.Database.SqlQuery<string>(sql).ToListAsync();
    }

    /// <summary>Whether a commit is on the disk before it is answered, in the engine's own words.</summary>
    public async Task<(bool IsFull, string Words)> DurabilityAsync()
    {
        if (database.Engine == DatabaseEngine.Sqlite)
        {
            var level = await NumberAsync("PRAGMA synchronous");
            return (level == 2, $"synchronous = {level}");
        }

        var off = await NumberAsync("SELECT count(*) FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting <> 'on'");
        return (off == 0, off == 0 ? "fsync, synchronous_commit, full_page_writes = on" : "the server runs without its durable settings");
    }

    public static long Charges(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "bank.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM charges";
        return (long)command.ExecuteScalar()!;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await OnServerAsync(server, $"DROP DATABASE {new NpgsqlConnectionStringBuilder(database.ConnectionString).Database} WITH (FORCE)");
        }
    }

    private ShopDbContext Open()
    {
        if (database.Engine == DatabaseEngine.Sqlite)
        {
            var sqlite = new DbContextOptionsBuilder<SqliteShopDb>().UseApplicationServiceProvider(Services);
            database.Configure(sqlite);
            return new SqliteShopDb(sqlite.Options);
        }

        var postgres = new DbContextOptionsBuilder<PostgresShopDb>().UseApplicationServiceProvider(Services);
        database.Configure(postgres);
        return new PostgresShopDb(postgres.Options);
    }

    private static async Task OnServerAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

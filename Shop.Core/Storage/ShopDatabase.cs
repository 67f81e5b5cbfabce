using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Accounts;

namespace Shop.Core;

public enum DatabaseEngine { Sqlite, Postgres }

/// <summary>Where the shop's database is. One value of it builds the options for application, commands and tests alike.</summary>
public sealed record ShopDatabase(DatabaseEngine Engine, string ConnectionString)
{
    /// <summary>How long a command waits for SQLite's lock before it gives up, in seconds, where the connection string does not say another <c>Default Timeout</c>.</summary>
    private const int LockWaitSeconds = 30;

    /// <summary>Statements that a PostgreSQL connection keeps prepared, where the connection string does not say another number.</summary>
    private const int PreparedStatements = 200;

    /// <summary>The SQLite file; null on PostgreSQL.</summary>
    public string? File => Engine == DatabaseEngine.Sqlite ? Path.GetFullPath(new SqliteConnectionStringBuilder(ConnectionString).DataSource) : null;

    /// <summary>The one place where options are made (DECISIONS, facts: a context made otherwise caches a model without passkeys).</summary>
    public void Configure(DbContextOptionsBuilder options)
    {
        if (Engine == DatabaseEngine.Sqlite)
        {
            var builder = new SqliteConnectionStringBuilder(ConnectionString) { ForeignKeys = true };
            if (!builder.ShouldSerialize("Default Timeout"))
            {
                builder.DefaultTimeout = LockWaitSeconds;
            }

            options.UseSqlite(builder.ToString()).AddInterceptors(new KeptConnectionInterceptor(builder.ToString()));
        }
        else
        {
            var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
            if (!ConnectionString.Contains("Auto Prepare", StringComparison.OrdinalIgnoreCase))
            {
                builder.MaxAutoPrepare = PreparedStatements;
            }

            options.UseNpgsql(builder.ToString());
        }
    }

    /// <summary>Registers the pooled context of the engine, and the same instance under its base types.</summary>
    /// <param name="watched">Two uses of one context at the same time are told; that costs something with every row that is read.</param>
    public void Register(IServiceCollection services, bool watched = true)
    {
        void Configure(DbContextOptionsBuilder options)
        {
            this.Configure(options);
            options.EnableThreadSafetyChecks(watched);
        }

        services.AddSingleton(this);
        if (Engine == DatabaseEngine.Sqlite)
        {
            services.AddDbContextPool<ShopDbContext, SqliteShopDb>(Configure);
        }
        else
        {
            services.AddDbContextPool<ShopDbContext, PostgresShopDb>(Configure);
        }

        services.AddScoped<AccountsDbContext>(scope => scope.GetRequiredService<ShopDbContext>());
    }
}

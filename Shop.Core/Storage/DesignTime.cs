using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Lets the migrations tool make the SQLite context.</summary>
internal sealed class SqliteDesignTime : IDesignTimeDbContextFactory<SqliteShopDb>
{
    public SqliteShopDb CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<SqliteShopDb>().UseApplicationServiceProvider(IdentityStore.Services());
        new ShopDatabase(DatabaseEngine.Sqlite, "Data Source=design.db").Configure(options);
        return new SqliteShopDb(options.Options);
    }
}

/// <summary>Lets the migrations tool make the PostgreSQL context; it does not connect.</summary>
internal sealed class PostgresDesignTime : IDesignTimeDbContextFactory<PostgresShopDb>
{
    public PostgresShopDb CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<PostgresShopDb>().UseApplicationServiceProvider(IdentityStore.Services());
        new ShopDatabase(DatabaseEngine.Postgres, "Host=127.0.0.1;Database=design").Configure(options);
        return new PostgresShopDb(options.Options);
    }
}

using Microsoft.Data.Sqlite;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Which engine the shop's tables are on; where they are stands in <c>ConnectionStrings:Shop</c>.</summary>
internal sealed record DatabaseOptions
{
    public const string Section = "Database";
    public const string ConnectionName = "Shop";
    private const string DefaultFile = "App_Data/shop.db";

    public DatabaseEngine Provider { get; set; } = DatabaseEngine.Sqlite;

    /// <summary>The database of a configuration. A SQLite file with a relative path is below the content root.</summary>
    /// <exception cref="SettingsException">A setting is missing or wrong.</exception>
    public static ShopDatabase Read(IConfiguration configuration, string contentRoot)
    {
        var word = configuration[$"{Section}:{nameof(Provider)}"];
        DatabaseEngine? engine = word?.ToLowerInvariant() switch
        {
            null or "" or "sqlite" => DatabaseEngine.Sqlite,
            "postgres" => DatabaseEngine.Postgres,
            _ => null,
        };
        var connection = configuration.GetConnectionString(ConnectionName);
        switch (engine)
        {
            case DatabaseEngine.Sqlite:
                var file = new SqliteConnectionStringBuilder(string.IsNullOrEmpty(connection) ? $"Data Source={DefaultFile}" : connection);
                file.DataSource = Path.Combine(contentRoot, file.DataSource);
                return new ShopDatabase(DatabaseEngine.Sqlite, file.ToString());
            case DatabaseEngine.Postgres when !string.IsNullOrEmpty(connection):
                return new ShopDatabase(DatabaseEngine.Postgres, connection);
            case DatabaseEngine.Postgres:
                throw new SettingsException(["ConnectionStrings:Shop must be set: Database:Provider is postgres."]);
            default:
                throw new SettingsException([$"Database:Provider is '{word}'; it must be sqlite or postgres."]);
        }
    }
}

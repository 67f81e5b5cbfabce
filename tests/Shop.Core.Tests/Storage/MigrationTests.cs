using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>The migrations of each engine lead to the model, no more and no less.</summary>
public abstract class MigrationTests(TestDatabase database) : DatabaseTests(database)
{
    [Fact]
    public async Task Model_HasNoChangesWithoutAMigration()
    {
        await using var db = Database.NewContext();
        Assert.False(db.Database.HasPendingModelChanges(), "make a migration for each engine (docs/operations.md)");
    }

    [Fact]
    public async Task MigratedDatabase_IsTheModel()
    {
        await using var migrated = await Database.FreshAsync(migrated: false);
        await using (var db = migrated.NewContext())
        {
            await db.Database.MigrateAsync(Cancel);
        }

        Assert.Equal(await Schema.ReadAsync(Database, Cancel), await Schema.ReadAsync(migrated, Cancel));
    }
}

public sealed class MigrationTests_Sqlite(SqliteDatabase database) : MigrationTests(database), IClassFixture<SqliteDatabase>;

public sealed class MigrationTests_Postgres(PostgresDatabase database) : MigrationTests(database), IClassFixture<PostgresDatabase>;

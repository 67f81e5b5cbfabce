using Shop.Core;
using Xunit;

namespace Shop.TestKit;

/// <summary>
/// Base of every class of tests that uses the database. Such a class is written once, abstract, with two leaves of one line:
/// <code>
/// public abstract class PlacingTests(TestDatabase database) : DatabaseTests(database) { … }
/// public sealed class PlacingTests_Sqlite(SqliteDatabase database) : PlacingTests(database), IClassFixture&lt;SqliteDatabase&gt;;
/// public sealed class PlacingTests_Postgres(PostgresDatabase database) : PlacingTests(database), IClassFixture&lt;PostgresDatabase&gt;;
/// </code>
/// <c>./test.sh</c> and a test over the sources fail when a leaf is missing or did not run.
/// </summary>
public abstract class DatabaseTests(TestDatabase database) : IAsyncLifetime
{
    protected TestDatabase Database => database;

    protected DatabaseEngine Engine => database.Engine;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual ValueTask InitializeAsync()
    {
        Assert.SkipWhen(database.Absent is not null, database.Absent ?? "");
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

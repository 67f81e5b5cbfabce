using Microsoft.Data.Sqlite;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>A connection that keeps its statements prepared behaves as one that does not.</summary>
public sealed class KeptConnectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly KeptConnection kept;

    public KeptConnectionTests()
    {
        kept = new KeptConnection(Settings);
        kept.Open();
        Run(kept, "PRAGMA journal_mode = WAL");
        Run(kept, "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE)");
        Run(kept, "INSERT INTO t (word) VALUES ('one'), ('two'), ('three')");
    }

    private string Settings => new SqliteConnectionStringBuilder { DataSource = folder.File("kept.db"), Pooling = false, DefaultTimeout = 1 }.ToString();

    public void Dispose()
    {
        kept.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Closed_ItStaysOpen()
    {
        kept.Close();
        Assert.Equal(3L, Ask(kept, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void SameTextAgain_BindsWhatIsNew()
    {
        Assert.Equal(["one", "two", "three"], new[] { 1, 2, 3 }.Select(id => Ask(kept, "SELECT word FROM t WHERE id = $id", ("$id", id))));
    }

    [Fact]
    public void SameTextInsideItself_ReadsOnItsOwn()
    {
        Ask(kept, "SELECT word FROM t ORDER BY id");
        using var outer = Command(kept, "SELECT word FROM t ORDER BY id");
        using var words = outer.ExecuteReader();
        var seen = new List<string>();
        while (words.Read())
        {
            using var inner = Command(kept, "SELECT word FROM t ORDER BY id");
            using var first = inner.ExecuteReader();
            Assert.True(first.Read());
            seen.Add(words.GetString(0) + first.GetString(0));
        }

        Assert.Equal(["oneone", "twoone", "threeone"], seen);
    }

    [Fact]
    public void LeftInTheMiddle_HoldsNothingBack()
    {
        using (var command = Command(kept, "SELECT word FROM t ORDER BY id"))
        {
            using var words = command.ExecuteReader();
            Assert.True(words.Read());
        }

        using var other = new SqliteConnection(Settings);
        other.Open();
        Run(other, "INSERT INTO t (word) VALUES ('four')");
        using var transaction = kept.BeginTransaction();
        Run(kept, "INSERT INTO t (word) VALUES ('five')");
        transaction.Commit();
        Assert.Equal(5L, Ask(other, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void RefusedByARule_TheSameTextWorksAfterwards()
    {
        const string Text = "INSERT INTO t (word) VALUES ($word)";
        Assert.Throws<SqliteException>(() => Run(kept, Text, ("$word", "one")));
        Assert.Equal(1, Run(kept, Text, ("$word", "other")));
    }

    [Fact]
    public void RolledBack_NothingStaysAndTheNextTransactionWorks()
    {
        using (var transaction = kept.BeginTransaction())
        {
            Run(kept, "DELETE FROM t");
        }

        using var next = kept.BeginTransaction();
        Assert.Equal(3L, Ask(kept, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void ClosedInATransaction_NothingOfItStays()
    {
        kept.BeginTransaction();
        Run(kept, "DELETE FROM t");
        kept.Close();
        Assert.Equal(3L, Ask(kept, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void TableChangedByAnother_TheKeptTextSeesIt()
    {
        const string Text = "SELECT * FROM t WHERE id = 1";
        using (var before = Command(kept, Text))
        {
            using var row = before.ExecuteReader();
            Assert.Equal(2, row.FieldCount);
        }

        using var other = new SqliteConnection(Settings);
        other.Open();
        Run(other, "ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'x'");
        using var after = Command(kept, Text);
        using var now = after.ExecuteReader();
        Assert.True(now.Read());
        Assert.Equal("x", now.GetString(2));
    }

    [Fact]
    public void MoreTextsThanAreKept_AllWork()
    {
        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < 400; n++)
            {
                Assert.Equal((long)n, Ask(kept, $"SELECT {n} FROM t WHERE id = 1"));
            }
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // texts of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static int Run(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    private static object? Ask(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteScalar();
    }
}

using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Shop.Core;

/// <summary>
/// Gives each context a SQLite connection that stays open as long as the context lives, in its pool too, and keeps its statements prepared. EF closes
/// a connection after each command and has each command parsed anew, which costs more than most of them do.
/// </summary>
internal sealed class KeptConnectionInterceptor(string connectionString) : DbConnectionInterceptor
{
    public override InterceptionResult<DbConnection> ConnectionCreating(ConnectionCreatingEventData eventData, InterceptionResult<DbConnection> result) =>
        InterceptionResult<DbConnection>.SuppressWithResult(new KeptConnection(connectionString));
}

/// <summary>
/// A connection that is closed when it is disposed of, and not before. Its commands run on statements that stay prepared; a command is disposed of
/// after its reader. For one user at a time, like every connection.
/// </summary>
public sealed class KeptConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>Statements kept prepared; whichever was not used for longest makes room.</summary>
    private const int Most = 300;

    private readonly Dictionary<string, KeptStatement> idle = new(StringComparer.Ordinal);
    private long uses;

    /// <summary>Ends what is open on it, and keeps it.</summary>
    public override void Close() => Transaction?.Dispose();

    /// <summary>A prepared statement for this text, to be given back by <see cref="GiveBack"/>.</summary>
    internal KeptStatement Take(string text)
    {
        if (idle.Remove(text, out var statement))
        {
            return statement;
        }

        return new KeptStatement { CommandText = text, Connection = this };
    }

    internal void GiveBack(KeptStatement statement)
    {
        statement.Parameters.Clear();
        statement.Transaction = null;
        statement.LastUse = ++uses;
        if (!idle.TryAdd(statement.CommandText, statement))
        {
            statement.Dispose();
        }
        else if (idle.Count > Most)
        {
            var oldest = idle.Values.MinBy(kept => kept.LastUse)!;
            idle.Remove(oldest.CommandText);
            oldest.Dispose();
        }
    }

    public override SqliteCommand CreateCommand() => new KeptCommand(this) { CommandTimeout = DefaultTimeout, Transaction = Transaction };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var statement in idle.Values)
            {
                statement.Dispose();
            }

            idle.Clear();
            base.Close();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A command with statements that stay prepared between its uses.</summary>
internal sealed class KeptStatement : SqliteCommand
{
    public long LastUse { get; set; }

    public bool IsReading => DataReader is { IsClosed: false };
}

/// <summary>What EF writes its text and parameters into; a kept statement runs it.</summary>
internal sealed class KeptCommand(KeptConnection connection) : SqliteCommand
{
    private KeptStatement? statement;

    public override SqliteConnection? Connection
    {
        get => connection;
        set
        {
            if (value != connection)
            {
                throw new NotSupportedException("This command runs on the connection that made it.");
            }
        }
    }

    public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
    {
        GiveBack();
        var taken = connection.Take(CommandText);
        taken.CommandTimeout = CommandTimeout;
        taken.Transaction = Transaction;
        foreach (SqliteParameter parameter in Parameters)
        {
            taken.Parameters.Add(parameter);
        }

        try
        {
            var reader = taken.ExecuteReader(behavior);
            statement = taken;
            return reader;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    public override SqliteDataReader ExecuteReader() => ExecuteReader(CommandBehavior.Default);

    public override int ExecuteNonQuery()
    {
        var reader = ExecuteReader(CommandBehavior.Default);
        reader.Dispose();
        return reader.RecordsAffected;
    }

    public override object? ExecuteScalar()
    {
        using var reader = ExecuteReader(CommandBehavior.Default);
        return reader.Read() ? reader.GetValue(0) : null;
    }

    /// <summary>Nothing to do: whatever runs it is prepared.</summary>
    public override void Prepare()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            GiveBack();
        }

        base.Dispose(disposing);
    }

    private void GiveBack()
    {
        if (statement is not { } used)
        {
            return;
        }

        statement = null;
        if (used.IsReading)
        {
            used.Dispose();
            throw new InvalidOperationException("A reader outlived its command.");
        }

        connection.GiveBack(used);
    }
}

using Microsoft.Data.Sqlite;
using Npgsql;

namespace Shop.Core;

/// <summary>Reads what the database refused, by its code, never by the exception's type alone.</summary>
public static class Violations
{
    private const int SqliteUnique = 2067;
    private const int SqlitePrimaryKey = 1555;
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteIo = 10;
    private const int SqliteFull = 13;

    /// <summary>A unique key refused the row. <paramref name="columns"/>: a word that both its columns (SQLite says those) and its name (PostgreSQL says that) contain, where one statement may meet several keys.</summary>
    public static bool IsUnique(Exception exception, string? columns = null) => Innermost(exception) switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is SqliteUnique or SqlitePrimaryKey
            && (columns is null || sqlite.Message.Contains(columns, StringComparison.Ordinal)),
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation
            && (columns is null || (postgres.ConstraintName?.Contains(columns, StringComparison.Ordinal) ?? false)),
        _ => false,
    };

    /// <summary>The database was in somebody else's way: nothing was written, and the same unit of work may be run again.</summary>
    public static bool IsContention(Exception exception) => Innermost(exception) switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is SqliteBusy or SqliteLocked,
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure,
        _ => false,
    };

    /// <summary>
    /// The disk takes nothing more, and what was to be committed is not there. SQLite says "full" for a full disk and "I/O error" for a quota, a limit
    /// or a broken disk.
    /// </summary>
    public static bool IsNoRoom(Exception exception) => Innermost(exception) switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is SqliteFull or SqliteIo,
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.DiskFull or PostgresErrorCodes.IoError,
        _ => false,
    };

    /// <summary>EF wraps what the database said, and Npgsql's execution strategy wraps what it calls transient once more (seen).</summary>
    private static Exception Innermost(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SqliteException or PostgresException)
            {
                return e;
            }
        }

        return exception;
    }
}

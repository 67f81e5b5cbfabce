using Microsoft.Data.Sqlite;

namespace Shop.Core;

/// <summary>What became of a wish for a back-up.</summary>
public abstract record BackupResult
{
    private BackupResult() { }

    public sealed record Made(string File, long Bytes) : BackupResult;

    /// <summary>The engine has tools of its own that do it better.</summary>
    public sealed record NotThisEngine : BackupResult;

    public sealed record FileExists(string File) : BackupResult;

    public sealed record NoDatabase(string File) : BackupResult;

    /// <summary>The copy did not pass SQLite's own check; it was removed.</summary>
    public sealed record Damaged(string Problem) : BackupResult;
}

/// <summary>Copies a SQLite database while the shop runs on it: one moment of it, whole.</summary>
public static class Backup
{
    /// <summary>The copy gets its name only when it is complete and checked, so a kill leaves no file that looks like a back-up.</summary>
    public static async Task<BackupResult> RunAsync(ShopDatabase database, string file, CancellationToken cancellationToken)
    {
        if (database.File is not { } source)
        {
            return new BackupResult.NotThisEngine();
        }

        var target = Path.GetFullPath(file);
        if (File.Exists(target))
        {
            return new BackupResult.FileExists(target);
        }

        if (!File.Exists(source))
        {
            return new BackupResult.NoDatabase(source);
        }

        var part = target + ".part";
        File.Delete(part);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var problem = await CopyAsync(source, part, cancellationToken);
        if (problem is not null)
        {
            File.Delete(part);
            return new BackupResult.Damaged(problem);
        }

        File.Move(part, target);
        return new BackupResult.Made(target, new FileInfo(target).Length);
    }

    private static async Task<string?> CopyAsync(string source, string target, CancellationToken cancellationToken)
    {
        await using var from = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Pooling = false, DefaultTimeout = 30 }.ToString());
        await using var to = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = target, Pooling = false }.ToString());
        await from.OpenAsync(cancellationToken);
        await to.OpenAsync(cancellationToken);
        from.BackupDatabase(to);

        // one file, without a log beside it
        await AskAsync(to, "PRAGMA journal_mode = DELETE", cancellationToken);
        var answer = await AskAsync(to, "PRAGMA integrity_check", cancellationToken);
        return answer == "ok" ? null : answer;
    }

    private static async Task<string?> AskAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return (await command.ExecuteScalarAsync(cancellationToken))?.ToString();
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Shop.Benchmarks;

/// <summary>What the machine can do at most, measured in the same run: the shop is judged against these and not against a number from another machine.</summary>
internal static partial class Limits
{
    private const int Rows = 6;

    /// <summary>Commits a second of one writer with six row writes each: Microsoft.Data.Sqlite, WAL, synchronous FULL, prepared commands.</summary>
    public static double Sqlite(string folder, double seconds)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "bare.db")};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + Schema("INTEGER PRIMARY KEY"));
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO bare (number, state, amount, words) VALUES ($number, 'open', $amount, $words)";
        var number = insert.Parameters.Add("$number", SqliteType.Integer);
        insert.Parameters.AddWithValue("$amount", 300);
        insert.Parameters.AddWithValue("$words", new string('w', 120));
        using var update = connection.CreateCommand();
        update.CommandText = "UPDATE bare SET state = 'done' WHERE number = $number AND state = 'open'";
        var which = update.Parameters.Add("$number", SqliteType.Integer);
        insert.Prepare();
        update.Prepare();

        var clock = Stopwatch.StartNew();
        long commits = 0;
        for (; clock.Elapsed.TotalSeconds < seconds; commits++)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = update.Transaction = transaction;
            for (var row = 0; row < Rows - 1; row++)
            {
                number.Value = (commits * Rows) + row;
                insert.ExecuteNonQuery();
            }

            which.Value = commits * Rows;
            update.ExecuteNonQuery();
            transaction.Commit();
        }

        return commits / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Transactions a second of pgbench with the same rows at so many clients; null where there is no pgbench.</summary>
    public static async Task<double?> PgbenchAsync(string folder, string connectionString, int clients, double seconds)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync();
            await using var make = new NpgsqlCommand(Schema("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"), connection);
            await make.ExecuteNonQueryAsync();
        }

        var script = Path.Combine(folder, "bare.pgbench");
        var values = $"'open', 300, '{new string('w', 120)}'";
        await File.WriteAllTextAsync(script, "\\set n random(1, 9000000000000)\nBEGIN;\n"
            + string.Concat(Enumerable.Range(0, Rows - 1).Select(row => string.Create(CultureInfo.InvariantCulture, $"INSERT INTO bare (number, state, amount, words) VALUES (CAST(:n AS bigint) * 8 + {row}, {values});\n")))
            + "UPDATE bare SET state = 'done' WHERE number = CAST(:n AS bigint) * 8 AND state = 'open';\nCOMMIT;\n");
        var count = clients.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("pgbench",
            ["-n", "-M", "prepared", "-f", script, "-c", count, "-j", "2", "-T", ((int)Math.Max(1, seconds)).ToString(CultureInfo.InvariantCulture),
                "-h", builder.Host!, "-p", builder.Port.ToString(CultureInfo.InvariantCulture), "-U", builder.Username!, builder.Database!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return Tps().Match(output) is { Success: true } found
                ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)
                : throw new InvalidOperationException(await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Requests a second of a Razor page of about this size with nothing behind it.</summary>
    public static async Task<Timing> PageAsync(int connections, int bytes, double seconds)
    {
        var port = ShopServer.FreePort();
        await using var process = PageProcess.Start(port, BarePage.Command, $"http://127.0.0.1:{port}");
        var (wires, path) = (await process.OpenAsync(connections), string.Create(CultureInfo.InvariantCulture, $"/bare/{bytes}"));
        await Load.PageAsync(wires, path, 1.5);
        return await Load.PageAsync(wires, path, seconds);
    }

    private static string Schema(string id) =>
        $"CREATE TABLE bare (id {id}, number bigint NOT NULL UNIQUE, state text NOT NULL, amount bigint NOT NULL, words text NOT NULL);";

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}

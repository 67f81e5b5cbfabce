using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>One row that breaks an invariant: which, what it is about, and by how much.</summary>
public sealed record Violation(string Invariant, string Ref, string Detail, long Value);

/// <summary>Reads the books and says what is wrong with them: the queries of invariants.sql, run as they stand.</summary>
public sealed class Books(ShopDbContext db, TimeProvider clock)
{
    private static readonly IReadOnlyList<string> Queries = Split(Read());

    /// <summary>Every row that breaks an invariant now; none when the books are healthy.</summary>
    public async Task<IReadOnlyList<Violation>> CheckAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var violations = new List<Violation>();
        await db.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            foreach (var query in Queries)
            {
                await RunAsync(query, now, violations, cancellationToken);
            }
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }

        return violations;
    }

    private async Task RunAsync(string query, long now, List<Violation> violations, CancellationToken cancellationToken)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // the text is a file of this assembly
        command.CommandText = query;
#pragma warning restore CA2100
        if (query.Contains(":now", StringComparison.Ordinal))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "now";
            parameter.Value = now;
            command.Parameters.Add(parameter);
        }

        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            violations.Add(new Violation(
                reader.GetString(0),
                Convert.ToString(reader.GetValue(1), CultureInfo.InvariantCulture) ?? "",
                Convert.ToString(reader.GetValue(2), CultureInfo.InvariantCulture) ?? "",
                reader.GetValue(3) is DBNull ? 0 : Convert.ToInt64(reader.GetValue(3), CultureInfo.InvariantCulture)));
        }
    }

    private static string Read()
    {
        using var stream = typeof(Books).Assembly.GetManifestResourceStream("invariants.sql")
            ?? throw new InvalidOperationException("invariants.sql is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>No comment of the file contains the separator, so it may be split at it.</summary>
    private static List<string> Split(string text)
    {
        var queries = new List<string>();
        foreach (var part in text.Split(';'))
        {
            var sql = new StringBuilder();
            foreach (var line in part.Split('\n').Where(l => !l.TrimStart().StartsWith("--", StringComparison.Ordinal)))
            {
                sql.Append(line).Append('\n');
            }

            if (!string.IsNullOrWhiteSpace(sql.ToString()))
            {
                queries.Add(sql.ToString());
            }
        }

        return queries;
    }
}

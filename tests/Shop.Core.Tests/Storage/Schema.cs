using System.Text;
using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>Tables, columns, keys, checks and indexes of a database as comparable lines. Triggers are listed by name elsewhere.</summary>
internal static partial class Schema
{
    public static async Task<IReadOnlyList<string>> ReadAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        var lines = database.Engine == DatabaseEngine.Sqlite
            ? (await database.ListAsync(Sqlite, cancellationToken)).SelectMany(Parts)
            : await database.ListAsync(Postgres, cancellationToken);
        return [.. lines.Where(line => !line.Contains("__EFMigrations", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private const string Sqlite = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'";

    private const string Postgres = """
        SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity)
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        """;

    /// <summary>A table's text becomes a line for each column and constraint, because a migration may add one at another place.</summary>
    private static IEnumerable<string> Parts(string sql)
    {
        var text = Spaces().Replace(sql, " ");
        var table = TableHead().Match(text);
        if (!table.Success)
        {
            return [text];
        }

        var body = text[table.Length..text.LastIndexOf(')')];
        return SplitAtTop(body).Select(part => $"{table.Groups[1].Value}: {part.Trim()}");
    }

    private static IEnumerable<string> SplitAtTop(string body)
    {
        var part = new StringBuilder();
        var depth = 0;
        foreach (var c in body)
        {
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (c == ',' && depth == 0)
            {
                yield return part.ToString();
                part.Clear();
            }
            else
            {
                part.Append(c);
            }
        }

        yield return part.ToString();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("^CREATE TABLE \"?(\\w+)\"? \\(")]
    private static partial Regex TableHead();
}

using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Shop.TestKit;

/// <summary>What stands in the tables, to be compared before and after something that must change nothing.</summary>
public static class Contents
{
    /// <summary>Does something and sees that every row of every table is as it was; some tables may be left out.</summary>
    public static async Task UnchangedAsync(this ShopHost shop, Func<Task> act, CancellationToken cancellationToken, params string[] except)
    {
        var before = await shop.ContentsAsync(cancellationToken);
        await act();
        var after = await shop.ContentsAsync(cancellationToken);
        // the first key is made when anything is sealed for the first time, by whichever test comes first
        foreach (var (table, rows) in before.Where(pair => pair.Key != "key_ring" && !except.Contains(pair.Key)))
        {
            Assert.True(rows == after[table], $"{table} changed. Before:\n{rows}\nAfter:\n{after[table]}");
        }
    }

    public static Task<SortedDictionary<string, string>> ContentsAsync(this ShopHost shop, CancellationToken cancellationToken) => shop.ReadAsync(
        async (db, token) =>
        {
            await db.Database.OpenConnectionAsync(token);
            var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var table in db.Model.GetEntityTypes().Select(type => type.GetTableName()).OfType<string>().Distinct())
            {
                await using var command = db.Database.GetDbConnection().CreateCommand();
                command.CommandText = $"SELECT * FROM \"{table}\"";
                await using var reader = await command.ExecuteReaderAsync(token);
                var rows = new List<string>();
                while (await reader.ReadAsync(token))
                {
                    var row = new StringBuilder();
                    for (var i = 0; i < reader.FieldCount; i++)
                    {
                        var value = reader.GetValue(i);
                        row.Append(CultureInfo.InvariantCulture, $"{reader.GetName(i)}={(value is byte[] bytes ? Convert.ToHexString(bytes) : value)} ");
                    }

                    rows.Add(row.ToString());
                }

                contents[table] = string.Join('\n', rows.Order(StringComparer.Ordinal));
            }

            return contents;
        },
        cancellationToken);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Accounts;
using Shop.Core;

namespace Shop.TestKit;

/// <summary>What every start of the application does to its database, without the application around it.</summary>
public static class Starts
{
    public static async Task StartAsync(this TestDatabase database, CancellationToken cancellationToken, ILogger<DatabaseStart>? log = null)
    {
        await using var db = database.NewContext();
        await db.StartOf(database, log).RunAsync(cancellationToken);
    }

    public static async Task<IReadOnlyList<string>> ProblemsAsync(this TestDatabase database, CancellationToken cancellationToken)
    {
        await using var db = database.NewContext();
        return await db.StartOf(database).ProblemsAsync(cancellationToken);
    }

    private static DatabaseStart StartOf(this ShopDbContext db, TestDatabase database, ILogger<DatabaseStart>? log = null)
    {
        var clock = TimeProvider.System;
        return new DatabaseStart(db, database.Place, new RuleBook([], clock), new LegalPages(), clock, log ?? NullLogger<DatabaseStart>.Instance);
    }

    /// <summary>Runs SQL as it stands. Tests only: no input comes near it.</summary>
    public static async Task ExecuteAsync(this TestDatabase database, string sql, CancellationToken cancellationToken)
    {
        await using var db = database.NewContext();
        await db.Database.ExecuteSqlRawAsync(sql, cancellationToken);
    }

    /// <summary>The first column of a query's rows, as text.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(this TestDatabase database, string sql, CancellationToken cancellationToken)
    {
        await using var db = database.NewContext();
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        }

        return rows;
    }
}

using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Shop.Accounts;

/// <summary>Statements that answer with one number (RETURNING). Run as a query, EF would work out anew each time what it is to be read into, which takes longer than the statement.</summary>
public static class Returned
{
    /// <summary>The number; null where the statement touched no row.</summary>
    public static async Task<long?> NumberAsync(DbContext db, FormattableString sql, CancellationToken cancellationToken)
    {
        var statement = db.GetService<IRawSqlCommandBuilder>().Build(sql.Format, sql.GetArguments()!, db.Model);
        var call = new RelationalCommandParameterObject(
            db.GetService<IRelationalConnection>(), statement.ParameterValues, null, db, db.GetService<IRelationalCommandDiagnosticsLogger>(), CommandSource.FromSqlQuery);
        return await statement.RelationalCommand.ExecuteScalarAsync(call, cancellationToken) is { } number ? Convert.ToInt64(number, CultureInfo.InvariantCulture) : null;
    }
}

using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Shop.Core;

/// <summary>
/// Keeps a context's SQLite connection open until the context is given back. EF closes a connection after each command, and each opening sets its
/// functions and pragmas anew, which costs more than most queries.
/// </summary>
internal sealed class KeptOpen : DbConnectionInterceptor
{
    public override InterceptionResult ConnectionClosing(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        InterceptionResult.Suppress();

    public override ValueTask<InterceptionResult> ConnectionClosingAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        ValueTask.FromResult(InterceptionResult.Suppress());
}

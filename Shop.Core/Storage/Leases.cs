using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>
/// Fenced leases on the rows of a queue table, which has the columns due_at, dead, attempts, lease_owner, lease_until and lease_no
/// (exactly-once.md section 6). A worker that was stopped past its lease holds an old number and marks nothing any more.
/// </summary>
public static class Leases
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(90);

    /// <summary>How long the work on one row may take: well below the lease.</summary>
    public static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    private static readonly string Me = Codes.New(12);

    /// <summary>
    /// Claims rows that are due, oldest first; to be called in a transaction. The outer condition is repeated, because a second node that waited
    /// for the first must not lease the same rows again. Table and column are names from our own code, never from outside.
    /// </summary>
    public static async Task<List<long>> ClaimAsync(
        ShopDbContext db, string table, string doneColumn, int batch, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var now = at.ToUnixTimeMilliseconds();
        var until = (at + Time).ToUnixTimeMilliseconds();
        var skip = db.IsSqlite ? "" : " FOR UPDATE SKIP LOCKED";
        var sql = $$"""
            UPDATE {{table}} SET lease_owner = {0}, lease_until = {1}, lease_no = lease_no + 1, attempts = attempts + 1
             WHERE id IN (SELECT id FROM {{table}} WHERE {{doneColumn}} IS NULL AND dead = 0 AND due_at <= {2} AND lease_until < {2}
                          ORDER BY due_at, id LIMIT {3}{{skip}})
               AND {{doneColumn}} IS NULL AND dead = 0 AND lease_until < {2} RETURNING id
            """;
        return await db.Database.SqlQueryRaw<long>(sql, Me, until, now, batch).ToListAsync(cancellationToken);
    }

    /// <summary>When a row that failed is due again: 10 s, doubling, at most an hour.</summary>
    public static TimeSpan BackOff(int attempts) => TimeSpan.FromSeconds(Math.Min(3600, 10 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 12))));
}

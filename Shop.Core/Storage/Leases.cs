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

    /// <summary>After so many tries that failed a row is dead and waits for a person.</summary>
    public const int MaxTries = 12;

    /// <summary>This process, in the rows that it holds.</summary>
    internal static readonly string Me = Codes.New(12);

    /// <summary>
    /// Claims rows that are due, oldest first; to be called in a transaction. The outer condition is repeated, because a second node that waited
    /// for the first must not lease the same rows again. Table and column are names from our own code, never from outside.
    /// </summary>
    public static async Task<List<long>> ClaimAsync(
        ShopDbContext db, string table, string doneColumn, int batch, LeaseClock clock, CancellationToken cancellationToken)
    {
        var due = clock.DueNow.ToUnixTimeMilliseconds();
        var at = await clock.NowAsync(db, cancellationToken);
        var (now, until) = (at.ToUnixTimeMilliseconds(), (at + Time).ToUnixTimeMilliseconds());
        var skip = db.IsSqlite ? "" : " FOR UPDATE SKIP LOCKED";
        var sql = $$"""
            UPDATE {{table}} SET lease_owner = {0}, lease_until = {1}, lease_no = lease_no + 1, attempts = attempts + 1
             WHERE id IN (SELECT id FROM {{table}} WHERE {{doneColumn}} IS NULL AND dead = 0 AND due_at <= {4} AND lease_until < {2}
                          ORDER BY due_at, id LIMIT {3}{{skip}})
               AND {{doneColumn}} IS NULL AND dead = 0 AND lease_until < {2} RETURNING id
            """;
        return await db.Database.SqlQueryRaw<long>(sql, Me, until, now, batch, due).ToListAsync(cancellationToken);
    }

    /// <summary>The work on a row failed: it is due again after its back-off, or dead, unless somebody else has leased it meanwhile.</summary>
    internal static async Task LaterAsync(
        ShopDbContext db, string table, string doneColumn, (long Id, long LeaseNo, int Attempts) row, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (dead, due) = (row.Attempts >= MaxTries ? 1 : 0, (at + BackOff(row.Attempts)).ToUnixTimeMilliseconds());
        var sql = $$"""UPDATE {{table}} SET dead = {0}, due_at = {1}, lease_until = 0 WHERE id = {2} AND lease_no = {3} AND {{doneColumn}} IS NULL""";
        await db.Database.ExecuteSqlRawAsync(sql, [dead, due, row.Id, row.LeaseNo], cancellationToken);
    }

    /// <summary>When a row that failed is due again: 10 s, doubling, at most an hour.</summary>
    public static TimeSpan BackOff(int attempts) => TimeSpan.FromSeconds(Math.Min(3600, 10 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 12))));
}

using System.Text.Json;
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

    internal static async Task<bool> IsAnyDueAsync(ShopDbContext db, string table, string doneColumn, LeaseClock clock, CancellationToken cancellationToken)
    {
        var (due, now) = (clock.DueNow.ToUnixTimeMilliseconds(), (await clock.NowAsync(db, cancellationToken)).ToUnixTimeMilliseconds());
        var sql = $$"""SELECT id FROM {{table}} WHERE {{doneColumn}} IS NULL AND dead = 0 AND due_at <= {0} AND lease_until < {1} LIMIT 1""";
        return (await db.Database.SqlQueryRaw<long>(sql, due, now).ToListAsync(cancellationToken)).Count > 0;
    }

    /// <summary>Takes a row anew that is still ours. Returns 0 where it is somebody else's.</summary>
    internal static async Task<int> RenewAsync(
        ShopDbContext db, string table, string doneColumn, ILeasedRow row, LeaseClock clock, CancellationToken cancellationToken)
    {
        var until = (await clock.NowAsync(db, cancellationToken) + Time).ToUnixTimeMilliseconds();
        var sql = $$"""UPDATE {{table}} SET lease_until = {0} WHERE id = {1} AND lease_no = {2} AND {{doneColumn}} IS NULL""";
        return await db.Database.ExecuteSqlRawAsync(sql, [until, row.Id, row.LeaseNo], cancellationToken);
    }

    /// <summary>
    /// Marks rows as done, in one statement; to be called in a transaction. Returns how many it marked: rows that somebody else has leased meanwhile
    /// are theirs.
    /// </summary>
    internal static Task<int> DoneAsync(
        ShopDbContext db, string table, string doneColumn, IReadOnlyCollection<ILeasedRow> rows, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (ids, leases) = (rows.Select(row => row.Id).ToArray(), rows.Select(row => row.LeaseNo).ToArray());
        var (pairs, parameters) = db.IsSqlite
            ? ("SELECT i.value, l.value FROM json_each({1}) i JOIN json_each({2}) l ON l.key = i.key", new object[] { Json(ids), Json(leases) })
            : ("SELECT * FROM unnest({1}, {2})", [ids, leases]);
        var sql = $$"""UPDATE {{table}} SET {{doneColumn}} = {0} WHERE {{doneColumn}} IS NULL AND (id, lease_no) IN ({{pairs}})""";
        return db.Database.ExecuteSqlRawAsync(sql, [at.ToUnixTimeMilliseconds(), .. parameters], cancellationToken);
    }

    private static string Json(long[] numbers) => JsonSerializer.Serialize(numbers);

    /// <summary>The work on a row failed: it is due again after its back-off, or dead, unless somebody else has leased it meanwhile.</summary>
    internal static async Task LaterAsync(
        ShopDbContext db, string table, string doneColumn, ILeasedRow row, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (dead, due) = (row.Attempts >= row.MostTries ? 1 : 0, (at + BackOff(row.Attempts)).ToUnixTimeMilliseconds());
        var sql = $$"""UPDATE {{table}} SET dead = {0}, due_at = {1}, lease_until = 0 WHERE id = {2} AND lease_no = {3} AND {{doneColumn}} IS NULL""";
        await db.Database.ExecuteSqlRawAsync(sql, [dead, due, row.Id, row.LeaseNo], cancellationToken);
    }

    /// <summary>When a row that failed is due again: 10 s, doubling, at most an hour.</summary>
    public static TimeSpan BackOff(int attempts) => TimeSpan.FromSeconds(Math.Min(3600, 10 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 12))));
}

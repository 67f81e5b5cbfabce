using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.Core;

/// <summary>
/// Sends what is due in the outbox. Rows are claimed with fenced leases: a worker that was stopped past its lease marks nothing done
/// any more (exactly-once.md section 6).
/// </summary>
public sealed partial class OutboxRun(Writes writes, IServiceScopeFactory scopes, TimeProvider clock, ILogger<OutboxRun> log)
{
    public const int MaxTries = 12;
    private const int Batch = 20;

    // The outer condition is repeated: a second node that waited for the first must not lease the same rows again.
    private const string ClaimHead = """
        UPDATE outbox SET lease_owner = {0}, lease_until = {1}, lease_no = lease_no + 1, attempts = attempts + 1
         WHERE id IN (SELECT id FROM outbox WHERE done_at IS NULL AND dead = 0 AND due_at <= {2} AND lease_until < {2}
                      ORDER BY due_at, id LIMIT {3}
        """;

    private const string ClaimTail = ") AND done_at IS NULL AND dead = 0 AND lease_until < {2} RETURNING id";
    private const string ClaimOnSqlite = ClaimHead + ClaimTail;
    private const string ClaimOnPostgres = ClaimHead + " FOR UPDATE SKIP LOCKED" + ClaimTail;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);
    private static readonly string Me = Codes.New(12);

    /// <summary>Claims and sends one batch. Returns how many rows were claimed: 0 when nothing is due.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var claimed = await ClaimAsync(cancellationToken);
        foreach (var row in claimed)
        {
            await SendAsync(row, cancellationToken);
        }

        return claimed.Count;
    }

    /// <summary>When a row that failed is due again: 10 s, doubling, at most an hour.</summary>
    internal static TimeSpan BackOff(int attempts) => TimeSpan.FromSeconds(Math.Min(3600, 10 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 12))));

    private async Task<List<OutboxRow>> ClaimAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (!await writes.ReadAsync((db, token) => Due(db, now).AnyAsync(token), cancellationToken))
        {
            return [];
        }

        var until = now + (long)Lease.TotalMilliseconds;
        return await writes.RunAsync(
            async (unit, token) =>
            {
                var ids = await unit.Db.Database.SqlQueryRaw<long>(unit.Db.IsSqlite ? ClaimOnSqlite : ClaimOnPostgres, Me, until, now, Batch).ToListAsync(token);
                return await unit.Db.Outbox.AsNoTracking().Where(r => ids.Contains(r.Id)).OrderBy(r => r.DueAt).ThenBy(r => r.Id).ToListAsync(token);
            },
            cancellationToken);
    }

    private static IQueryable<OutboxRow> Due(ShopDbContext db, long now)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now);
        return db.Outbox.Where(r => r.DoneAt == null && !r.Dead && r.DueAt <= at && r.LeaseUntil < at);
    }

    private async Task SendAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var handler = scope.ServiceProvider.GetServices<OutboxHandler>().FirstOrDefault(h => h.Kind == row.Kind)
                ?? throw new InvalidOperationException($"Nobody sends outbox rows of kind '{row.Kind}'.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(CallLimit);
            Crash.Point("K8");
            await handler.HandleAsync(row, limit.Token);
            Crash.Point("K9");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            NotSent(e, row.Id, row.Kind, row.Attempts);
            await LaterAsync(row);
            return;
        }

        var now = clock.GetUtcNow();
        await writes.RunAsync(
            (unit, token) => unit.Db.Outbox.Where(r => r.Id == row.Id && r.LeaseNo == row.LeaseNo && r.DoneAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.DoneAt, now), token),
            CancellationToken.None);
    }

    private async Task LaterAsync(OutboxRow row)
    {
        var dead = row.Attempts >= MaxTries;
        var due = clock.GetUtcNow() + BackOff(row.Attempts);
        await writes.RunAsync(
            (unit, token) => unit.Db.Outbox.Where(r => r.Id == row.Id && r.LeaseNo == row.LeaseNo && r.DoneAt == null).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.Dead, dead).SetProperty(r => r.DueAt, due).SetProperty(r => r.LeaseUntil, DateTimeOffset.UnixEpoch), token),
            CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox row {Id} ({Kind}) was not sent on try {Attempt}.")]
    private partial void NotSent(Exception exception, long id, string kind, int attempt);
}

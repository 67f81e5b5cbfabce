using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.Core;

/// <summary>
/// Sends what is due in the outbox. Rows are claimed with fenced leases: a worker that was stopped past its lease sends and marks nothing
/// any more (exactly-once.md section 6).
/// </summary>
public sealed partial class OutboxRun(Writes writes, IServiceScopeFactory scopes, TimeProvider clock, LeaseClock leases, ILogger<OutboxRun> log)
{
    private const int Batch = 100;
    private const string Table = "outbox";
    private const string DoneColumn = "done_at";

    /// <summary>Claims and sends one batch. Returns how many rows were claimed: 0 when nothing is due.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var claimedAt = clock.GetUtcNow();
        var claimed = await ClaimAsync(cancellationToken);
        var sent = new List<OutboxRow>(claimed.Count);
        var marked = claimedAt;
        try
        {
            foreach (var row in claimed)
            {
                if (await HoldsAsync(row, claimedAt, cancellationToken) && await SendAsync(row, cancellationToken))
                {
                    sent.Add(row);
                }

                if (clock.GetUtcNow() - marked >= Leases.MarkEvery)
                {
                    await MarkAsync(sent);
                    marked = clock.GetUtcNow();
                }
            }
        }
        finally
        {
            await MarkAsync(sent);
        }

        return claimed.Count;
    }

    private async Task<List<OutboxRow>> ClaimAsync(CancellationToken cancellationToken)
    {
        if (!await writes.ReadAsync(IsAnyDueAsync, cancellationToken))
        {
            return [];
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var ids = await Leases.ClaimAsync(unit.Db, Table, DoneColumn, Batch, leases, token);
                return await unit.Db.Outbox.AsNoTracking().Where(r => ids.Contains(r.Id)).OrderBy(r => r.DueAt).ThenBy(r => r.Id).ToListAsync(token);
            },
            cancellationToken);
    }

    private async Task<bool> IsAnyDueAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var (due, now) = (leases.DueNow, await leases.NowAsync(db, cancellationToken));
        return await db.Outbox.AnyAsync(r => r.DoneAt == null && !r.Dead && r.DueAt <= due && r.LeaseUntil < now, cancellationToken);
    }

    /// <summary>Whether the row is still ours for as long as a call may take; where the lease runs out before, it is taken anew.</summary>
    private async Task<bool> HoldsAsync(OutboxRow row, DateTimeOffset claimedAt, CancellationToken cancellationToken)
    {
        // how long ago the claim was is a span, which a clock that is wrong measures as well
        if (clock.GetUtcNow() + Leases.CallLimit < claimedAt + Leases.Time)
        {
            return true;
        }

        return await writes.RunAsync((unit, token) => RenewAsync(unit.Db, row, token), cancellationToken) == 1;
    }

    private async Task<int> RenewAsync(ShopDbContext db, OutboxRow row, CancellationToken cancellationToken)
    {
        var until = await leases.NowAsync(db, cancellationToken) + Leases.Time;
        return await db.Outbox.Where(r => r.Id == row.Id && r.LeaseNo == row.LeaseNo && r.DoneAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.LeaseUntil, until), cancellationToken);
    }

    private async Task<bool> SendAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var handler = scope.ServiceProvider.GetServices<OutboxHandler>().FirstOrDefault(h => h.Kind == row.Kind)
                ?? throw new InvalidOperationException($"Nobody sends outbox rows of kind '{row.Kind}'.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Leases.CallLimit);
            Crash.Point("K8");
            await handler.HandleAsync(row, limit.Token);
            Crash.Point("K9");
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            NotSent(e, row.Id, row.Kind, row.Attempts);
            await LaterAsync(row);
            return false;
        }
    }

    /// <summary>Marks what was sent, in one transaction; rows that somebody else has leased meanwhile are theirs.</summary>
    private async Task MarkAsync(List<OutboxRow> sent)
    {
        if (sent.Count == 0)
        {
            return;
        }

        var rows = sent.ConvertAll(row => (row.Id, row.LeaseNo));
        sent.Clear();
        var late = rows.Count - await writes.RunAsync(
            (unit, token) => Leases.DoneAsync(unit.Db, Table, DoneColumn, rows, clock.GetUtcNow(), token), CancellationToken.None);
        if (late > 0)
        {
            TooLate(late);
        }
    }

    private Task LaterAsync(OutboxRow row) =>
        writes.RunAsync(
            (unit, token) => Leases.LaterAsync(unit.Db, Table, DoneColumn, (row.Id, row.LeaseNo, row.Attempts), clock.GetUtcNow(), token), CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outbox rows were no longer ours when they had been sent: another worker sends them again.")]
    private partial void TooLate(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox row {Id} ({Kind}) was not sent on try {Attempt}.")]
    private partial void NotSent(Exception exception, long id, string kind, int attempt);
}

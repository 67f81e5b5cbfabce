using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>A row of a queue table, with what its lease is about.</summary>
public interface ILeasedRow
{
    long Id { get; }

    DateTimeOffset DueAt { get; }

    int Attempts { get; }

    long LeaseNo { get; }

    /// <summary>After so many tries that failed the row is dead.</summary>
    int MostTries => Leases.MaxTries;
}

/// <summary>
/// How a queue table is worked off by fenced leases: claimed many at a time, renewed where the work takes long, marked together, put off where it
/// failed (exactly-once.md section 6).
/// </summary>
internal sealed class LeasedQueue<TRow>(
    string table, string doneColumn, Func<ShopDbContext, IQueryable<TRow>> rows, Writes writes, LeaseClock leases, TimeProvider clock)
    where TRow : class, ILeasedRow
{
    private const int Batch = 100;

    /// <summary>Marks are written together, but what was done is not left unmarked for longer than this while more is done.</summary>
    private static readonly TimeSpan MarkEvery = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Claims and works off one batch. Returns how many rows were claimed: 0 when nothing is due. <paramref name="work"/> says whether it succeeded;
    /// <paramref name="tooLate"/> hears how many rows were done, but somebody else's by then.
    /// </summary>
    /// <param name="over">The rows of a batch that is not full are worked off evenly over this span: all at once they hold up whoever buys just then.</param>
    public async Task<int> PassAsync(Func<TRow, CancellationToken, Task<bool>> work, Action<int> tooLate, TimeSpan over, CancellationToken cancellationToken)
    {
        var claimedAt = clock.GetUtcNow();
        var claimed = await ClaimAsync(cancellationToken);
        var (done, marked) = (new List<TRow>(claimed.Count), claimedAt);
        var pause = claimed.Count is > 1 and < Batch ? over / claimed.Count : TimeSpan.Zero;
        try
        {
            foreach (var row in claimed)
            {
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, clock, cancellationToken);
                }

                if (!await HoldsAsync(row, claimedAt, cancellationToken))
                {
                    continue;
                }

                if (await work(row, cancellationToken))
                {
                    done.Add(row);
                }
                else
                {
                    await LaterAsync(row);
                }

                if (clock.GetUtcNow() - marked >= MarkEvery)
                {
                    await MarkAsync(done, tooLate);
                    marked = clock.GetUtcNow();
                }
            }
        }
        finally
        {
            await MarkAsync(done, tooLate);
        }

        return claimed.Count;
    }

    private async Task<List<TRow>> ClaimAsync(CancellationToken cancellationToken)
    {
        // most looks find nothing, and need no write for that
        if (!await writes.ReadAsync((db, token) => Leases.IsAnyDueAsync(db, table, doneColumn, leases, token), cancellationToken))
        {
            return [];
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var ids = await Leases.ClaimAsync(unit.Db, table, doneColumn, Batch, leases, token);
                return await rows(unit.Db).AsNoTracking().Where(r => ids.Contains(r.Id)).OrderBy(r => r.DueAt).ThenBy(r => r.Id).ToListAsync(token);
            },
            cancellationToken);
    }

    /// <summary>Whether the row is still ours for as long as a call may take; where the lease runs out before, it is taken anew.</summary>
    private async Task<bool> HoldsAsync(TRow row, DateTimeOffset claimedAt, CancellationToken cancellationToken)
    {
        // how long ago the claim was is a span, which a clock that is wrong measures as well
        if (clock.GetUtcNow() + Leases.CallLimit < claimedAt + Leases.Time)
        {
            return true;
        }

        return await writes.RunAsync((unit, token) => Leases.RenewAsync(unit.Db, table, doneColumn, row, leases, token), cancellationToken) == 1;
    }

    private async Task MarkAsync(List<TRow> done, Action<int> tooLate)
    {
        if (done.Count == 0)
        {
            return;
        }

        TRow[] rows = [.. done];
        done.Clear();
        var late = rows.Length - await writes.RunAsync(
            (unit, token) => Leases.DoneAsync(unit.Db, table, doneColumn, rows, clock.GetUtcNow(), token), CancellationToken.None);
        if (late > 0)
        {
            tooLate(late);
        }
    }

    private Task LaterAsync(TRow row) =>
        writes.RunAsync((unit, token) => Leases.LaterAsync(unit.Db, table, doneColumn, row, clock.GetUtcNow(), token), CancellationToken.None);
}

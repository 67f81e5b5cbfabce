using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Shop.Core;

/// <summary>
/// Looks at what time has made due: open attempts, unpaid orders past their days, old carts. A look is a settle; two at once are harmless because
/// settling is (exactly-once.md section 5).
/// </summary>
public sealed partial class Janitor(Writes writes, Settlement settlement, OrderEnding ending, Carts carts, TimeProvider clock, ILogger<Janitor> log)
{
    private const int Batch = 50;
    internal static readonly TimeSpan PutOff = TimeSpan.FromHours(1);

    /// <summary>
    /// One pass. Returns how many rows it brought on. A row that could not be brought on is put off for an hour, so that it neither keeps the
    /// others waiting nor the worker busy.
    /// </summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var done = 0;
        var attempts = await writes.ReadAsync(
            (db, token) => db.PaymentAttempts.Where(a => EF.Constant(AttemptStates.Open).Contains(a.State) && a.NextCheckAt <= now)
                .OrderBy(a => a.NextCheckAt).Select(a => a.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var attempt in attempts)
        {
            var settled = await LookAsync(async () => (await settlement.SettleAsync(attempt, null, cancellationToken)).OrderId > 0, attempt, cancellationToken);
            done += settled ? 1 : 0;
            if (!settled)
            {
                await writes.RunAsync(
                    (unit, token) => unit.Db.PaymentAttempts.Where(a => a.Id == attempt && a.NextCheckAt <= now)
                        .ExecuteUpdateAsync(set => set.SetProperty(a => a.NextCheckAt, now + PutOff), token),
                    cancellationToken);
            }
        }

        var orders = await writes.ReadAsync(
            (db, token) => db.Orders.Where(o => o.State == OrderState.AwaitingPayment && o.ExpiresAt <= now)
                .OrderBy(o => o.ExpiresAt).Select(o => o.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var order in orders)
        {
            var ended = await LookAsync(async () => await ending.ExpireAsync(order, cancellationToken) != EndingResult.Undecided, order, cancellationToken);
            done += ended ? 1 : 0;
            if (!ended)
            {
                await writes.RunAsync(
                    (unit, token) => unit.Db.Orders.Where(o => o.Id == order && o.ExpiresAt <= now)
                        .ExecuteUpdateAsync(set => set.SetProperty(o => o.ExpiresAt, now + PutOff), token),
                    cancellationToken);
            }
        }

        return done;
    }

    /// <summary>Removes carts nobody has touched for long; once an hour is enough.</summary>
    public Task<int> RemoveOldCartsAsync(CancellationToken cancellationToken) => carts.RemoveOldAsync(cancellationToken);

    /// <summary>One row that cannot be looked at must not keep the others waiting. False: it stays as it was.</summary>
    private async Task<bool> LookAsync(Func<Task<bool>> look, object what, CancellationToken cancellationToken)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(e, what);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The janitor could not look at {What}; it stays due.")]
    private partial void Failed(Exception exception, object what);
}

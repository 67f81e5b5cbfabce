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

    /// <summary>One pass. Returns how many attempts and orders were looked at.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var attempts = await writes.ReadAsync(
            (db, token) => db.PaymentAttempts.Where(a => AttemptStates.Open.Contains(a.State) && a.NextCheckAt <= now)
                .OrderBy(a => a.NextCheckAt).Select(a => a.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var attempt in attempts)
        {
            await LookAsync(() => settlement.SettleAsync(attempt, null, cancellationToken), attempt, cancellationToken);
        }

        var orders = await writes.ReadAsync(
            (db, token) => db.Orders.Where(o => o.State == OrderState.AwaitingPayment && o.ExpiresAt <= now)
                .OrderBy(o => o.ExpiresAt).Select(o => o.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var order in orders)
        {
            await LookAsync(() => ending.ExpireAsync(order, cancellationToken), order, cancellationToken);
        }

        return attempts.Count + orders.Count;
    }

    /// <summary>Removes carts nobody has touched for long; once an hour is enough.</summary>
    public Task<int> RemoveOldCartsAsync(CancellationToken cancellationToken) => carts.RemoveOldAsync(cancellationToken);

    /// <summary>One row that cannot be looked at must not keep the others waiting.</summary>
    private async Task LookAsync(Func<Task> look, object what, CancellationToken cancellationToken)
    {
        try
        {
            await look();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(e, what);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The janitor could not look at {What}; it stays due.")]
    private partial void Failed(Exception exception, object what);
}

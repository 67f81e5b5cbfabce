using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Looks at what time has made due: open attempts, unpaid orders past their days, old carts. A look is a settle; two at once would be harmless because
/// settling is (exactly-once.md section 5), but each look is taken by one worker, so that the provider is not asked twice at the same time.
/// </summary>
public sealed partial class Janitor(
    Writes writes, Settlement settlement, Attempts attempts, OrderEnding ending, Carts carts, IdempotentRequests requests, LeaseClock leases, TimeProvider clock, ILogger<Janitor> log)
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
        var open = await writes.ReadAsync(
            (db, token) => DueAttempts(db, now).OrderBy(a => a.NextCheckAt).Select(a => new { a.Id, a.OrderId }).Take(Batch).ToListAsync(token), cancellationToken);
        foreach (var attempt in open)
        {
            done += await AloneAsync(attempt.OrderId, () => CheckAsync(attempt.Id, now, cancellationToken), cancellationToken) ? 1 : 0;
        }

        var orders = await writes.ReadAsync(
            (db, token) => DueOrders(db, now).OrderBy(o => o.ExpiresAt).Select(o => o.Id).Take(Batch).ToListAsync(token), cancellationToken);
        foreach (var order in orders)
        {
            done += await AloneAsync(order, () => ExpireAsync(order, now, cancellationToken), cancellationToken) ? 1 : 0;
        }

        return done;
    }

    /// <summary>
    /// Calls a person to paid orders without lines, which nobody can deliver, once for each (DF-35); removes carts nobody has touched for long, answers to sellers that are kept no longer, and what looks left
    /// behind that were killed. Once an hour is enough.
    /// </summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        await carts.RemoveOldAsync(cancellationToken);
        await requests.RemoveOldAsync(cancellationToken);
        await FlagDamagedAsync(cancellationToken);
        await writes.RunAsync((unit, token) => JobLeases.RemoveOldAsync(unit.Db, leases, token), cancellationToken);
    }

    private async Task FlagDamagedAsync(CancellationToken cancellationToken)
    {
        var damaged = await writes.ReadAsync(
            (db, token) => db.Orders
                .Where(o => o.State == OrderState.Paid && !o.Lines.Any()
                    && !db.OrderFlags.Any(f => f.OrderId == o.Id && f.Kind == OrderFlagKind.DeliveryStuck && f.ClearedAt == null))
                .OrderBy(o => o.Id).Select(o => o.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var order in damaged)
        {
            await writes.RunAsync(
                async (unit, token) =>
                {
                    await OrderTransitions.LockAsync(unit.Db, order, token);
                    await OrderTransitions.RaiseAsync(unit.Db, order, OrderFlagKind.DeliveryStuck, "janitor", clock.GetUtcNow(), token);
                },
                cancellationToken);
            Damaged(order);
        }
    }

    private static IQueryable<PaymentAttempt> DueAttempts(ShopDbContext db, DateTimeOffset now) =>
        db.PaymentAttempts.Where(a => EF.Constant(AttemptStates.Open).Contains(a.State) && a.NextCheckAt <= now);

    private static IQueryable<Order> DueOrders(ShopDbContext db, DateTimeOffset now) =>
        db.Orders.Where(o => o.State == OrderState.AwaitingPayment && o.ExpiresAt <= now);

    private async Task<bool> CheckAsync(Guid attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // whoever had it before us may have looked since the list was read
        if (!await writes.ReadAsync((db, token) => DueAttempts(db, now).AnyAsync(a => a.Id == attempt, token), cancellationToken))
        {
            return false;
        }

        Crash.Point("K16");
        if (await LookAsync(() => SettleAsync(attempt, cancellationToken), attempt, cancellationToken))
        {
            return true;
        }

        await writes.RunAsync(
            (unit, token) => unit.Db.PaymentAttempts.Where(a => a.Id == attempt && a.NextCheckAt <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.NextCheckAt, now + PutOff), token),
            cancellationToken);
        return false;
    }

    /// <summary>
    /// Asks how an attempt stands. One that still waits for its buyer when the provider's page is about to be over is ended there while the provider knows it; its order
    /// stays and can be paid anew. Money that the buyer sends themselves keeps no such time.
    /// </summary>
    private async Task<bool> SettleAsync(Guid id, CancellationToken cancellationToken)
    {
        var result = await settlement.SettleAsync(id, null, cancellationToken);
        if (result is { Attempt: AttemptState.Action, Said: PaymentOutcome.ActionRequired { ExpiresAt: { } ends, Action: not BuyerAction.SendFunds } }
            && ends - AttemptSchedule.BeforeActionEnds <= clock.GetUtcNow()
            && await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, result.OrderId, token), cancellationToken) is { } live && live.Id == id)
        {
            await attempts.EndAsync(live, cancellationToken);
        }

        return true;
    }

    private async Task<bool> ExpireAsync(long order, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await writes.ReadAsync((db, token) => DueOrders(db, now).AnyAsync(o => o.Id == order, token), cancellationToken))
        {
            return false;
        }

        if (await LookAsync(async () => await ending.ExpireAsync(order, cancellationToken) != EndingResult.Undecided, order, cancellationToken))
        {
            return true;
        }

        await writes.RunAsync(
            (unit, token) => unit.Db.Orders.Where(o => o.Id == order && o.ExpiresAt <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(o => o.ExpiresAt, now + PutOff), token),
            cancellationToken);
        return false;
    }

    /// <summary>
    /// One worker at a time looks at an order and its attempts; the others go on to the next. A worker that is killed in a look holds it no longer than
    /// a lease. False: somebody else has it, or it stayed as it was.
    /// </summary>
    private async Task<bool> AloneAsync(long order, Func<Task<bool>> look, CancellationToken cancellationToken)
    {
        if (await JobLeases.TakeAsync(writes, leases, string.Create(CultureInfo.InvariantCulture, $"look:{order}"), Leases.Time, cancellationToken) is not { } job)
        {
            Left(order);
            return false;
        }

        try
        {
            return await look();
        }
        finally
        {
            await writes.RunAsync((unit, token) => JobLeases.GiveBackAsync(unit.Db, job, token), CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Order {Order} is paid and has no lines: nothing can be delivered. A person must look.")]
    private partial void Damaged(long order);

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

    [LoggerMessage(Level = LogLevel.Debug, Message = "Somebody else looks at order {Order}.")]
    private partial void Left(long order);
}

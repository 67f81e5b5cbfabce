using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Sends what is due in the outbox. Rows are claimed with fenced leases: a worker that was stopped past its lease sends and marks nothing
/// any more (exactly-once.md section 6).
/// </summary>
public sealed partial class OutboxRun(Writes writes, IServiceScopeFactory scopes, TimeProvider clock, LeaseClock leases, ILogger<OutboxRun> log)
{
    internal const int MostFailure = 200;

    private readonly LeasedQueue<OutboxRow> queue = new("outbox", "done_at", db => db.Outbox, writes, leases, clock);

    /// <summary>Claims and sends one batch. Returns how many rows were claimed: 0 when nothing is due.</summary>
    public Task<int> PassAsync(CancellationToken cancellationToken) => PassAsync(TimeSpan.Zero, cancellationToken);

    /// <inheritdoc cref="PassAsync(CancellationToken)"/>
    /// <param name="over">Messages that came together leave evenly over this span; those of a backlog at once.</param>
    public Task<int> PassAsync(TimeSpan over, CancellationToken cancellationToken) => queue.PassAsync(SendAsync, TooLate, over, cancellationToken);

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
            if (row.Failure is not null)
            {
                await FailedAsync(row, null);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (UndeliverableException e)
        {
            // done: trying again would not help, and staff see why
            Refused(e, row.Id, row.Kind);
            await FailedAsync(row, e.Failure, e.Address);
            return true;
        }
        catch (Exception e)
        {
            NotSent(e, row.Id, row.Kind, row.Attempts);
            await FailedAsync(row, e is NotSentException ? e.Message : e.GetType().Name);
            return false;
        }
    }

    /// <summary>Notes what went wrong, where the row is still ours; and with the account that has the address, that nothing arrives there.</summary>
    private Task FailedAsync(OutboxRow row, string? failure, string? address = null)
    {
        var words = failure is { Length: > MostFailure } ? failure[..MostFailure] : failure;
        return writes.RunAsync(
            async (unit, token) =>
            {
                if (await unit.Db.Outbox.Where(r => r.Id == row.Id && r.LeaseNo == row.LeaseNo).ExecuteUpdateAsync(set => set.SetProperty(r => r.Failure, words), token) == 1
                    && address is not null)
                {
                    await ReturnedMail.NoteAsync(unit.Db, address, clock.GetUtcNow(), token);
                }
            },
            CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outbox rows were no longer ours when they had been sent: another worker sends them again.")]
    private partial void TooLate(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox row {Id} ({Kind}) was refused for good.")]
    private partial void Refused(Exception exception, long id, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox row {Id} ({Kind}) was not sent on try {Attempt}.")]
    private partial void NotSent(Exception exception, long id, string kind, int attempt);
}

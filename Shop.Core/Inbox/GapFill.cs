using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Webhooks get lost: every quarter of an hour each provider that can is asked what it moved since the last time, and what we do not know is
/// settled (exactly-once.md section 7).
/// </summary>
public sealed partial class GapFill(Writes writes, PaymentProviders providers, Settlement settlement, TimeProvider clock, LeaseClock leases, ILogger<GapFill> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    /// <summary>Looked at again each time: what happened in the second of the last look, and clocks that differ.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(15);

    /// <summary>How far back the first look goes.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromDays(1);

    /// <summary>One pass over all providers whose turn it is. Returns how many payments it found that we had not heard of.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var provider in providers.All.Where(p => p is IListsActivity))
        {
            try
            {
                found += await AskAsync(provider.Id, provider.Capabilities.ListedWithin, (IListsActivity)provider, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Failed(e, provider.Id);
            }
        }

        return found;
    }

    private async Task<int> AskAsync(ProviderId id, TimeSpan late, IListsActivity provider, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await JobLeases.TakeAsync(writes, leases, $"gap:{id}", Every, cancellationToken) is not { } job)
        {
            return 0;
        }

        var found = 0;
        await foreach (var activity in provider.ListAsync((job.DoneUntil ?? now - FirstLook) - Overlap - late, now, cancellationToken))
        {
            if (await OursAsync(id, activity, cancellationToken) is { } attempt && await IsNewAsync(id, activity, attempt, cancellationToken))
            {
                Missed(id, attempt);
                await settlement.SettleAsync(attempt, null, cancellationToken, news: true);
                found++;
            }
        }

        await writes.RunAsync((unit, token) => JobLeases.DoneAsync(unit.Db, job, now, token), cancellationToken);
        return found;
    }

    /// <summary>The attempt that it is about: the one it names, or that of the booked capture it belongs to.</summary>
    private async Task<Guid?> OursAsync(ProviderId provider, ProviderActivity activity, CancellationToken cancellationToken) => activity switch
    {
        { OurAttempt: { } named } => named.Value,
        { Capture: { } capture } => await writes.ReadAsync(
            (db, token) => db.ProviderPayments.Where(p => p.Provider == provider.Value && p.ProviderId == capture.Value).Select(p => p.AttemptId).FirstOrDefaultAsync(token), cancellationToken),
        _ => null,
    };

    /// <summary>Whether it is about an attempt of ours and we do not know it, or not how it ended.</summary>
    private Task<bool> IsNewAsync(ProviderId provider, ProviderActivity activity, Guid attempt, CancellationToken cancellationToken) =>
        writes.ReadAsync(
            async (db, token) =>
            {
                var (reference, capture) = (activity.Reference.Value, activity.Capture?.Value);
                var payments = db.ProviderPayments.Where(p => p.AttemptId == attempt);
                return await db.PaymentAttempts.AnyAsync(a => a.Id == attempt && a.Provider == provider.Value, token) && activity.Kind switch
                {
                    ActivityKind.Captured => !await payments.AnyAsync(p => p.ProviderId == reference, token),
                    ActivityKind.Refunded => !await db.Refunds.AnyAsync(r => r.ProviderRef == reference && r.SucceededAt != null && payments.Any(p => p.Id == r.PaymentId), token),
                    // where a movement names its capture its own id is not the dispute's
                    ActivityKind.Disputed => !await db.Disputes.AnyAsync(
                        d => d.State != DisputeState.Open && payments.Any(p => p.Id == d.PaymentId && (d.ProviderRef == reference || p.ProviderId == capture)), token),
                    _ => false,
                };
            },
            cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} moved money of attempt {Attempt} and we had not heard of it; it is settled now.")]
    private partial void Missed(ProviderId provider, Guid attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Asking {Provider} what it moved failed; it is asked again.")]
    private partial void Failed(Exception exception, ProviderId provider);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Payments;

namespace Shop.Core;

/// <summary>How often services are asked whether they would take a payment; nothing: only when somebody presses the button.</summary>
public sealed record HealthInterval(TimeSpan? Every);

/// <summary>Asks payment services now and then whether they would take a payment, so that a dead key is seen before a buyer meets it. One node asks for all.</summary>
public sealed partial class HealthRun(Writes writes, PaymentProviders providers, PaymentDesk desk, HealthInterval interval, LeaseClock leases, TimeProvider clock, ILogger<HealthRun> log)
{
    /// <summary>One pass. Returns how many services were asked.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        if (interval.Every is not { } every)
        {
            return 0;
        }

        var since = clock.GetUtcNow() - every;
        var asked = await writes.ReadAsync((db, token) => db.ProviderStands.Where(s => s.AskedAt > since).Select(s => s.Provider).ToListAsync(token), cancellationToken);
        var count = 0;
        foreach (var provider in providers.Offered.Where(p => p is IReportsHealth && !asked.Contains(p.Id.Value)))
        {
            // it stays taken until its time is over, so that a service that cannot be written down is not asked again and again
            if (await JobLeases.TakeAsync(writes, leases, "health:" + provider.Id.Value, Leases.Time, cancellationToken) is not null)
            {
                count++;
                if (await desk.TestAsync(provider.Id.Value, cancellationToken) is { CanStart: false } health)
                {
                    Unwell(provider.Id, health.Detail);
                }
            }
        }

        return count;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Provider} would take no payment now ({Why}).")]
    private partial void Unwell(ProviderId provider, string? why);
}

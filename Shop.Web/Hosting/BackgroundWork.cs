using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>
/// The loops of a node that works: each looks at what is due, until nothing is, and then waits. Rows carry the work, so a kill loses none,
/// and several nodes may look at once.
/// </summary>
internal sealed partial class BackgroundWork(
    EventRun events, OutboxRun outbox, DigestRun digest, InboxRun inbox, GapFill gaps, DeliveryRun deliveries, Janitor janitor, RefundRun refunds, GiftReturns returns, ExpiryRun expiry, PointsExpiryRun points,
    Renewals renewals, VirtualGiftOffers offers, SignUpCodes codes, Exchanges exchanges, HealthRun health, Writes writes, Wake wake, StartGate gate, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<BackgroundWork> log)
    : BackgroundService
{
    /// <summary>Where something is always due, this much comes together before the next look: one claim and one mark for many.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    /// <summary>The messages that came together leave over this span, so that writing them does not stop the pages for as long as they all take.</summary>
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Webhooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minutely = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hourly = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // services stop in turn and the doors close first: the sandbox is behind one of them, and its silence would look like a fault
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await LoopsAsync(stopping.Token);
    }

    private async Task LoopsAsync(CancellationToken stoppingToken)
    {
        await gate.Opened.WaitAsync(stoppingToken);
        await Task.WhenAll(
            LoopAsync("outbox", SendAsync, token => wake.WaitAsync(Often, clock, token), stoppingToken, Gather),
            LoopAsync("missed webhooks", gaps.PassAsync, token => Task.Delay(Minutely, clock, token), stoppingToken),
            LoopAsync("inbox", inbox.PassAsync, token => Task.Delay(Webhooks, clock, token), stoppingToken, Gather),
            LoopAsync("deliveries", deliveries.PassAsync, token => Task.Delay(Often, clock, token), stoppingToken),
            LoopAsync("refunds", refunds.PassAsync, token => Task.Delay(Often, clock, token), stoppingToken),
            LoopAsync("returns", returns.PassAsync, token => Task.Delay(Often, clock, token), stoppingToken),
            LoopAsync("expiry", ExpiryAsync, token => Task.Delay(Minutely, clock, token), stoppingToken),
            LoopAsync("renewals", renewals.PassAsync, token => Task.Delay(Minutely, clock, token), stoppingToken),
            LoopAsync("sign-up codes", codes.PassAsync, token => Task.Delay(Minutely, clock, token), stoppingToken),
            LoopAsync("health of payment services", health.PassAsync, token => Task.Delay(Minutely, clock, token), stoppingToken),
            LoopAsync("janitor", janitor.PassAsync, token => Task.Delay(Often, clock, token), stoppingToken),
            LoopAsync("housekeeping", TidyAsync, token => Task.Delay(Hourly, clock, token), stoppingToken));
    }

    private async Task LoopAsync(string name, Func<CancellationToken, Task<int>> pass, Func<CancellationToken, Task> wait, CancellationToken cancellationToken, TimeSpan gather = default)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var found = 0;
            var begun = clock.GetUtcNow();
            try
            {
                found = await pass(cancellationToken);
                Passed(name, begun, found);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a loop that dies on the first error does no work afterwards
            catch (Exception e)
#pragma warning restore CA1031
            {
                Failed(e, name);
            }

            if (found == 0)
            {
                await wait(cancellationToken);
            }
            else if (gather > TimeSpan.Zero)
            {
                await Task.Delay(gather, clock, cancellationToken);
            }
        }
    }

    /// <summary>What happened becomes messages, and they are sent.</summary>
    private async Task<int> SendAsync(CancellationToken cancellationToken) => await events.PassAsync(cancellationToken) + await outbox.PassAsync(Spread, cancellationToken);

    private async Task<int> ExpiryAsync(CancellationToken cancellationToken)
    {
        var told = await expiry.PassAsync(cancellationToken);
        if (told > 0)
        {
            wake.Call();
        }

        return told + await offers.LapseAsync(cancellationToken) + await points.PassAsync(cancellationToken) + await digest.PassAsync(cancellationToken);
    }

    /// <summary>Removes what nobody reads any more: sessions that ran out, tries that no limit counts, carts left behind.</summary>
    private async Task<int> TidyAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await writes.RunAsync((unit, token) => SignInTickets.RemoveExpiredAsync(unit.Db, now, token), cancellationToken);
        await writes.RunAsync((unit, token) => SignInFailures.RemoveOldAsync(unit.Db, now, token), cancellationToken);
        await janitor.TidyAsync(cancellationToken);
        while (await exchanges.EraseAsync(cancellationToken) > 0)
        {
        }

        return 0;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A pass of {Name} begun at {Begun:O} found {Found}.")]
    private partial void Passed(string name, DateTimeOffset begun, int found);

    [LoggerMessage(Level = LogLevel.Error, Message = "A pass of {Name} failed; the next one comes.")]
    private partial void Failed(Exception exception, string name);
}

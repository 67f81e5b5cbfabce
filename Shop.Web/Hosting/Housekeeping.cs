using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Once an hour removes what nobody reads any more: sessions that ran out, tries that no limit counts, carts left behind.</summary>
internal sealed partial class Housekeeping(Writes writes, IServiceScopeFactory scopes, StartGate gate, TimeProvider clock, ILogger<Housekeeping> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.Opened.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
#pragma warning disable CA1031 // a loop that dies on the first error is no housekeeping
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Failed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var sessions = await writes.RunAsync((unit, token) => SignInTickets.RemoveExpiredAsync(unit.Db, now, token), cancellationToken);
        var tries = await writes.RunAsync((unit, token) => SignInFailures.RemoveOldAsync(unit.Db, now, token), cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var carts = await scope.ServiceProvider.GetRequiredService<Carts>().RemoveOldAsync(cancellationToken);
        Done(sessions, tries, carts);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Removed {Sessions} sessions, {Tries} tries, {Carts} carts.")]
    private partial void Done(int sessions, int tries, int carts);

    [LoggerMessage(Level = LogLevel.Error, Message = "Housekeeping failed and is tried again in an hour.")]
    private partial void Failed(Exception exception);
}

using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Brings the database to the present while the shop already listens, then opens the gate. Without a database there is no shop.</summary>
internal sealed partial class DatabaseStartService(
    IServiceScopeFactory scopes, StartGate gate, IHostEnvironment environment, IHostApplicationLifetime lifetime, ShopAddress address,
    ILogger<DatabaseStartService> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await StartAsync(scope.ServiceProvider, environment.IsDevelopment(), stoppingToken);
            gate.Open();
            await LookAtProductsAsync(scope.ServiceProvider, stoppingToken);
            await ListeningAsync(stoppingToken);
            Open(address.Base);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // the last thing this process does is to say why it ends
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failed(e);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    /// <summary>What every start does, also that of a command: migrations, first rows, and in Development the demo members.</summary>
    public static async Task StartAsync(IServiceProvider services, bool demo, CancellationToken cancellationToken)
    {
        var start = services.GetRequiredService<DatabaseStart>();
        await start.RunAsync(cancellationToken);
        var problems = await start.ProblemsAsync(cancellationToken);
        if (problems.Count > 0)
        {
            throw new InvalidOperationException("The database cannot be used as it is. " + string.Join(" ", problems));
        }

        // read now, so that the first visitor does not wait for it
        services.GetRequiredService<IKeyManager>().GetAllKeys();
        if (demo)
        {
            await services.GetRequiredService<DemoMembers>().EnsureAsync(cancellationToken);
            await services.GetRequiredService<DemoGifts>().EnsureAsync(cancellationToken);
        }
    }

    /// <summary>What sellers sell again and again must be chargeable; what is not stands in the log, and is refused at the checkout (MZ-70).</summary>
    private async Task LookAtProductsAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var code in await services.GetRequiredService<SellerDesk>().UnchargeableAsync(services.GetRequiredService<ShopDbContext>(), cancellationToken))
        {
            Unchargeable(code);
        }
    }

    private async Task ListeningAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The shop is open at {Address}")]
    private partial void Open(Uri address);

    [LoggerMessage(Level = LogLevel.Error, Message = "The recurring product {Product} is on sale, and not every payment service that keeps methods takes its price.")]
    private partial void Unchargeable(string product);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The shop cannot start.")]
    private partial void Failed(Exception exception);
}

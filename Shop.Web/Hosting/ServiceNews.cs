using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>The loop of every node, also one that only answers requests: it tells the others what it has learnt about payment services, and hears what they have.</summary>
internal sealed partial class ServiceNews(ProviderStands stands, StartGate gate, TimeProvider clock, ILogger<ServiceNews> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.Opened.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await stands.PassAsync(stoppingToken);
            }
#pragma warning disable CA1031 // a loop that dies on the first error tells and hears nothing afterwards
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Failed(e);
            }

            await Task.Delay(ProviderStands.Often, clock, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What nodes know of payment services could not be shared; the next try comes.")]
    private partial void Failed(Exception exception);
}

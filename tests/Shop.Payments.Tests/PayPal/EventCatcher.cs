using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Shop.Payments.Tests.PayPal;

/// <summary>An address that takes every event at once, and hands them over as they came.</summary>
internal sealed class EventCatcher : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Channel<WebhookRequest> caught = Channel.CreateUnbounded<WebhookRequest>();

    public EventCatcher()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        listener.Prefixes.Add(Url);
        listener.Start();
        _ = CatchAsync();
    }

    public string Url { get; }

    public async Task<WebhookRequest> NextAsync(CancellationToken cancellationToken) =>
        await caught.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

    public void Dispose() => ((IDisposable)listener).Dispose();

    private async Task CatchAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!);
                context.Response.StatusCode = 200;
                context.Response.Close();
                caught.Writer.TryWrite(new WebhookRequest(body.ToArray(), headers, TimeProvider.System.GetUtcNow()));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // the test is over
            caught.Writer.TryComplete();
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Shop.Payments.Tests.PayPal;

/// <summary>An address that takes events and hands them over as they came.</summary>
internal sealed class EventCatcher : IDisposable
{
    private readonly HttpListener listener = new();

    public EventCatcher()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        listener.Prefixes.Add(Url);
        listener.Start();
    }

    public string Url { get; }

    public async Task<WebhookRequest> NextAsync(CancellationToken cancellationToken)
    {
        var context = await listener.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body, cancellationToken);
        var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!);
        context.Response.StatusCode = 200;
        context.Response.Close();
        return new WebhookRequest(body.ToArray(), headers, TimeProvider.System.GetUtcNow());
    }

    public void Dispose() => ((IDisposable)listener).Dispose();
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;

namespace Shop.Web.Hooks;

/// <summary>
/// Tells a program of the site's of an event: a signed POST, at least once, in no promised order. Its body has the event's id, by which a repeat is known, and the time
/// of the change, by which an older one is.
/// </summary>
internal sealed class EventHook(ShopDbContext db, EventDesk desk, LinkTokens tokens, IHttpClientFactory clients, TimeProvider clock) : OutboxHandler
{
    public const string Client = "event-hooks";
    public const string SignatureHeader = "Shop-Signature";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public override string Kind => OutboxKinds.EventHook;

    public override async Task HandleAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<EventHookMessage>(row);
        var receiver = await db.EventReceivers.AsNoTracking().FirstAsync(r => r.Id == message.ReceiverId, cancellationToken);
        if (receiver.EndedAt is not null)
        {
            throw new UndeliverableException("the receiver was ended");
        }

        var found = await db.ShopEvents.AsNoTracking().FirstAsync(e => e.Id == message.EventId, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var (body, secrets) = (receiver.SellerId is null ? Body(found) : SellerBody(found), await desk.SecretsAsync(receiver, cancellationToken));
        using var request = new HttpRequestMessage(HttpMethod.Post, receiver.Address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (receiver.SellerId is null)
        {
            request.Headers.Add(SignatureHeader, TimedSignature.Write(clock.GetUtcNow(), body, secrets));
        }
        else
        {
            StandardWebhooks.Sign(request.Headers, await tokens.EventAsync(found.Id, cancellationToken), clock.GetUtcNow(), body, secrets);
        }

        using var client = clients.CreateClient(Client);
        try
        {
            // what the receiver says besides its status is not read
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new NotSentException(string.Create(CultureInfo.InvariantCulture, $"answered {(int)response.StatusCode}"));
            }
        }
        catch (HttpRequestException e) when (e.InnerException is PrivateTargetException)
        {
            throw new UndeliverableException("its name leads to no public address", e);
        }
    }

    internal static byte[] Body(ShopEvent found)
    {
        var body = new JsonObject
        {
            ["id"] = Id(found),
            ["type"] = Words.Of(found.Kind),
            ["changedAt"] = ChangedAt(found),
            ["member"] = found.MemberId,
            ["order"] = found.OrderId,
            ["subscription"] = found.SubscriptionId,
            ["data"] = JsonNode.Parse(found.Data),
        };
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    /// <summary>What a seller is told: its own product, its own buyer and the time of the change; nothing by which the shop's members or orders could be counted.</summary>
    internal static byte[] SellerBody(ShopEvent found)
    {
        var facts = found.Facts;
        var body = new JsonObject { ["type"] = Words.Of(found.Kind), ["timestamp"] = ChangedAt(found) };
        var data = new JsonObject();
        if (facts.Sku is { } product)
        {
            data["product"] = product;
            data["buyer"] = facts.Buyer;
            data["uuid"] = facts.BuyerUuid;
            data["amount"] = facts.AmountMinor;
            data["currency"] = facts.Currency;
            data["until"] = facts.Until?.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
            data["reference"] = facts.Reference;
        }

        if (facts.Subscription is { } subscription)
        {
            data["subscription"] = subscription;
            data["reason"] = facts.Reason;
        }

        body["data"] = data;
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static string Id(ShopEvent found) => string.Create(CultureInfo.InvariantCulture, $"evt_{found.Id}");

    private static string ChangedAt(ShopEvent found) => found.OccurredAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>The headers of Standard Webhooks: id, time of the try, and one signature for each secret that is good now.</summary>
internal static class StandardWebhooks
{
    public static void Sign(HttpRequestHeaders headers, string id, DateTimeOffset at, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        headers.Add("webhook-id", id);
        headers.Add("webhook-timestamp", time);
        headers.Add("webhook-signature", string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)))));
    }
}

/// <summary>The receiver's name leads to an address that is not the public internet's.</summary>
internal sealed class PrivateTargetException(string host) : IOException($"{host} has no public address.");

/// <summary>The addresses of a name, as they are now.</summary>
internal delegate Task<IPAddress[]> HostLookup(string host, CancellationToken cancellationToken);

/// <summary>Connects to receivers: only to public addresses, and to the very one that was looked at, whatever the name says a moment later.</summary>
internal static class EventHookConnection
{
    public static IServiceCollection AddEventHooks(this IServiceCollection services)
    {
        services.AddScoped<OutboxHandler, EventHook>();
        services.AddSingleton<HostLookup>(Dns.GetHostAddressesAsync);
        services.AddHttpClient(EventHook.Client, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider =>
            {
                var (lookup, allowPrivate) = (provider.GetRequiredService<HostLookup>(), provider.GetRequiredService<IOptions<EventHookOptions>>().Value.AllowPrivate);
                return new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    UseProxy = false,
                    ConnectCallback = (context, token) => ConnectAsync(context.DnsEndPoint, lookup, allowPrivate, token),
                };
            })
            .RemoveAllLoggers();
        return services;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, HostLookup lookup, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = await lookup(target.Host, cancellationToken);
        var usable = allowPrivate ? addresses : Array.FindAll(addresses, PublicAddresses.IsPublic);

        // a name with one private address among public ones is meant for mischief
        if (usable.Length == 0 || usable.Length != addresses.Length)
        {
            throw new PrivateTargetException(target.Host);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(usable, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Web.Paywall;

/// <summary>The shop's <c>/private/orders</c>, as another site's storefront calls it.</summary>
public sealed class HttpOrderBackEnd(HttpClient http, MadeOrders made, IOptions<PaywallOptions> options, TimeProvider clock) : IOrderBackEnd
{
    public async Task<OrderMade> MakeAsync(PaywallOffer offer, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken)
    {
        var own = OrderId(offer, insteadOf, visitor.Session);
        if (made.Find(own) is { } known)
        {
            return new OrderMade.Made(known);
        }

        var wish = new Dictionary<string, string?> { ["order_id"] = own, ["session_id"] = visitor.Session };
        if (offer.FulfillmentUrl is null)
        {
            wish["resource"] = offer.Resource;
        }
        else
        {
            (wish["summary"], wish["amount"], wish["fulfillment_url"], wish["public_reorder_url"]) = (offer.Summary, offer.Amount, offer.FulfillmentUrl, offer.FulfillmentUrl);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "private/orders") { Content = JsonContent.Create(wish) };
        request.Headers.AcceptLanguage.TryParseAdd(visitor.Culture);
        var (status, body) = await AskAsync(request, cancellationToken);
        return status switch
        {
            HttpStatusCode.OK => Keep(own, Text(body, "order_id") ?? throw new OrderBackEndException("The shop made an order and did not say which.")),
            HttpStatusCode.NotFound => new OrderMade.NotSold(),
            HttpStatusCode.TooManyRequests => new OrderMade.TooMany(),
            _ => throw Refused(status, body),
        };
    }

    public async Task<OrderStatus?> StatusAsync(PaywallOffer offer, string order, string session, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"private/orders/{Uri.EscapeDataString(order)}?session_id={Uri.EscapeDataString(session)}");
        var (status, body) = await AskAsync(request, cancellationToken);
        if (status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (status != HttpStatusCode.OK)
        {
            throw Refused(status, body);
        }

        if (offer.FulfillmentUrl is not null ? Text(body, "fulfillment_url") != offer.FulfillmentUrl : Text(body, "resource") != offer.Resource)
        {
            return null;
        }

        return new OrderStatus(
            order,
            Text(body, "order_status") switch
            {
                "paid" => OrderStanding.Paid,
                "expired" => OrderStanding.Over,
                "claimed" when body.TryGetProperty("claimed_by_other", out var other) && other.ValueKind == JsonValueKind.True => OrderStanding.Taken,
                "claimed" or "unpaid" => OrderStanding.Unpaid,
                var word => throw new OrderBackEndException($"The shop says that the order is {word}."),
            },
            body.TryGetProperty("refunded", out var refunded) && refunded.ValueKind == JsonValueKind.True,
            Text(body, "order_status_url") ?? throw new OrderBackEndException("The shop does not say where the order is paid."),
            Text(body, "already_paid_order_id"));
    }

    private OrderMade.Made Keep(string own, string number)
    {
        made.Keep(own, number);
        return new OrderMade.Made(number);
    }

    /// <summary>Worked out, so that a visit whose answer was lost asks for the same order again; another one each day, because orders run out, and at another price.</summary>
    private string OrderId(PaywallOffer offer, string? insteadOf, string session) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyyMMdd} {session} {insteadOf} {offer.FulfillmentUrl ?? offer.Resource} {offer.Amount} {offer.Summary}"))))[..32];

    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Key);
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode >= HttpStatusCode.InternalServerError)
            {
                throw new OrderBackEndException(string.Create(CultureInfo.InvariantCulture, $"The shop answered {(int)response.StatusCode}."));
            }

            return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or NotSupportedException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OrderBackEndException("The shop did not answer, or not in JSON.", e);
        }
    }

    private static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static OrderBackEndException Refused(HttpStatusCode status, JsonElement body) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The shop refused: {(int)status} {Text(body, "code")}."));
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Payments.PayPal;

/// <summary>PayPal's REST API, one method for each call that is used. A refusal with a reason is an answer; everything else that is not a readable
/// success is thrown, for the gateway to make Unknown of it. No call is made twice.</summary>
internal sealed partial class PayPalClient(IHttpClientFactory clients, PayPalAccess access, IOptions<PayPalOptions> options, ILogger<PayPalClient> logger)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        MaxDepth = 32,
        Converters = { new PayPalTime() },
    };

    private const int MovementsOnPage = 100;

    public Task<PayPalAnswer<PayPalOrder>> CreateOrderAsync(NewOrder order, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<PayPalOrder>(HttpMethod.Post, "v2/checkout/orders", order, key, cancellationToken);

    public Task<PayPalAnswer<PayPalOrder>> GetOrderAsync(ProviderReference order, CancellationToken cancellationToken) =>
        SendAsync<PayPalOrder>(HttpMethod.Get, $"v2/checkout/orders/{Escaped(order)}", null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalOrder>> CaptureOrderAsync(ProviderReference order, NewCapture capture, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<PayPalOrder>(HttpMethod.Post, $"v2/checkout/orders/{Escaped(order)}/capture", capture, key, cancellationToken);

    /// <summary>Changes what an order is for, so that PayPal itself refuses to capture it.</summary>
    public Task<PayPalAnswer<PayPalNothing>> CloseOrderAsync(ProviderReference order, CancellationToken cancellationToken) =>
        SendAsync<PayPalNothing>(HttpMethod.Patch, $"v2/checkout/orders/{Escaped(order)}", (NewPatch[])[new NewPatch("replace", "/intent", "AUTHORIZE")], null, cancellationToken);

    public Task<PayPalAnswer<PayPalRefund>> RefundAsync(ProviderReference capture, NewRefund refund, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<PayPalRefund>(HttpMethod.Post, $"v2/payments/captures/{Escaped(capture)}/refund", refund, key, cancellationToken);

    public Task<PayPalAnswer<PayPalRefund>> GetRefundAsync(ProviderReference refund, CancellationToken cancellationToken) =>
        SendAsync<PayPalRefund>(HttpMethod.Get, $"v2/payments/refunds/{Escaped(refund)}", null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalSetupToken>> CreateSetupTokenAsync(NewSetupToken setup, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<PayPalSetupToken>(HttpMethod.Post, "v3/vault/setup-tokens", setup, key, cancellationToken);

    public Task<PayPalAnswer<PayPalSetupToken>> GetSetupTokenAsync(ProviderReference setup, CancellationToken cancellationToken) =>
        SendAsync<PayPalSetupToken>(HttpMethod.Get, $"v3/vault/setup-tokens/{Escaped(setup)}", null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalPaymentToken>> CreatePaymentTokenAsync(NewPaymentToken token, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<PayPalPaymentToken>(HttpMethod.Post, "v3/vault/payment-tokens", token, key, cancellationToken);

    public Task<PayPalAnswer<PayPalTokens>> ListPaymentTokensAsync(CustomerReference customer, int page, CancellationToken cancellationToken) =>
        SendAsync<PayPalTokens>(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
            $"v3/vault/payment-tokens?customer_id={Uri.EscapeDataString(customer.Value)}&page_size=20&page={page}&total_required=true"), null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalNothing>> DeletePaymentTokenAsync(SavedMethodReference method, CancellationToken cancellationToken) =>
        SendAsync<PayPalNothing>(HttpMethod.Delete, $"v3/vault/payment-tokens/{Uri.EscapeDataString(method.Value)}", null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalDisputes>> ListDisputesAsync(ProviderReference capture, CancellationToken cancellationToken) =>
        SendAsync<PayPalDisputes>(HttpMethod.Get, $"v1/customer/disputes?disputed_transaction_id={Escaped(capture)}&page_size=50", null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalDispute>> GetDisputeAsync(string dispute, CancellationToken cancellationToken) =>
        SendAsync<PayPalDispute>(HttpMethod.Get, $"v1/customer/disputes/{Uri.EscapeDataString(dispute)}", null, null, cancellationToken);

    /// <param name="from">With <paramref name="until"/> at most 31 days, both included.</param>
    /// <param name="page">The first is 1.</param>
    public Task<PayPalAnswer<PayPalMovements>> ListMovementsAsync(DateTimeOffset from, DateTimeOffset until, int page, CancellationToken cancellationToken) =>
        SendAsync<PayPalMovements>(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
            $"v1/reporting/transactions?start_date={Escaped(from)}&end_date={Escaped(until)}&fields=transaction_info&balance_affecting_records_only=Y&page_size={MovementsOnPage}&page={page}"),
            null, null, cancellationToken);

    public Task<PayPalAnswer<PayPalWebhook>> GetWebhookAsync(CancellationToken cancellationToken) =>
        SendAsync<PayPalWebhook>(HttpMethod.Get, $"v1/notifications/webhooks/{Uri.EscapeDataString(options.Value.WebhookId)}", null, null, cancellationToken);

    /// <param name="question">JSON as it is to be sent: what PayPal judges must not be written anew.</param>
    public Task<PayPalAnswer<PayPalVerified>> VerifySignatureAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        var content = new ReadOnlyMemoryContent(question);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync<PayPalVerified>(HttpMethod.Post, "v1/notifications/verify-webhook-signature", content, null, cancellationToken);
    }

    /// <summary>What PayPal sent us; null when it cannot be read.</summary>
    public static PayPalEvent? ReadEvent(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<PayPalEvent>(body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static Uri Address(PayPalOptions options, string path) => new($"{options.Api.AbsoluteUri.TrimEnd('/')}/{path}");

    private static string Escaped(ProviderReference reference) => Uri.EscapeDataString(reference.Value);

    private static string Escaped(DateTimeOffset time) => Uri.EscapeDataString(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    private async Task<PayPalAnswer<T>> SendAsync<T>(HttpMethod method, string path, object? body, IdempotencyKey? key, CancellationToken cancellationToken)
        where T : class
    {
        var token = await access.GetAsync(cancellationToken);
        using var request = new HttpRequestMessage(method, Address(options.Value, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        if (method == HttpMethod.Post)
        {
            // without it PayPal tells an id and a status only
            request.Headers.Add("Prefer", "return=representation");
        }

        if (key is { } once)
        {
            request.Headers.Add("PayPal-Request-Id", once.Value);
        }

        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            _ => JsonContent.Create(body, body.GetType(), options: Json),
        };
        using var client = clients.CreateClient(PayPalPlugin.Name);
        using var response = await client.SendAsync(request, cancellationToken);
        if (method == HttpMethod.Post)
        {
            Crash.Point("K3");
        }

        if (response.StatusCode == HttpStatusCode.NoContent && typeof(T) == typeof(PayPalNothing))
        {
            return new PayPalAnswer<T>.Given((T)(object)PayPalNothing.AtAll, false);
        }

        if (response.IsSuccessStatusCode)
        {
            // a repeated POST is answered with 200, the first one with 201
            return new PayPalAnswer<T>.Given(await ReadAsync<T>(response, cancellationToken), method == HttpMethod.Post && response.StatusCode == HttpStatusCode.OK);
        }

        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            access.Drop(token);
            LogUnauthorized();
        }

        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            // about our key, not about what was asked
            throw new HttpRequestException("PayPal refuses our credentials.", null, response.StatusCode);
        }

        if ((int)response.StatusCode is >= 400 and < 500)
        {
            var refusal = await ReadAsync<PayPalRefusal>(response, cancellationToken);
            var code = refusal.Details is [var first, ..] ? first.Issue : refusal.Name ?? throw new JsonException("PayPal refused without a reason.");
            return new PayPalAnswer<T>.Refused(response.StatusCode, code, refusal.Links.FirstOrDefault(link => link.Rel == "redirect")?.Href);
        }

        throw new HttpRequestException(HttpRequestError.InvalidResponse, "PayPal did not answer with success or a reason.", null, response.StatusCode);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class =>
        await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("PayPal answered with null.");

    [LoggerMessage(Level = LogLevel.Error, Message = "PayPal refused our access token. Look at Payments:PayPal:ClientId and Secret if this goes on.")]
    private partial void LogUnauthorized();
}

/// <summary>An answer without content.</summary>
internal sealed record PayPalNothing
{
    public static PayPalNothing AtAll { get; } = new();
}

internal abstract record PayPalAnswer<T>
{
    private PayPalAnswer() { }

    /// <param name="Body">What PayPal holds.</param>
    /// <param name="Repeated">The answer to an earlier call with this key; things may have moved on since.</param>
    public sealed record Given(T Body, bool Repeated) : PayPalAnswer<T>;

    /// <param name="Status">In the four hundreds, and neither 401 nor 403: those are thrown.</param>
    /// <param name="Code">PayPal's issue, such as INSTRUMENT_DECLINED, or where it names none the kind of error.</param>
    /// <param name="Redirect">Where the buyer is to be sent, when there is something to be done.</param>
    public sealed record Refused(HttpStatusCode Status, string Code, Uri? Redirect) : PayPalAnswer<T>
    {
        /// <summary>The code as the shop keeps codes.</summary>
        public string Word => PayPalRefusals.Word(Code);
    }
}

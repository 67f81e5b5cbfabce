using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Sandbox;

/// <summary>The bank's API, one method for each call that is used. A refusal with a reason is an answer; everything else that is not
/// a readable success is thrown, for the gateway to make Unknown of it.</summary>
internal sealed class SandboxClient(IHttpClientFactory clients, IOptions<SandboxOptions> options, SandboxAddress? here)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, MaxDepth = 8 };

    public Task<BankAnswer<BankPayment>> CreateAsync(NewPayment payment, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankPayment>(HttpMethod.Post, "payments", payment, key, cancellationToken);

    public Task<BankAnswer<BankPayment>> GetPaymentAsync(ProviderReference payment, CancellationToken cancellationToken) =>
        SendAsync<BankPayment>(HttpMethod.Get, $"payments/{Escaped(payment)}", null, null, cancellationToken);

    public Task<BankAnswer<BankList<BankPayment>>> FindPaymentsAsync(AttemptId attempt, CancellationToken cancellationToken) =>
        SendAsync<BankList<BankPayment>>(HttpMethod.Get, $"payments?attempt={attempt.Value}", null, null, cancellationToken);

    public Task<BankAnswer<BankPayment>> CancelAsync(ProviderReference payment, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankPayment>(HttpMethod.Post, $"payments/{Escaped(payment)}/cancel", null, key, cancellationToken);

    public Task<BankAnswer<BankPayment>> ConfirmAsync(ProviderReference payment, ConfirmPayment body, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankPayment>(HttpMethod.Post, $"payments/{Escaped(payment)}/confirm", body, key, cancellationToken);

    public Task<BankAnswer<BankList<BankMethod>>> ListMethodsAsync(CustomerReference customer, CancellationToken cancellationToken) =>
        SendAsync<BankList<BankMethod>>(HttpMethod.Get, $"customers/{Uri.EscapeDataString(customer.Value)}/methods", null, null, cancellationToken);

    public Task<BankAnswer<BankSetup>> SetUpAsync(NewSetup setup, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankSetup>(HttpMethod.Post, "setups", setup, key, cancellationToken);

    public Task<BankAnswer<BankSetup>> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken) =>
        SendAsync<BankSetup>(HttpMethod.Get, $"setups/{Escaped(setup)}", null, null, cancellationToken);

    public Task<BankAnswer<BankSetup>> AttachAsync(AttachToken token, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankSetup>(HttpMethod.Post, "methods", token, key, cancellationToken);

    /// <summary>Idempotent by itself: a method can be deleted as often as one likes.</summary>
    public Task<BankAnswer<BankMethod>> ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken) =>
        SendAsync<BankMethod>(HttpMethod.Delete, $"methods/{Uri.EscapeDataString(method.Value)}", null, null, cancellationToken);

    public Task<BankAnswer<BankRefund>> RefundAsync(ProviderReference charge, NewRefund refund, IdempotencyKey key, CancellationToken cancellationToken) =>
        SendAsync<BankRefund>(HttpMethod.Post, $"charges/{Escaped(charge)}/refunds", refund, key, cancellationToken);

    public Task<BankAnswer<BankRefund>> GetRefundAsync(ProviderReference refund, CancellationToken cancellationToken) =>
        SendAsync<BankRefund>(HttpMethod.Get, $"refunds/{Escaped(refund)}", null, null, cancellationToken);

    public Task<BankAnswer<BankList<BankRefund>>> FindRefundsAsync(RefundId refund, CancellationToken cancellationToken) =>
        SendAsync<BankList<BankRefund>>(HttpMethod.Get, $"refunds?refund={refund.Value}", null, null, cancellationToken);

    public Task<BankAnswer<BankAccount>> GetAccountAsync(CancellationToken cancellationToken) =>
        SendAsync<BankAccount>(HttpMethod.Get, "account", null, null, cancellationToken);

    /// <param name="after">Of the first instant only what comes after this id; empty at first.</param>
    public Task<BankAnswer<BankPage<BankMovement>>> ListActivityAsync(DateTimeOffset from, DateTimeOffset until, string after, CancellationToken cancellationToken) =>
        SendAsync<BankPage<BankMovement>>(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
            $"activity?from={Escaped(from)}&until={Escaped(until)}&after={Uri.EscapeDataString(after)}"), null, null, cancellationToken);

    private static string Escaped(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O", CultureInfo.InvariantCulture));

    private static string Escaped(ProviderReference reference) => Uri.EscapeDataString(reference.Value);

    /// <summary>What the bank sent us; null when it cannot be read.</summary>
    public static BankEvent? ReadEvent(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<BankEvent>(body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<BankAnswer<T>> SendAsync<T>(HttpMethod method, string path, object? body, IdempotencyKey? key, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(method, Address(path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.ApiKey);
        if (key is { } once)
        {
            request.Headers.Add("Idempotency-Key", once.Value);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        }

        using var client = clients.CreateClient(SandboxPlugin.Name);
        using var response = await client.SendAsync(request, cancellationToken);
        Crash.Point("K3");
        if (response.IsSuccessStatusCode)
        {
            return new BankAnswer<T>.Given(await ReadAsync<T>(response, cancellationToken), response.Headers.Contains("Idempotent-Replayed"));
        }

        if ((int)response.StatusCode is >= 400 and < 500)
        {
            var refusal = await ReadAsync<BankRefusal>(response, cancellationToken);
            return new BankAnswer<T>.Refused(response.StatusCode, refusal.Error.Code);
        }

        throw new HttpRequestException(HttpRequestError.InvalidResponse, "The bank did not answer with success or a reason.", null, response.StatusCode);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class =>
        await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("The bank answered with null.");

    private Uri Address(string path)
    {
        var bank = options.Value.ApiBase ?? here?.Invoke() ?? throw new InvalidOperationException("The sandbox's bank is nowhere: set its ApiBase, or add it to this host.");
        return new Uri($"{bank.AbsoluteUri.TrimEnd('/')}/sandbox/api/{path}");
    }
}

internal abstract record BankAnswer<T>
{
    private BankAnswer() { }

    /// <param name="Body">What the bank holds.</param>
    /// <param name="Repeated">The answer to an earlier call with this key; things may have moved on since.</param>
    public sealed record Given(T Body, bool Repeated) : BankAnswer<T>;

    public sealed record Refused(HttpStatusCode Status, string Code) : BankAnswer<T>;
}

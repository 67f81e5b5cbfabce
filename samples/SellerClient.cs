using System.Net.Http.Json;
using System.Text.Json;

namespace TeaShop;

/// <summary>The calls of a first purchase and what somebody has, for a seller's program (docs/sellers.md).</summary>
/// <param name="http">Has the shop's address with /api/v1/ as its base, and the key in its header.</param>
public sealed class DreamShop(HttpClient http)
{
    public Task<Buyer> BuyerAsync(string uuid) => PostAsync<Buyer>("buyer", new { uuid }, "buyer-" + uuid);

    public Task<Payment> KeepAsync(string buyer, string token) => PostAsync<Payment>("payment", new { buyer, token }, "payment-" + token);

    public Task<Subscription> SubscribeAsync(string buyer, string product, string payment, string key) => PostAsync<Subscription>("subscription", new { buyer, product, payment }, key);

    public Task<Transaction> StartAsync(string subscription, string key) => PostAsync<Transaction>("transaction", new { subscription }, key);

    public Task<Transaction> ChargeAsync(string transaction) => PostAsync<Transaction>("provider/charge-subscription", new { transaction }, "charge-" + transaction);

    public async Task<bool> HasAsync(string buyer, string product) =>
        (await http.GetFromJsonAsync<Held>($"entitlements?buyer={buyer}", Json))!.Entitlements.Any(e => e.Product == product && e.Active);

    private async Task<T> PostAsync<T>(string call, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, call) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await http.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<T>(Json))!
            : throw new HttpRequestException(await answer.Content.ReadAsStringAsync(), null, answer.StatusCode);
    }

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public sealed record Buyer(string Id, string Uuid);

    public sealed record Payment(string Id, string Label, bool Active);

    public sealed record Subscription(string Id, string State, long Amount, string Currency, DateTimeOffset? PaidThrough);

    public sealed record Transaction(string Id, string State, long Amount, string Currency, string? FailureCode);

    public sealed record Held(IReadOnlyList<Entitlement> Entitlements);

    public sealed record Entitlement(string Product, bool Active, DateTimeOffset? Until, DateTimeOffset ChangedAt);
}

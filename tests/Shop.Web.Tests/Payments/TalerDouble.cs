using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Shop.TestKit;

namespace Shop.Web.Tests.Payments;

/// <summary>An instance of its own at the simulator's merchant back end, with the wallets of its buyers.</summary>
internal sealed class TalerDouble(ProviderSimulator simulator)
{
    public const string Secret = "webhook-secret-of-the-tests";

    private const string Token = "secret-token:ours";

    private static readonly ConcurrentDictionary<Type, TalerDouble> Opened = new();

    /// <summary>The one of a class of tests, which share a shop.</summary>
    public static async Task<TalerDouble> OfAsync(Type tests)
    {
        var simulator = await ProviderSimulator.SharedAsync();
        return Opened.GetOrAdd(tests, _ => new TalerDouble(simulator));
    }

    public string Instance { get; } = "i" + RandomNumberGenerator.GetHexString(12, lowercase: true);

    public Dictionary<string, string?> Settings => new()
    {
        ["Payments:Taler:BackEnd"] = BackEnd.AbsoluteUri,
        ["Payments:Taler:Token"] = Token,
        ["Payments:Taler:Currency"] = "KUDOS",
        ["Payments:Taler:StandsFor"] = "USD",
        ["Payments:Taler:WebhookSecrets:0"] = Secret,
    };

    private Uri BackEnd => new(simulator.Address, $"/taler/instances/{Instance}/");

    /// <summary>What a wallet did with an address: paid, claimed, proven, fetched; null: the back end refused it.</summary>
    public async Task<string?> UseWalletAsync(string uri, string? wallet = null, bool onlyClaims = false)
    {
        using var answer = await simulator.Http.PostAsJsonAsync("/_taler/wallet", new { uri, wallet, onlyClaims }, Cancel);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("result").GetString() : null;
    }

    /// <summary>The exchange pays the merchant: nothing can be fetched any more.</summary>
    public Task PayOutAsync(string reference) => TellAsync("/_taler/wire", new { instance = Instance, order = Id(reference), fee = "KUDOS:0.01" });

    /// <summary>The time over there.</summary>
    public async Task<DateTimeOffset> NowAsync() => (await simulator.GetAsync("/_clock", Cancel)).GetProperty("now").GetDateTimeOffset();

    /// <summary>The back end goes back to a backup of its own: an order that was deleted is there again.</summary>
    public async Task RestoreAsync(string reference)
    {
        var asked = (await simulator.GetAsync($"/_requests?provider=taler&account={Instance}", Cancel)).EnumerateArray()
            .Where(it => it.GetProperty("method").GetString() == "POST").Select(it => it.GetProperty("body").GetString()!).First(it => it.Contains(Id(reference), StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(BackEnd, "private/orders")) { Content = new StringContent(asked, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Authorization", $"Bearer {Token}");
        using var answer = await simulator.Http.SendAsync(request, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What a wallet is given to pay an order, by its token.</summary>
    public async Task<string> PayUriAsync(string reference)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(BackEnd, $"private/orders/{Id(reference)}"));
        request.Headers.Add("Authorization", $"Bearer {Token}");
        using var answer = await simulator.Http.SendAsync(request, Cancel);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("taler_pay_uri").GetString()!;
    }

    /// <summary>The id of an order over there, from the attempt's reference.</summary>
    public static string Id(string reference) => reference["orders/".Length..];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task TellAsync(string handle, object what)
    {
        using var answer = await simulator.Http.PostAsJsonAsync(handle, what, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}

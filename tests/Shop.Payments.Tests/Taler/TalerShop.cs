using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Taler;
using Shop.TestKit;

namespace Shop.Payments.Tests.Taler;

/// <summary>The plug-in as the shop has it, behind the gateway, with an instance of its own at the simulator's merchant back end, whose KUDOS stand for dollars.</summary>
internal sealed class TalerShop : IAsyncDisposable
{
    public const string Secret = "webhook-secret-of-the-tests";

    private readonly ServiceProvider services;
    private readonly ProviderSimulator simulator;

    private TalerShop(ProviderSimulator simulator, string instance, ServiceProvider services)
    {
        (this.simulator, Instance, this.services) = (simulator, instance, services);
        Provider = services.GetRequiredService<IPaymentProvider>();
        Gateway = services.GetRequiredService<PaymentGateway>();
    }

    public string Instance { get; }

    public IPaymentProvider Provider { get; }

    public PaymentGateway Gateway { get; }

    public Uri BackEnd => Of(simulator, Instance);

    public static async Task<TalerShop> OpenAsync(params (string Key, string? Value)[] settings)
    {
        var simulator = await ProviderSimulator.SharedAsync();
        var instance = "i" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        return new TalerShop(simulator, instance, Build([("BackEnd", Of(simulator, instance).AbsoluteUri), .. settings]));
    }

    /// <summary>The plug-in alone, with the least settings and these.</summary>
    public static ServiceProvider Build(IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection>? more = null)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["BackEnd"] = "https://backend.example/instances/shop/", ["Token"] = "secret-token:ours", ["Currency"] = "KUDOS", ["StandsFor"] = "USD", ["WebhookSecrets:0"] = Secret,
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(all.ToDictionary(it => "Payments:Taler:" + it.Key, it => it.Value)).Build();
        var services = new ServiceCollection().AddLogging();
        services.AddPaymentPlugin<TalerPlugin>(configuration);
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }

    public Task<PaymentSnapshot> StartAsync(StartPayment payment, CancellationToken cancellationToken) => Gateway.StartAsync(Provider.Id, payment, cancellationToken);

    public Task<PaymentSnapshot> GetAsync(StartPayment payment, CancellationToken cancellationToken) => Gateway.GetAsync(Provider.Id, Some.Locator(payment), cancellationToken);

    public Task<PaymentSnapshot> CancelAsync(StartPayment payment, PaymentSnapshot started, CancellationToken cancellationToken) =>
        Gateway.CancelAsync(Provider.Id, Some.Locator(payment, started), Some.Key("cancel"), cancellationToken);

    public Task<RefundSnapshot> RefundAsync(StartRefund refund, CancellationToken cancellationToken) => Gateway.RefundAsync(Provider.Id, refund, cancellationToken);

    public Task<RefundSnapshot> GetRefundAsync(StartRefund refund, CancellationToken cancellationToken) =>
        Gateway.GetRefundAsync(Provider.Id, Some.Locator(refund), cancellationToken);

    /// <summary>What the buyer's wallet is given.</summary>
    public static string Wallet(PaymentSnapshot started) =>
        Assert.IsType<BuyerAction.OpenWallet>(Assert.IsType<PaymentOutcome.ActionRequired>(started.Outcome).Action).WalletUri.OriginalString;

    /// <summary>A payment that is paid.</summary>
    public async Task<PaymentSnapshot> PaidAsync(StartPayment payment, CancellationToken cancellationToken)
    {
        await UseWalletAsync(Wallet(await StartAsync(payment, cancellationToken)), cancellationToken);
        var paid = await GetAsync(payment, cancellationToken);
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
        return paid;
    }

    /// <summary>Gives a wallet an address. What it did: paid, claimed, proven, fetched; null: the back end refused it.</summary>
    public async Task<string?> UseWalletAsync(string uri, CancellationToken cancellationToken, string? wallet = null, bool onlyClaims = false)
    {
        using var answer = await simulator.Http.PostAsJsonAsync("/_taler/wallet", new { uri, wallet, onlyClaims }, cancellationToken);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("result").GetString() : null;
    }

    /// <summary>Tells a handle of the simulator something of this instance.</summary>
    public async Task<JsonElement> TellAsync(string handle, object what, CancellationToken cancellationToken)
    {
        using var answer = await simulator.Http.PostAsJsonAsync(handle, what, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <param name="at">Words of the request, such as "POST refund"; the instance's name is added.</param>
    public async Task<string> FaultAsync(string at, string mode, CancellationToken cancellationToken, int? times = null)
    {
        var match = $"{at} {Instance}";
        await simulator.FailAsync(match, mode, times, cancellationToken);
        return match;
    }

    public Task EndFaultAsync(string match, CancellationToken cancellationToken) => simulator.BehaveAsync(match, cancellationToken);

    /// <summary>What the back end's own books say, in dollars.</summary>
    public async Task<IReadOnlyList<(string Kind, string OurId, Money Amount)>> LedgerAsync(CancellationToken cancellationToken) =>
    [
        .. (await simulator.GetAsync($"/_ledger?provider=taler&account={Instance}", cancellationToken)).GetProperty("movements").EnumerateArray().Select(it => (
            it.GetProperty("kind").GetString()!, it.GetProperty("ourId").GetString()!, new Money(it.GetProperty("amount").GetInt64(), Currency.Usd))),
    ];

    /// <summary>The bodies that were posted to an address that ends like this, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> PostedAsync(string end, CancellationToken cancellationToken) =>
    [
        .. (await simulator.GetAsync($"/_requests?provider=taler&account={Instance}", cancellationToken)).EnumerateArray()
            .Where(it => it.GetProperty("method").GetString() == "POST" && it.GetProperty("path").GetString()!.EndsWith(end, StringComparison.Ordinal))
            .Select(it => JsonDocument.Parse(it.GetProperty("body").GetString()!).RootElement),
    ];

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private static Uri Of(ProviderSimulator simulator, string instance) => new(simulator.Address, $"/taler/instances/{instance}/");
}

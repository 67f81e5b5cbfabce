using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.PayPal;

namespace Shop.Payments.Tests.PayPal;

/// <summary>The plug-in as the shop has it, behind the gateway, with a merchant of its own at the simulator.</summary>
internal sealed class PayPalShop : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private PayPalShop(PayPalSimulator simulator, ServiceProvider services, string merchant, string webhook)
    {
        (Simulator, this.services, Merchant, Webhook) = (simulator, services, merchant, webhook);
        Provider = services.GetRequiredService<IPaymentProvider>();
        Gateway = services.GetRequiredService<PaymentGateway>();
    }

    public PayPalSimulator Simulator { get; }

    public IPaymentProvider Provider { get; }

    public PaymentGateway Gateway { get; }

    public string Merchant { get; }

    public string Webhook { get; }

    public static Task<PayPalShop> OpenAsync(params (string Key, string? Value)[] settings) => OpenAsync(_ => { }, settings);

    public static async Task<PayPalShop> OpenAsync(Action<IServiceCollection> more, params (string Key, string? Value)[] settings)
    {
        var simulator = await PayPalSimulator.RunningAsync();
        var merchant = RandomNumberGenerator.GetString("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 13);
        var webhook = RandomNumberGenerator.GetHexString(17);
        return new PayPalShop(simulator, Build(
        [
            ("ApiBase", simulator.Address.AbsoluteUri), ("ClientId", "client-" + merchant), ("MerchantId", merchant), ("WebhookId", webhook),
            ("CertificateRoots", simulator.RootFile), .. settings,
        ], more), merchant, webhook);
    }

    /// <summary>The plug-in alone, with the least settings and these.</summary>
    public static ServiceProvider Build(IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection>? more = null)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["ClientId"] = "client", ["Secret"] = "a-secret-of-the-tests", ["WebhookId"] = "1JE4291016473214C", ["MerchantId"] = "MERCHANTMERCH", ["BrandName"] = "DreamShop",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(all.ToDictionary(it => "Payments:PayPal:" + it.Key, it => it.Value)).Build();
        var services = new ServiceCollection().AddLogging();
        services.AddPaymentPlugin<PayPalPlugin>(configuration);
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }

    public Task<PaymentSnapshot> StartAsync(StartPayment payment, CancellationToken cancellationToken) => Gateway.StartAsync(Provider.Id, payment, cancellationToken);

    public Task<PaymentSnapshot> GetAsync(PaymentSnapshot started, CancellationToken cancellationToken) => Gateway.GetAsync(Provider.Id, Locator(started), cancellationToken);

    public Task<PaymentSnapshot> CancelAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
        Gateway.CancelAsync(Provider.Id, Locator(started), new IdempotencyKey($"{started.OurAttempt?.Value}:cancel"), cancellationToken);

    /// <summary>What the shop does when the buyer comes back, and by itself: go on by the stored id.</summary>
    public Task<PaymentSnapshot> ContinueAsync(PaymentSnapshot started, CancellationToken cancellationToken, string key = "continue") => Gateway.ContinueAsync(
        Provider.Id, new ContinuePayment(Locator(started), BuyerPresence.Present, new Dictionary<string, string>(), new Uri("https://localhost/return"),
            new IdempotencyKey($"{started.OurAttempt?.Value}:{key}")), cancellationToken);

    /// <summary>The buyer presses a button on PayPal's page. Where they are sent.</summary>
    public async Task<Uri?> PressAsync(PaymentSnapshot started, string answer, CancellationToken cancellationToken)
    {
        using var pressed = await Simulator.PressAsync($"checkoutnow?token={started.Reference?.Value}", answer, cancellationToken);
        return pressed.Headers.Location;
    }

    /// <summary>A payment that is paid.</summary>
    public async Task<PaymentSnapshot> PaidAsync(StartPayment payment, CancellationToken cancellationToken)
    {
        var started = await StartAsync(payment, cancellationToken);
        await PressAsync(started, "approve", cancellationToken);
        var paid = await ContinueAsync(started, cancellationToken);
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
        return paid;
    }

    /// <summary>The capture of a payment as PayPal has it, whatever its state.</summary>
    public async Task<string> CaptureOfAsync(PaymentSnapshot started, CancellationToken cancellationToken)
    {
        var captures = await Simulator.AskAsync($"_paypal/captures?order={started.Reference?.Value}", cancellationToken);
        return captures[0].GetProperty("id").GetString()!;
    }

    /// <param name="at">Words of the request, such as "POST capture"; the merchant's name is added.</param>
    public async Task<string> FaultAsync(string at, string mode, CancellationToken cancellationToken, int? times = null)
    {
        var match = $"{at} {Merchant}";
        await Simulator.TellAsync("_faults", new { match, mode, n = times }, cancellationToken);
        return match;
    }

    /// <summary>What PayPal's own books say.</summary>
    public async Task<IReadOnlyList<(string Kind, string Id, string? OurId, Money Amount)>> LedgerAsync(CancellationToken cancellationToken) =>
    [
        .. (await Simulator.AskAsync($"_ledger?provider=paypal&account={Merchant}", cancellationToken)).GetProperty("movements").EnumerateArray().Select(it => (
            it.GetProperty("kind").GetString()!, it.GetProperty("id").GetString()!, it.GetProperty("ourId").GetString(),
            new Money(it.GetProperty("amount").GetInt64(), Currency.Of(it.GetProperty("currency").GetString()!)))),
    ];

    /// <summary>What PayPal was asked, as "POST /path", oldest first.</summary>
    public async Task<IReadOnlyList<string>> AskedAsync(CancellationToken cancellationToken) =>
    [
        .. (await Simulator.AskAsync($"_requests?provider=paypal&account={Merchant}", cancellationToken)).EnumerateArray()
            .Select(it => $"{it.GetProperty("method").GetString()} {it.GetProperty("path").GetString()}"),
    ];

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private static PaymentLocator Locator(PaymentSnapshot started) => new(
        started.OurAttempt ?? throw new InvalidOperationException("It was not started."), started.Reference, new IdempotencyKey($"{started.OurAttempt?.Value}:start"), Some.Price);
}

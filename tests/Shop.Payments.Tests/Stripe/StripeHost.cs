using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Stripe;
using Shop.TestKit;

namespace Shop.Payments.Tests.Stripe;

/// <summary>The plug-in behind the gateway, with an account of its own at the simulator, and the buyer's hands.</summary>
internal sealed class StripeHost : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly bool ownsSimulator;

    private StripeHost(ProviderSimulator simulator, bool ownsSimulator, string name, ServiceProvider services)
    {
        (Simulator, this.ownsSimulator, Name, this.services) = (simulator, ownsSimulator, name, services);
        Gateway = services.GetRequiredService<PaymentGateway>();
        Provider = services.GetRequiredService<PaymentProviders>().Find(StripePlugin.Id)!;
    }

    public static ProviderId Id => StripePlugin.Id;

    public ProviderSimulator Simulator { get; }

    /// <summary>What its keys carry; the account is acct_ and this.</summary>
    public string Name { get; }

    public string Account => $"acct_{Name}";

    public PaymentGateway Gateway { get; }

    public IPaymentProvider Provider { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<StripeHost> StartAsync(ProviderSimulator? simulator = null, bool ownsSimulator = false, Dictionary<string, string?>? settings = null, bool greets = true)
    {
        var shop = simulator ?? await ProviderSimulator.SharedAsync();
        var name = Convert.ToHexStringLower(Guid.CreateVersion7().ToByteArray()[6..]);
        var host = new StripeHost(shop, ownsSimulator, name, Services(Settings(name, shop.Address, settings)));
        if (greets)
        {
            // the plug-in learns whose key it has, once
            Assert.True((await ((IReportsHealth)host.Provider).CheckAsync(Cancel)).CanStart);
        }

        return host;
    }

    public static Dictionary<string, string?> Settings(string name, Uri? apiBase, Dictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Payments:Stripe:ApiBase"] = apiBase?.AbsoluteUri,
            ["Payments:Stripe:SecretKey"] = $"sk_test_{name}",
            ["Payments:Stripe:PublishableKey"] = $"pk_test_{name}",
            ["Payments:Stripe:AccountId"] = $"acct_{name}",
            ["Payments:Stripe:WebhookSecrets:0"] = "whsec_of_the_old_days",
            ["Payments:Stripe:WebhookSecrets:1"] = "whsec_of_the_new_days",
        };
        foreach (var (key, value) in more ?? [])
        {
            settings[key] = value;
        }

        return settings;
    }

    public static ServiceProvider Services(Dictionary<string, string?> settings, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        more?.Invoke(services);
        services.AddPaymentPlugin<StripePlugin>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        return services.BuildServiceProvider();
    }

    public Task FailAsync(string match, string mode, int? times = null) => Simulator.FailAsync($"{match} {Account}", mode, times, Cancel);

    public Task BehaveAsync(string match) => Simulator.BehaveAsync($"{match} {Account}", Cancel);

    /// <summary>The simulator's own books, not asked through the plug-in.</summary>
    public async Task<List<JsonElement>> LedgerAsync(string kind = "charge") =>
        [.. (await Simulator.GetAsync($"/_ledger?provider=stripe&account={Account}", Cancel)).GetProperty("movements").EnumerateArray().Where(it => it.GetProperty("kind").GetString() == kind)];

    public async Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt) =>
        [.. (await LedgerAsync()).Where(it => it.GetProperty("ourId").GetString() == attempt.Value.ToString())
            .Select(it => new Money(it.GetProperty("amount").GetInt64(), Currency.Of(it.GetProperty("currency").GetString()!.ToUpperInvariant())))];

    public async Task<List<JsonElement>> RequestsAsync() =>
        [.. (await Simulator.GetAsync($"/_requests?provider=stripe&account={Account}", Cancel)).EnumerateArray()];

    public async Task<int> PostsAsync(string path) =>
        (await RequestsAsync()).Count(it => it.GetProperty("method").GetString() == "POST" && it.GetProperty("path").GetString()!.EndsWith(path, StringComparison.Ordinal));

    /// <summary>What Stripe itself says of one of its objects.</summary>
    public async Task<JsonElement> AskAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Authorization", $"Bearer sk_test_{Name}" } } };
        using var answer = await Simulator.Http.SendAsync(request, Cancel);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    public async Task<JsonElement> PostAsync(string path, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Authorization", $"Bearer sk_test_{Name}" } }, Content = new FormUrlEncodedContent(form) };
        using var answer = await Simulator.Http.SendAsync(request, Cancel);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    public async Task ControlAsync(string path, object body)
    {
        using var answer = await Simulator.Http.PostAsJsonAsync(path, body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    // ---- the buyer -----------------------------------------------------------------------------------------------------------------------

    /// <summary>Pays on the hosted page with one of the test methods; where the browser is then, null while it stays.</summary>
    public async Task<Uri?> PayOnPageAsync(string session, string card = "pm_card_visa")
    {
        using var answer = await Simulator.Http.PostAsync($"/stripe/pay/{session}", new FormUrlEncodedContent([KeyValuePair.Create("card", card)]), Cancel);
        return answer.StatusCode == HttpStatusCode.Redirect ? answer.Headers.Location : null;
    }

    /// <summary>Confirms in the fields; what the script is told.</summary>
    public async Task<JsonElement> ConfirmInFieldsAsync(PaymentOutcome outcome, string card)
    {
        var data = Assert.IsType<BuyerAction.FillFields>(Assert.IsType<PaymentOutcome.ActionRequired>(outcome).Action).PublicData;
        return await ConfirmInFieldsAsync(data, card);
    }

    public async Task<JsonElement> ConfirmInFieldsAsync(IReadOnlyDictionary<string, string> data, string card)
    {
        using var answer = await Simulator.Http.PostAsync("/v3/confirm", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["key"] = data["publishable_key"], ["client_secret"] = data["client_secret"], ["payment_method"] = card, ["return_url"] = "https://localhost/checkout/n/return",
        }), Cancel);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    /// <summary>The bank's second step; where the browser is then.</summary>
    public async Task<Uri?> AuthenticateAsync(Uri page, bool passes)
    {
        using var answer = await Simulator.Http.PostAsync(page, new FormUrlEncodedContent([KeyValuePair.Create("answer", passes ? "pass" : "fail")]), Cancel);
        return answer.Headers.Location;
    }

    // ---- the shop ------------------------------------------------------------------------------------------------------------------------

    public static StartPayment Payment(PaymentSource? source = null, PaymentFlow flow = PaymentFlow.EmbeddedFields) =>
        Some.Payment() with { Source = source ?? new PaymentSource.Fresh(false), Flow = flow };

    public Task<PaymentSnapshot> StartAsync(StartPayment payment) => Gateway.StartAsync(Id, payment, Cancel);

    public Task<PaymentSnapshot> GetAsync(StartPayment payment, PaymentSnapshot? started = null) => Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel);

    public Task<PaymentSnapshot> ContinueAsync(StartPayment payment, PaymentSnapshot started, BuyerPresence buyer = BuyerPresence.Present) => Gateway.ContinueAsync(Id,
        new ContinuePayment(Some.Locator(payment, started), buyer, new Dictionary<string, string>(), payment.ReturnUrl, new IdempotencyKey($"{payment.Attempt.Value}:continue")), Cancel);

    /// <summary>A card that this account's customer has kept.</summary>
    public async Task<SavedMethod> KeepAsync(string token = "tok_visa_kept")
    {
        var attached = await ((ISavesMethods)Provider).AttachAsync(
            new AttachMethod(new Payer(Name, "buyer@example.com", null), new SingleUseToken(token), Some.Key("attach"), new Uri("https://localhost/cards")), Cancel);
        return Assert.IsType<SetupOutcome.Saved>(attached.Outcome).Method;
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        if (ownsSimulator)
        {
            await Simulator.DisposeAsync();
        }
    }
}

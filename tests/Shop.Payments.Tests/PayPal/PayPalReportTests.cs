using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Payments.PayPal;
using Shop.TestKit;

namespace Shop.Payments.Tests.PayPal;

/// <summary>Reports, health, settings, and the access token.</summary>
public sealed class PayPalReportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_SaysWhatWasTakenAndGivenBack()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        await shop.Gateway.RefundAsync(shop.Provider.Id, Some.Refund(payment, paid, 300), Cancel);
        var listed = await ListAsync(shop.Provider, TimeProvider.System.GetUtcNow().AddDays(-40), TimeProvider.System.GetUtcNow().AddDays(40));
        Assert.Equal(
            [(ActivityKind.Captured, (AttemptId?)payment.Attempt, payment.Amount), (ActivityKind.Refunded, null, new Money(300, Currency.Usd))],
            listed.Select(it => (it.Kind, it.OurAttempt, it.Amount)));
        Assert.Equal(paid.Captures[0].Reference, listed[0].Reference);
        // 80 days are three reports
        Assert.Equal(3, (await shop.AskedAsync(Cancel)).Count(asked => asked.Contains("/v1/reporting/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List_PayPalDoesNotAnswer_ThrowsAndTellsNoHalf()
    {
        await using var shop = await PayPalShop.OpenAsync();
        await shop.FaultAsync("GET reporting", "500_before", Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => ListAsync(shop.Provider, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task List_SeveralPages_AreReadToTheEnd()
    {
        var wire = new Recorded(path => path.Contains("oauth2", StringComparison.Ordinal) ? Token : $$$"""
            {"account_number":"MERCHANTMERCH","page":{{{Page(path)}}},"total_pages":3,"transaction_details":[{"transaction_info":{"transaction_id":"T{{{Page(path)}}}",
            "transaction_event_code":"T0006","transaction_status":"S","transaction_initiation_date":"2026-03-01T12:00:00+0000","transaction_amount":{"currency_code":"USD","value":"13.00"} } } ] }
            """);
        await using var services = wire.Services();
        var listed = await ListAsync(services.GetRequiredService<IPaymentProvider>(), new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(["T1", "T2", "T3"], listed.Select(it => it.Reference.Value));
    }

    [Fact]
    public async Task Health_KnowsTheWebhookAndTheCredentials()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var health = (IReportsHealth)shop.Provider;
        Assert.Equal((true, false), await health.CheckAsync(Cancel) is var before ? (before.CanStart, before.CanReceiveWebhooks) : default);
        await shop.Simulator.TellAsync("_hooks", new { provider = "paypal", account = shop.Merchant, url = "http://127.0.0.1:1/", secrets = new[] { shop.Webhook } }, Cancel);
        Assert.Equal(new ProviderHealth(true, true, null), await health.CheckAsync(Cancel));
        await using var wrong = await PayPalShop.OpenAsync(("Secret", "wrong"));
        Assert.False((await ((IReportsHealth)wrong.Provider).CheckAsync(Cancel)).CanStart);
    }

    [Theory]
    [InlineData("Live", "true", "ApiBase", "https://api-m.sandbox.paypal.com")]
    [InlineData("Live", "false", "ApiBase", "https://api-m.paypal.com")]
    [InlineData("Live", "true", "ApiBase", "http://127.0.0.1:5200")]
    [InlineData("Live", "false", "ApiBase", "http://paypal.example")]
    [InlineData("MerchantId", "not an id", "Live", "false")]
    [InlineData("WebhookId", "", "Live", "false")]
    [InlineData("CertificateHosts:0", "169.254.169.254", "Live", "false")]
    public async Task P22_SettingsThatMixModesOrLackSomething_AreRefusedAtTheStart(string key, string value, string other, string otherValue)
    {
        await using var services = PayPalShop.Build([(key, value), (other, otherValue)]);
        Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
    }

    [Theory]
    [InlineData("true", null)]
    [InlineData("false", null)]
    [InlineData("true", "https://api-m.paypal.com")]
    [InlineData("false", "http://127.0.0.1:5200")]
    public async Task P22_SettingsOfOneMode_AreGood(string live, string? address)
    {
        await using var services = PayPalShop.Build([("Live", live), ("ApiBase", address)]);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Equal(live == "true", services.GetRequiredService<IPaymentProvider>().Capabilities.Live);
    }

    // an answer of the other mode is told as such, and the shop refuses it
    [Theory]
    [InlineData("https://api.sandbox.paypal.com/v2/checkout/orders/5O190127TN364715T", false)]
    [InlineData("https://api.paypal.com/v2/checkout/orders/5O190127TN364715T", true)]
    [InlineData("https://elsewhere.example/v2/checkout/orders/5O190127TN364715T", null)]
    public async Task P22_ModeIsWhatTheOrdersOwnAddressSays(string self, bool? live)
    {
        var wire = new Recorded(path => path.Contains("oauth2", StringComparison.Ordinal) ? Token : $$"""
            {"id":"5O190127TN364715T","status":"APPROVED","intent":"CAPTURE","purchase_units":[{"custom_id":"0195519e-0000-7000-8000-000000000001"}],"links":[{"rel":"self","href":"{{self}}"}]}
            """);
        await using var services = wire.Services();
        var locator = Some.Locator(Some.Payment()) with { Reference = new ProviderReference("5O190127TN364715T") };
        Assert.Equal(live, (await services.GetRequiredService<IPaymentProvider>().GetAsync(locator, Cancel)).Live);
    }

    [Fact]
    public async Task Token_ManyCallersAtOnce_FetchOne()
    {
        var wire = new Recorded(path => path.Contains("oauth2", StringComparison.Ordinal) ? Token : """{"id":"1JE4291016473214C"}""");
        await using var services = wire.Services();
        var health = (IReportsHealth)services.GetRequiredService<IPaymentProvider>();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => health.CheckAsync(Cancel)));
        Assert.Single(wire.Asked, path => path.Contains("oauth2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Token_NearItsEnd_IsFetchedAnew()
    {
        var clock = new TestClock();
        var wire = new Recorded(path => path.Contains("oauth2", StringComparison.Ordinal) ? Token : """{"id":"1JE4291016473214C"}""");
        await using var services = wire.Services(clock);
        var health = (IReportsHealth)services.GetRequiredService<IPaymentProvider>();
        await health.CheckAsync(Cancel);
        clock.Advance(TimeSpan.FromSeconds(3539));
        await health.CheckAsync(Cancel);
        Assert.Equal(1, wire.Asked.Count(path => path.Contains("oauth2", StringComparison.Ordinal)));
        clock.Advance(TimeSpan.FromSeconds(1));
        await health.CheckAsync(Cancel);
        Assert.Equal(2, wire.Asked.Count(path => path.Contains("oauth2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task W11_VerifiedByPayPalItself_WhichIsDown_IsUnverifiableAndLaterAccepted()
    {
        await using var shop = await PayPalShop.OpenAsync(("VerifyBy", "Api"));
        using var post = new EventCatcher();
        await shop.Simulator.TellAsync("_hooks", new { provider = "paypal", account = shop.Merchant, url = post.Url, secrets = new[] { shop.Webhook } }, Cancel);
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        var request = await post.NextAsync(Cancel);
        var verifier = (IReceivesWebhooks)shop.Provider;
        var match = await shop.FaultAsync("POST verify-webhook-signature", "500_before", Cancel);
        Assert.IsType<WebhookVerdict.Unverifiable>(await verifier.VerifyAsync(request, Cancel));
        await shop.Simulator.EndFaultsAsync(match, Cancel);
        Assert.IsType<WebhookVerdict.Accepted>(await verifier.VerifyAsync(request, Cancel));
        var forged = request with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Body.Span).Replace("APPROVED", "COMPLETED", StringComparison.Ordinal)) };
        Assert.IsType<WebhookVerdict.Rejected>(await verifier.VerifyAsync(forged, Cancel));
    }

    [Theory]
    [InlineData("ok", true)]
    [InlineData("bad_sig", false)]
    [InlineData("old_ts", false)]
    public async Task W05_EventsOfTheSimulator_AreJudgedByItsCertificate(string mode, bool isGood)
    {
        await using var shop = await PayPalShop.OpenAsync();
        using var post = new EventCatcher();
        await shop.Simulator.TellAsync("_hooks", new { provider = "paypal", account = shop.Merchant, url = post.Url, secrets = new[] { shop.Webhook } }, Cancel);
        await shop.FaultAsync("webhook", mode, Cancel);
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        var verdict = await ((IReceivesWebhooks)shop.Provider).VerifyAsync(await post.NextAsync(Cancel), Cancel);
        Assert.Equal(isGood ? new WebhookSubject(SubjectKind.Payment, started.Reference!.Value, started.OurAttempt!.Value.Value) : null, (verdict as WebhookVerdict.Accepted)?.Subject);
        Assert.Equal(isGood, verdict is not WebhookVerdict.Rejected);
    }

    private const string Token = """{"access_token":"A21","expires_in":3600}""";

    private static string Page(string path) => path[(path.LastIndexOf('=') + 1)..];

    private static async Task<List<ProviderActivity>> ListAsync(IPaymentProvider provider, DateTimeOffset from, DateTimeOffset until)
    {
        var listed = new List<ProviderActivity>();
        await foreach (var one in ((IListsActivity)provider).ListAsync(from, until, Cancel))
        {
            listed.Add(one);
        }

        return listed;
    }

    /// <summary>Answers by heart.</summary>
    private sealed class Recorded(Func<string, string> answer) : HttpMessageHandler
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Asked { get; } = new();

        public ServiceProvider Services(TimeProvider? clock = null) => PayPalShop.Build([], services =>
        {
            services.AddSingleton(clock ?? TimeProvider.System);
            services.AddHttpClient(PayPalPlugin.Name).ConfigurePrimaryHttpMessageHandler(() => this);
        });

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Enqueue(request.RequestUri!.PathAndQuery);
            await Task.Yield();
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer(request.RequestUri.PathAndQuery), Encoding.UTF8, "application/json") };
        }
    }
}

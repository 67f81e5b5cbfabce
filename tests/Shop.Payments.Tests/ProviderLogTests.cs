using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Payments.PayPal;
using Shop.Payments.Stripe;
using Shop.Payments.Tests.PayPal;
using Shop.Payments.Tests.Stripe;

namespace Shop.Payments.Tests;

/// <summary>What is logged when a provider fails, whatever the level, while the provider's answer repeats everything that it was sent.</summary>
public sealed class ProviderLogTests
{
    private const string Code = "the-code-of-an-answer";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly StartPayment Payment = Some.Payment() with
    {
        Source = new PaymentSource.Token(new SingleUseToken("tok_secret_1")), Payer = new Payer("account-key-1", "somebody@example.org", new CustomerReference("cus_secret_1")),
    };

    [Theory]
    [InlineData("stripe", HttpStatusCode.InternalServerError)]
    [InlineData("stripe", HttpStatusCode.Unauthorized)]
    [InlineData("stripe", HttpStatusCode.OK)]
    [InlineData("stripe", null)]
    [InlineData("paypal", HttpStatusCode.InternalServerError)]
    [InlineData("paypal", HttpStatusCode.Unauthorized)]
    [InlineData("paypal", HttpStatusCode.OK)]
    [InlineData("paypal", null)]
    public async Task MF_13_FailingCall_LeavesNoSecretNoTokenAndNoCodeInTheLog(string provider, HttpStatusCode? answer)
    {
        var heard = new Heard();
        void Listen(IServiceCollection services)
        {
            services.AddLogging(log => log.SetMinimumLevel(LogLevel.Trace).AddProvider(heard));
            services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(() => new Echo(answer)));
        }

        await using var services = provider == "stripe"
            ? StripeHost.Services(StripeHost.Settings("secretkey1", new Uri("https://api.stripe.example/")), Listen)
            : PayPalShop.Build([("ApiBase", "https://api.paypal.example/"), ("ClientId", "client_1"), ("Secret", "sk_test_secretkey1")], Listen);
        var (gateway, id) = (services.GetRequiredService<PaymentGateway>(), provider == "stripe" ? StripePlugin.Id : PayPalPlugin.Id);
        var there = new PaymentLocator(Payment.Attempt, new ProviderReference("pi_secret_1"), Payment.Key, Payment.Amount);
        var method = new SavedMethodReference("pm_secret_1");

        await gateway.StartAsync(id, Payment, Cancel);
        await gateway.StartAsync(id, Payment with { Source = new PaymentSource.Saved(method), Key = Some.Key("saved") }, Cancel);
        await gateway.GetAsync(id, there, Cancel);
        await gateway.ContinueAsync(id, new ContinuePayment(there, BuyerPresence.Present, new Dictionary<string, string> { ["token"] = Code }, Payment.ReturnUrl, Some.Key("continue")), Cancel);
        await gateway.CancelAsync(id, there, Some.Key("cancel"), Cancel);
        await gateway.RefundAsync(id, new StartRefund(new RefundId(Guid.CreateVersion7()), there, new ProviderReference("ch_secret_1"), Payment.Amount, Some.Key("refund")), Cancel);
        await gateway.StartSetupAsync(id, Guid.CreateVersion7(), new StartSetup(Payment.Payer, Some.Key("setup"), Payment.ReturnUrl), Cancel);
        await gateway.ListMethodsAsync(id, new CustomerReference("cus_secret_1"), "test", Cancel);
        Assert.False(await gateway.ForgetAsync(id, 1, method, Cancel));

        var log = string.Join('\n', heard.Lines);
        Assert.Contains("unknown", log, StringComparison.Ordinal);
        foreach (var secret in new[] { "sk_test_secretkey1", "tok_secret_1", "somebody@example.org", "account-key-1", Code, "Bearer", "Basic" })
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }
    }

    /// <summary>Answers with all that it was asked; without a status it breaks off with it in the exception's words.</summary>
    private sealed class Echo(HttpStatusCode? status) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : Uri.UnescapeDataString(await request.Content.ReadAsStringAsync(cancellationToken));
            var words = $"{request.Headers.Authorization} {body} {Code}";
            return status is { } code
                ? new HttpResponseMessage(code) { RequestMessage = request, Content = new StringContent(words, Encoding.UTF8, "text/html") }
                : throw new HttpRequestException(words);
        }
    }

    private sealed class Heard : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Ear(Lines);

        public void Dispose()
        {
        }

        private sealed class Ear(ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }
}

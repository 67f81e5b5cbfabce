using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.PayPal;
using Shop.TestKit;

namespace Shop.Payments.Tests.PayPal;

/// <summary>What the plug-in believes. Certificates and signatures were made by openssl (Signatures/make.sh) and stand beside their bodies.</summary>
public sealed class PayPalWebhookTests : IDisposable
{
    private const string Transmission = "69cd13f0-d67a-11e5-baa3-778b53f4ae55";
    private const string Time = "2026-03-01T12:00:00Z";
    private const string CertificateAddress = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42";
    private static readonly DateTimeOffset Sent = DateTimeOffset.Parse(Time);
    private static readonly Guid OurAttempt = new("0195519e-0000-7000-8000-000000000001");
    private static readonly Guid OurRefund = new("0195519e-0000-7000-8000-000000000002");

    private readonly CertificateHost host = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("captured", SubjectKind.Payment, "5O190127TN364715T", "attempt", "3C679366HH908993F")]
    [InlineData("denied", SubjectKind.Capture, "3C679366HH908993F", "attempt")]
    [InlineData("approved", SubjectKind.Payment, "5O190127TN364715T", "attempt")]
    [InlineData("refunded", SubjectKind.Refund, "1JU08902781691411", "refund", null, "3C679366HH908993F")]
    [InlineData("refunded-elsewhere", SubjectKind.Capture, "3C679366HH908993F", null)]
    [InlineData("reversed", SubjectKind.Capture, "3C679366HH908993F", null)]
    [InlineData("disputed", SubjectKind.Capture, "3C679366HH908993F", "attempt")]
    [InlineData("forgotten", SubjectKind.Customer, "customer_4029352050", null)]
    public async Task W05_GenuineNews_IsAcceptedWithWhatToAskAbout(string news, SubjectKind kind, string reference, string? ours, string? capture = null, string? payment = null)
    {
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(news));
        var ourId = ours switch { "attempt" => OurAttempt, "refund" => OurRefund, _ => (Guid?)null };
        Assert.Equal(("WH-" + news, new WebhookSubject(kind, new ProviderReference(reference), ourId, Of(capture), Of(payment))), (verdict.EventId, verdict.Subject));

        static ProviderReference? Of(string? id) => id is null ? null : new ProviderReference(id);
    }

    [Theory]
    [InlineData("unknown-type")]
    [InlineData("no-subject")]
    public async Task W05_GenuineAndOfNoUse_IsIgnoredWithItsId(string news) =>
        Assert.Equal("WH-" + news, Assert.IsType<WebhookVerdict.Ignored>(await VerifyAsync(news)).EventId);

    [Theory]
    [InlineData("no-id")]
    [InlineData("not-json")]
    [InlineData("empty")]
    public async Task W05_GenuineAndNotReadable_IsRejected(string news) => Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(news));

    [Fact]
    public async Task W05_AnotherBody_IsRejected() => Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", body: Body("denied")));

    // the same news, written again: other bytes
    [Fact]
    public async Task W05_BodyWrittenAgain_IsRejected()
    {
        var again = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(System.Text.Json.JsonDocument.Parse(Body("captured")).RootElement);
        Assert.NotEqual(Body("captured"), again);
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", body: again));
    }

    [Fact]
    public async Task W05_SignedForAnotherWebhook_IsRejected() =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", change: headers => headers["PAYPAL-TRANSMISSION-SIG"] = Signature("captured.other-webhook")));

    [Fact]
    public async Task W05_CertificateOfAnotherRoot_IsRejected()
    {
        host.Certificate = "stranger";
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", change: headers => headers["PAYPAL-TRANSMISSION-SIG"] = Signature("captured.stranger")));
    }

    [Fact]
    public async Task W05_ExpiredCertificate_IsRejected()
    {
        host.Certificate = "expired";
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", change: headers => headers["PAYPAL-TRANSMISSION-SIG"] = Signature("captured.expired")));
    }

    [Theory]
    [InlineData("PAYPAL-TRANSMISSION-ID", null)]
    [InlineData("PAYPAL-TRANSMISSION-TIME", null)]
    [InlineData("PAYPAL-TRANSMISSION-TIME", "yesterday")]
    [InlineData("PAYPAL-TRANSMISSION-SIG", null)]
    [InlineData("PAYPAL-TRANSMISSION-SIG", "not base64!")]
    [InlineData("PAYPAL-CERT-URL", null)]
    [InlineData("PAYPAL-AUTH-ALGO", null)]
    [InlineData("PAYPAL-AUTH-ALGO", "SHA1withRSA")]
    [InlineData("PAYPAL-AUTH-ALGO", "none")]
    public async Task W05_HeaderMissingOrStrange_IsRejected(string name, string? value) => Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", change: headers =>
    {
        headers.Remove(name);
        if (value is not null)
        {
            headers[name] = value;
        }
    }));

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public async Task W06_OutsideFiveMinutes_IsRejected(int seconds, bool isGood) =>
        Assert.Equal(isGood, await VerifyAsync("captured", receivedAt: Sent.AddSeconds(seconds)) is WebhookVerdict.Accepted);

    [Theory]
    [InlineData("https://evil.test/v1/notifications/certs/CERT-1")]
    [InlineData("http://169.254.169.254/v1/notifications/certs/CERT-1")]
    [InlineData("https://169.254.169.254/v1/notifications/certs/CERT-1")]
    [InlineData("http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1")]
    [InlineData("https://api.sandbox.paypal.com.evil.test/v1/notifications/certs/CERT-1")]
    [InlineData("https://api.paypal.com/v1/notifications/certs/CERT-1")]
    [InlineData("https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1")]
    [InlineData("https://user:word@api.sandbox.paypal.com/v1/notifications/certs/CERT-1")]
    [InlineData("https://api.sandbox.paypal.com/v1/notifications/certs/../../elsewhere")]
    [InlineData("https://api.sandbox.paypal.com/elsewhere")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/v1/notifications/certs/CERT-1")]
    public async Task W10_CertificateFromElsewhere_IsRejectedAndNobodyIsAsked(string address)
    {
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", change: headers => headers["PAYPAL-CERT-URL"] = address));
        Assert.Empty(host.Asked);
    }

    [Fact]
    public async Task W10_Redirect_IsNotFollowed()
    {
        host.Redirect = new Uri("https://evil.test/v1/notifications/certs/CERT-1");
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured"));
        Assert.Equal([new Uri(CertificateAddress)], host.Asked);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(null)]
    public async Task W11_CertificateNotToBeHadNow_IsUnverifiableAndLaterAccepted(HttpStatusCode? status)
    {
        await using var services = Services();
        host.Fails = true;
        host.Status = status;
        Assert.IsType<WebhookVerdict.Unverifiable>(await VerifyAsync("captured", services: services));
        host.Fails = false;
        Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync("captured", services: services));
    }

    [Fact]
    public async Task Certificate_IsFetchedOnce()
    {
        await using var services = Services();
        await VerifyAsync("captured", services: services);
        await VerifyAsync("approved", services: services);
        Assert.Single(host.Asked);
    }

    [Fact]
    public async Task Certificate_LongerThanAnyIs_IsNotRead()
    {
        host.Padding = 100_000;
        Assert.IsType<WebhookVerdict.Unverifiable>(await VerifyAsync("captured"));
    }

    public void Dispose() => host.Dispose();

    private async Task<WebhookVerdict> VerifyAsync(string news, byte[]? body = null, Action<Dictionary<string, string>>? change = null, DateTimeOffset? receivedAt = null, ServiceProvider? services = null)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["PAYPAL-TRANSMISSION-ID"] = Transmission, ["PAYPAL-TRANSMISSION-TIME"] = Time, ["PAYPAL-TRANSMISSION-SIG"] = Signature(news + ".paypal"),
            ["PAYPAL-CERT-URL"] = CertificateAddress, ["PAYPAL-AUTH-ALGO"] = "SHA256withRSA",
        };
        change?.Invoke(headers);
        await using var own = services is null ? Services() : null;
        var provider = (IReceivesWebhooks)(services ?? own!).GetRequiredService<IPaymentProvider>();
        return await provider.VerifyAsync(new WebhookRequest(body ?? Body(news), headers, receivedAt ?? Sent.AddSeconds(2)), Cancel);
    }

    private ServiceProvider Services() => PayPalShop.Build([("CertificateRoots", File("root.pem"))],
        services => services.AddHttpClient(PayPalPlugin.Certificates).ConfigurePrimaryHttpMessageHandler(() => host));

    private static byte[] Body(string news) => System.IO.File.ReadAllBytes(File(news + ".json"));

    private static string Signature(string name) => System.IO.File.ReadAllText(File(name + ".sig"));

    private static string File(string name) => Repository.Path("tests", "Shop.Payments.Tests", "PayPal", "Signatures", name);

    /// <summary>PayPal's host of certificates.</summary>
    private sealed class CertificateHost : HttpMessageHandler
    {
        public string Certificate { get; set; } = "paypal";

        public Uri? Redirect { get; set; }

        public bool Fails { get; set; }

        /// <summary>Null: nobody answers.</summary>
        public HttpStatusCode? Status { get; set; }

        public int Padding { get; set; }

        public List<Uri> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!);
            if (Redirect is not null)
            {
                return new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = Redirect } };
            }

            return Fails
                ? new HttpResponseMessage(Status ?? throw new HttpRequestException("nobody"))
                : new HttpResponseMessage { Content = new StringContent(new string('\n', Padding) + await System.IO.File.ReadAllTextAsync(File(Certificate + ".pem"), cancellationToken)) };
        }
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Sandbox;
using Shop.TestKit;

namespace Shop.Payments.Tests.Sandbox;

/// <summary>What the plug-in believes. The signatures were made by openssl (Signatures/make.sh) and stand beside their bodies.</summary>
public sealed class WebhookVerdictTests
{
    private const string OldSecret = "a-secret-for-the-tests";
    private const string NewSecret = "the-next-secret-for-the-tests";
    private const long Time = 1772366400;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("captured")]
    [InlineData("declined")]
    [InlineData("pending")]
    [InlineData("cancelled")]
    public async Task W05_NewsOfAPayment_IsAcceptedWithItsReferenceAndOurAttempt(string news)
    {
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(news, $"t={Time},v1={Signature(news)}"));
        var subject = new WebhookSubject(SubjectKind.Payment, new ProviderReference("sp_1"), new Guid("0195519e-0000-7000-8000-000000000001"));
        Assert.Equal(new WebhookVerdict.Accepted("se_1", $"payment.{news}", subject), verdict);
    }

    [Fact]
    public async Task W05_NewsOfARefund_IsAcceptedWithItsReferenceAndOurRefund()
    {
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync("refunded", $"t={Time},v1={Signature("refunded")}"));
        var subject = new WebhookSubject(SubjectKind.Refund, new ProviderReference("sr_1"), new Guid("0195519e-0000-7000-8000-000000000002"), Payment: new ProviderReference("sp_1"));
        Assert.Equal(new WebhookVerdict.Accepted("se_2", "refund.succeeded", subject), verdict);
    }

    [Theory]
    [InlineData("v1=GOOD,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("v1=0000000000000000000000000000000000000000000000000000000000000000,v1=GOOD")]
    [InlineData("v1=not-hex,v1=,v1=GOOD")]
    [InlineData("v0=anything,v1=GOOD,v2=later")]
    public async Task W05_SeveralSignaturesOfWhichOneIsGood_AreAccepted(string signatures) => Assert.IsType<WebhookVerdict.Accepted>(
        await VerifyAsync("captured", $"t={Time},{signatures.Replace("GOOD", Signature("captured"), StringComparison.Ordinal)}"));

    [Theory]
    [InlineData("old", true, OldSecret, NewSecret)]
    [InlineData("new", true, OldSecret, NewSecret)]
    [InlineData("new", true, NewSecret)]
    [InlineData("old", false, NewSecret)]
    [InlineData("stranger", false, OldSecret, NewSecret)]
    public async Task W05_SecretsChange_TheCurrentOnesAreGoodAndNoOthers(string signedWith, bool isGood, params string[] secrets)
    {
        var verdict = await VerifyAsync("captured", $"t={Time},v1={Signature("captured", signedWith)}", secrets: secrets);
        Assert.Equal(isGood, verdict is WebhookVerdict.Accepted);
        Assert.Equal(isGood, verdict is not WebhookVerdict.Rejected);
    }

    [Fact]
    public async Task EventOfACharge_NamesTheCapture()
    {
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync("charged", $"t={Time},v1={Signature("charged")}"));
        Assert.Equal(new ProviderReference("sc_1"), verdict.Subject.Capture);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("v1=GOOD")]
    [InlineData("t=1772366400")]
    [InlineData("t=1772366400,v1=")]
    [InlineData("t=1772366400,v0=GOOD")]
    [InlineData("t=1772366400,v1=GOOD00")]
    [InlineData("t=1772366400,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("t=1772366401,v1=GOOD")]
    [InlineData("t=01772366400,v1=GOOD")]
    [InlineData("t=1772366400,t=1772366400,v1=GOOD")]
    [InlineData("t=-1,v1=GOOD")]
    [InlineData("t=99999999999999999999,v1=GOOD")]
    public async Task W05_NoGoodSignature_IsRejected(string? header) => Assert.IsType<WebhookVerdict.Rejected>(
        await VerifyAsync("captured", header?.Replace("GOOD", Signature("captured"), StringComparison.Ordinal)));

    [Fact]
    public async Task W05_SignatureOfAnotherBody_IsRejected() =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured", $"t={Time},v1={Signature("declined")}"));

    // the same facts, read and written again: signatures are of bytes
    [Fact]
    public async Task W05_BodyWrittenAgain_IsRejected() =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync("captured-rewritten.txt", $"t={Time},v1={Signature("captured")}"));

    [Theory]
    [InlineData("empty")]
    [InlineData("not-json")]
    [InlineData("no-id")]
    [InlineData("blank-id")]
    [InlineData("no-payment")]
    public async Task W05_SignedBodyThatIsNoEvent_IsRejected(string body) =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(body, $"t={Time},v1={Signature(body)}"));

    [Fact]
    public async Task W05_HeaderInAnotherCase_IsTheSame()
    {
        var request = Request("captured", null) with { Headers = new Dictionary<string, string> { ["sandbox-signature"] = $"t={Time},v1={Signature("captured")}" } };
        Assert.IsType<WebhookVerdict.Accepted>(await Receiver([OldSecret]).VerifyAsync(request, Cancel));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public async Task W06_ReceivedSomeSecondsAfterItWasSigned_OnlyWithin300(int seconds, bool isGood) =>
        Assert.Equal(isGood, await VerifyAsync("captured", $"t={Time},v1={Signature("captured")}", seconds) is WebhookVerdict.Accepted);

    [Fact]
    public async Task W04_TypeNobodyKnows_IsIgnoredWithItsIdEachTime()
    {
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(new WebhookVerdict.Ignored("se_3", "statement.ready"), await VerifyAsync("unknown-type", $"t={Time},v1={Signature("unknown-type")}"));
        }
    }

    [Fact]
    public async Task W07_NewsOfAnotherAccount_IsIgnoredWithItsId() =>
        Assert.Equal(new WebhookVerdict.Ignored("se_1", "payment.captured"), await VerifyAsync("other-account", $"t={Time},v1={Signature("other-account")}"));

    private static Task<WebhookVerdict> VerifyAsync(string body, string? header, int secondsLater = 0, string[]? secrets = null)
    {
        var request = Request(body, header);
        return Receiver(secrets ?? [OldSecret]).VerifyAsync(request with { ReceivedAt = request.ReceivedAt.AddSeconds(secondsLater) }, Cancel);
    }

    private static WebhookRequest Request(string body, string? header) => new(
        File.ReadAllBytes(Place(body.EndsWith(".txt", StringComparison.Ordinal) ? body : $"{body}.json")),
        header is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["Sandbox-Signature"] = header, ["Content-Type"] = "application/json" },
        DateTimeOffset.FromUnixTimeSeconds(Time));

    private static string Signature(string body, string secret = "old") => File.ReadAllText(Place($"{body}.{secret}.hex")).Trim();

    private static string Place(string file) => Repository.Path("tests", "Shop.Payments.Tests", "Sandbox", "Signatures", file);

    private static IReceivesWebhooks Receiver(string[] secrets)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(secrets.Select((secret, index) => KeyValuePair.Create($"Payments:Sandbox:WebhookSecrets:{index}", (string?)secret))
            .Append(new("Payments:Sandbox:ApiBase", "https://bank.example")).Append(new("Payments:Sandbox:ApiKey", BankHost.ApiKey))).Build();
        var services = new ServiceCollection().AddLogging().AddPaymentPlugin<SandboxPlugin>(configuration);
        return (IReceivesWebhooks)services.BuildServiceProvider().GetRequiredService<PaymentProviders>().Find(SandboxPlugin.Id)!;
    }
}

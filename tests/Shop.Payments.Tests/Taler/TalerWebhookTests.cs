using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Payments.Tests.Taler;

/// <summary>Events prove nothing but that somebody knows our secret: they only say what to ask about.</summary>
public sealed class TalerWebhookTests
{
    private const string Order = "0123456789abcdef0123456789abcdef";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pay")]
    [InlineData("refund")]
    [InlineData("order_settled")]
    public async Task TP_4_News_IsAHintOfItsOrderUnderAnIdOfItsBody(string type)
    {
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync($$"""{"event":"{{type}}","order_id":"{{Order}}"}"""));
        Assert.Equal((type, new WebhookSubject(SubjectKind.Payment, new ProviderReference("orders/" + Order), null)), (verdict.EventType, verdict.Subject));
        Assert.Equal(64, verdict.EventId.Length);
        Assert.NotEqual(verdict.EventId, Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync($$"""{"event":"{{type}}","order_id":"{{Order.Replace('0', '1')}}"}""")).EventId);
    }

    [Theory]
    [InlineData("""{"event":"order_created","order_id":"0123456789abcdef0123456789abcdef"}""")]
    [InlineData("""{"event":"pay","order_id":"2026.11-somebody-elses"}""")]
    [InlineData("""{"event":"inventory_updated","order_id":"x"}""")]
    public async Task W07_OfNoUse_IsIgnoredWithItsId(string body) => Assert.NotEmpty(Assert.IsType<WebhookVerdict.Ignored>(await VerifyAsync(body)).EventId);

    [Theory]
    [InlineData("another-secret-of-the-tests")]
    [InlineData("webhook-secret-of-the-test")]
    [InlineData("")]
    [InlineData(null)]
    public async Task W05_OtherSecretOrNone_IsRejected(string? secret) =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync($$"""{"event":"pay","order_id":"{{Order}}"}""", secret));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"event":"pay"}""")]
    [InlineData("""{"event":"pay","order_id":null}""")]
    [InlineData("""{"event":"pay","order_id":7}""")]
    [InlineData("""{"event":"pay","order_id":"a","order_id":"b"}""")]
    public async Task W05_NotReadable_IsRejected(string body) => Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(body));

    [Fact]
    public async Task W05_WithoutASecretOfOurs_NothingIsBelieved() =>
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync($$"""{"event":"pay","order_id":"{{Order}}"}""", "", ("WebhookSecrets:0", "")));

    [Fact]
    public async Task TP_4_WhileSecretsChange_EitherIsGood() =>
        Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync($$"""{"event":"pay","order_id":"{{Order}}"}""", "the-new-secret-of-the-tests", ("WebhookSecrets:1", "the-new-secret-of-the-tests")));

    private static async Task<WebhookVerdict> VerifyAsync(string body, string? secret = TalerShop.Secret, params (string, string?)[] settings)
    {
        using var services = TalerShop.Build(settings);
        var headers = new Dictionary<string, string>();
        if (secret is not null)
        {
            headers["webhook-secret"] = secret;
        }

        return await ((IReceivesWebhooks)services.GetRequiredService<IPaymentProvider>()).VerifyAsync(new WebhookRequest(Encoding.UTF8.GetBytes(body), headers, TimeProvider.System.GetUtcNow()), Cancel);
    }
}

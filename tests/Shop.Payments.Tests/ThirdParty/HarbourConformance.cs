using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Tests.Conformance;

namespace Shop.Payments.Tests.ThirdParty;

/// <summary>What somebody else wrote by the page keeps what the shop relies on (DW-66).</summary>
public sealed class HarbourConformance : ProviderConformance
{
    private const string Secret = "harbour-secret";

    protected override Task<ProviderStand> BuildAsync()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Payments:harbour:Key"] = "a-key-for-tests", ["Payments:harbour:Account"] = "dreamshop", ["Payments:harbour:WebhookSecrets:0"] = Secret,
        }).Build();
        var bank = new HarbourBank("dreamshop");
        var services = new ServiceCollection().AddLogging().AddPaymentPlugin<HarbourPlugin>(settings);
        services.AddHttpClient(HarbourPlugin.Id.Value).ConfigurePrimaryHttpMessageHandler(() => bank);
        return Task.FromResult<ProviderStand>(new Stand(services.BuildServiceProvider(), bank));
    }

    private sealed class Stand(ServiceProvider services, HarbourBank bank) : ProviderStand
    {
        public override ProviderId Provider => HarbourPlugin.Id;

        public override PaymentGateway Gateway => services.GetRequiredService<PaymentGateway>();

        public override IPaymentProvider Plugin => services.GetRequiredService<IPaymentProvider>();

        public override PaymentCapabilities Capabilities => Plugin.Capabilities;

        public override Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken) => bank.PressAsync(started.Reference!.Value.Value, "taken");

        public override Task<bool> DeclineAsync(PaymentSnapshot started, DeclineReason reason, CancellationToken cancellationToken) => reason switch
        {
            DeclineReason.Unspecified => bank.PressAsync(started.Reference!.Value.Value, "refused", "unwilling"),
            DeclineReason.InsufficientFunds => bank.PressAsync(started.Reference!.Value.Value, "refused", "no_money"),
            _ => Task.FromResult(false),
        };

        public override Task<bool> LeavePendingAsync(PaymentSnapshot started, CancellationToken cancellationToken) => bank.PressAsync(started.Reference!.Value.Value, "deciding");

        public override Task DecideAsync(PaymentSnapshot started, bool isPaid, CancellationToken cancellationToken) =>
            bank.PressAsync(started.Reference!.Value.Value, isPaid ? "taken" : "refused", "decided");

        public override Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) => bank.TakenAsync(attempt.Value);

        public override Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken)
        {
            var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
            var body = Encoding.UTF8.GetBytes($$"""{"id":"ev_1","type":"payment.changed","payment":"{{captured.Reference?.Value}}","attempt":"{{captured.OurAttempt?.Value}}"}""");
            var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes(time + "\n"), .. body];
            var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));
            return Task.FromResult<WebhookRequest?>(new WebhookRequest(body, new Dictionary<string, string> { ["harbour-time"] = time, ["harbour-signature"] = signature }, at));
        }

        public override bool RefuseOurKey()
        {
            bank.Wire = _ => new HttpResponseMessage(HttpStatusCode.Unauthorized);
            return true;
        }

        public override void GarbleAnswers() => bank.Wire = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") };

        public override void FailAfterwards() => bank.Wire = _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);

        public override void TellAnotherAmount(Money asked, Money told) => bank.Wire = answer =>
        {
            using var reader = new StreamReader(answer.Content.ReadAsStream());
            var body = reader.ReadToEnd().Replace($"\"amount\":{asked.Minor}", $"\"amount\":{told.Minor}", StringComparison.Ordinal);
            return new HttpResponseMessage(answer.StatusCode) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        };

        public override void AnswerProperly() => bank.Wire = answer => answer;

        public override ValueTask DisposeAsync() => services.DisposeAsync();
    }
}

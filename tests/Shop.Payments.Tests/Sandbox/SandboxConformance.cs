using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shop.Payments.Sandbox;
using Shop.Payments.Tests.Conformance;

namespace Shop.Payments.Tests.Sandbox;

public sealed class SandboxConformance : ProviderConformance
{
    private const string Secret = "a-secret-for-the-tests";

    protected override async Task<ProviderStand> BuildAsync() =>
        new Stand(await BankHost.StartAsync(Cancel, settings: new() { ["Payments:Sandbox:WebhookSecrets:0"] = Secret }));

    private sealed class Stand(BankHost host) : ProviderStand
    {
        public override ProviderId Provider => SandboxPlugin.Id;

        public override PaymentGateway Gateway => host.Gateway;

        public override PaymentCapabilities Capabilities => host.Provider.Capabilities;

        public override IPaymentProvider Plugin => host.Provider;

        public override bool RefuseOurKey()
        {
            host.Wire.Fault = (_, _) => Task.FromResult(Answer(HttpStatusCode.Unauthorized, """{"error":{"code":"no_such_key"}}"""));
            return true;
        }

        public override Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken)
        {
            var at = host.Clock.GetUtcNow();
            var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $$$"""{"id":"se_1","type":"payment.captured","created":"{{{at:O}}}","account":"sandbox","live":false,"payment":{"id":"{{{captured.Reference?.Value}}}","attempt":"{{{captured.OurAttempt?.Value}}}"}}"""));
            var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
            var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));
            return Task.FromResult<WebhookRequest?>(new WebhookRequest(body, new Dictionary<string, string> { ["Sandbox-Signature"] = $"t={time},v1={signature}" }, at));
        }

        private string? openForm;

        public override async Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            openForm = await host.TokenAsync(Page(started), cancellationToken);

        public override async Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken)
        {
            using var answer = await host.SubmitAsync(Page(started), "ok", openForm ?? await host.TokenAsync(Page(started), cancellationToken), cancellationToken);
            // a payment that is over leads back as well: what counts is whether this press charged it
            return answer.Headers.Location?.AbsolutePath.EndsWith("/return", StringComparison.Ordinal) == true
                && (await host.PageAsync(Page(started), cancellationToken)).QuerySelector("[data-testid=sandbox-state]")?.GetAttribute("data-state") == "captured";
        }

        public override async Task<bool> DeclineAsync(PaymentSnapshot started, DeclineReason reason, CancellationToken cancellationToken)
        {
            string[] presses = reason switch
            {
                DeclineReason.Unspecified => ["declined"],
                DeclineReason.InsufficientFunds => ["insufficient"],
                DeclineReason.AuthenticationFailed => ["authenticate", "failed"],
                _ => [],
            };
            foreach (var press in presses)
            {
                using var answer = await host.PressAsync(Page(started), press, cancellationToken);
            }

            return presses.Length > 0;
        }

        public override async Task<bool> LeavePendingAsync(PaymentSnapshot started, CancellationToken cancellationToken)
        {
            using var answer = await host.PressAsync(Page(started), "pending", cancellationToken);
            return true;
        }

        public override async Task DecideAsync(PaymentSnapshot started, bool isPaid, CancellationToken cancellationToken)
        {
            using var answer = await host.DecideAsync(started, isPaid ? "ok" : "denied", cancellationToken);
        }

        public override async Task<bool> FinishSetupAsync(SetupSnapshot started, CardOf card, CancellationToken cancellationToken)
        {
            var page = ((BuyerAction.Redirect)((SetupOutcome.ActionRequired)started.Outcome).Action).Url;
            var button = card switch { CardOf.Paying => "ok", CardOf.Declined => "declined", _ => "authenticate" };
            using var answer = await host.PressAsync(page, button, cancellationToken);
            return answer.Headers.Location is not null;
        }

        public override async Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) =>
        [
            .. (await host.LedgerAsync(cancellationToken)).GetProperty("charges").EnumerateArray()
                .Where(charge => charge.GetProperty("attempt").GetGuid() == attempt.Value)
                .Select(charge => new Money(charge.GetProperty("amountMinor").GetInt64(), Currency.Of(charge.GetProperty("currency").GetString()!))),
        ];

        public override void GarbleAnswers() => host.Wire.Fault = (_, _) => Task.FromResult(Answer(HttpStatusCode.OK, "<html>Have a nice day</html>"));

        public override void FailAfterwards() => host.Wire.Fault = async (response, cancellationToken) =>
            Answer(HttpStatusCode.InternalServerError, await response.Content.ReadAsStringAsync(cancellationToken));

        public override void TellAnotherAmount(Money asked, Money told) => host.Wire.Fault = async (response, cancellationToken) =>
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return Answer(response.StatusCode, body.Replace(Amount(asked), Amount(told), StringComparison.Ordinal));
        };

        public override void AnswerProperly() => host.Wire.Fault = null;

        public override ValueTask DisposeAsync() => host.DisposeAsync();

        private static Uri Page(PaymentSnapshot started) => new($"https://localhost/sandbox/pay/{started.Reference?.Value}");

        private static string Amount(Money money) => string.Create(CultureInfo.InvariantCulture, $"\"amountMinor\":{money.Minor}");

        private static HttpResponseMessage Answer(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}

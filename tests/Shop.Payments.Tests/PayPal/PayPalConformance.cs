using System.Globalization;
using Shop.Payments.PayPal;
using Shop.Payments.Tests.Conformance;

namespace Shop.Payments.Tests.PayPal;

public sealed class PayPalConformance : ProviderConformance
{
    protected override async Task<ProviderStand> BuildAsync() => new Stand(await PayPalShop.OpenAsync());

    private sealed class Stand(PayPalShop shop) : ProviderStand
    {
        private readonly List<string> faults = [];

        public override ProviderId Provider => PayPalPlugin.Id;

        public override PaymentGateway Gateway => shop.Gateway;

        public override PaymentCapabilities Capabilities => shop.Provider.Capabilities;

        public override bool FindsByOurId => false;

        public override bool KnowsPayers => false;

        public override IPaymentProvider Plugin => shop.Provider;

        public override bool RefuseOurKey()
        {
            faults.Add(shop.FaultAsync("/v", "401", Cancel).GetAwaiter().GetResult());
            return true;
        }

        /// <summary>Signed by the simulator, as it sends it.</summary>
        public override async Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken)
        {
            using var catcher = new EventCatcher();
            await shop.Simulator.TellAsync("_hooks", new { provider = "paypal", account = shop.Merchant, url = catcher.Url, secrets = new[] { shop.Webhook } }, cancellationToken);
            // the event of a payment that is over was sent to nobody: a dispute is news of the same payment
            await shop.Simulator.TellAsync("_paypal/disputes", new { capture = captured.Captures[0].Reference.Value, outcome = "CANCELED_BY_BUYER" }, cancellationToken);
            var news = await catcher.NextAsync(cancellationToken);
            // as if it had come at once
            return news with { ReceivedAt = DateTimeOffset.Parse(news.Headers.First(it => it.Key.Equals("PAYPAL-TRANSMISSION-TIME", StringComparison.OrdinalIgnoreCase)).Value, CultureInfo.InvariantCulture) };
        }

        public override async Task<bool> FinishSetupAsync(SetupSnapshot started, CardOf card, CancellationToken cancellationToken)
        {
            var answer = card switch { CardOf.Paying => "approve", CardOf.Declined => "decline", _ => "ask" };
            using var pressed = await shop.Simulator.PressAsync($"agreements/approve?approval_session_id={started.Reference?.Value}", answer, cancellationToken);
            return pressed.Headers.Location is not null;
        }

        public override Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            shop.Simulator.ReadPageAsync($"checkoutnow?token={started.Reference?.Value}", cancellationToken);

        public override Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken) => PressAsync(started, "approve", cancellationToken);

        public override async Task<bool> DeclineAsync(PaymentSnapshot started, DeclineReason reason, CancellationToken cancellationToken)
        {
            if (reason is not (DeclineReason.Unspecified or DeclineReason.InsufficientFunds))
            {
                return false;
            }

            await PressAsync(started, reason == DeclineReason.Unspecified ? "decline" : "insufficient", cancellationToken);
            return true;
        }

        public override async Task<bool> LeavePendingAsync(PaymentSnapshot started, CancellationToken cancellationToken)
        {
            await PressAsync(started, "pending", cancellationToken);
            return true;
        }

        public override async Task DecideAsync(PaymentSnapshot started, bool isPaid, CancellationToken cancellationToken) =>
            await shop.Simulator.TellAsync("_paypal/decide", new { capture = await shop.CaptureOfAsync(started, cancellationToken), paid = isPaid }, cancellationToken);

        public override async Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) =>
            [.. (await shop.LedgerAsync(cancellationToken)).Where(it => it.Kind == "capture" && it.OurId == attempt.Value.ToString()).Select(it => it.Amount)];

        public override void GarbleAnswers() => Fault("malformed");

        public override void FailAfterwards() => Fault("charge_then_500");

        public override void TellAnotherAmount(Money asked, Money told) => Fault($"wrong_amount:{asked.Minor - told.Minor}");

        public override void AnswerProperly()
        {
            foreach (var match in faults)
            {
                shop.Simulator.EndFaultsAsync(match, Cancel).GetAwaiter().GetResult();
            }
        }

        public override ValueTask DisposeAsync() => shop.DisposeAsync();

        // at the API proper: the access token is fetched as ever
        private void Fault(string mode) => faults.AddRange(
            ((string[])["/v2/", "/v3/", "/v1/reporting/", "/v1/customer/"]).Select(path => shop.FaultAsync(path, mode, Cancel).GetAwaiter().GetResult()));

        private async Task<bool> PressAsync(PaymentSnapshot started, string answer, CancellationToken cancellationToken)
        {
            await shop.PressAsync(started, answer, cancellationToken);
            return (await shop.ContinueAsync(started, cancellationToken)).Outcome is PaymentOutcome.Captured;
        }
    }
}

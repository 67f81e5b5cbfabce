using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shop.Payments.Stripe;
using Shop.Payments.Tests.Conformance;

namespace Shop.Payments.Tests.Stripe;

/// <summary>What every plug-in owes the shop, on the hosted page. A card's decline there is never final, so those tests are skipped: the buyer takes another card.</summary>
public sealed class StripeConformance : ProviderConformance
{
    protected override async Task<ProviderStand> BuildAsync() => new Stand(await StripeHost.StartAsync());

    private sealed class Stand(StripeHost host) : ProviderStand
    {
        public override ProviderId Provider => StripePlugin.Id;

        public override PaymentGateway Gateway => host.Gateway;

        public override PaymentCapabilities Capabilities => host.Provider.Capabilities;

        public override IPaymentProvider Plugin => host.Provider;

        public override bool RefuseOurKey()
        {
            Fault("401");
            return true;
        }

        public override Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken)
        {
            var at = TimeProvider.System.GetUtcNow();
            var body = Encoding.UTF8.GetBytes($$"""
                {"id":"evt_1","object":"event","livemode":false,"type":"checkout.session.completed",
                 "data":{"object":{"id":"{{captured.Reference?.Value}}","metadata":{"attempt_id":"{{captured.OurAttempt?.Value}}"},"mode":"payment"} } }
                """);
            var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
            var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("whsec_of_the_new_days"), signed));
            return Task.FromResult<WebhookRequest?>(new WebhookRequest(body, new Dictionary<string, string> { ["Stripe-Signature"] = $"t={time},v1={signature}" }, at));
        }

        public override async Task<bool> FinishSetupAsync(SetupSnapshot started, CardOf card, CancellationToken cancellationToken)
        {
            var fields = (BuyerAction.FillFields)((SetupOutcome.ActionRequired)started.Outcome).Action;
            var method = card switch { CardOf.Paying => "pm_card_visa", CardOf.Declined => "pm_card_chargeCustomerFail", _ => "pm_card_authenticationRequired" };
            return (await host.ConfirmInFieldsAsync(fields.PublicData, method)).GetProperty("status").GetString() == "succeeded";
        }

        /// <summary>Final is only what the bank refuses after the page is over.</summary>
        public override async Task<bool> DeclineAsync(PaymentSnapshot started, DeclineReason reason, CancellationToken cancellationToken)
        {
            if (reason != DeclineReason.Unspecified || await host.PayOnPageAsync(started.Reference!.Value.Value, "pm_card_bankPendingDenied") is null)
            {
                return false;
            }

            await DecideAsync(started, isPaid: false, cancellationToken);
            return true;
        }

        public override async Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken)
        {
            using var page = await host.Simulator.Http.GetAsync($"/stripe/pay/{started.Reference?.Value}", cancellationToken);
            page.EnsureSuccessStatusCode();
        }

        public override async Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            (await host.PayOnPageAsync(started.Reference!.Value.Value))?.AbsolutePath.EndsWith("/return", StringComparison.Ordinal) == true;

        public override async Task<bool> LeavePendingAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            await host.PayOnPageAsync(started.Reference!.Value.Value, "pm_card_bankPendingPaid") is not null;

        public override async Task DecideAsync(PaymentSnapshot started, bool isPaid, CancellationToken cancellationToken)
        {
            var session = await host.AskAsync($"/v1/checkout/sessions/{started.Reference!.Value.Value}");
            await host.ControlAsync("/_stripe/decide", new { id = session.GetProperty("payment_intent").GetString(), paid = isPaid });
        }

        public override Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) => host.TakenAsync(attempt);

        public override void GarbleAnswers() => Fault("malformed");

        public override void FailAfterwards() => Fault("charge_then_500");

        public override void TellAnotherAmount(Money asked, Money told) => Fault($"wrong_amount:{asked.Minor - told.Minor}");

        // the stand's handles do not wait
        private void Fault(string mode)
        {
            host.FailAsync("/v1/", mode).GetAwaiter().GetResult();
        }

        public override void AnswerProperly() => host.BehaveAsync("/v1/").GetAwaiter().GetResult();

        public override ValueTask DisposeAsync() => host.DisposeAsync();
    }
}

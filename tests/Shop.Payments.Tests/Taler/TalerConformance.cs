using Shop.Payments.Taler;
using Shop.Payments.Tests.Conformance;
using Shop.Payments.Tests.PayPal;

namespace Shop.Payments.Tests.Taler;

/// <summary>The plug-in against the back end that the simulator plays, with buyers whose wallets fetch at once what is given back. A wallet never declines, and decides at once.</summary>
public sealed class TalerConformance : ProviderConformance
{
    protected override async Task<ProviderStand> BuildAsync()
    {
        var shop = await TalerShop.OpenAsync();
        await shop.TellAsync("/_taler/fetching", new { instance = shop.Instance }, Cancel);
        return new Stand(shop);
    }

    private sealed class Stand(TalerShop shop) : ProviderStand
    {
        private readonly List<string> faults = [];

        public override ProviderId Provider => TalerPlugin.Id;

        public override PaymentGateway Gateway => shop.Gateway;

        public override PaymentCapabilities Capabilities => shop.Provider.Capabilities;

        public override IPaymentProvider Plugin => shop.Provider;

        public override bool NewsSaysWhen => false;

        public override bool RefuseOurKey()
        {
            Fault("/private", "401");
            return true;
        }

        /// <summary>As the back end sends it.</summary>
        public override async Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken)
        {
            using var catcher = new EventCatcher();
            await shop.TellAsync("/_hooks", new { provider = "taler", account = shop.Instance, url = catcher.Url, secrets = new[] { TalerShop.Secret } }, cancellationToken);
            // that it was paid was told to nobody: that it was paid out is news of the same payment
            await shop.TellAsync("/_taler/wire", new { instance = shop.Instance, order = captured.Captures[0].Reference.Value, fee = "KUDOS:0.01" }, cancellationToken);
            return await catcher.NextAsync(cancellationToken);
        }

        /// <summary>Looking at the address claims nothing.</summary>
        public override Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken) => Task.CompletedTask;

        public override async Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            await shop.UseWalletAsync(TalerShop.Wallet(started), cancellationToken) == "paid";

        public override async Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) =>
            [.. (await shop.LedgerAsync(cancellationToken)).Where(it => it.Kind == "capture" && it.OurId == attempt.Value.ToString()).Select(it => it.Amount)];

        public override void GarbleAnswers()
        {
            // a 204 has no body that could be garbled
            Fault("DELETE", "html");
            Fault("/private", "malformed");
        }

        public override void GarbleAnswersToRefunds() => Fault("POST /refund", "malformed");

        public override void FailAfterwards() => Fault("/private", "charge_then_500");

        public override void TellAnotherAmount(Money asked, Money told) => Fault("GET /private", $"wrong_amount:{asked.Minor - told.Minor}");

        public override void AnswerProperly()
        {
            foreach (var match in faults)
            {
                shop.EndFaultAsync(match, Cancel).GetAwaiter().GetResult();
            }
        }

        public override ValueTask DisposeAsync() => shop.DisposeAsync();

        private void Fault(string at, string mode) => faults.Add(shop.FaultAsync(at, mode, Cancel).GetAwaiter().GetResult());
    }
}

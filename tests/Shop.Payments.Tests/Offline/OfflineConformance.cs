using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Offline;
using Shop.Payments.Tests.Conformance;

namespace Shop.Payments.Tests.Offline;

/// <summary>The offline ways to pay: a clerk's desk stands where the provider's books are with others.</summary>
public sealed class OfflineConformance : ProviderConformance
{
    protected override Task<ProviderStand> BuildAsync()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Payments:money-order:PayTo"] = "Dream Shop Ltd", ["Payments:money-order:Address"] = "1 Harbour Street" }).Build();
        return Task.FromResult<ProviderStand>(new Stand(new ServiceCollection().AddLogging().AddPaymentGateway().AddOfflinePayments(settings).BuildServiceProvider()));
    }

    private sealed class Stand(ServiceProvider services) : ProviderStand
    {
        private readonly Dictionary<AttemptId, Money> received = [];
        private Money? told;

        public override ProviderId Provider => MoneyOrderPlugin.Id;

        public override PaymentGateway Gateway => services.GetRequiredService<PaymentGateway>();

        public override IPaymentProvider Plugin => services.GetServices<IPaymentProvider>().Single();

        public override PaymentCapabilities Capabilities => Plugin.Capabilities;

        public override Task<PaymentSnapshot> LookAsync(PaymentLocator payment, CancellationToken cancellationToken) => received.TryGetValue(payment.Attempt, out var amount)
            ? Task.FromResult(((ITakesByHand)Plugin).Received(payment, new HandReceipt("receipt-1", told ?? amount, default)))
            : base.LookAsync(payment, cancellationToken);

        public override Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Whatever is in the post comes once.</summary>
        public override Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
            Task.FromResult(received.TryAdd(started.OurAttempt!.Value, Some.Price));

        public override Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<Money>>(received.TryGetValue(attempt, out var amount) ? [amount] : []);

        public override void GarbleAnswers() => throw new NotSupportedException();

        public override void FailAfterwards() => throw new NotSupportedException();

        public override void TellAnotherAmount(Money asked, Money told) => this.told = told;

        public override void AnswerProperly() => told = null;

        public override ValueTask DisposeAsync() => services.DisposeAsync();
    }
}

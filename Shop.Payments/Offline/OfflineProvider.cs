using Microsoft.Extensions.Options;

namespace Shop.Payments.Offline;

/// <summary>Tells the buyer where to send money, with the short reference for the memo. It reaches nobody and remembers nothing: what came, staff say
/// (<see cref="ITakesByHand"/>), so a look-up can only repeat the instructions.</summary>
internal sealed class OfflineProvider(ProviderId id, string name, IOptionsMonitor<OfflineOptions> all)
    : IPaymentProvider, ICancelsPayments, IRefundsPayments, ITakesByHand, IReportsHealth
{
    private readonly OfflineOptions options = all.Get(id.Value);

    public ProviderId Id => id;

    public PaymentCapabilities Capabilities { get; } = Can(name, all.Get(id.Value));

    public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => request.Source is PaymentSource.Fresh
        ? Task.FromResult(Waiting(request.Attempt, Reference(request.ShortReference, request.Attempt)))
        : throw new NotSupportedException("What comes by hand cannot be saved.");

    /// <summary>Without a reference nobody was shown anything, because the instructions go out only after the reference is stored: nothing can have been sent.</summary>
    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => Task.FromResult(payment.Reference switch
    {
        null => new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() },
        { } reference when IsOf(reference, payment.Attempt) => Waiting(payment.Attempt, reference),
        _ => PaymentSnapshot.Unknown("foreign_reference"),
    });

    /// <summary>We no longer wait for it. What is in the post may still come: it is then money that no order can use, and goes back.</summary>
    public Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken) => Task.FromResult(payment.Reference switch
    {
        null => new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() },
        { } reference when IsOf(reference, payment.Attempt) => Said(new PaymentOutcome.Cancelled(), payment.Attempt, reference),
        _ => PaymentSnapshot.Unknown("foreign_reference"),
    });

    /// <summary>Nobody sends money back but a person: it is pending until one says that it is done.</summary>
    public Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken) =>
        Task.FromResult(ToDo(request.Refund, request.Capture, request.Amount));

    public Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken) =>
        Task.FromResult(ToDo(refund.Refund, refund.Capture, Money.Zero(refund.Payment.Amount.Currency)));

    public PaymentSnapshot Received(PaymentLocator payment, HandReceipt receipt) =>
        Said(new PaymentOutcome.Captured(), payment.Attempt, payment.Reference) with
        {
            Captures = [new CaptureSnapshot(new ProviderReference(receipt.Id), receipt.Amount, null, receipt.At)],
        };

    public RefundSnapshot Returned(RefundLocator refund, HandReceipt receipt) =>
        new(RefundOutcome.Succeeded, new ProviderReference(receipt.Id), refund.Refund, refund.Capture, receipt.Amount, null, null);

    public Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(new ProviderHealth(true, false, null));

    private static PaymentCapabilities Can(string name, OfflineOptions options)
    {
        var currency = Currency.Of(options.Currency);
        return new PaymentCapabilities
        {
            DisplayName = name,
            Live = true,
            Payee = new PayeeReference(options.PayTo),
            Flows = [PaymentFlow.Offline],
            Currencies = new HashSet<Currency> { currency },
            Minimum = options.MinimumMinor > 0 ? new Money(options.MinimumMinor, currency) : null,
            Refunds = RefundSupport.Partial,
            SettlesWithin = TimeSpan.FromDays(options.WaitingDays),
        };
    }

    private PaymentSnapshot Waiting(AttemptId attempt, ProviderReference reference) =>
        Said(new PaymentOutcome.ActionRequired(new BuyerAction.SendFunds(options.PayTo, Short(reference), options.Address), null), attempt, reference);

    private PaymentSnapshot Said(PaymentOutcome outcome, AttemptId attempt, ProviderReference? reference) => new()
    {
        Outcome = outcome,
        Live = Capabilities.Live,
        Payee = Capabilities.Payee,
        OurAttempt = attempt,
        Reference = reference,
    };

    private static RefundSnapshot ToDo(RefundId refund, ProviderReference capture, Money amount) =>
        new(RefundOutcome.Pending, null, refund, capture, amount, null, null);

    // the reference carries what the instructions need, so that a look-up gives them again
    private static ProviderReference Reference(string shortReference, AttemptId attempt) => new($"{shortReference}.{attempt.Value:N}");

    private static string Short(ProviderReference reference) => reference.Value.Split('.')[0];

    private static bool IsOf(ProviderReference reference, AttemptId attempt) => reference.Value.EndsWith($".{attempt.Value:N}", StringComparison.Ordinal);
}

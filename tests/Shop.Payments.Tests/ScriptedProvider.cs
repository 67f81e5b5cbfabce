namespace Shop.Payments.Tests;

/// <summary>A provider with the two required calls only; each does what the test says.</summary>
internal class ScriptedProvider(string id = "scripted") : IPaymentProvider
{
    public Func<CancellationToken, Task<PaymentSnapshot>> OnStart { get; init; } = _ => throw new NotSupportedException();

    public Func<CancellationToken, Task<PaymentSnapshot>> OnGet { get; init; } = _ => throw new NotSupportedException();

    public ProviderId Id => new(id);

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = id,
        Live = false,
        Payee = new PayeeReference("payee"),
        Flows = [PaymentFlow.Redirect],
        Currencies = Currency.All,
    };

    public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => OnStart(cancellationToken);

    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => OnGet(cancellationToken);
}

/// <summary>A provider with every role that the gateway calls.</summary>
internal sealed class AbleProvider(string id = "scripted") : ScriptedProvider(id), IContinuesPayments, ICancelsPayments, IRefundsPayments
{
    public Func<CancellationToken, Task<PaymentSnapshot>> OnContinue { get; init; } = _ => throw new NotSupportedException();

    public Func<CancellationToken, Task<PaymentSnapshot>> OnCancel { get; init; } = _ => throw new NotSupportedException();

    public Func<CancellationToken, Task<RefundSnapshot>> OnRefund { get; init; } = _ => throw new NotSupportedException();

    public Func<CancellationToken, Task<RefundSnapshot>> OnGetRefund { get; init; } = _ => throw new NotSupportedException();

    public Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken) => OnContinue(cancellationToken);

    public Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken) => OnCancel(cancellationToken);

    public Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken) => OnRefund(cancellationToken);

    public Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken) => OnGetRefund(cancellationToken);
}

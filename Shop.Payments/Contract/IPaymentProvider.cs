namespace Shop.Payments;

/// <summary>Talks to one payment service. Holds no state, opens no database, sees no HttpContext and no Order:
/// it turns a request into a <see cref="PaymentSnapshot"/> and lets the shop decide what that means.</summary>
public interface IPaymentProvider
{
    ProviderId Id { get; }
    PaymentCapabilities Capabilities { get; }
    /// <summary>Creates and moves no money, a saved method included; the shop stores the reference and goes on by it.</summary>
    Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken);
    Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken);
}

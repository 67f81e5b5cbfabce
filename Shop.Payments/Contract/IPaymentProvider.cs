namespace Shop.Payments;

/// <summary>Talks to one payment service. Holds no state, opens no database, sees no HttpContext and no order:
/// it turns a request into a <see cref="PaymentSnapshot"/> and lets the shop decide what that means.
/// It may throw; the gateway turns whatever is thrown into <see cref="PaymentOutcome.Unknown"/>. It never repeats a call by itself.
/// More abilities are more interfaces (see Roles.cs): a provider can do a thing exactly when it has the interface.</summary>
public interface IPaymentProvider
{
    ProviderId Id { get; }

    PaymentCapabilities Capabilities { get; }

    /// <summary>Creates the payment at the provider and moves no money, with a saved method neither.
    /// The shop stores the reference of the answer first and goes on by it.</summary>
    Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken);

    /// <summary>Asks how things stand and changes nothing. <see cref="PaymentOutcome.NotFound"/> only when it is certain that
    /// the provider never heard of the attempt.</summary>
    Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken);
}

namespace Shop.Payments;

/// <summary>The answer to <see cref="PaymentOutcome.Approved"/>: confirms or captures by the stored reference.</summary>
public interface IContinuesPayments
{
    Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken);
}

/// <summary>The answer to <see cref="PaymentOutcome.Held"/>: takes money that was only authorised.</summary>
public interface ICapturesPayments
{
    Task<PaymentSnapshot> CaptureAsync(PaymentLocator payment, Money amount, IdempotencyKey key, CancellationToken cancellationToken);
}

/// <summary>Makes sure that nothing can be paid any more. The order is free again only with <see cref="PaymentOutcome.Cancelled"/>
/// or <see cref="PaymentOutcome.NotFound"/>; a payment that was quicker is answered as <see cref="PaymentOutcome.Captured"/>.</summary>
public interface ICancelsPayments
{
    Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken);
}

/// <summary>Gives money back, all or in parts as <see cref="PaymentCapabilities.Refunds"/> says.</summary>
public interface IRefundsPayments
{
    Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken);

    Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken);
}

/// <summary>Keeps cards or accounts for later. <see cref="PaymentSource.Saved"/> is legal only for providers with this role.</summary>
public interface ISavesMethods
{
    Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken);

    /// <summary>Turns a single-use token into a saved method without charging it.</summary>
    Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken);

    Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken);

    Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken);

    Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken);
}

/// <summary>Checks that a webhook is genuine and says what to ask again. It never applies anything.</summary>
public interface IReceivesWebhooks
{
    Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken);
}

/// <summary>For daily reconciliation: what did you move that the shop may not know of?</summary>
public interface IListsActivity
{
    IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken);
}

public interface IReportsHealth
{
    Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>For money that comes without a message, such as a cheque: there is nobody to ask, so a member of staff says what came and what was sent back. The shop
/// keeps their word as a row and the provider makes of it what the shop compares (docs/adr/0022). Both calls are pure: they look nowhere and remember nothing.</summary>
public interface ITakesByHand
{
    /// <summary>The money of a payment, as somebody says it came.</summary>
    PaymentSnapshot Received(PaymentLocator payment, HandReceipt receipt);

    /// <summary>A refund that somebody says was sent.</summary>
    RefundSnapshot Returned(RefundLocator refund, HandReceipt receipt);
}

/// <param name="Id">The shop's own id of the row that holds the word.</param>
/// <param name="Amount">What was counted, never what was expected.</param>
/// <param name="At">When it was written down.</param>
public sealed record HandReceipt(string Id, Money Amount, DateTimeOffset At);

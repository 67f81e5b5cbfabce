namespace Shop.Payments;

public interface IContinuesPayments   // answer to Approved: confirm or capture by the stored reference
{
    Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken);
}

public interface ICapturesPayments    // answer to Held: PayPal authorize, manual-capture cards
{
    Task<PaymentSnapshot> CaptureAsync(PaymentLocator payment, Money amount, IdempotencyKey key, CancellationToken cancellationToken);
}

public interface ICancelsPayments     // frees the order only with Cancelled or NotFound
{
    Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken);
}

public interface IRefundsPayments
{
    Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken);
    Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken);
}

public interface ISavesMethods        // PaymentSource.Saved is legal in StartAsync only for these providers
{
    Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken);
    Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken);   // a token becomes a saved method, no charge
    Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken);
    Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken);
    Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken);
}

public interface IReceivesWebhooks    // verify and say what to ask again; never apply it
{
    Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken);
}

public interface IListsActivity       // daily reconciliation: what did you move that we may not know of?
{
    IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken);
}

public interface IReportsHealth
{
    Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken);
}

namespace Shop.Payments;

public sealed record StartPayment
{
    public required AttemptId Attempt { get; init; }
    public required IdempotencyKey Key { get; init; }
    public required Money Amount { get; init; }
    public required PaymentSource Source { get; init; }
    public required PaymentFlow Flow { get; init; }       // one of the capabilities; Redirect for a browser without JavaScript
    public required BuyerPresence Buyer { get; init; }
    public required Payer Payer { get; init; }
    public required string Locale { get; init; }          // BCP 47, the buyer's
    public required string Summary { get; init; }         // what is bought, for the provider's page or wallet; nothing personal
    public required string ShortReference { get; init; }  // 8 characters, for a memo and the telephone; never the order's number
    public required bool Repeatable { get; init; }        // true: each purchase is a new one (points, time); false: an earlier payment may be proven instead
    public string? StatementName { get; init; }           // on the buyer's bank statement; cut to the provider's limit by the plug-in
    public required Uri ReturnUrl { get; init; }
    public required Uri CancelUrl { get; init; }
}
public abstract record PaymentSource
{
    private PaymentSource() { }
    public sealed record Fresh(bool SaveForLater) : PaymentSource;
    public sealed record Saved(SavedMethodReference Method) : PaymentSource;
    public sealed record Token(SingleUseToken Value) : PaymentSource;
}
public sealed record Payer(string AccountKey, string? Email, CustomerReference? Customer);   // AccountKey is a pseudonym; no Customer: the provider makes one when needed
public sealed record PaymentLocator(AttemptId Attempt, ProviderReference? Reference, IdempotencyKey StartKey, Money Amount);   // no Reference: look for Attempt in the metadata
public sealed record ContinuePayment(PaymentLocator Payment, BuyerPresence Buyer, IReadOnlyDictionary<string, string> ReturnQuery, Uri ReturnUrl, IdempotencyKey Key);   // the query is a hint, empty when the shop goes on by itself
public sealed record StartRefund(RefundId Refund, PaymentLocator Payment, ProviderReference Capture, Money Amount, IdempotencyKey Key);
public sealed record RefundLocator(RefundId Refund, PaymentLocator Payment, ProviderReference Capture, ProviderReference? Reference, IdempotencyKey Key);
public sealed record StartSetup(Payer Payer, IdempotencyKey Key, Uri ReturnUrl);
public sealed record AttachMethod(Payer Payer, SingleUseToken Token, IdempotencyKey Key, Uri ReturnUrl);
public sealed record WebhookRequest(ReadOnlyMemory<byte> Body, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ReceivedAt);

namespace Shop.Payments;

public sealed record PaymentSnapshot
{
    public required PaymentOutcome Outcome { get; init; }
    public bool? Live { get; init; }
    public PayeeReference? Payee { get; init; }
    public AttemptId? OurAttempt { get; init; }           // from the metadata
    public ProviderReference? Reference { get; init; }
    public CustomerReference? Customer { get; init; }
    public SavedMethod? SavedMethod { get; init; }
    public string? Fingerprint { get; init; }             // of the card; the shop keeps its HMAC, and only on a ban
    public IReadOnlyList<CaptureSnapshot> Captures { get; init; } = [];   // the money; PayPal may have several
    public IReadOnlyList<RefundSnapshot> Refunds { get; init; } = [];     // ours and those made elsewhere
    public IReadOnlyList<DisputeSnapshot> Disputes { get; init; } = [];
}
public abstract record PaymentOutcome
{
    private PaymentOutcome() { }
    public sealed record ActionRequired(BuyerAction Action, DateTimeOffset? ExpiresAt) : PaymentOutcome;
    public sealed record Approved : PaymentOutcome;              // nothing is missing from the buyer: the shop now calls ContinueAsync
    public sealed record Processing(DateTimeOffset? ExpectedBy) : PaymentOutcome;
    public sealed record Held(Money Amount, DateTimeOffset? ExpiresAt) : PaymentOutcome;
    public sealed record Captured : PaymentOutcome;              // the amount is the sum of Captures
    public sealed record Declined(DeclineReason Reason, string? ProviderCode) : PaymentOutcome;   // final; a decline inside the fields is ActionRequired
    public sealed record Cancelled : PaymentOutcome;
    public sealed record NotFound : PaymentOutcome;              // certain: nothing happened, safe to start again
    public sealed record Unknown(string Why) : PaymentOutcome;   // it may have happened: only GetAsync may settle it
}
public enum DeclineReason { Unspecified, InsufficientFunds, AuthenticationRequired, AuthenticationFailed, MethodInvalid, Expired, SuspectedFraud, LimitExceeded, BuyerAborted }

public abstract record BuyerAction
{
    private BuyerAction() { }
    public sealed record Redirect(Uri Url) : BuyerAction;
    public sealed record FillFields(string Widget, IReadOnlyDictionary<string, string> PublicData) : BuyerAction;
    public sealed record OpenWallet(Uri WalletUri) : BuyerAction;                     // drawn as QR and as a link
    public sealed record SendFunds(string PayTo, string Reference, string Address) : BuyerAction;
}
public sealed record CaptureSnapshot(ProviderReference Reference, Money Amount, Money? Fee, DateTimeOffset At);   // taken for good; what follows are rows of their own
public sealed record RefundSnapshot(RefundOutcome Outcome, ProviderReference? Reference, RefundId? OurRefund, ProviderReference? Capture, Money Amount, string? ProviderCode, BuyerAction? Pickup);   // Pickup: Taler's buyer fetches the money
public enum RefundOutcome { Pending, Succeeded, Failed, NotFound, Unknown }
public sealed record DisputeSnapshot(DisputeOutcome Outcome, ProviderReference Reference, ProviderReference? Capture, Money Amount);
public enum DisputeOutcome { Open, Won, Lost }

public sealed record SavedMethod(SavedMethodReference Reference, string Brand, string? Last4, DateOnly? ExpiresOn);   // "visa", "4242", last day; a PayPal account has a brand only
public sealed record SetupSnapshot(SetupOutcome Outcome, ProviderReference? Reference, CustomerReference? Customer);
public abstract record SetupOutcome
{
    private SetupOutcome() { }
    public sealed record ActionRequired(BuyerAction Action) : SetupOutcome;
    public sealed record Saved(SavedMethod Method) : SetupOutcome;
    public sealed record Declined(DeclineReason Reason, string? ProviderCode) : SetupOutcome;
    public sealed record Unknown(string Why) : SetupOutcome;     // ask again, or start again with the same key: no money moves here
}

public abstract record WebhookVerdict
{
    private WebhookVerdict() { }
    public sealed record Accepted(string EventId, string EventType, WebhookSubject Subject) : WebhookVerdict;   // 200
    public sealed record Ignored(string EventId, string EventType) : WebhookVerdict;   // genuine, of no use to us: stored, 200
    public sealed record Rejected(string Why) : WebhookVerdict;                        // forged or too old: 400
    public sealed record Unverifiable(string Why) : WebhookVerdict;                    // cannot be checked just now: 503, the provider repeats
}
public sealed record WebhookSubject(SubjectKind Kind, ProviderReference Reference, Guid? OurId);   // OurId: AttemptId, or RefundId of a Refund
public enum SubjectKind { Payment, Capture, Refund, Setup, Customer }   // a dispute is news of its payment or capture; Customer: list the methods again

public sealed record ProviderActivity(ActivityKind Kind, ProviderReference Reference, AttemptId? OurAttempt, Money Amount, DateTimeOffset At);
public enum ActivityKind { Captured, Refunded, Disputed, Fee }
public sealed record ProviderHealth(bool CanStart, bool CanReceiveWebhooks, string? Detail);

namespace Shop.Payments;

public sealed record PaymentCapabilities
{
    public required string DisplayName { get; init; }
    public required bool Live { get; init; }            // false: sandbox keys; refused in Production, banner elsewhere
    public required IReadOnlyList<PaymentFlow> Flows { get; init; }   // the first is the default; Stripe: fields, then its own page
    public required IReadOnlySet<Currency> Currencies { get; init; }
    public Money? Minimum { get; init; }
    public Money? Maximum { get; init; }
    public RefundSupport Refunds { get; init; } = RefundSupport.None;
    public TimeSpan? RefundWindow { get; init; }
    public bool OffSession { get; init; }             // may charge a saved method without the buyer present
    public TimeSpan SettlesWithin { get; init; }      // zero for cards; weeks for a cheque: drives order expiry
}
public enum PaymentFlow { EmbeddedFields, Redirect, ExternalWallet, Offline }
public enum RefundSupport { None, FullOnly, Partial }
public enum BuyerPresence { Present, Absent }

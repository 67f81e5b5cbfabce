namespace Shop.Payments;

public readonly record struct AttemptId(Guid Value);                 // one try at one provider; in the provider's metadata
public readonly record struct RefundId(Guid Value);                  // likewise
public readonly record struct ProviderId(string Value);              // "stripe"; stored on every row, never renamed
public readonly record struct ProviderReference(string Value);       // the provider's id of a thing: pi_…, ch_…, PayPal order or capture, Taler order
public readonly record struct PayeeReference(string Value);          // whose money it becomes: acct_…, PayPal merchant id, Taler instance address
public readonly record struct CustomerReference(string Value);       // cus_…: the payer at the provider; the shop keeps it (provider_customers)
public readonly record struct SavedMethodReference(string Value);    // opaque to the shop; the provider packs what it needs
public readonly record struct SingleUseToken(string Value)           // tok_…, ctoken_…: works once; never stored, never logged
{
    public override string ToString() => "(token)";
}
public readonly record struct IdempotencyKey(string Value);          // AttemptId or RefundId + operation; stored before the first call

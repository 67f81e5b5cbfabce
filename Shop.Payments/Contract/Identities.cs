namespace Shop.Payments;

/// <summary>One try to pay one order at one provider. Every provider keeps it in the metadata of its own object.</summary>
public readonly record struct AttemptId(Guid Value);

/// <summary>One refund of the shop. Kept by the provider like <see cref="AttemptId"/>.</summary>
public readonly record struct RefundId(Guid Value);

/// <summary>The name of a plug-in, such as "stripe". It stands on every row of money, so it is never renamed.</summary>
public readonly record struct ProviderId(string Value)
{
    public override string ToString() => Value ?? "";
}

/// <summary>The provider's own id of a payment, capture, refund, dispute or setup: pi_…, ch_…, a PayPal order.</summary>
public readonly record struct ProviderReference(string Value);

/// <summary>Whose money it becomes: acct_…, a PayPal merchant id, the address of a Taler instance.</summary>
public readonly record struct PayeeReference(string Value);

/// <summary>The payer as the provider knows them (cus_…). The shop stores it and hands it in again.</summary>
public readonly record struct CustomerReference(string Value);

/// <summary>A stored card or account. Opaque to the shop: the plug-in packs into it what it needs.</summary>
public readonly record struct SavedMethodReference(string Value);

/// <summary>A token that works once (tok_…, ctoken_…). Never stored, never logged, hence the mute ToString.</summary>
public readonly record struct SingleUseToken(string Value)
{
    public override string ToString() => "(token)";
}

/// <summary>What makes a repeated call the same call. Made by the shop of an attempt or refund and an operation,
/// and stored before the first call; a plug-in passes it on and never invents one.</summary>
public readonly record struct IdempotencyKey(string Value);

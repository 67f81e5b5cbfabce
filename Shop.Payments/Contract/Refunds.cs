namespace Shop.Payments;

/// <summary>Gives back a part or all of one capture. A provider that counts refunds cumulatively hides that inside its plug-in.</summary>
public sealed record StartRefund(RefundId Refund, PaymentLocator Payment, ProviderReference Capture, Money Amount, IdempotencyKey Key);

/// <summary>Finds a refund again. Without a <paramref name="Reference"/> the provider looks for <paramref name="Refund"/> in its metadata.</summary>
public sealed record RefundLocator(RefundId Refund, PaymentLocator Payment, ProviderReference Capture, ProviderReference? Reference, IdempotencyKey Key);

/// <summary>A refund as the provider tells it. <paramref name="OurRefund"/> is null for one made elsewhere; <paramref name="Pickup"/> is set where
/// the buyer fetches the money (Taler). With <see cref="RefundOutcome.NotFound"/> and <see cref="RefundOutcome.Unknown"/> nobody told an amount, and it is zero;
/// with <see cref="RefundOutcome.Failed"/> it is what was refused.</summary>
public sealed record RefundSnapshot(RefundOutcome Outcome, ProviderReference? Reference, RefundId? OurRefund, ProviderReference? Capture, Money Amount, string? ProviderCode, BuyerAction? Pickup)
{
    /// <inheritdoc cref="PaymentSnapshot.Call"/>
    public ProviderCall? Call { get; init; }
}

public enum RefundOutcome { Pending, Succeeded, Failed, NotFound, Unknown }

namespace Shop.Payments;

/// <summary>How a payment stands. Anything doubtful is <see cref="Unknown"/>; a decline is data and no exception.</summary>
public abstract record PaymentOutcome
{
    private PaymentOutcome() { }

    public sealed record ActionRequired(BuyerAction Action, DateTimeOffset? ExpiresAt) : PaymentOutcome;

    /// <summary>Nothing is missing from the buyer: the shop now continues by the stored reference.</summary>
    public sealed record Approved : PaymentOutcome;

    /// <summary>The provider is still deciding; that may take days.</summary>
    public sealed record Processing(DateTimeOffset? ExpectedBy) : PaymentOutcome;

    /// <summary>Authorised only; the shop captures by the stored reference.</summary>
    public sealed record Held(Money Amount, DateTimeOffset? ExpiresAt) : PaymentOutcome;

    /// <summary>The amount is the sum of <see cref="PaymentSnapshot.Captures"/>.</summary>
    public sealed record Captured : PaymentOutcome;

    /// <summary>Final. A decline inside the provider's fields, where the buyer may try another card, is <see cref="ActionRequired"/>.</summary>
    public sealed record Declined(DeclineReason Reason, string? ProviderCode) : PaymentOutcome;

    public sealed record Cancelled : PaymentOutcome;

    /// <summary>Certain: nothing happened, and it is safe to start again.</summary>
    public sealed record NotFound : PaymentOutcome;

    /// <summary>It may have happened. Only a look-up may settle it. <paramref name="Fault"/>: whether asking again may help.</summary>
    public sealed record Unknown(string Why, FaultKind Fault = FaultKind.Temporary) : PaymentOutcome;
}

/// <summary>What is behind a call that was not answered. Neither says whether money moved.</summary>
public enum FaultKind
{
    /// <summary>No answer, a limit, a fault over there: it passes by itself.</summary>
    Temporary,

    /// <summary>Our key is refused, or the account is closed: it stays until somebody changes a setting, so the provider is paused at once.</summary>
    Permanent,
}

/// <summary>Why a payment was declined, as the buyer is told. Duplicate: the provider has just seen the same payment. Temporary: the same method may work a little later.</summary>
public enum DeclineReason
{
    Unspecified, InsufficientFunds, AuthenticationRequired, AuthenticationFailed, MethodInvalid, Expired, SuspectedFraud, LimitExceeded, BuyerAborted, Duplicate, Temporary,
}

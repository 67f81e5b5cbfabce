namespace Shop.Payments;

/// <summary>Everything a provider is told to create one payment, built from frozen rows only: the same key always carries the same request.</summary>
public sealed record StartPayment
{
    public required AttemptId Attempt { get; init; }

    public required IdempotencyKey Key { get; init; }

    public required Money Amount { get; init; }

    public required PaymentSource Source { get; init; }

    /// <summary>One of the capabilities; <see cref="PaymentFlow.Redirect"/> for a browser without JavaScript.</summary>
    public required PaymentFlow Flow { get; init; }

    public required BuyerPresence Buyer { get; init; }

    public required Payer Payer { get; init; }

    /// <summary>The buyer's language, BCP 47.</summary>
    public required string Locale { get; init; }

    /// <summary>What is bought, for the provider's page or wallet; nothing personal.</summary>
    public required string Summary { get; init; }

    /// <summary>Eight characters for a memo and the telephone; never the order's number.</summary>
    public required string ShortReference { get; init; }

    /// <summary>True when each purchase is a new one (points, time); false when an earlier payment may be proven instead.</summary>
    public required bool Repeatable { get; init; }

    /// <summary>What the buyer's bank statement says; the plug-in cuts it to its provider's limit.</summary>
    public string? StatementName { get; init; }

    public required Uri ReturnUrl { get; init; }

    public required Uri CancelUrl { get; init; }
}

/// <summary>What is charged.</summary>
public abstract record PaymentSource
{
    private PaymentSource() { }

    /// <summary>Whatever the buyer enters at the provider.</summary>
    public sealed record Fresh(bool SaveForLater) : PaymentSource;

    public sealed record Saved(SavedMethodReference Method) : PaymentSource;

    public sealed record Token(SingleUseToken Value) : PaymentSource;
}

/// <summary>Who pays. <paramref name="AccountKey"/> is a pseudonym; without a <paramref name="Customer"/> the provider makes one when it needs one.</summary>
public sealed record Payer(string AccountKey, string? Email, CustomerReference? Customer);

namespace Shop.Payments;

/// <summary>A stored card or account as it is shown: "visa", "4242", the last day it works. A PayPal account has a brand only.</summary>
public sealed record SavedMethod(SavedMethodReference Reference, string Brand, string? Last4, DateOnly? ExpiresOn);

/// <summary>Stores a method at the provider's own page or fields, without a purchase.</summary>
public sealed record StartSetup(Payer Payer, IdempotencyKey Key, Uri ReturnUrl);

/// <summary>Stores a method from a token that the buyer's browser got from the provider.</summary>
public sealed record AttachMethod(Payer Payer, SingleUseToken Token, IdempotencyKey Key, Uri ReturnUrl);

public sealed record SetupSnapshot(SetupOutcome Outcome, ProviderReference? Reference, CustomerReference? Customer);

public abstract record SetupOutcome
{
    private SetupOutcome() { }

    public sealed record ActionRequired(BuyerAction Action) : SetupOutcome;

    public sealed record Saved(SavedMethod Method) : SetupOutcome;

    public sealed record Declined(DeclineReason Reason, string? ProviderCode) : SetupOutcome;

    /// <summary>Ask again, or start again with the same key: no money moves here.</summary>
    public sealed record Unknown(string Why) : SetupOutcome;
}

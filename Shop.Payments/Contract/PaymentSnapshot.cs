namespace Shop.Payments;

/// <summary>What the provider said, whichever call it answered. The shop compares it with its own rows: what was not said never matches.
/// Amounts are always the provider's, never an echo of the request.</summary>
public sealed record PaymentSnapshot
{
    public required PaymentOutcome Outcome { get; init; }

    public bool? Live { get; init; }

    public PayeeReference? Payee { get; init; }

    /// <summary>From the metadata of the provider's object.</summary>
    public AttemptId? OurAttempt { get; init; }

    public ProviderReference? Reference { get; init; }

    public CustomerReference? Customer { get; init; }

    public SavedMethod? SavedMethod { get; init; }

    /// <summary>What it was paid with, for the receipt; null: not paid yet, or the provider does not say.</summary>
    public PaidWith? PaidWith { get; init; }

    /// <summary>Of the card. The shop keeps only its HMAC, and that only on a ban.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The money; PayPal may have several captures.</summary>
    public IReadOnlyList<CaptureSnapshot> Captures { get; init; } = [];

    /// <summary>Ours, and those made elsewhere.</summary>
    public IReadOnlyList<RefundSnapshot> Refunds { get; init; } = [];

    public IReadOnlyList<DisputeSnapshot> Disputes { get; init; } = [];

    /// <summary>Which call this answered. The gateway writes it; a plug-in leaves it alone.</summary>
    public ProviderCall? Call { get; init; }

    /// <summary>Nothing is known but why.</summary>
    public static PaymentSnapshot Unknown(string why) => new() { Outcome = new PaymentOutcome.Unknown(why) };
}

/// <summary>Money that was taken, under an id of its own. It stays taken for good: refunds and disputes are records beside it.</summary>
public sealed record CaptureSnapshot(ProviderReference Reference, Money Amount, Money? Fee, DateTimeOffset At);

/// <summary>A card or account as a receipt names it: "visa", "4242". <paramref name="Country"/>: where it is from, two letters of ISO 3166, as the provider says.</summary>
public sealed record PaidWith(string Brand, string? Last4, string? Country);

public sealed record DisputeSnapshot(DisputeOutcome Outcome, ProviderReference Reference, ProviderReference? Capture, Money Amount);

public enum DisputeOutcome { Open, Won, Lost }

/// <summary>A call that was made, in the gateway's own words: nothing in it comes from a body.</summary>
/// <param name="Operation">start, get, continue, cancel, refund, get_refund.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Took">Until it was answered or given up.</param>
/// <param name="HttpStatus">Of the last answer over HTTP; null where there was none.</param>
/// <param name="Fault">Why there is no answer that counts; null: there is one.</param>
public sealed record ProviderCall(string Operation, DateTimeOffset At, TimeSpan Took, int? HttpStatus, string? Fault);

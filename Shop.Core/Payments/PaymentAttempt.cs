using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Where a payment attempt stands. created: our row exists, the provider may not have heard. sent: the provider's id is stored, the money step not known.
/// action: the buyer must do something. pending: the provider is deciding. held: authorised only. unknown: it may have happened; only the provider's answer
/// ends it. captured: money taken. failed, cancelled: ended without money, as far as the provider says.
/// </summary>
public enum AttemptState { Created, Sent, Action, Pending, Held, Unknown, Captured, Failed, Cancelled }

/// <summary>The legal changes of an attempt (exactly-once.md section 3).</summary>
public static class AttemptStates
{
    private static readonly AttemptState[] Endings = [AttemptState.Unknown, AttemptState.Captured, AttemptState.Failed, AttemptState.Cancelled];

    public static StateTable<AttemptState> Table { get; } = new(
        born: [AttemptState.Created],
        pairs:
        [
            .. From(AttemptState.Created, [AttemptState.Sent, AttemptState.Action, AttemptState.Pending, AttemptState.Held, .. Endings]),
            .. From(AttemptState.Sent, [AttemptState.Action, AttemptState.Pending, AttemptState.Held, .. Endings]),
            .. From(AttemptState.Action, [AttemptState.Sent, AttemptState.Pending, AttemptState.Held, .. Endings]),
            .. From(AttemptState.Pending, [AttemptState.Action, AttemptState.Held, .. Endings]),
            .. From(AttemptState.Held, Endings),
            .. From(
                AttemptState.Unknown,
                [AttemptState.Created, AttemptState.Sent, AttemptState.Action, AttemptState.Pending, AttemptState.Held, AttemptState.Captured, AttemptState.Failed, AttemptState.Cancelled]),
            (AttemptState.Failed, AttemptState.Captured),
            (AttemptState.Cancelled, AttemptState.Captured),
        ]);

    /// <summary>Attempts of which an order may have only one: the words of the partial unique index.</summary>
    public static IReadOnlyList<AttemptState> Live { get; } =
    [
        AttemptState.Created, AttemptState.Sent, AttemptState.Action, AttemptState.Pending, AttemptState.Held, AttemptState.Unknown, AttemptState.Captured,
    ];

    /// <summary>Live and not captured: what somebody still has to look at.</summary>
    public static IReadOnlyList<AttemptState> Open { get; } = [.. Live.Where(s => s != AttemptState.Captured)];

    private static IEnumerable<(AttemptState From, AttemptState To)> From(AttemptState from, AttemptState[] to) => to.Select(t => (from, t));
}

/// <summary>One try at paying an order with one provider. Amount and provider never change; the row is never deleted.</summary>
public sealed class PaymentAttempt
{
    public required Guid Id { get; init; }

    public long OrderId { get; init; }

    /// <summary>From 1 within the order.</summary>
    public required int Seq { get; init; }

    public required string Provider { get; init; }

    /// <summary>Made by the shop and stored before the first call.</summary>
    public required string IdemKey { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public AttemptState State { get; private set; } = AttemptState.Created;

    /// <summary>The provider's id of the payment, once known.</summary>
    public string? ProviderRef { get; private set; }

    /// <summary>Why it ended or is in doubt: a decline reason or our own word; never a provider's sentence.</summary>
    public string? Reason { get; private set; }

    /// <summary>Where the buyer enters what is charged; null: the provider's usual way.</summary>
    public PaymentFlow? Flow { get; init; }

    /// <summary>The kept method that is charged (<see cref="StoredMethod"/>); null: whatever the buyer enters at the provider.</summary>
    public long? SavedMethodId { get; init; }

    /// <summary>A renewal: the payer is not there, so that a question of their bank cannot be answered.</summary>
    public bool OffSession { get; init; }

    /// <summary>The seller whose program began it; null: the shop did, or the buyer.</summary>
    public long? SellerId { get; init; }

    /// <summary>The version of the text by which the buyer asked to keep the method (<see cref="SavedMethods.ConsentVersion"/>); null: nothing is kept.</summary>
    public int? ConsentVersion { get; init; }

    /// <summary>The payer's id at the provider as it was known when the attempt was made: the same key goes with the same request.</summary>
    public string? CustomerId { get; init; }

    /// <summary>SHA-256 of the network address it was started from, for the limits; null where those are off.</summary>
    public string? AddressHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? NextCheckAt { get; init; }

    public DateTimeOffset? DeadlineAt { get; init; }

    public int Checks { get; private set; }

    public int Version { get; private set; }
}

/// <summary>Money seen at a provider: one row for each capture, by the provider's own id. It stays captured for good; what follows are rows of their own.</summary>
public sealed class ProviderPayment
{
    public long Id { get; private set; }

    public required string Provider { get; init; }

    public required string ProviderId { get; init; }

    public Guid? AttemptId { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public ProviderPaymentStatus Status { get; init; } = ProviderPaymentStatus.Captured;

    public required Disposition Disposition { get; init; }

    /// <summary>Minor units promised to refunds that are under way or done.</summary>
    public long ReservedMinor { get; private set; }

    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>What the provider kept of it, in minor units of <see cref="FeeCurrency"/>, which may be another than the payment's; null where it did not say (ST-34).</summary>
    public long? FeeMinor { get; init; }

    public string? FeeCurrency { get; init; }
}

public enum ProviderPaymentStatus { Captured }

/// <summary>
/// What money seen is for. matched: it pays its order. surplus: the order could not use it any more. suspense: it does not fit what we asked for.
/// returned: a surplus or suspense that went back in full.
/// </summary>
public enum Disposition { Matched, Surplus, Suspense, Returned }

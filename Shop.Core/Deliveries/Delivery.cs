namespace Shop.Core;

/// <summary>
/// Where a delivery stands. scheduled: waits for settle, for its date, or for the worker. awaiting_claim: the code is out. applied: the recipient has it.
/// stuck: somebody must look. cancelled: its order ended unpaid or was given back before. revoked: taken back.
/// </summary>
public enum DeliveryState { Scheduled, AwaitingClaim, Applied, Stuck, Cancelled, Revoked }

/// <summary>The legal changes of a delivery (exactly-once.md section 3).</summary>
public static class DeliveryStates
{
    public static StateTable<DeliveryState> Table { get; } = new(
        born: [DeliveryState.Scheduled],
        pairs:
        [
            (DeliveryState.Scheduled, DeliveryState.Applied), (DeliveryState.Scheduled, DeliveryState.AwaitingClaim),
            (DeliveryState.Scheduled, DeliveryState.Stuck), (DeliveryState.Scheduled, DeliveryState.Cancelled),
            (DeliveryState.AwaitingClaim, DeliveryState.Applied), (DeliveryState.AwaitingClaim, DeliveryState.Scheduled),
            (DeliveryState.AwaitingClaim, DeliveryState.Stuck), (DeliveryState.AwaitingClaim, DeliveryState.Cancelled),
            (DeliveryState.Stuck, DeliveryState.Scheduled), (DeliveryState.Stuck, DeliveryState.Cancelled),
            (DeliveryState.Applied, DeliveryState.Revoked),
        ]);
}

/// <summary>What an order line still has to bring about, once. Recipient, date and note in force stand here and may change until it is applied.</summary>
public sealed class Delivery
{
    public long Id { get; private set; }

    public long OrderId { get; init; }

    public long OrderLineId { get; init; }

    /// <summary>The key of its effect, unique (<c>delivery:line number of the order</c>).</summary>
    public required string EffectKey { get; init; }

    public DeliveryState State { get; private set; } = DeliveryState.Scheduled;

    /// <summary>Null: whoever claims it by the code that goes to <see cref="RecipientEmail"/>, or whom chance will draw.</summary>
    public long? RecipientId { get; init; }

    public string? RecipientEmail { get; init; }

    /// <summary>Chance chooses the recipient: hidden, when it is delivered; shown, anew where whoever was shown no longer fits by then (DW-9).</summary>
    public RandomChoice? Random { get; init; }

    public string? Note { get; init; }

    /// <summary>The recipient is not told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    /// <summary>When the day begins (UTC) that the buyer asked for; null: as soon as it is paid.</summary>
    public DateTimeOffset? DeliverOn { get; init; }

    /// <summary>When it is due; null until settle gives one. Of a stuck one: when what was paid goes back by itself; null then: a person must look.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? AppliedAt { get; private set; }

    /// <summary>The instant the effect counts from: the order's time of payment when immediate, else when it was applied.</summary>
    public DateTimeOffset? EffectiveAt { get; private set; }

    /// <summary>Where time was given: until when it then ran.</summary>
    public DateTimeOffset? RanUntil { get; private set; }

    public string? StuckReason { get; private set; }

    public int Attempts { get; private set; }

    public string? LeaseOwner { get; private set; }

    public DateTimeOffset LeaseUntil { get; private set; } = DateTimeOffset.UnixEpoch;

    public long LeaseNo { get; private set; }
}

/// <summary>A code that lets somebody claim a delivery; only its hash is kept.</summary>
public sealed class ClaimToken
{
    public long Id { get; private set; }

    public required long OrderLineId { get; init; }

    public required string Hash { get; init; }

    public int Generation { get; init; }

    public long? RedeemedBy { get; private set; }

    public DateTimeOffset? RedeemedAt { get; private set; }
}

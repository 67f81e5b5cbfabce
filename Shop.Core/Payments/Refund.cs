namespace Shop.Core;

/// <summary>
/// Where a refund stands. created: reserved, the provider may not have heard. pending: the provider is working on it. unknown: it may have happened.
/// succeeded: booked. failed: not refunded, the reserve is free again.
/// </summary>
public enum RefundState { Created, Pending, Unknown, Succeeded, Failed }

/// <summary>The legal changes of a refund (exactly-once.md section 3). Refunds found at the provider and lost disputes are born succeeded.</summary>
public static class RefundStates
{
    public static StateTable<RefundState> Table { get; } = new(
        born: [RefundState.Created, RefundState.Succeeded],
        pairs:
        [
            (RefundState.Created, RefundState.Pending), (RefundState.Created, RefundState.Unknown),
            (RefundState.Created, RefundState.Succeeded), (RefundState.Created, RefundState.Failed),
            (RefundState.Pending, RefundState.Unknown), (RefundState.Pending, RefundState.Succeeded), (RefundState.Pending, RefundState.Failed),
            (RefundState.Unknown, RefundState.Created), (RefundState.Unknown, RefundState.Pending),
            (RefundState.Unknown, RefundState.Succeeded), (RefundState.Unknown, RefundState.Failed),
            (RefundState.Succeeded, RefundState.Failed),
        ]);

    /// <summary>Not certain yet: somebody still has to look at it.</summary>
    public static IReadOnlyList<RefundState> Open { get; } = [RefundState.Created, RefundState.Pending, RefundState.Unknown];
}

/// <summary>
/// Who wanted a refund. shop: nobody had to ask, the money fitted no order or the goods nobody (docs/adr/0007, 0015). recipient: whoever got a gift gave it back.
/// </summary>
public enum RefundOrigin { Staff, Buyer, External, Dispute, Shop, Recipient }

/// <summary>How the value of a refund reaches the buyer: to its source, or as points (DECISIONS 7).</summary>
public enum RefundPaidAs { Source, Points }

/// <summary>
/// What staff decide about goods of which some are used up (DF-49). refuse: then there is no refund. keep: they stay, and the order is flagged irrevocable. owe: points
/// are taken as far as they are there and the rest is owed; other goods stay.
/// </summary>
public enum UsedGoods { Refuse, Keep, Owe }

/// <summary>Money and points on their way back. Both are reserved when the row is made.</summary>
public sealed class Refund
{
    public required Guid Id { get; init; }

    /// <summary>Null: money that belongs to no order of ours.</summary>
    public long? OrderId { get; init; }

    /// <summary>Null: points only.</summary>
    public long? PaymentId { get; init; }

    public required RefundOrigin Origin { get; init; }

    public required string IdemKey { get; init; }

    public required long AmountMinor { get; init; }

    public required long Points { get; init; }

    public RefundPaidAs PaidAs { get; init; } = RefundPaidAs.Source;

    public RefundState State { get; init; } = RefundState.Created;

    /// <summary>The provider's id of it, of a lost dispute the dispute's; null until it is known, or where no provider has a part in it.</summary>
    public string? ProviderRef { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? NextCheckAt { get; init; }

    public DateTimeOffset? DeadlineAt { get; init; }

    public int Checks { get; private set; }

    public required string Reason { get; init; }

    /// <summary>Who asked for it, in words.</summary>
    public required string By { get; init; }

    /// <summary>The member of staff who asked for it, whose limits it counts under; null: nobody's.</summary>
    public long? ActorId { get; init; }

    /// <summary>What was decided about goods that are no longer there when it succeeds; null: nobody decided, and they stay.</summary>
    public UsedGoods? UsedGoods { get; init; }

    /// <summary>The lost dispute that took the money; null: somebody gave it back.</summary>
    public long? DisputeId { get; init; }

    /// <summary>When it succeeded; it stays where the bank sends the money back afterwards, because points that were given back stay given.</summary>
    public DateTimeOffset? SucceededAt { get; init; }

    /// <summary>Why it failed: the provider's word, or our own; never a sentence.</summary>
    public string? Failure { get; private set; }
}

/// <summary>The part of a refund that belongs to one line.</summary>
public sealed class RefundLine
{
    public long Id { get; private set; }

    public required Guid RefundId { get; init; }

    public required long OrderLineId { get; init; }

    public required long AmountMinor { get; init; }

    public required long Points { get; init; }
}

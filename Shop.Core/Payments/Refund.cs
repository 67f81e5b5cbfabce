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

    public RefundState State { get; private set; } = RefundState.Created;

    public string? ProviderRef { get; private set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? NextCheckAt { get; init; }

    public DateTimeOffset? DeadlineAt { get; init; }

    public int Checks { get; private set; }

    public required string Reason { get; init; }

    /// <summary>Who asked for it, in words.</summary>
    public required string By { get; init; }
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

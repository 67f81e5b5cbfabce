namespace Shop.Core;

/// <summary>What a member of staff said about money that comes by hand.</summary>
public enum HandEntryKind
{
    /// <summary>It came in full: the evidence that settling uses.</summary>
    Received,

    /// <summary>A part came. The order stays open.</summary>
    Part,

    /// <summary>The parts went back to the buyer.</summary>
    PartReturned,

    /// <summary>What was received turned out to be none, such as a cheque that the bank would not pay.</summary>
    Voided,

    /// <summary>A refund was sent: the evidence that ends it.</summary>
    Returned,
}

/// <summary>
/// A word of staff about money, with who said it: at once the evidence of the one kind of payment that has no provider to ask (docs/adr/0022) and its audit log.
/// Rows are only ever added.
/// </summary>
public sealed class HandEntry
{
    public long Id { get; private set; }

    public required HandEntryKind Kind { get; init; }

    public required Guid AttemptId { get; init; }

    /// <summary>Of <see cref="HandEntryKind.Returned"/>.</summary>
    public Guid? RefundId { get; init; }

    /// <summary>What was counted, in minor units.</summary>
    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public required long ActorId { get; init; }

    public required string Note { get; init; }

    public required DateTimeOffset At { get; init; }
}

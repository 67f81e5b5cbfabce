namespace Shop.Core;

/// <summary>Where a proposal stands that needs a second person. refused: also where it was taken back.</summary>
public enum RefundProposalState { Open, Approved, Refused }

/// <summary>The legal changes of a proposal.</summary>
public static class RefundProposalStates
{
    public static StateTable<RefundProposalState> Table { get; } = new(
        born: [RefundProposalState.Open],
        pairs: [(RefundProposalState.Open, RefundProposalState.Approved), (RefundProposalState.Open, RefundProposalState.Refused)]);
}

/// <summary>A refund above the sum that one member of staff may make: nothing is reserved until a second one approves (ASVS 2.3.5).</summary>
public sealed class RefundProposal
{
    /// <summary>The id that its refund will have.</summary>
    public required Guid Id { get; init; }

    public required long OrderId { get; init; }

    public RefundProposalState State { get; private set; } = RefundProposalState.Open;

    /// <summary>What is asked for, as the JSON of a <see cref="StaffRefund"/>.</summary>
    public required string Content { get; init; }

    public required long AskedBy { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    public long? DecidedBy { get; private set; }

    public DateTimeOffset? DecidedAt { get; private set; }
}

namespace Shop.Core;

/// <summary>Where something stands that needs a second person. open: nobody decided. approved: done. declined: somebody else said no. withdrawn: whoever asked took it back. alone: so
/// little that nobody else was needed.</summary>
public enum ApprovalState { Open, Approved, Declined, Withdrawn, Alone }

/// <summary>The legal changes of an approval.</summary>
public static class ApprovalStates
{
    public static StateTable<ApprovalState> Table { get; } = new(
        born: [ApprovalState.Open, ApprovalState.Alone],
        pairs:
        [
            (ApprovalState.Open, ApprovalState.Approved), (ApprovalState.Open, ApprovalState.Declined), (ApprovalState.Open, ApprovalState.Withdrawn),
        ]);
}

/// <summary>Something that one member of staff wants to do and another must agree to (ASVS 2.3.5). The row stays and says who wanted, who decided, and why.</summary>
public sealed class Approval
{
    public const int MostReason = 500;

    public long Id { get; private set; }

    /// <summary>Unique: the form it was asked with, so that the same form asks once.</summary>
    public required string Key { get; init; }

    /// <summary>What is to be done; whoever offers it knows the word.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is about, as <c>member:7</c> or <c>order:7</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The request, as its kind writes it.</summary>
    public required string Details { get; init; }

    public required string Reason { get; init; }

    public required long AskedBy { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    public ApprovalState State { get; init; } = ApprovalState.Open;

    /// <summary>Who approved or declined it: never who asked. Withdrawn: who asked. Alone: nobody.</summary>
    public long? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Whether a form that comes again asks for the same as this.</summary>
    public bool IsSame(string kind, string subject, string details, string reason, long askedBy) =>
        Kind == kind && Subject == subject && Details == details && Reason == reason && AskedBy == askedBy;
}

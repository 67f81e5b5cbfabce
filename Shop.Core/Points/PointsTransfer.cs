namespace Shop.Core;

/// <summary>Points that a member passed on to another (DW-48). Giving and receiving are one journal; this says who, why and whether the name is told.</summary>
public sealed class PointsTransfer
{
    public long Id { get; private set; }

    public required long SenderId { get; init; }

    public required long RecipientId { get; init; }

    /// <summary>The key of the form it was sent with: the same form transfers once.</summary>
    public required string FormKey { get; init; }

    public required long Points { get; init; }

    public string? Note { get; init; }

    /// <summary>The recipient is not told who it was; staff see it here.</summary>
    public bool Anonymous { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Its booking; null only inside the transaction that makes it.</summary>
    public long? JournalId { get; private set; }

    internal void Booked(long journalId) => JournalId = journalId;
}

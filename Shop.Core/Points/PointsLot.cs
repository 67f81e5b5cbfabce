namespace Shop.Core;

/// <summary>
/// Points of a member that run out together (M10). Points without an end are in no lot: they are what the balance holds beyond the lots. What is held or spent
/// is not in its lot any more, and so does not run out.
/// </summary>
public sealed class PointsLot
{
    public long Id { get; private set; }

    public required long MemberId { get; init; }

    /// <summary>The booking that brought the points.</summary>
    public required long JournalId { get; init; }

    public required long Points { get; init; }

    /// <summary>Points that are still there.</summary>
    public required long Left { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>When what is left runs out, UTC.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>The fewest days before the end that its member was told of; null: nothing was said yet.</summary>
    public int? ToldDays { get; init; }
}

/// <summary>Points that a booking took out of a lot.</summary>
public sealed class PointsLotUse
{
    public long Id { get; private set; }

    public required long LotId { get; init; }

    /// <summary>The booking that took them: a hold, a spend, a transfer.</summary>
    public required long JournalId { get; init; }

    public required long Points { get; init; }

    /// <summary>How much of it came back since.</summary>
    public long Back { get; init; }

    /// <summary>How long the points had still been good, in seconds.</summary>
    public required long SecondsLeft { get; init; }
}

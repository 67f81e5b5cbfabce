namespace Shop.Core;

/// <summary>Something to be sent outside, written with the change that caused it and sent afterwards, with a key that travels.</summary>
public sealed class OutboxRow : ILeasedRow
{
    public long Id { get; private set; }

    /// <summary>Unique; the same message asked for twice is one row. It becomes the mail's Message-ID.</summary>
    public required string DedupeKey { get; init; }

    /// <summary>Which handler sends it.</summary>
    public required string Kind { get; init; }

    /// <summary>The handler's own JSON: ids, no finished text and no secrets.</summary>
    public required string Payload { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? DoneAt { get; private set; }

    /// <summary>Rises when the row is claimed, so that one that kills its worker still ends up dead.</summary>
    public int Attempts { get; private set; }

    public bool Dead { get; private set; }

    public string? LeaseOwner { get; private set; }

    public DateTimeOffset LeaseUntil { get; private set; } = DateTimeOffset.UnixEpoch;

    public long LeaseNo { get; private set; }
}

namespace Shop.Core;

/// <summary>A program of the site's, or of a seller's, that is told of events: an address. The secret that its calls are signed with is derived from the row and stands nowhere.</summary>
public sealed class EventReceiver
{
    public long Id { get; private set; }

    public required string Address { get; init; }

    /// <summary>The seller whose program it is, which hears of its own products only; null: the site's.</summary>
    public long? SellerId { get; init; }

    /// <summary>Rises with each new secret.</summary>
    public int Generation { get; private set; }

    /// <summary>When the present secret took over from the one before; null: it is the first.</summary>
    public DateTimeOffset? ChangedAt { get; private set; }

    public required long MadeBy { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>From then on it is told of nothing; null: it is told.</summary>
    public DateTimeOffset? EndedAt { get; private set; }
}

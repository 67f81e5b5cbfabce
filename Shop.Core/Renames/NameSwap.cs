namespace Shop.Core;

/// <summary>Where a wish to swap two names stands. asked: the other has not answered. done: both have the other's name. declined: the other said no. withdrawn: it was taken back.</summary>
public enum NameSwapState { Asked, Done, Declined, Withdrawn }

/// <summary>The legal changes of a swap.</summary>
public static class NameSwapStates
{
    public static StateTable<NameSwapState> Table { get; } = new(
        born: [NameSwapState.Asked],
        pairs:
        [
            (NameSwapState.Asked, NameSwapState.Done), (NameSwapState.Asked, NameSwapState.Declined), (NameSwapState.Asked, NameSwapState.Withdrawn),
        ]);
}

/// <summary>
/// Two people swap their names: one asks, the other agrees, and two rename tokens are used up, on whichever of the two accounts they are (DW-13). The row stays
/// and says who was called what, and when.
/// </summary>
public sealed class NameSwap
{
    public long Id { get; private set; }

    public required long AskerId { get; init; }

    public required long OtherId { get; init; }

    /// <summary>The name that the asker gives. Whoever agrees, agrees to these two names.</summary>
    public required string AskerName { get; init; }

    public required string OtherName { get; init; }

    public NameSwapState State { get; init; } = NameSwapState.Asked;

    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>From then on nobody can agree any more, UTC.</summary>
    public required DateTimeOffset LapsesAt { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }
}

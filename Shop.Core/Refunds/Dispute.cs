namespace Shop.Core;

/// <summary>Where a dispute stands. open: the provider decides, goods stand still. lost: the money is gone. won: it is ours, also where it was withdrawn.</summary>
public enum DisputeState { Open, Lost, Won }

/// <summary>The legal changes of a dispute. News come in any order, so that one that is older than the state changes nothing; a lost one can still be won.</summary>
public static class DisputeStates
{
    public static StateTable<DisputeState> Table { get; } = new(
        born: [DisputeState.Open, DisputeState.Lost, DisputeState.Won],
        pairs: [(DisputeState.Open, DisputeState.Lost), (DisputeState.Open, DisputeState.Won), (DisputeState.Lost, DisputeState.Won)]);
}

/// <summary>A payer told the bank that a payment was not theirs, or not delivered: what the provider says of it, once for each of its ids.</summary>
public sealed class Dispute
{
    public long Id { get; private set; }

    public required long PaymentId { get; init; }

    public required long OrderId { get; init; }

    public required string ProviderRef { get; init; }

    public required long AmountMinor { get; init; }

    public required DisputeState State { get; init; }

    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>When the provider is asked again while it is open; null once it is decided.</summary>
    public DateTimeOffset? NextCheckAt { get; init; }

    /// <summary>Of rows from before refunds named their dispute (docs/adr/0027); read only when they are moved. It stays, because SQLite would rebuild the table to lose it.</summary>
    public Guid? RefundId { get; init; }
}

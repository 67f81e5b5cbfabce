namespace Shop.Core;

/// <summary>
/// A member of staff paid real money to see that a method works (docs/adr/0026): which order it was. What became of it stands in the rows of the order. Rows are only
/// added, so they are the record of who tried what.
/// </summary>
public sealed class TestPurchase
{
    public long Id { get; private set; }

    /// <summary>Made with the form: sent twice it is one purchase.</summary>
    public required Guid Key { get; init; }

    public required long OrderId { get; init; }

    /// <summary>The method that is tried, and the only one that its order can be paid with.</summary>
    public required string Provider { get; init; }

    public required long AskedBy { get; init; }

    public required DateTimeOffset AskedAt { get; init; }
}

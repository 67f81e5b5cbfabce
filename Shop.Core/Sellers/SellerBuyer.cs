namespace Shop.Core;

/// <summary>
/// A seller's name for somebody who buys from it. It stands for an account: one of its own that nobody can sign in to, until somebody signed in has paid for something
/// through it; from then on theirs.
/// </summary>
public sealed class SellerBuyer
{
    public long Id { get; private set; }

    /// <summary>Our name for it in the API; unguessable, and still only its seller's key reads it.</summary>
    public required string Handle { get; init; }

    public required long SellerId { get; init; }

    /// <summary>The seller's own id of the person; unique among its buyers.</summary>
    public required string Uuid { get; init; }

    /// <summary>Where its receipts go while it has no account; nobody has proved that it is theirs.</summary>
    public string? Email { get; init; }

    /// <summary>The account it stands for.</summary>
    public required long MemberId { get; init; }

    /// <summary>The account of its own that it stood for before; methods that were entered before are still that account's. Null: it had none, or has it still.</summary>
    public long? PlaceholderId { get; init; }

    /// <summary>Since when it is a member's; null: the account is one of its own.</summary>
    public DateTimeOffset? TiedAt { get; init; }

    public required DateTimeOffset MadeAt { get; init; }
}

namespace Shop.Accounts;

/// <summary>An account of the double-entry ledger. The code says whose it is (<c>user:7:points</c>, <c>clearing:x:USD</c>); the ledger does not read it.</summary>
public sealed class LedgerAccount
{
    public long Id { get; private set; }

    public required string Code { get; init; }

    /// <summary>What it counts: <c>PTS</c> or a currency. Every entry carries the same.</summary>
    public required string Unit { get; init; }

    /// <summary>The balance may never be negative; such an account alone has a cached balance.</summary>
    public required bool FloorZero { get; init; }
}

/// <summary>The cached balance of an account with a floor; the schema refuses a negative one.</summary>
public sealed class AccountBalance
{
    public required long AccountId { get; init; }

    public long Balance { get; private set; }
}

/// <summary>One booking: written open, given its entries, then sealed. Never changed afterwards; a correction is another journal.</summary>
public sealed class Journal
{
    public long Id { get; private set; }

    /// <summary>Unique: the same booking asked for twice is one booking.</summary>
    public required string IdemKey { get; init; }

    public required string Kind { get; init; }

    public long? OrderId { get; init; }

    public long? PaymentId { get; init; }

    public Guid? RefundId { get; init; }

    /// <summary>The journal this one undoes; at most one may.</summary>
    public long? ReversesId { get; init; }

    /// <summary>The hold this one spends or releases; at most one may, so a hold ends once.</summary>
    public long? ResolvesHold { get; init; }

    public bool Sealed { get; private set; }

    /// <summary>Why, in words for the statement; null where the kind says it all.</summary>
    public string? Reason { get; init; }

    /// <summary>Who did it: a member's id, or null for the site itself.</summary>
    public long? ActorId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public List<Entry> Entries { get; init; } = [];
}

/// <summary>One side of a booking, in the account's unit: plus receives, minus gives.</summary>
public sealed class Entry
{
    public long Id { get; private set; }

    public long JournalId { get; private set; }

    public required long AccountId { get; init; }

    public required string Unit { get; init; }

    public required long Amount { get; init; }
}

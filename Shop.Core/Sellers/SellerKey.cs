namespace Shop.Core;

/// <summary>What a key may do. A key without a scope is refused that, whatever else it may.</summary>
[Flags]
public enum KeyScopes
{
    None = 0,

    /// <summary>Reads its own buyers, methods, subscriptions, transactions and entitlements.</summary>
    Read = 1,

    /// <summary>Makes buyers.</summary>
    Buyers = 2,

    /// <summary>Adds and takes away payment methods of its buyers.</summary>
    Methods = 4,

    /// <summary>Begins, changes and ends subscriptions.</summary>
    Subscriptions = 8,

    /// <summary>Starts, charges and records transactions.</summary>
    Charges = 16,

    /// <summary>Gives money back.</summary>
    Refunds = 32,
}

/// <summary>
/// A key of a seller to the API. It is shown once; here stand a prefix to know it by and its SHA-256. Several may be good at once, so that one can be put in the
/// place of another.
/// </summary>
public sealed class SellerKey
{
    public long Id { get; private set; }

    public required long SellerId { get; init; }

    /// <summary>The public part: names the key on pages and finds its row.</summary>
    public required string Prefix { get; init; }

    /// <summary>SHA-256 of the whole key.</summary>
    public required string Hash { get; init; }

    public required KeyScopes Scopes { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    public required long MadeBy { get; init; }

    /// <summary>From then on it opens nothing; null: it does not run out.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When it was used last, to the hour; null: never.</summary>
    public DateTimeOffset? UsedAt { get; init; }
}

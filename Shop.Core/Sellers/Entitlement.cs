namespace Shop.Core;

/// <summary>
/// What an order line of a seller's product gave to an account: months from an instant, or for good. Until when somebody has a product is the fold of all that
/// stand; taken back, one is marked and the others are folded again, so nothing is left of it (F8).
/// </summary>
public sealed class Entitlement
{
    public long Id { get; private set; }

    public required long SellerId { get; init; }

    public required long ProductId { get; init; }

    /// <summary>Whose it is.</summary>
    public required long MemberId { get; init; }

    /// <summary>The delivery that gave it; there is one for each order line.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>The instant of payment from which it counts, unless what went before runs longer.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>Null: for good.</summary>
    public int? Months { get; init; }

    public required DateTimeOffset GrantedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? RevokedReason { get; init; }
}

namespace Shop.Core;

/// <summary>A code that a buyer put into a cart: as the rules have it, whether it counts now or not.</summary>
public sealed class CartCode
{
    public required long CartId { get; init; }

    public required string Code { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>A promotion that counted when an order was placed: what it gave then, whatever the rules say later.</summary>
public sealed class OrderPromotion
{
    public long Id { get; private set; }

    public long OrderId { get; internal set; }

    /// <summary>Its row in the rules of the order's revision.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    /// <summary>The code that was typed; null: it counted by itself.</summary>
    public string? Code { get; init; }

    /// <summary>What it took off, in minor units; it stands on the lines as well.</summary>
    public required long AmountMinor { get; init; }

    /// <summary>Months that a line gives besides.</summary>
    public required int Months { get; init; }

    /// <summary>Points that the order earns if all of what it looks at is paid in money.</summary>
    public required int Points { get; init; }
}

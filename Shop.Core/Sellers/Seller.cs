namespace Shop.Core;

/// <summary>A service of the community that sells through the shop. The shop's operator stays the one who is paid; a seller's pages count as hostile.</summary>
public sealed class Seller
{
    public long Id { get; private set; }

    /// <summary>Its name in addresses and in the API.</summary>
    public required string Handle { get; init; }

    /// <summary>What buyers and receipts call it.</summary>
    public required string Name { get; init; }

    /// <summary>Its logo: the hash of a picture; null: none.</summary>
    public string? LogoHash { get; init; }

    /// <summary>How its buyers reach it: an e-mail address, a telephone number or a page.</summary>
    public required string Contact { get; init; }

    /// <summary>Where its terms stand; null: those of the shop alone hold.</summary>
    public string? TermsUrl { get; init; }

    /// <summary>What its pages call the frame with. It stands in addresses and is no secret: it only says whose origins may frame.</summary>
    public required string EmbedKey { get; init; }

    public SellerState State { get; private set; } = SellerState.Active;

    public required long MadeBy { get; init; }

    public required DateTimeOffset MadeAt { get; init; }
}

/// <summary>An origin whose pages may frame the seller's buy flow and hear from it: scheme, host and port, exactly as a browser writes them.</summary>
public sealed class SellerOrigin
{
    public long Id { get; private set; }

    public required long SellerId { get; init; }

    public required string Origin { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>What was changed of a seller.</summary>
public enum SellerField
{
    Made, Name, Contact, Terms, Logo, State, Origin, Key, Webhook, Product,
}

/// <summary>One change of a seller or of what it sells: who, when, what, from what to what.</summary>
public sealed class SellerChange
{
    public long Id { get; private set; }

    public required long SellerId { get; init; }

    public required SellerField Field { get; init; }

    /// <summary>Which of several: an origin, a key's prefix, a product's id; null: there is one.</summary>
    public string? Subject { get; init; }

    public string? Old { get; init; }

    public string? New { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long ActorId { get; init; }

    /// <summary>Why; null where the form does not ask.</summary>
    public string? Reason { get; init; }
}

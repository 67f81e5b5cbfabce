namespace Shop.Core;

/// <summary>A buyer's one open cart: of an account, or of a browser by the hash of its key. It keeps its lines until an order of it is paid.</summary>
public sealed class Cart
{
    public long Id { get; private set; }

    public long? MemberId { get; init; }

    /// <summary>SHA-256 of the key in the cookie; null for an account's cart.</summary>
    public string? KeyHash { get; init; }

    /// <summary>Rises with every change: an order belongs to one version.</summary>
    public int Version { get; private set; }

    /// <summary>The buyer wants points used as far as the rule allows (default).</summary>
    public bool UsePoints { get; private set; } = true;

    /// <summary>Where the buyer says they are, for the tax: two letters, capitals; null: nobody asked, or they have not said.</summary>
    public string? Country { get; private set; }

    /// <summary>A business's tax id, in the form of its country.</summary>
    public string? TaxId { get; private set; }

    /// <summary>What the receipt calls a business.</summary>
    public string? BillTo { get; private set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Last adding or removing: 30 days later it may go.</summary>
    public DateTimeOffset TouchedAt { get; init; }

    public List<CartLine> Lines { get; init; } = [];
}

/// <summary>A line of an open cart: what and for whom, never a price that counts; prices are those of the rules in force.</summary>
public sealed class CartLine
{
    public long Id { get; private set; }

    public long CartId { get; init; }

    public required string Sku { get; init; }

    public required int Quantity { get; init; }

    /// <summary>Of goods that are bought by amount, such as points, how many units; the line is then one item.</summary>
    public int? Units { get; init; }

    /// <summary>What the form's quantity said.</summary>
    public int Number => Units ?? Quantity;

    /// <summary>Null: the buyer's own account, known only at sign-in.</summary>
    public long? RecipientId { get; init; }

    public string? RecipientName { get; init; }

    /// <summary>The address that a code is sent to, where it is for nobody's account yet; then there is no recipient.</summary>
    public string? RecipientEmail { get; init; }

    /// <summary>Chance chooses the recipient; hidden, there is none until it is delivered.</summary>
    public RandomChoice? Random { get; init; }

    public string? Note { get; init; }

    public bool Anonymous { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    public DateOnly? DeliverOn { get; init; }

    /// <summary>It is to be bought again by itself when its time is over.</summary>
    public bool Renews { get; init; }

    /// <summary>The seller's product it is of; null: a product of the shop.</summary>
    public long? SellerProductId { get; init; }

    /// <summary>Whom the seller knows the buyer as; null: it has not said, or it is a product of the shop.</summary>
    public long? SellerBuyerId { get; init; }

    /// <summary>What the buyer will pay for one, where the buyer names the price, minor units.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>The days of <see cref="LineConsent"/> that the buyer agreed to; null: there was nothing to agree to.</summary>
    public int? ConsentDays { get; init; }

    /// <summary>Gross price when it was added, minor units: "was / now".</summary>
    public required long PriceSeenMinor { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

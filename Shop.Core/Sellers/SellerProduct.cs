namespace Shop.Core;

/// <summary>Whether it is bought once or again and again by itself.</summary>
public enum SellerSale { OneOff, Recurring }

/// <summary>Whether the seller names the price or the buyer does, within bounds.</summary>
public enum SellerPricing { Fixed, Custom }

/// <summary>Who can buy it. account: somebody signed in. email: whoever gives an address. none: anybody; a receipt is sent where an address is given.</summary>
public enum SellerSignIn { Account, Email, None }

/// <summary>Something a seller sells. Orders hold a copy of what they bought, so a change never reaches them.</summary>
public sealed class SellerProduct
{
    /// <summary>Before its id where products of the price list and of sellers stand in one column.</summary>
    public const string SkuPrefix = "s/";

    public long Id { get; private set; }

    public required long SellerId { get; init; }

    /// <summary>Its id in addresses and in the API: unique over all sellers (MZ-15), never changed.</summary>
    public required string Code { get; init; }

    public required string Title { get; init; }

    public string? About { get; init; }

    public required SellerSale Sale { get; init; }

    public required SellerPricing Pricing { get; init; }

    /// <summary>The price, minor units; null: the buyer names it.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>The least and the most that a buyer may name; null: the price is fixed.</summary>
    public long? LeastMinor { get; init; }

    public long? MostMinor { get; init; }

    public required string Currency { get; init; }

    /// <summary>Months of a period, or that a purchase lasts; null: bought once, it is for good.</summary>
    public int? Months { get; init; }

    public required SellerSignIn SignIn { get; init; }

    /// <summary>Terms of its own; null: the seller's.</summary>
    public string? TermsUrl { get; init; }

    /// <summary>The hash of its picture; null: none.</summary>
    public string? PictureHash { get; init; }

    public bool OnSale { get; init; }

    /// <summary>Rises with each change.</summary>
    public int Revision { get; init; } = 1;

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>What lines of carts and orders call it.</summary>
    public string Sku => SkuPrefix + Code;
}

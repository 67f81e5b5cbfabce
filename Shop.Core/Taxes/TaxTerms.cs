using Shop.Accounts;

namespace Shop.Core;

/// <summary>Whether tax is reckoned, and by what: not at all; at one rate for everybody; at the rate of the buyer's country.</summary>
public enum TaxMode { None, One, Country }

/// <summary>Tax that is not in a price.</summary>
/// <param name="RatePpm">Parts of a million; null: the buyer's country decides.</param>
public sealed record PlusTax(int? RatePpm);

/// <summary>How tax is reckoned: a section of the rule book. Orders keep what they were placed with.</summary>
public sealed record TaxTerms
{
    public const string Section = "shop.tax";

    /// <summary>In place of a country: every country without a row of its own.</summary>
    public const string Anywhere = "any";

    /// <summary>The category of every product that no row names.</summary>
    public const string Standard = "standard";

    /// <summary>The word of a <see cref="TaxMode"/>.</summary>
    public string Mode { get; init; } = Words.Of(TaxMode.None);

    /// <summary>The price list's prices include the tax; else it comes on top of them.</summary>
    public bool Included { get; init; } = true;

    /// <summary>Buyers may say that they are a business, with a tax id.</summary>
    public bool Businesses { get; init; }

    public IReadOnlyList<TaxRate> Rates { get; init; } = [];

    public IReadOnlyList<TaxedProduct> Products { get; init; } = [];

    [System.Text.Json.Serialization.JsonIgnore]
    public TaxMode By => Words.Parse<TaxMode>(Mode);

    /// <summary>A buyer has to say their country before an order can be placed.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool NeedsCountry => By == TaxMode.Country;

    /// <summary>Buyers may enter a tax id, which needs a country.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool AsksBusinesses => NeedsCountry && Businesses;

    /// <summary>Tax comes on top of the price list.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOnTop => By != TaxMode.None && !Included;

    /// <summary>What comes on top of a product's price by the price list; null: nothing, whoever buys it.</summary>
    public PlusTax? Added(string sku)
    {
        if (!IsOnTop)
        {
            return null;
        }

        var category = CategoryOf(sku);
        return NeedsCountry
            ? Rates.Any(r => r.RatePpm > 0 && (r.Category == category || r.Category == Standard)) ? new PlusTax(null) : null
            : RateOf(sku, TaxBuyer.Unknown).RatePpm is > 0 and var rate ? new PlusTax(rate) : null;
    }

    /// <summary>It is known what tax this buyer pays.</summary>
    public bool IsKnown(TaxBuyer buyer) => !NeedsCountry || buyer.Country is not null;

    /// <summary>The buyer is a business that owes the tax in its own country itself.</summary>
    public bool IsReverse(TaxBuyer buyer) => AsksBusinesses && buyer is { Country: { } country, TaxId: not null }
        && Rates.Any(r => r.Reverse && string.Equals(r.Country, country, StringComparison.OrdinalIgnoreCase));

    /// <summary>The category that a product is taxed as.</summary>
    public string CategoryOf(string sku) => Products.FirstOrDefault(p => p.Product == sku)?.Category ?? Standard;

    /// <summary>
    /// The tax of a line. <paramref name="listedMinor"/>: its price by the price list, after discounts. Rounded once for the line, half up, so that the sums of an order
    /// are the sums of its lines. Where the buyer's country is needed and not known yet, no tax is reckoned.
    /// </summary>
    public LineTax Of(string sku, long listedMinor, TaxBuyer buyer)
    {
        if (!IsOnTop)
        {
            return Within(sku, listedMinor, buyer);
        }

        var (category, rate) = RateOf(sku, buyer);
        return LineTax.OnTop(listedMinor, Rounding.HalfUp(listedMinor, rate, LineTax.Whole), rate, category);
    }

    /// <summary>The tax in a price that was agreed upon with it, wherever prices stand now.</summary>
    public LineTax Within(string sku, long grossMinor, TaxBuyer buyer)
    {
        if (By == TaxMode.None)
        {
            return LineTax.None(grossMinor);
        }

        var (category, rate) = RateOf(sku, buyer);
        return new LineTax(grossMinor, Rounding.HalfUp(grossMinor, rate, LineTax.Whole + rate), 0, rate, category);
    }

    private (string Category, int RatePpm) RateOf(string sku, TaxBuyer buyer)
    {
        var category = CategoryOf(sku);
        return (category, !IsKnown(buyer) || IsReverse(buyer) ? 0 : RateOf(category, NeedsCountry ? buyer.Country : null));
    }

    /// <summary>The rate for a category in a country: that of the country before that of anywhere, that of the category before the standard one.</summary>
    private int RateOf(string category, string? country)
    {
        var rows = Rates.Where(r => country is not null && string.Equals(r.Country, country, StringComparison.OrdinalIgnoreCase)).ToList();
        rows = rows.Count > 0 ? rows : [.. Rates.Where(r => r.Country == Anywhere)];
        return (rows.Find(r => r.Category == category) ?? rows.Find(r => r.Category == Standard))?.RatePpm ?? 0;
    }

    public static RuleSection<TaxTerms> Rules { get; } = new(Section, new TaxTerms(), Check)
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Choice("mode", [.. Enum.GetValues<TaxMode>().Select(Words.Of)]), new RuleField.Switch("included"), new RuleField.Switch("businesses"),
            new RuleField.Rows(
                "rates", ["country", "category"],
                [
                    new RuleField.Word("country", 3), new RuleField.Word("category", 32), new RuleField.Number("ratePpm", 0, LineTax.Whole), new RuleField.Switch("reverse"),
                ])
            {
                Blank = new() { ["country"] = "", ["category"] = Standard, ["ratePpm"] = 0, ["reverse"] = false },
            },
            new RuleField.Rows("products", ["product"], [new RuleField.Word("product", 64), new RuleField.Word("category", 32)])
            {
                Blank = new() { ["product"] = "", ["category"] = Standard },
            },
        ],
    };

    private static IEnumerable<RuleProblem> Check(TaxTerms terms)
    {
        foreach (var rate in terms.Rates.Where(r => r.Country != Anywhere && !Countries.IsKnown(r.Country.ToUpperInvariant())))
        {
            yield return new RuleProblem($"{Section}:rates[{rate.Country}+{rate.Category}].country", ShopRuleTexts.Get("TaxCountry", rate.Country));
        }

        if (Words.TryParse<TaxMode>(terms.Mode, out var mode) && mode != TaxMode.None && !terms.Rates.Any(r => r is { Country: Anywhere, Category: Standard }))
        {
            yield return new RuleProblem($"{Section}:rates", ShopRuleTexts.Get("TaxAnywhere", Anywhere, Standard));
        }

        if (mode == TaxMode.One && terms.Rates.Any(r => r.Country != Anywhere))
        {
            yield return new RuleProblem($"{Section}:rates", ShopRuleTexts.Get("TaxOneRate", Anywhere));
        }
    }
}

/// <summary>A rate of tax: where, for what, how much in parts of a million.</summary>
public sealed record TaxRate
{
    /// <summary>Two letters of ISO 3166, small; or <see cref="TaxTerms.Anywhere"/>.</summary>
    public required string Country { get; init; }

    public required string Category { get; init; }

    public int RatePpm { get; init; }

    /// <summary>Businesses of this country with a tax id pay none here: they owe it themselves.</summary>
    public bool Reverse { get; init; }
}

/// <summary>A product that is not taxed as <see cref="TaxTerms.Standard"/>.</summary>
public sealed record TaxedProduct
{
    public required string Product { get; init; }

    public required string Category { get; init; }
}

/// <summary>Who a buyer says they are, for the tax: a country of ISO 3166 in capitals, and of a business its tax id and what the receipt calls it.</summary>
public sealed record TaxBuyer(string? Country, string? TaxId, string? BillTo)
{
    public const int MostBillTo = 200;

    public static TaxBuyer Unknown { get; } = new(null, null, null);
}

/// <summary>A line's price with its tax. <paramref name="PriceMinor"/> is what is paid, gross; <paramref name="AddedMinor"/> of it came on top of the price list.</summary>
public readonly record struct LineTax(long PriceMinor, long TaxMinor, long AddedMinor, int RatePpm, string Category)
{
    /// <summary>A rate of all: 100 %.</summary>
    public const int Whole = 1_000_000;

    /// <summary>The category of lines of which no rule of tax spoke.</summary>
    public const string Untaxed = "none";

    public long NetMinor => PriceMinor - TaxMinor;

    public static LineTax None(long priceMinor) => new(priceMinor, 0, 0, 0, Untaxed);

    public static LineTax OnTop(long netMinor, long taxMinor, int ratePpm, string category) => new(checked(netMinor + taxMinor), taxMinor, taxMinor, ratePpm, category);
}

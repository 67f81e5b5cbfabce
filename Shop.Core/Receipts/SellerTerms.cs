using Shop.Accounts;

namespace Shop.Core;

/// <summary>Who sells: what stands on receipts, and how those are numbered. A section of the rule book; a receipt keeps the one under which it was issued.</summary>
public sealed record SellerTerms
{
    public const string Section = "shop.seller";

    /// <summary>Null: receipts name the shop by its address.</summary>
    public string? Name { get; init; }

    public string? Address1 { get; init; }

    public string? Address2 { get; init; }

    public string? Address3 { get; init; }

    public string? Address4 { get; init; }

    /// <summary>How buyers reach the seller: an e-mail address or a telephone number.</summary>
    public string? Contact { get; init; }

    public string? TaxId { get; init; }

    /// <summary>Where the terms stand; null: the shop's own page of terms.</summary>
    public string? Terms { get; init; }

    /// <summary>The zone whose calendar says in which year a receipt is numbered.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Before the numbers of receipts.</summary>
    public string ReceiptPrefix { get; init; } = "R";

    /// <summary>Before the numbers of credit notes.</summary>
    public string CreditPrefix { get; init; } = "C";

    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> Address => [.. new[] { Address1, Address2, Address3, Address4 }.OfType<string>()];

    [System.Text.Json.Serialization.JsonIgnore]
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>The year of an instant by the seller's calendar.</summary>
    public int YearOf(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).Year;

    public static RuleSection<SellerTerms> Rules { get; } = new(Section, new SellerTerms(), Check)
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            Line("name", 100), Line("address1", 100), Line("address2", 100), Line("address3", 100), Line("address4", 100), Line("contact", 200), Line("taxId", 40),
            Line("terms", 300), new RuleField.Text("timeZone", 64), new RuleField.Text("receiptPrefix", 8), new RuleField.Text("creditPrefix", 8),
        ],
    };

    private static RuleField.Text Line(string key, int most) => new(key, most) { Optional = true };

    private static IEnumerable<RuleProblem> Check(SellerTerms terms)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(terms.TimeZone, out _))
        {
            yield return new RuleProblem($"{Section}:timeZone", ShopRuleTexts.Get("SellerZone", terms.TimeZone));
        }

        if (terms.Terms is { } address && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            yield return new RuleProblem($"{Section}:terms", ShopRuleTexts.Get("SellerTerms"));
        }

        if (string.Equals(terms.ReceiptPrefix, terms.CreditPrefix, StringComparison.OrdinalIgnoreCase))
        {
            yield return new RuleProblem($"{Section}:creditPrefix", ShopRuleTexts.Get("SellerPrefixes"));
        }
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What buyers get besides the price list, and when: a section of the rule book. What it must keep to the other sections is <see cref="PromotionCheck"/>.</summary>
public sealed record PromotionTerms
{
    public const string Section = "shop.promotions";

    /// <summary>The most promotions there may be: a cart is judged against each of them.</summary>
    public const int Most = 100;

    public IReadOnlyList<Promotion> Promotions { get; init; } = [];

    public static RuleSection<PromotionTerms> Rules { get; } = new(Section, new PromotionTerms(), Problems)
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Rows("promotions", ["key"],
            [
                new RuleField.Text("name", 60),
                new RuleField.Switch("on"),
                new RuleField.Day("from"),
                new RuleField.Day("until"),
                new RuleField.Word("code", PromotionCodes.MostLength) { Optional = true },
                new RuleField.Number("percent", 1, 90) { Optional = true },
                new RuleField.Amount("amountMinor", 1, 1_000_000) { Optional = true },
                new RuleField.Number("months", 1, 24) { Optional = true },
                new RuleField.Number("points", 1, 100_000) { Optional = true },
                new RuleField.Amount("minimumMinor", 1, 1_000_000_000) { Optional = true },
                new RuleField.Word("product", 32) { Optional = true },
                new RuleField.Word("memberClass", 32) { Optional = true },
                new RuleField.Switch("firstOrder"),
                new RuleField.Number("maxUses", 1, 1_000_000) { Optional = true },
                new RuleField.Number("maxPerMember", 1, 1_000) { Optional = true },
                new RuleField.Switch("alone"),
                new RuleField.Switch("stays"),
            ])
            {
                Blank = new JsonObject { ["on"] = true, ["firstOrder"] = false, ["alone"] = false, ["stays"] = false },
            },
        ],
    };

    private static IEnumerable<RuleProblem> Problems(PromotionTerms terms)
    {
        if (terms.Promotions.Count > Most)
        {
            yield return new RuleProblem($"{Section}:promotions", ShopRuleTexts.Get("PromotionsMost", Most, terms.Promotions.Count));
            yield break;
        }

        foreach (var promotion in terms.Promotions)
        {
            var path = Path(promotion);
            if (promotion.Until < promotion.From)
            {
                yield return new RuleProblem($"{path}.until", ShopRuleTexts.Get("PromotionEndsFirst", promotion.Key, Day(promotion.From), Day(promotion.Until)));
            }

            if (promotion.Code is { } code && PromotionCodes.Read(code) != code)
            {
                yield return new RuleProblem($"{path}.code", ShopRuleTexts.Get("PromotionCode", promotion.Key));
            }

            var benefits = new[] { promotion.Percent is not null, promotion.AmountMinor is not null, promotion.Months is not null, promotion.Points is not null }.Count(b => b);
            if (benefits != 1)
            {
                yield return new RuleProblem($"{path}.percent", ShopRuleTexts.Get("PromotionOneBenefit", promotion.Key, benefits));
            }
        }

        foreach (var same in terms.Promotions.Where(p => p.Code is not null).GroupBy(p => p.Code).Where(g => g.Count() > 1))
        {
            yield return new RuleProblem($"{Path(same.Last())}.code", ShopRuleTexts.Get("PromotionCodeTwice", same.First().Key, same.Last().Key, same.Key!));
        }
    }

    internal static string Path(Promotion promotion) => $"{Section}:promotions[{promotion.Key}]";

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>
/// A promotion: the conditions that are filled in must all hold, and it gives the one benefit that is filled in. Amounts in minor units of the price list.
/// </summary>
public sealed record Promotion
{
    public required string Key { get; init; }

    /// <summary>What buyers read, in the site's language.</summary>
    public required string Name { get; init; }

    public bool On { get; init; }

    /// <summary>The first day, UTC.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day, UTC.</summary>
    public required DateOnly Until { get; init; }

    /// <summary>The code that a buyer types; null: it counts by itself.</summary>
    public string? Code { get; init; }

    /// <summary>Benefit: so many parts of a hundred off what it looks at.</summary>
    public int? Percent { get; init; }

    /// <summary>Benefit: so much off what it looks at.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>Benefit: so many months more with the longest line of time.</summary>
    public int? Months { get; init; }

    /// <summary>Benefit: so many points when the order is paid in money.</summary>
    public int? Points { get; init; }

    /// <summary>Condition: what it looks at costs at least so much by the price list.</summary>
    public long? MinimumMinor { get; init; }

    /// <summary>Condition: this product is in the cart, and it looks at nothing else; null: everything but points.</summary>
    public string? Product { get; init; }

    /// <summary>Condition: the buyer's account is of this class.</summary>
    public string? MemberClass { get; init; }

    /// <summary>Condition: the buyer has paid no order yet. It is then once for a member, whatever <see cref="MaxPerMember"/> says.</summary>
    public bool FirstOrder { get; init; }

    /// <summary>How many orders may use it altogether; null: any number.</summary>
    public int? MaxUses { get; init; }

    /// <summary>How many orders of one member may use it; null: any number.</summary>
    public int? MaxPerMember { get; init; }

    /// <summary>It does not go together with any other promotion.</summary>
    public bool Alone { get; init; }

    /// <summary>Its code cannot be taken out of a cart except by emptying the cart (DW-32).</summary>
    public bool Stays { get; init; }

    internal int? PerMember => FirstOrder ? 1 : MaxPerMember;

    internal bool IsLimited => MaxUses is not null || PerMember is not null;

    /// <summary>It needs to know who buys.</summary>
    internal bool NeedsMember => PerMember is not null || MemberClass is not null || Points is not null;

    public bool RunsOn(DateOnly day) => On && From <= day && day <= Until;

    /// <summary>Whether it looks at a product: points are left out, because what can pay for everything is never sold for less than it is worth.</summary>
    internal bool LooksAt(string sku, bool isPoints) => !isPoints && (Product is null || Product == sku);
}

/// <summary>Codes as they are typed: a to z in any case, 0 to 9 and "-".</summary>
public static class PromotionCodes
{
    public const int MostLength = 32;

    /// <summary>The code as the rules have it; null: nobody's code looks like that.</summary>
    public static string? Read(string? typed)
    {
        var text = typed?.Trim() ?? "";
        return text.Length is >= 1 and <= MostLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? text.ToLowerInvariant() : null;
    }
}

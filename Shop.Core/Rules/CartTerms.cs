using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a cart takes: a section of the rule book. How long it is kept stands with the price list.</summary>
public sealed record CartTerms
{
    public const string Section = "shop.carts";

    /// <summary>The most lines a cart takes.</summary>
    public int MaxLines { get; init; } = 50;

    /// <summary>The longest note of a gift, in characters.</summary>
    public int MaxNote { get; init; } = 500;

    public static RuleSection<CartTerms> Rules { get; } = new(Section, new CartTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields = [new RuleField.Number("maxLines", 1, 50), new RuleField.Number("maxNote", 0, 500)],
    };
}

using Shop.Accounts;

namespace Shop.Core;

/// <summary>How buyers are led through the checkout: a section of the rule book.</summary>
public sealed record CheckoutTerms
{
    public const string Section = "shop.checkout";

    /// <summary>Cards are entered on a provider's own page, not in its fields on a page of the shop, where a provider has both.</summary>
    public bool HostedPages { get; init; }

    public static RuleSection<CheckoutTerms> Rules { get; } = new(Section, new CheckoutTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields = [new RuleField.Switch("hostedPages")],
    };
}

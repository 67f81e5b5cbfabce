using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a gift may be asked for: a section of the rule book. How long its note may be stands with the carts.</summary>
public sealed record GiftTerms
{
    public const string Section = "shop.gifts";

    /// <summary>A giver may stay unnamed. Who is not signed in always does.</summary>
    public bool Anonymous { get; init; } = true;

    /// <summary>The farthest day of delivery, in days from today; 0: everything is delivered at once.</summary>
    public int FarthestDays { get; init; } = 730;

    /// <summary>A day of delivery that is farther away than so many days asks to be confirmed.</summary>
    public int ConfirmDays { get; init; } = 180;

    /// <summary>So many days after its delivery a gift can be given back by whoever got it; 0: never.</summary>
    public int ReturnDays { get; init; } = 7;

    /// <summary>So many gifts can a member give back within 365 days: what was used in between has cost nobody anything.</summary>
    public int ReturnsPerYear { get; init; } = 3;

    /// <summary>So many days a giver has to choose somebody else where a gift could not be delivered; then the money goes back.</summary>
    public int StuckDays { get; init; } = 14;

    public static RuleSection<GiftTerms> Rules { get; } = new(Section, new GiftTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields = [new RuleField.Switch("anonymous"), new RuleField.Number("farthestDays", 0, 3650), new RuleField.Number("confirmDays", 0, 3650),
            new RuleField.Number("returnDays", 0, 365), new RuleField.Number("returnsPerYear", 0, 1000), new RuleField.Number("stuckDays", 0, 90)],
    };
}

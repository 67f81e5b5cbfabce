using Shop.Accounts;

namespace Shop.Core;

/// <summary>Whom chance may draw as a recipient (F6): a section of the rule book.</summary>
public sealed record RandomTerms
{
    public const string Section = "shop.random";

    /// <summary>Gifts to somebody drawn at random are offered. What was bought before is delivered in any case.</summary>
    public bool Offered { get; init; } = true;

    /// <summary>An account is older than so many days.</summary>
    public int OlderThanDays { get; init; } = 30;

    /// <summary>It has so many entries at least.</summary>
    public int LeastPosts { get; init; } = 10;

    /// <summary>It wrote one in the last so many days.</summary>
    public int ActiveDays { get; init; } = 7;

    /// <summary>A community has so many members at least.</summary>
    public int LeastMembers { get; init; } = 10;

    public static RuleSection<RandomTerms> Rules { get; } = new(Section, new RandomTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Switch("offered"), new RuleField.Number("olderThanDays", 0, 3650), new RuleField.Number("leastPosts", 0, 100_000),
            new RuleField.Number("activeDays", 1, 3650), new RuleField.Number("leastMembers", 0, 100_000),
        ],
    };
}

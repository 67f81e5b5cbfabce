using Shop.Accounts;

namespace Shop.Core;

/// <summary>How paid resources are sold and opened: a section of the rule book.</summary>
public sealed record ResourceTerms
{
    public const string Section = "shop.resources";

    /// <summary>So many sessions may have an order open at a time; of more, the oldest has it no longer (D11).</summary>
    public int LiveSessions { get; init; } = 5;

    /// <summary>So many days an order waits for its money.</summary>
    public int OrderDays { get; init; } = 3;

    /// <summary>So many days an order waits that somebody was asked to pay (TF-44).</summary>
    public int RequestDays { get; init; } = 14;

    /// <summary>The most orders of one session in ten minutes.</summary>
    public int OrdersPerSession { get; init; } = 10;

    /// <summary>The most orders from one network address in an hour, those of carts among them.</summary>
    public int OrdersPerAddress { get; init; } = 60;

    /// <summary>The largest file, in units of 1024 bytes.</summary>
    public int LargestFileKb { get; init; } = 20_480;

    public static RuleSection<ResourceTerms> Rules { get; } = new(Section, new ResourceTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Number("liveSessions", 1, 100), new RuleField.Number("orderDays", 1, 90), new RuleField.Number("requestDays", 1, 90),
            new RuleField.Number("ordersPerSession", 1, 1000), new RuleField.Number("ordersPerAddress", 1, 10_000), new RuleField.Number("largestFileKb", 1, 204_800),
        ],
    };
}

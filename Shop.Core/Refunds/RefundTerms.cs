using Shop.Accounts;

namespace Shop.Core;

/// <summary>What becomes of goods and buyer when a dispute is lost: taken back; left where they are; taken back, and the buyer's account is suspended.</summary>
public enum LostDisputeRule { TakeBack, Leave, Block }

/// <summary>Who may give back what, and what becomes of the goods: a section of the rule book.</summary>
public sealed record RefundTerms
{
    public const string Section = "shop.refunds";

    /// <summary>So many days after the payment buyers may give their order back themselves; 0: never.</summary>
    public int BuyerDays { get; init; }

    /// <summary>Buyers may give time back themselves.</summary>
    public bool BuyerTime { get; init; } = true;

    /// <summary>Buyers may give points back themselves.</summary>
    public bool BuyerPoints { get; init; } = true;

    /// <summary>Buyers may give other goods back themselves: icons, rename tokens, virtual gifts that were not delivered.</summary>
    public bool BuyerOther { get; init; } = true;

    /// <summary>So many orders one buyer may give back within 365 days.</summary>
    public int BuyerPerYear { get; init; } = 3;

    /// <summary>So many refunds one member of staff may make in an hour.</summary>
    public int PerHour { get; init; } = 30;

    /// <summary>So much one member of staff may give back in 24 hours, points at their value, minor units.</summary>
    public long PerDayMinor { get; init; } = 100_000;

    /// <summary>Above this sum a second member of staff approves, minor units: for one order, and for all orders of its buyer within 24 hours, whoever gave back.</summary>
    public long ApprovalMinor { get; init; } = 10_000;

    /// <summary>Staff may give money back although some of the goods are used up.</summary>
    public bool KeepUsed { get; init; } = true;

    /// <summary>Staff may book points that are spent as owed.</summary>
    public bool OweUsed { get; init; } = true;

    /// <summary>Goods are taken back where somebody gave the money back at the provider.</summary>
    public bool SeenTakesBack { get; init; } = true;

    /// <summary>The word of a <see cref="LostDisputeRule"/>.</summary>
    public string LostDispute { get; init; } = Words.Of(LostDisputeRule.TakeBack);

    [System.Text.Json.Serialization.JsonIgnore]
    public LostDisputeRule WhenLost => Words.Parse<LostDisputeRule>(LostDispute);

    public static RuleSection<RefundTerms> Rules { get; } = new(Section, new RefundTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Number("buyerDays", 0, 365), new RuleField.Switch("buyerTime"), new RuleField.Switch("buyerPoints"), new RuleField.Switch("buyerOther"),
            new RuleField.Number("buyerPerYear", 0, 1000), new RuleField.Number("perHour", 0, 1000), new RuleField.Amount("perDayMinor", 0, 100_000_000),
            new RuleField.Amount("approvalMinor", 0, 100_000_000), new RuleField.Switch("keepUsed"), new RuleField.Switch("oweUsed"), new RuleField.Switch("seenTakesBack"),
            new RuleField.Choice("lostDispute", [.. Enum.GetValues<LostDisputeRule>().Select(Words.Of)]),
        ],
    };
}

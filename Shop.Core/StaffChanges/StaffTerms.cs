using Shop.Accounts;

namespace Shop.Core;

/// <summary>How much staff may give to an account or take from it alone within 24 hours, all of them together: a section of the rule book. Above it another person approves.</summary>
public sealed record StaffTerms
{
    public const string Section = "shop.staff";

    /// <summary>Points given or taken.</summary>
    public int MostPoints { get; init; } = 500;

    /// <summary>Months of paid time given.</summary>
    public int MostMonths { get; init; } = 1;

    /// <summary>Days of paid time taken.</summary>
    public int MostDays { get; init; } = 31;

    /// <summary>How much staff may do without a second person.</summary>
    public long Most(StaffChangeKind kind) => kind switch
    {
        StaffChangeKind.GivePoints or StaffChangeKind.TakePoints => MostPoints,
        StaffChangeKind.GiveMonths => MostMonths,
        StaffChangeKind.TakeDays => MostDays,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static RuleSection<StaffTerms> Rules { get; } = new(Section, new StaffTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields = [new RuleField.Number("mostPoints", 0, (int)StaffChanges.MostPoints), new RuleField.Number("mostMonths", 0, StaffChanges.MostMonths), new RuleField.Number("mostDays", 0, StaffChanges.MostDays)],
    };
}

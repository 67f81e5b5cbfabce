namespace Shop.Accounts;

/// <summary>How an account is told that its time runs out, and what then happens: a section of the rule book (DW-84, DW-85).</summary>
public sealed record ExpiryTerms
{
    public const string Section = "accounts.expiry";

    /// <summary>Days before the end at which the first reminder is sent; 0: none.</summary>
    public int FirstReminderDays { get; init; } = 14;

    /// <summary>Days before the end at which the last reminder is sent; 0: none.</summary>
    public int LastReminderDays { get; init; } = 3;

    /// <summary>Days after the end for which the class stays. Time bought in them is counted from when it is paid, as after any end.</summary>
    public int GraceDays { get; init; }

    public TimeSpan Grace => TimeSpan.FromDays(GraceDays);

    public static RuleSection<ExpiryTerms> Rules { get; } = new(Section, new ExpiryTerms(), Problems)
    {
        Texts = RuleTexts.Resources,
        Fields = [new RuleField.Number("firstReminderDays", 0, 60), new RuleField.Number("lastReminderDays", 0, 30), new RuleField.Number("graceDays", 0, 60)],
    };

    private static IEnumerable<RuleProblem> Problems(ExpiryTerms terms)
    {
        if (terms.FirstReminderDays > 0 && terms.LastReminderDays >= terms.FirstReminderDays)
        {
            yield return new RuleProblem($"{Section}:lastReminderDays", RuleTexts.Get("RemindersInOrder", terms.LastReminderDays, terms.FirstReminderDays));
        }
    }
}

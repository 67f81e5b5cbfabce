namespace Shop.Accounts;

/// <summary>How rules are published: a section of the rule book about the rule book.</summary>
public sealed record PublishingTerms
{
    public const string Section = "accounts.publishing";

    /// <summary>Whoever proposes a draft cannot publish it; another admin does.</summary>
    public bool SecondAdmin { get; init; }

    public static RuleSection<PublishingTerms> Rules { get; } = new(Section, new PublishingTerms(), _ => [])
    {
        Texts = RuleTexts.Resources,
        Fields = [new RuleField.Switch("secondAdmin")],
    };
}

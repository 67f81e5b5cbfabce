namespace Shop.Accounts;

/// <summary>A published state of all rules. Revision 1 is there from the first day; every order names the one it was priced with.</summary>
public sealed class RuleRevision
{
    public long Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when it holds, UTC.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>Who published it; null: the site itself (revision 1).</summary>
    public long? AuthorId { get; init; }

    public required string Reason { get; init; }

    public List<RuleSectionRow> Sections { get; init; } = [];
}

/// <summary>One project's section of a revision, as JSON of its typed record.</summary>
public sealed class RuleSectionRow
{
    public long RevisionId { get; init; }

    public required string Name { get; init; }

    public required string Json { get; init; }
}

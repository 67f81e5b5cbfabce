namespace Shop.Accounts;

/// <summary>
/// A published state of all rules. Revision 1 is there from the first day; every order names the one it was priced with. What it says never changes;
/// only who comes next and whether it was withdrawn before it took effect are noted later.
/// </summary>
public sealed class RuleRevision
{
    public long Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when it holds, UTC. Never earlier than the one it was made from.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>Who wrote it; null: the site itself (revision 1).</summary>
    public long? AuthorId { get; init; }

    /// <summary>The second admin, where the rules asked for one.</summary>
    public long? ApprovedBy { get; init; }

    public required string Reason { get; init; }

    /// <summary>The revision it was made from; null: the first.</summary>
    public long? BasedOn { get; init; }

    /// <summary>The older revision whose rules it brings back.</summary>
    public long? RestoresRevision { get; init; }

    /// <summary>The revision made from this one. Whoever sets it has the right to publish: two drafts of one revision cannot both become the next.</summary>
    public long? NextId { get; private set; }

    /// <summary>Taken back before it took effect; it never held.</summary>
    public DateTimeOffset? WithdrawnAt { get; private set; }

    public long? WithdrawnBy { get; private set; }

    public List<RuleSectionRow> Sections { get; init; } = [];
}

/// <summary>One project's section of a revision, as JSON of its typed record.</summary>
public sealed class RuleSectionRow
{
    public long RevisionId { get; init; }

    public required string Name { get; init; }

    public required string Json { get; init; }
}

/// <summary>
/// A change of the rules that is being worked on. Open: it can be changed. Proposed: it waits, unchanged, for a second admin. Published: it is
/// a revision. Discarded: nothing came of it.
/// </summary>
public enum RuleDraftState { Open, Proposed, Published, Discarded }

/// <summary>A draft of the next revision: the sections that it changes, on top of the revision it was made from.</summary>
public sealed class RuleDraft
{
    public long Id { get; private set; }

    public RuleDraftState State { get; private set; }

    /// <summary>Rises with every change; whoever changes it says which one they saw.</summary>
    public int Version { get; private set; }

    public required long BasedOn { get; init; }

    /// <summary>The older revision that it brings back.</summary>
    public long? RestoresRevision { get; init; }

    /// <summary>One JSON object: the changed sections by name, each whole.</summary>
    public required string Sections { get; init; }

    public required long AuthorId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required long ChangedBy { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Why, in the words of whoever proposes or publishes it.</summary>
    public string? Reason { get; init; }

    /// <summary>When it is to hold, as proposed; null: at once when published.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    public long? ProposedBy { get; init; }

    /// <summary>What it became.</summary>
    public long? RevisionId { get; init; }
}

namespace Shop.Core;

/// <summary>One version of a legal page. Versions are never changed; an order names the ones that were accepted with it.</summary>
public sealed class LegalPage
{
    public long Id { get; private set; }

    public required LegalPageKind Kind { get; init; }

    /// <summary>From 1, without gaps, within the kind.</summary>
    public required int Version { get; init; }

    /// <summary>Markdown without HTML.</summary>
    public required string Text { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Who published it; null: the text a new site starts with.</summary>
    public long? AuthorId { get; init; }
}

public enum LegalPageKind { Terms, Privacy, Imprint }

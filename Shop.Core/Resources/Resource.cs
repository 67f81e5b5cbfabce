namespace Shop.Core;

/// <summary>What whoever paid is given: a text, a file, or what another address behind the shop answers.</summary>
public enum ResourceForm { Text, File, Address }

/// <summary>Something that is paid once and then opened by the session that paid (parity/taler.md). Orders hold a copy of what they bought.</summary>
public sealed class Resource
{
    public long Id { get; private set; }

    /// <summary>Its name in /r/{resource}: unique, never changed; letters of any script, digits, and <c>. _ ~ - +</c> and blanks within.</summary>
    public required string Code { get; init; }

    public required string Title { get; init; }

    /// <summary>What the price page says of it.</summary>
    public required string Summary { get; init; }

    public required ResourceForm Form { get; init; }

    /// <summary>Gross, minor units of the shop's currency; above zero.</summary>
    public required long PriceMinor { get; init; }

    /// <summary>What it costs a member in points instead; null: money only.</summary>
    public int? Points { get; init; }

    /// <summary>Markdown of a text; null in the other forms.</summary>
    public string? Body { get; init; }

    /// <summary>The name a file is saved under; null in the other forms.</summary>
    public string? FileName { get; init; }

    public string? MediaType { get; init; }

    /// <summary>Length of the file in bytes; 0 in the other forms.</summary>
    public long FileLength { get; init; }

    /// <summary>Which of its files is in force; each upload has the next number.</summary>
    public int FileNumber { get; init; }

    /// <summary>The address behind the shop that answers for it, below one of those that the configuration allows; null in the other forms.</summary>
    public string? Address { get; init; }

    public bool OnSale { get; init; }

    /// <summary>Rises with each change.</summary>
    public int Revision { get; init; } = 1;

    public required DateTimeOffset MadeAt { get; init; }
}

/// <summary>A piece of a resource's file.</summary>
public sealed class ResourceFilePart
{
    public long Id { get; private set; }

    public required long ResourceId { get; init; }

    public required int FileNumber { get; init; }

    /// <summary>From 0.</summary>
    public required int Number { get; init; }

    public required byte[] Bytes { get; init; }
}

namespace Shop.Web.Papers;

/// <summary>A receipt or a credit note in words, in one language: what the page, the PDF and the mail lay out, each in its way.</summary>
internal sealed record PaperText
{
    public required string Title { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Language { get; init; }

    public required string Number { get; init; }

    /// <summary>It holds no more, and says so above everything; null: it holds.</summary>
    public string? Void { get; init; }

    /// <summary>Name, address, contact and tax id.</summary>
    public required IReadOnlyList<string> Seller { get; init; }

    public required IReadOnlyList<string> Buyer { get; init; }

    public required IReadOnlyList<PaperFact> Facts { get; init; }

    public required IReadOnlyList<PaperRow> Rows { get; init; }

    public required IReadOnlyList<PaperFact> Sums { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The terms of the seller.</summary>
    public required Uri Terms { get; init; }

    public required PaperWords Words { get; init; }
}

/// <summary>The words of the frame that facts stand in.</summary>
internal sealed record PaperWords(string From, string To, string What, string Net, string Rate, string Tax, string Price, string Terms, string PageOf);

/// <summary>Something with its name. <paramref name="Key"/> tells which it is; <paramref name="IsTotal"/>: it is what everything comes to.</summary>
internal sealed record PaperFact(string Key, string Label, string Value, bool IsTotal = false);

/// <summary>A line. Net, rate and tax are empty where no tax is reckoned.</summary>
internal sealed record PaperRow(string What, IReadOnlyList<string> Details, string Net, string Rate, string Tax, string Price);

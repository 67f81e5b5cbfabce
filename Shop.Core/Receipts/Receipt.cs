namespace Shop.Core;

/// <summary>What has a row of numbers of its own.</summary>
public enum PaperKind { Receipt, CreditNote }

/// <summary>
/// The number that was given out last, by seller, kind and year. It is taken in the transaction that issues, as its last lock: a crash or a rollback leaves no gap.
/// </summary>
public sealed class PaperCounter
{
    public required string Seller { get; init; }

    public required PaperKind Kind { get; init; }

    public required int Year { get; init; }

    public required long Last { get; init; }
}

/// <summary>
/// The receipt of a paid order. Nothing on it changes: what was bought stands on the order's lines, the seller in the revision of the rules, and the rest here.
/// </summary>
public sealed class Receipt
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required string Seller { get; init; }

    public required int Year { get; init; }

    /// <summary>From 1, without gaps, within seller and year.</summary>
    public required long Seq { get; init; }

    /// <summary>As it is written: prefix, year and number.</summary>
    public required string Number { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>The rules that held then: the seller stands in them.</summary>
    public required long RuleRevision { get; init; }

    /// <summary>The member's name then; null: the buyer was signed out.</summary>
    public string? BuyerName { get; init; }

    /// <summary>What paid, such as "visa"; null: nobody said, or points alone.</summary>
    public string? Brand { get; init; }

    public string? Last4 { get; init; }
}

/// <summary>What a refund took back of a receipt, with its tax.</summary>
public sealed class CreditNote
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required long ReceiptId { get; init; }

    public required Guid RefundId { get; init; }

    public required string Seller { get; init; }

    public required int Year { get; init; }

    public required long Seq { get; init; }

    public required string Number { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required long RuleRevision { get; init; }

    public required long NetMinor { get; init; }

    public required long TaxMinor { get; init; }

    /// <summary>The money; net and tax together are this and the points at their value.</summary>
    public required long AmountMinor { get; init; }

    public required long Points { get; init; }

    /// <summary>The bank sent the money back to the shop: the note holds no more, and keeps its number. Points that stay given have a note of their own then.</summary>
    public DateTimeOffset? VoidedAt { get; private set; }

    public List<CreditNoteLine> Lines { get; init; } = [];
}

/// <summary>What a credit note takes back of a line.</summary>
public sealed class CreditNoteLine
{
    public long Id { get; private set; }

    public long CreditNoteId { get; private set; }

    public required long OrderLineId { get; init; }

    public required long NetMinor { get; init; }

    public required long TaxMinor { get; init; }

    public required long AmountMinor { get; init; }

    public required long Points { get; init; }
}

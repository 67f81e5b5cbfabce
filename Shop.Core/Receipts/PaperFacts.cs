using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Everything that stands on a receipt or a credit note. The page, the PDF and the mail are all written from it, so that none of them says anything else. What is
/// missing here (the next payment of a subscription) belongs to whoever sells it.
/// </summary>
public sealed record PaperFacts
{
    public required PaperKind Kind { get; init; }

    public required string Number { get; init; }

    /// <summary>Of a credit note: the receipt that it belongs to.</summary>
    public string? ReceiptNumber { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>The seller as the rules had them when it was issued.</summary>
    public required SellerTerms Seller { get; init; }

    public required string OrderNumber { get; init; }

    public required string OrderReference { get; init; }

    public required DateTimeOffset PaidAt { get; init; }

    /// <summary>The member's name or the address of somebody who was signed out.</summary>
    public string? Buyer { get; init; }

    /// <summary>What the buyer said about themselves, where the tax needed it.</summary>
    public required TaxBuyer TaxBuyer { get; init; }

    /// <summary>The payment service, or <see cref="PayMethod.Points"/>.</summary>
    public string? Provider { get; init; }

    public string? Brand { get; init; }

    public string? Last4 { get; init; }

    public required IReadOnlyList<PaperLine> Lines { get; init; }

    /// <summary>The promotions that counted when the order was placed.</summary>
    public IReadOnlyList<OrderPromotionView> Promotions { get; init; } = [];

    public required Money Net { get; init; }

    public required Money Tax { get; init; }

    /// <summary>Net and tax: the money and the points at their value.</summary>
    public required Money Price { get; init; }

    public required Money Money { get; init; }

    public required long Points { get; init; }

    public required IReadOnlyList<TaxSum> Taxes { get; init; }

    /// <summary>A rule of tax held when the order was placed, also where the tax came to nothing.</summary>
    public required bool IsTaxed { get; init; }

    public required bool IsReverseCharge { get; init; }

    /// <summary>Of a credit note: it was paid out as points.</summary>
    public bool IsPaidAsPoints { get; init; }

    /// <summary>Of a credit note: it holds no more, because the money came back to the shop.</summary>
    public DateTimeOffset? VoidedAt { get; init; }

    /// <summary>Of a receipt: what was taken back of it.</summary>
    public IReadOnlyList<PaperView> CreditNotes { get; init; } = [];
}

/// <summary>A line of a receipt, or what a credit note takes back of one.</summary>
public sealed record PaperLine(string Title, string? For, LineTax Tax, Money Price, Money Discount, int ExtraMonths, long Points)
{
    public Money Net => new(Tax.NetMinor, Price.Currency);

    /// <summary>The seller whose product it is; null: the shop itself.</summary>
    public SellerLine? Seller { get; init; }

    /// <summary>Until when the time of it runs; only of the buyer's own accounts.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A receipt or a credit note in a list.</summary>
public sealed record PaperView(PaperKind Kind, string Number, DateTimeOffset IssuedAt, Money Money, long Points, bool IsVoid);

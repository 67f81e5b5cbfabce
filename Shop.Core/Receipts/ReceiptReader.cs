using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Reads receipts and credit notes, for those who may see the order, and for staff.</summary>
public sealed class ReceiptReader(OrderReader orders, RuleBook rules)
{
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Receipt?>>> OfOrder = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) => db.Receipts.AsNoTracking().FirstOrDefault(r => r.OrderId == order)));

    private static readonly PerModel<Func<ShopDbContext, long, IAsyncEnumerable<CreditNote>>> NotesOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order) => db.CreditNotes.AsNoTracking().Include(n => n.Lines).Where(n => n.OrderId == order).OrderBy(n => n.Id).AsQueryable()));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Taxed>>> TaxedOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) =>
            db.Orders.Where(o => o.Id == order).Select(o => new Taxed(o.BuyerCountry, o.BuyerTaxId, o.BillTo, o.PointValueMinor)).First()));

    private sealed record Taxed(string? Country, string? TaxId, string? BillTo, long PointValueMinor);

    /// <summary>The receipt of an order; null: the viewer may not see the order, or it has none.</summary>
    public async Task<PaperFacts?> FindAsync(ShopDbContext db, string number, OrderViewer viewer, CancellationToken cancellationToken) =>
        await orders.FindAsync(db, number, viewer, cancellationToken) is { } order ? await ReadAsync(db, order, cancellationToken) : null;

    /// <summary>A credit note of an order by its number; null: the viewer may not see the order, or there is none.</summary>
    public async Task<PaperFacts?> FindNoteAsync(ShopDbContext db, string number, string note, OrderViewer viewer, CancellationToken cancellationToken) =>
        await orders.FindAsync(db, number, viewer, cancellationToken) is { } order ? await ReadNoteAsync(db, order, n => n.Number == note, cancellationToken) : null;

    /// <summary>Any paper of an order, for staff.</summary>
    public async Task<PaperFacts?> FindForStaffAsync(ShopDbContext db, string number, string paper, CancellationToken cancellationToken)
    {
        if (await db.Orders.Where(o => o.Number == number).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken) is not { } id)
        {
            return null;
        }

        var order = await orders.ReadAsync(db, id, cancellationToken);
        return await ReadAsync(db, order, cancellationToken) is { } receipt && receipt.Number == paper
            ? receipt
            : await ReadNoteAsync(db, order, n => n.Number == paper, cancellationToken);
    }

    /// <summary>What an order has: its receipt, then its credit notes. Empty: it was not paid, or before receipts were numbered.</summary>
    public static async Task<IReadOnlyList<PaperView>> ListAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken) =>
        await OfOrder.For(db)(db, order.Id, cancellationToken) is { } receipt
            ? [new PaperView(PaperKind.Receipt, receipt.Number, receipt.IssuedAt, order.DueMoney, order.DuePoints, false), .. await NotesAsync(db, order, cancellationToken)]
            : [];

    /// <summary>The receipt of an order that the caller may see; null: it has none.</summary>
    public async Task<PaperFacts?> ReadAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken)
    {
        if (await OfOrder.For(db)(db, order.Id, cancellationToken) is not { } receipt)
        {
            return null;
        }

        var taxed = await TaxedOf.For(db)(db, order.Id, cancellationToken);
        return new PaperFacts
        {
            Kind = PaperKind.Receipt,
            Number = receipt.Number,
            IssuedAt = receipt.IssuedAt,
            Seller = await rules.GetAsync<SellerTerms>(db, receipt.RuleRevision, cancellationToken),
            OrderNumber = order.Number,
            OrderReference = order.Reference,
            PaidAt = order.PaidAt ?? receipt.IssuedAt,
            Buyer = receipt.BuyerName ?? order.BuyerEmail,
            TaxBuyer = new TaxBuyer(taxed.Country, taxed.TaxId, taxed.BillTo),
            Provider = order.Provider,
            Brand = receipt.Brand,
            Last4 = receipt.Last4,
            Lines =
            [
                .. order.Lines.Select(l => new PaperLine(l.Title, For(l), l.Tax, l.Price, l.Discount, l.ExtraMonths, l.DuePoints) { Until = l.Until, Seller = l.Seller }),
            ],
            Promotions = order.Promotions,
            Net = order.Total - order.Tax,
            Tax = order.Tax,
            Price = order.Total,
            Money = order.DueMoney,
            Points = order.DuePoints,
            Taxes = order.Taxes,
            IsTaxed = IsTaxed(order),
            IsReverseCharge = order.IsReverseCharge,
            CreditNotes = await NotesAsync(db, order, cancellationToken),
        };
    }

    /// <summary>The credit note of a refund that holds; null: there is none.</summary>
    public Task<PaperFacts?> ReadNoteAsync(ShopDbContext db, OrderView order, Guid refundId, CancellationToken cancellationToken) =>
        ReadNoteAsync(db, order, n => n.RefundId == refundId && n.VoidedAt is null, cancellationToken);

    private async Task<PaperFacts?> ReadNoteAsync(ShopDbContext db, OrderView order, Func<CreditNote, bool> wanted, CancellationToken cancellationToken)
    {
        var notes = await NotesOf.For(db)(db, order.Id).ToListAsync(cancellationToken);
        if (notes.Find(n => wanted(n)) is not { } note || await OfOrder.For(db)(db, order.Id, cancellationToken) is not { } receipt)
        {
            return null;
        }

        var (taxed, currency) = (await TaxedOf.For(db)(db, order.Id, cancellationToken), order.Total.Currency);
        var lines = note.Lines.OrderBy(l => l.Id).Select(l =>
        {
            var line = order.Lines.Single(o => o.Id == l.OrderLineId);
            var tax = new LineTax(l.NetMinor + l.TaxMinor, l.TaxMinor, 0, line.Tax.RatePpm, line.Tax.Category);
            return new PaperLine(line.Title, For(line), tax, new Money(tax.PriceMinor, currency), Payments.Money.Zero(currency), 0, l.Points) { Seller = line.Seller };
        }).ToList();
        return new PaperFacts
        {
            Kind = PaperKind.CreditNote,
            Number = note.Number,
            ReceiptNumber = receipt.Number,
            IssuedAt = note.IssuedAt,
            Seller = await rules.GetAsync<SellerTerms>(db, note.RuleRevision, cancellationToken),
            OrderNumber = order.Number,
            OrderReference = order.Reference,
            PaidAt = order.PaidAt ?? receipt.IssuedAt,
            Buyer = receipt.BuyerName ?? order.BuyerEmail,
            TaxBuyer = new TaxBuyer(taxed.Country, taxed.TaxId, taxed.BillTo),
            Provider = order.Provider,
            Brand = receipt.Brand,
            Last4 = receipt.Last4,
            Lines = lines,
            Net = new Money(note.NetMinor, currency),
            Tax = new Money(note.TaxMinor, currency),
            Price = new Money(checked(note.NetMinor + note.TaxMinor), currency),
            Money = new Money(note.AmountMinor, currency),
            Points = note.Points,
            Taxes = TaxSum.Of(lines.Select(l => l.Tax), currency),
            IsTaxed = IsTaxed(order),
            IsReverseCharge = order.IsReverseCharge,
            IsPaidAsPoints = await db.Refunds.AnyAsync(r => r.Id == note.RefundId && r.PaidAs == RefundPaidAs.Points, cancellationToken),
            VoidedAt = note.VoidedAt,
        };
    }

    private static async Task<IReadOnlyList<PaperView>> NotesAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken) =>
    [
        .. (await NotesOf.For(db)(db, order.Id).ToListAsync(cancellationToken))
            .Select(n => new PaperView(PaperKind.CreditNote, n.Number, n.IssuedAt, new Money(n.AmountMinor, order.Total.Currency), n.Points, n.VoidedAt is not null)),
    ];

    private static bool IsTaxed(OrderView order) => order.Lines.Any(l => l.Tax.Category != LineTax.Untaxed);

    /// <summary>Whom a line is for, where the receipt names anybody.</summary>
    private static string? For(OrderLineView line) => line.ForBuyer ? null : line.Random is { } choice ? ItemTexts.Drawn(choice, line.RecipientName) : line.RecipientName;
}

using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Issues receipts and credit notes, in the transactions that make orders paid and refunds succeed. The number is taken last there: its row is the one lock that
/// all of them share (docs/adr/0030).
/// </summary>
public sealed class Receipts(RuleBook rules)
{
    /// <summary>The shop itself.</summary>
    public const string Shop = "shop";

    private const int MostBrand = 64;

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<string?>>> NameOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long member, CancellationToken _) => db.Users.Where(m => m.Id == member && m.Kind != AccountKind.Buyer).Select(m => m.UserName).FirstOrDefault()));

    /// <summary>The receipt of an order that becomes paid in the caller's transaction. Nothing may be locked after it.</summary>
    /// <param name="with">What the provider says it was paid with; null: nobody said.</param>
    internal async Task IssueAsync(ShopDbContext db, Order order, PaidWith? with, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (revision, seller) = await SellerAsync(db, cancellationToken);
        var name = order.BuyerId is { } member ? await NameOf.For(db)(db, member, cancellationToken) : null;
        var (year, seq) = await NextAsync(db, PaperKind.Receipt, seller, now, cancellationToken);
        var (number, at) = (Number(seller.ReceiptPrefix, year, seq), now.ToUnixTimeMilliseconds());
        var (brand, last4) = (with?.Brand is { Length: > MostBrand } wordy ? wordy[..MostBrand] : with?.Brand, with?.Last4 is { Length: 4 } digits ? digits : null);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO receipts (order_id, seller, year, seq, number, issued_at, rule_revision, buyer_name, brand, last4)
            VALUES ({order.Id}, {Shop}, {year}, {seq}, {number}, {at}, {revision}, {name}, {brand}, {last4})
            """,
            cancellationToken);
    }

    /// <summary>
    /// The credit note of a refund that succeeds in the caller's transaction, line by line with the tax that belongs to it. None for an order that never had a receipt.
    /// </summary>
    internal async Task CreditAsync(ShopDbContext db, Order order, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var shares = await db.RefundLines.Where(r => r.RefundId == refundId).OrderBy(r => r.OrderLineId)
            .Select(r => new Share(r.OrderLineId, r.AmountMinor, r.Points)).ToListAsync(cancellationToken);
        await CreditAsync(db, order, refundId, shares, now, cancellationToken);
    }

    /// <summary>The bank sent a refund's money back to the shop: its note holds no more. Points that were given back stay given, and have a note of their own.</summary>
    internal async Task VoidAsync(ShopDbContext db, Refund refund, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (refund.OrderId is not { } orderId
            || await db.CreditNotes.Where(n => n.RefundId == refund.Id && n.VoidedAt == null).ExecuteUpdateAsync(set => set.SetProperty(n => n.VoidedAt, now), cancellationToken) == 0)
        {
            return;
        }

        var points = await db.RefundLines.Where(r => r.RefundId == refund.Id && r.Points > 0).OrderBy(r => r.OrderLineId)
            .Select(r => new Share(r.OrderLineId, 0, r.Points)).ToListAsync(cancellationToken);
        if (points.Count > 0)
        {
            await CreditAsync(db, await OrderTransitions.LockAsync(db, orderId, cancellationToken), refund.Id, points, now, cancellationToken);
        }
    }

    /// <summary>
    /// The tax in a part of a line that is given back: of all that is back then, less what was credited before. So the parts come to exactly the line's tax,
    /// however many they are; the last one takes the remainder. Pure.
    /// </summary>
    /// <param name="beforeMinor">What was given back before, gross; <paramref name="creditedMinor"/>: the tax of it.</param>
    public static long TaxBack(long priceMinor, long taxMinor, long beforeMinor, long creditedMinor, long partMinor) =>
        Math.Clamp(Rounding.HalfUp(taxMinor, beforeMinor + partMinor, priceMinor) - creditedMinor, 0, partMinor);

    private async Task CreditAsync(ShopDbContext db, Order order, Guid refundId, List<Share> shares, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (shares.Count == 0
            || await db.Receipts.Where(r => r.OrderId == order.Id).Select(r => (long?)r.Id).FirstOrDefaultAsync(cancellationToken) is not { } receipt)
        {
            return;
        }

        var ids = shares.Select(s => s.OrderLineId).ToList();
        var lines = await db.OrderLines.Where(l => ids.Contains(l.Id)).Select(l => new { l.Id, l.PriceMinor, l.TaxMinor }).ToDictionaryAsync(l => l.Id, cancellationToken);
        var before = await db.CreditNotes.Where(n => n.OrderId == order.Id && n.VoidedAt == null).SelectMany(n => n.Lines)
            .GroupBy(l => l.OrderLineId).Select(g => new { g.Key, Net = g.Sum(l => l.NetMinor), Tax = g.Sum(l => l.TaxMinor) })
            .ToDictionaryAsync(g => g.Key, cancellationToken);
        var credited = shares.Select(s =>
        {
            var (line, gross) = (lines[s.OrderLineId], checked(s.AmountMinor + (s.Points * order.PointValueMinor)));
            var was = before.GetValueOrDefault(s.OrderLineId);
            var tax = TaxBack(line.PriceMinor, line.TaxMinor, (was?.Net ?? 0) + (was?.Tax ?? 0), was?.Tax ?? 0, gross);
            return new CreditNoteLine { OrderLineId = s.OrderLineId, NetMinor = gross - tax, TaxMinor = tax, AmountMinor = s.AmountMinor, Points = s.Points };
        }).ToList();

        var (revision, seller) = await SellerAsync(db, cancellationToken);
        var (year, seq) = await NextAsync(db, PaperKind.CreditNote, seller, now, cancellationToken);
        db.CreditNotes.Add(new CreditNote
        {
            OrderId = order.Id,
            ReceiptId = receipt,
            RefundId = refundId,
            Seller = Shop,
            Year = year,
            Seq = seq,
            Number = Number(seller.CreditPrefix, year, seq),
            IssuedAt = now,
            RuleRevision = revision,
            NetMinor = credited.Sum(l => l.NetMinor),
            TaxMinor = credited.Sum(l => l.TaxMinor),
            AmountMinor = credited.Sum(l => l.AmountMinor),
            Points = credited.Sum(l => l.Points),
            Lines = credited,
        });
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task<(long Revision, SellerTerms Seller)> SellerAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        return (revision, await rules.GetAsync<SellerTerms>(db, revision, cancellationToken));
    }

    /// <summary>Takes the next number, and with it the row that whoever issues after us waits for.</summary>
    private static async Task<(int Year, long Seq)> NextAsync(
        ShopDbContext db, PaperKind kind, SellerTerms seller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (year, word) = (seller.YearOf(now), Words.Of(kind));
        var taken = await Returned.NumberAsync(
            db,
            $"""
            INSERT INTO paper_counters (seller, kind, year, last) VALUES ({Shop}, {word}, {year}, 1)
            ON CONFLICT (seller, kind, year) DO UPDATE SET last = paper_counters.last + 1 RETURNING last
            """,
            cancellationToken);
        return (year, taken!.Value);
    }

    private static string Number(string prefix, int year, long seq) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{year}-{seq:000000}");

    private sealed record Share(long OrderLineId, long AmountMinor, long Points);
}

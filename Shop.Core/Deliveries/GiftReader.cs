using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a recipient is told of a gift. <paramref name="From"/>: the giver's name; null: someone (a giver who was logged out).</summary>
public sealed record GiftView(long RecipientId, string RecipientName, string? RecipientEmail, string? Culture, string? From, string Title, string? Note, DateTimeOffset? Until);

/// <summary>Reads what the mail about a gift says.</summary>
public static class GiftReader
{
    public static async Task<GiftView> ReadAsync(ShopDbContext db, long deliveryId, CancellationToken cancellationToken)
    {
        var gift = await db.Deliveries.AsNoTracking().Where(d => d.Id == deliveryId)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { Delivery = d, Line = l })
            .Join(db.Orders, x => x.Delivery.OrderId, o => o.Id, (x, o) => new { x.Delivery, x.Line, o.BuyerId })
            .Join(db.Users, x => x.Delivery.RecipientId, m => m.Id, (x, m) => new { x.Delivery, x.Line, x.BuyerId, Recipient = m })
            .FirstAsync(cancellationToken);
        var from = gift.BuyerId is { } buyer && !gift.Line.Anonymous
            ? await db.Users.Where(m => m.Id == buyer).Select(m => m.UserName).FirstOrDefaultAsync(cancellationToken)
            : null;
        var email = await OwnAddressAsync(db, gift.Recipient, cancellationToken);
        return new GiftView(
            gift.Recipient.Id, gift.Recipient.UserName!, email, gift.Recipient.Culture, from, gift.Line.Title, gift.Delivery.Note, gift.Delivery.RanUntil);
    }

    /// <summary>A member's address; null where somebody else has confirmed it: then it is not the member's, whatever the account says.</summary>
    internal static async Task<string?> OwnAddressAsync(ShopDbContext db, Member member, CancellationToken cancellationToken)
    {
        var normalized = member.NormalizedEmail;
        return !member.EmailConfirmed && await db.Users.AnyAsync(m => m.Id != member.Id && m.EmailConfirmed && m.NormalizedEmail == normalized, cancellationToken)
            ? null
            : member.Email;
    }
}

using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>What a mail about a gift says, and to whom.</summary>
public sealed record GiftView
{
    /// <summary>Who reads it: the recipient, or a maintainer of the community that has it.</summary>
    public required string ReaderName { get; init; }

    /// <summary>Null: there is no address that is theirs.</summary>
    public string? ReaderEmail { get; init; }

    public string? Culture { get; init; }

    /// <summary>The community that has it now; null: the reader has it.</summary>
    public string? Community { get; init; }

    /// <summary>The giver's name; null: someone, who was logged out or stays unnamed.</summary>
    public string? From { get; init; }

    public required string Title { get; init; }

    public string? Note { get; init; }

    /// <summary>Until when the account runs now, where time was given.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Reads what the mail about a gift says.</summary>
public static class GiftReader
{
    public static async Task<GiftView> ReadAsync(ShopDbContext db, GiftMessage message, CancellationToken cancellationToken)
    {
        var gift = await db.Deliveries.AsNoTracking().Where(d => d.Id == message.DeliveryId)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { Delivery = d, Line = l })
            .Join(db.Orders, x => x.Delivery.OrderId, o => o.Id, (x, o) => new { x.Delivery, x.Line, o.BuyerId })
            .Join(db.Users, x => x.Delivery.RecipientId, m => m.Id, (x, m) => new { x.Delivery, x.Line, x.BuyerId, Recipient = m })
            .FirstAsync(cancellationToken);
        var from = gift.BuyerId is { } buyer && !gift.Delivery.Anonymous
            ? await db.Users.Where(m => m.Id == buyer).Select(m => m.UserName).FirstOrDefaultAsync(cancellationToken)
            : null;
        var isReaders = message.Reader is null || message.Reader == gift.Recipient.Id;
        var reader = isReaders ? gift.Recipient : await db.Users.AsNoTracking().FirstAsync(m => m.Id == message.Reader, cancellationToken);
        var others = message.Equal ?? [];
        var until = others.Count == 0
            ? gift.Delivery.RanUntil
            : await db.Deliveries.Where(d => d.Id == message.DeliveryId || others.Contains(d.Id)).MaxAsync(d => d.RanUntil, cancellationToken);

        // An address that somebody else has confirmed is not the reader's, whatever the account says.
        var normalized = reader.NormalizedEmail;
        var foreign = !reader.EmailConfirmed
            && await db.Users.AnyAsync(m => m.Id != reader.Id && m.EmailConfirmed && m.NormalizedEmail == normalized, cancellationToken);
        return new GiftView
        {
            ReaderName = reader.UserName!,
            ReaderEmail = foreign ? null : reader.Email,
            Culture = reader.Culture,
            Community = isReaders ? null : gift.Recipient.UserName,
            From = from,
            Title = others.Count == 0 ? gift.Line.Title : ItemTexts.Times(others.Count + 1, gift.Line.Title),
            Note = gift.Delivery.Note,
            Until = until,
        };
    }
}

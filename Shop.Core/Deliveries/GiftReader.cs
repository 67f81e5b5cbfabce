using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

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

    /// <summary>Chance chose the recipient, and the mail says so.</summary>
    public bool AtRandom { get; init; }

    public required string Title { get; init; }

    /// <summary>The key of its item kind: where the reader finds it follows from that.</summary>
    public required string Kind { get; init; }

    /// <summary>Of a virtual gift: until when it can be accepted.</summary>
    public DateTimeOffset? AcceptBefore { get; init; }

    public string? Note { get; init; }

    /// <summary>Until when the account runs now, where time was given.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What the mail with a gift's code says.</summary>
public sealed record GiftToClaim(string Email, string Code, string Culture, string? From, string Title, string? Note);

/// <summary>Reads what the mail about a gift says.</summary>
public static class GiftReader
{
    /// <summary>The gift of a code that waits to be claimed; null: it does not wait any more.</summary>
    public static async Task<GiftToClaim?> ToClaimAsync(ShopDbContext db, LinkTokens tokens, long deliveryId, CancellationToken cancellationToken)
    {
        var gift = await db.Deliveries.Where(d => d.Id == deliveryId && d.State == DeliveryState.AwaitingClaim)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d, l })
            .Join(db.Orders, x => x.d.OrderId, o => o.Id, (x, o) => new
            {
                x.d.RecipientEmail,
                x.d.Note,
                x.l.Title,
                LineId = x.l.Id,
                o.Culture,
                From = x.d.Anonymous ? null : db.Users.Where(m => m.Id == o.BuyerId).Select(m => m.UserName).FirstOrDefault(),
                Generation = db.ClaimTokens.Where(t => t.OrderLineId == x.l.Id).Max(t => t.Generation),
            })
            .FirstOrDefaultAsync(cancellationToken);
        return gift is null
            ? null
            : new GiftToClaim(
                gift.RecipientEmail!, await tokens.ClaimAsync(gift.LineId, gift.Generation, cancellationToken), gift.Culture, gift.From, gift.Title, gift.Note);
    }

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

        return new GiftView
        {
            ReaderName = reader.UserName!,
            ReaderEmail = await OwnAddressAsync(db, reader, cancellationToken),
            Culture = reader.Culture,
            Community = isReaders ? null : gift.Recipient.UserName,
            From = from,
            AtRandom = gift.Delivery.Random is not null,
            Kind = gift.Line.Kind,
            AcceptBefore = gift.Line.Kind == VirtualGiftItem.KindKey
                ? await db.VirtualGiftOffers.Where(o => o.DeliveryId == message.DeliveryId).Select(o => (DateTimeOffset?)o.LapsesAt).FirstOrDefaultAsync(cancellationToken)
                : null,
            Title = others.Count == 0 ? gift.Line.Title : ItemTexts.Times(others.Count + 1, gift.Line.Title),
            Note = gift.Delivery.Note,
            Until = until,
        };
    }

    /// <summary>A member's address; null where somebody else has confirmed it: then it is not the member's, whatever the account says.</summary>
    public static async Task<string?> OwnAddressAsync(ShopDbContext db, Member member, CancellationToken cancellationToken)
    {
        var normalized = member.NormalizedEmail;
        return !member.EmailConfirmed && await db.Users.AnyAsync(m => m.Id != member.Id && m.EmailConfirmed && m.NormalizedEmail == normalized, cancellationToken)
            ? null
            : member.Email;
    }
}

using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A virtual gift on the page of whoever accepted it.</summary>
public sealed record ShownGift
{
    public required string Sku { get; init; }

    public required string Title { get; init; }

    /// <summary>The giver's name; null: someone.</summary>
    public string? From { get; init; }

    /// <summary>Of the picture that the product has now.</summary>
    public string? Picture { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }
}

/// <summary>What the giver of a virtual gift is told of its recipient's answer.</summary>
public sealed record VirtualGiftAnswer(string Giver, string? Email, string? Culture, string Recipient, string Title);

/// <summary>What a visitor may see of an account.</summary>
public sealed record MemberPage(long Id, string Name, AccountKind Kind, IReadOnlyList<ShownGift> Gifts);

/// <summary>Accepts and declines virtual gifts, each once, and lets those lapse that nobody answered (DW-17).</summary>
public sealed class VirtualGiftOffers(Writes writes, TimeProvider clock)
{
    /// <summary>Days after the delivery in which a gift can be accepted.</summary>
    public const int Days = 14;

    /// <summary>The most gifts that a page shows, the newest.</summary>
    private const int MostShown = 60;

    private const int Batch = 200;

    /// <summary>Accepts a gift that waits for its recipient's answer. False: there is none, it is somebody else's, answered, or over.</summary>
    public Task<bool> AcceptAsync(long memberId, long deliveryId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return MoveAsync(o => o.RecipientId == memberId && o.LapsesAt > now, deliveryId, VirtualGiftOfferState.Offered, VirtualGiftOfferState.Accepted, now, cancellationToken);
    }

    /// <summary>Declines a gift, or takes one that was accepted off the member's page again.</summary>
    public async Task<bool> DeclineAsync(long memberId, long deliveryId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await MoveAsync(o => o.RecipientId == memberId && o.LapsesAt > now, deliveryId, VirtualGiftOfferState.Offered, VirtualGiftOfferState.Declined, now, cancellationToken)
            || await MoveAsync(o => o.RecipientId == memberId, deliveryId, VirtualGiftOfferState.Accepted, VirtualGiftOfferState.Declined, now, cancellationToken);
    }

    /// <summary>Ends the offers whose days are over, a batch of them. Returns how many.</summary>
    public async Task<int> LapseAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var over = await writes.ReadAsync(
            (db, token) => db.VirtualGiftOffers.Where(o => o.State == VirtualGiftOfferState.Offered && o.LapsesAt <= now)
                .OrderBy(o => o.LapsesAt).Select(o => o.DeliveryId).Take(Batch).ToListAsync(token),
            cancellationToken);
        if (over.Count == 0)
        {
            return 0;
        }

        VirtualGiftOfferStates.Table.Apply(VirtualGiftOfferState.Offered, VirtualGiftOfferState.Lapsed);
        return await writes.RunAsync(
            async (unit, token) =>
            {
                var lapsed = await unit.Db.VirtualGiftOffers.Where(o => over.Contains(o.DeliveryId) && o.State == VirtualGiftOfferState.Offered)
                    .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, VirtualGiftOfferState.Lapsed).SetProperty(o => o.DecidedAt, now), token);
                var told = await unit.Db.VirtualGiftOffers.Where(o => over.Contains(o.DeliveryId) && o.State == VirtualGiftOfferState.Lapsed).Select(o => o.DeliveryId).ToListAsync(token);
                foreach (var delivery in told)
                {
                    await TellAsync(unit.Db, delivery, VirtualGiftOfferState.Lapsed, now, token);
                }

                return lapsed;
            },
            cancellationToken);
    }

    /// <summary>The page of an account; null: nobody has that name, or the account is not to be seen.</summary>
    public static async Task<MemberPage?> ProfileAsync(ShopDbContext db, string name, CancellationToken cancellationToken)
    {
        var normalized = name.ToUpperInvariant();
        var member = name.Any(char.IsControl)
            ? null
            : await db.Users.Where(m => m.NormalizedUserName == normalized && m.Status == AccountStatus.Visible && m.Kind != AccountKind.Buyer)
                .Select(m => new { m.Id, m.UserName, m.Kind }).FirstOrDefaultAsync(cancellationToken);
        if (member is null)
        {
            return null;
        }

        var gifts = await db.VirtualGiftOffers.Where(o => o.RecipientId == member.Id && o.State == VirtualGiftOfferState.Accepted)
            .Join(db.Deliveries, o => o.DeliveryId, d => d.Id, (o, d) => new { o, d })
            .Join(db.OrderLines, x => x.d.OrderLineId, l => l.Id, (x, l) => new { x.o, x.d, l })
            .Join(db.Orders, x => x.d.OrderId, o => o.Id, (x, order) => new { x.o, x.d, x.l, order.BuyerId })
            .OrderByDescending(x => x.o.DecidedAt).ThenByDescending(x => x.o.DeliveryId).Take(MostShown)
            .Select(x => new ShownGift
            {
                Sku = x.l.Sku,
                Title = x.l.Title,
                From = x.d.Anonymous ? null : db.Users.Where(m => m.Id == x.BuyerId && m.Status == AccountStatus.Visible).Select(m => m.UserName).FirstOrDefault(),
                Picture = db.ProductPictures.Where(p => p.Sku == x.l.Sku && p.Size == PictureSize.Small).Select(p => p.Hash).FirstOrDefault(),
                AcceptedAt = x.o.DecidedAt!.Value,
            })
            .ToListAsync(cancellationToken);
        return new MemberPage(member.Id, member.UserName!, member.Kind, gifts);
    }

    /// <summary>What the giver is told of an answer; null: the giver has no account.</summary>
    public static Task<VirtualGiftAnswer?> AnswerAsync(ShopDbContext db, long deliveryId, CancellationToken cancellationToken) =>
        db.Deliveries.Where(d => d.Id == deliveryId)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d, l })
            .Join(db.Orders, x => x.d.OrderId, o => o.Id, (x, o) => new { x.d, x.l, o.BuyerId })
            .Join(db.Users.Where(u => u.Status == AccountStatus.Visible), x => x.BuyerId, u => u.Id, (x, giver) => new VirtualGiftAnswer(
                giver.UserName!,
                !giver.EmailConfirmed && db.Users.Any(o => o.Id != giver.Id && o.EmailConfirmed && o.NormalizedEmail == giver.NormalizedEmail) ? null : giver.Email,
                giver.Culture, db.Users.Where(m => m.Id == x.d.RecipientId).Select(m => m.UserName).First()!, x.l.Title))
            .FirstOrDefaultAsync(cancellationToken);

    /// <summary>Offers a gift, once per delivery: a repeat finds it there.</summary>
    internal static Task OfferAsync(ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (offered, at, until) = (Words.Of(VirtualGiftOfferState.Offered), now.ToUnixTimeMilliseconds(), now.AddDays(Days).ToUnixTimeMilliseconds());
        return db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO virtual_gift_offers (delivery_id, recipient_id, state, offered_at, lapses_at) VALUES ({deliveryId}, {recipientId}, {offered}, {at}, {until})
            ON CONFLICT (delivery_id) DO NOTHING
            """,
            cancellationToken);
    }

    /// <summary>Takes a gift back, whatever its recipient said to it.</summary>
    internal static Task RevokeAsync(ShopDbContext db, long deliveryId, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.VirtualGiftOffers.Where(o => o.DeliveryId == deliveryId && o.State != VirtualGiftOfferState.Revoked)
            .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, VirtualGiftOfferState.Revoked).SetProperty(o => o.DecidedAt, now), cancellationToken);

    private async Task<bool> MoveAsync(
        Expression<Func<VirtualGiftOffer, bool>> which, long deliveryId, VirtualGiftOfferState from, VirtualGiftOfferState to, DateTimeOffset now, CancellationToken cancellationToken)
    {
        VirtualGiftOfferStates.Table.Apply(from, to);
        return await writes.RunAsync(
            async (unit, token) =>
            {
                var moved = await unit.Db.VirtualGiftOffers.Where(which).Where(o => o.DeliveryId == deliveryId && o.State == from)
                    .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, to).SetProperty(o => o.DecidedAt, now), token) == 1;

                // taking a gift off one's page later is nobody else's business
                if (moved && from == VirtualGiftOfferState.Offered)
                {
                    await TellAsync(unit.Db, deliveryId, to, now, token);
                }

                return moved;
            },
            cancellationToken);
    }

    /// <summary>The giver gets a mail, once for each gift; who sent it without an account gets none.</summary>
    private static Task TellAsync(ShopDbContext db, long deliveryId, VirtualGiftOfferState answer, DateTimeOffset now, CancellationToken cancellationToken) =>
        Outbox.AddOnceAsync(db, FormattableString.Invariant($"gift-answer:{deliveryId}"), OutboxKinds.GiftAnswer, new GiftAnswerMessage(deliveryId, answer), now, now, cancellationToken);
}

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>An account as staff see it: what it does on the site, whether chance may draw it, and its circle.</summary>
public sealed record ActivityView
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    public required AccountKind Kind { get; init; }

    /// <summary>When the account was made on the site, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required ActivityFacts Facts { get; init; }

    public required bool OptedOut { get; init; }

    /// <summary>Chance may draw it now.</summary>
    public required bool CanBeDrawn { get; init; }

    public required int Score { get; init; }

    /// <summary>Names of those in its circle, at most <see cref="RandomDesk.CircleShown"/>.</summary>
    public required IReadOnlyList<string> Circle { get; init; }

    /// <summary>Names of those from whom it takes no gifts, as many.</summary>
    public required IReadOnlyList<string> Bans { get; init; }
}

/// <summary>A gift whose recipient was left to chance, as staff see it (DW-7, DW-97): whom it went to, and whom the buyer had been shown.</summary>
public sealed record DrawRow(
    long DeliveryId, string Reference, string? Buyer, string Title, RandomChoice Choice, DeliveryState State, string? StuckReason, DateTimeOffset PlacedAt,
    string? Ordered, string? Recipient);

/// <summary>What staff see and write down of activity, and whom chance drew.</summary>
public sealed class RandomDesk(Writes writes, RandomPool pool, Random random)
{
    /// <summary>So many names of a circle are shown to staff.</summary>
    public const int CircleShown = 200;

    public const int PageSize = 50;

    /// <summary>An account by name; null: nobody has it.</summary>
    public async Task<ActivityView?> FindAsync(ShopDbContext db, string? name, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
        {
            return null;
        }

        var normalized = name.Trim().ToUpperInvariant();
        var account = await db.Users.Where(m => m.NormalizedUserName == normalized).Select(m => new { m.Id, m.UserName, m.Kind, m.CreatedAt }).FirstOrDefaultAsync(cancellationToken);
        if (account is null)
        {
            return null;
        }

        var known = await db.Activities.AsNoTracking().FirstOrDefaultAsync(a => a.AccountId == account.Id, cancellationToken);
        var circle = await db.Circle.Where(c => c.MemberId == account.Id).Join(db.Users, c => c.OtherId, m => m.Id, (_, m) => m.UserName!)
            .OrderBy(n => n).Take(CircleShown).ToListAsync(cancellationToken);
        var bans = await db.GiftBans.Where(b => b.MemberId == account.Id).Join(db.Users, b => b.BannedId, m => m.Id, (_, m) => m.UserName!)
            .OrderBy(n => n).Take(CircleShown).ToListAsync(cancellationToken);
        return new ActivityView
        {
            Id = account.Id,
            Name = account.UserName!,
            Kind = account.Kind,
            CreatedAt = known?.CreatedAt ?? account.CreatedAt,
            Facts = known is null
                ? new ActivityFacts(null, null, 0, 0, 0, 0, 0)
                : new ActivityFacts(known.CreatedAt, known.LastPostAt, known.Posts, known.Comments, known.RecentPosts, known.RecentComments, known.Members),
            OptedOut = known is { OptedOut: true },
            CanBeDrawn = await pool.FindAsync(db, account.Id, Buyer.Nobody, cancellationToken) is not null,
            Score = known is null ? 0 : RandomScore.Of(known.Kind, known.RecentPosts, known.RecentComments, known.Members),
            Circle = circle,
            Bans = bans,
        };
    }

    /// <summary>Writes down what an account does.</summary>
    public Task NoteAsync(long accountId, ActivityFacts facts, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => Activities.NoteAsync(unit.Db, accountId, facts, random.Next(), token), cancellationToken);

    /// <summary>
    /// Whether chance may draw the member, and each community that the member maintains: of those <paramref name="asked"/> about it may draw
    /// <paramref name="drawn"/>. Other people's accounts are left alone.
    /// </summary>
    public Task ChooseAsync(long memberId, IReadOnlyCollection<long> asked, IReadOnlyCollection<long> drawn, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var maintained = await unit.Db.Maintainers.Where(m => m.MemberId == memberId).OrderBy(m => m.CommunityId).Select(m => m.CommunityId).ToListAsync(token);
            foreach (var account in maintained.Prepend(memberId).Where(asked.Contains))
            {
                await Activities.OptOutAsync(unit.Db, account, !drawn.Contains(account), random.Next(), token);
            }
        },
        cancellationToken);

    /// <summary>Gifts left to chance whose order is paid, newest first. Pages count from 1; one row more than a page: another follows.</summary>
    public static async Task<GiftPage<DrawRow>> DrawsAsync(ShopDbContext db, int page, CancellationToken cancellationToken)
    {
        var rows = await db.OrderLines.Where(l => l.Random != null)
            .Join(db.Deliveries, l => l.Id, d => d.OrderLineId, (l, d) => new { l, d })
            .Join(db.Orders.Where(o => o.PaidAt != null), x => x.l.OrderId, o => o.Id, (x, o) => new { x.l, x.d, o })
            .OrderByDescending(x => x.d.Id).Skip((page - 1) * PageSize).Take(PageSize + 1)
            .Select(x => new DrawRow(
                x.d.Id, x.o.Reference, db.Users.Where(m => m.Id == x.o.BuyerId).Select(m => m.UserName).FirstOrDefault() ?? x.o.BuyerEmail, x.l.Title,
                x.l.Random!.Value, x.d.State, x.d.StuckReason, x.o.PlacedAt, x.l.RecipientName,
                db.Users.Where(m => m.Id == x.d.RecipientId).Select(m => m.UserName).FirstOrDefault()))
            .ToListAsync(cancellationToken);
        return new GiftPage<DrawRow>([.. rows.Take(PageSize)], rows.Count > PageSize);
    }
}

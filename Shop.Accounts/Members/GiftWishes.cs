using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>From whom a member takes gifts.</summary>
/// <param name="MembersOnly">Gifts of people who are not signed in are refused.</param>
/// <param name="Senders">Who may send virtual gifts.</param>
/// <param name="Unnamed">Virtual gifts of givers who stay unnamed are taken.</param>
/// <param name="Named">Those on the list of <see cref="VirtualGiftSenders.Named"/>.</param>
public sealed record GiftWishesOf(
    bool MembersOnly, IReadOnlyList<BannedMember> Banned, VirtualGiftSenders Senders, bool Unnamed, IReadOnlyList<BannedMember> Named);

public sealed record BannedMember(long Id, string Name, DateTimeOffset Since);

/// <summary>What became of a ban.</summary>
public enum BanResult { Banned, NoSuchMember, Oneself, TooMany }

/// <summary>What became of naming somebody who may send virtual gifts.</summary>
public enum NamedResult { Named, NoSuchMember, Oneself, TooMany }

/// <summary>What members say about gifts to them. The methods that change something work in the caller's transaction.</summary>
public static class GiftWishes
{
    /// <summary>Whether a member wants nothing from another (DW-37).</summary>
    public static Task<bool> BansAsync(AccountsDbContext db, long memberId, long giverId, CancellationToken cancellationToken) =>
        db.GiftBans.AnyAsync(b => b.MemberId == memberId && b.BannedId == giverId, cancellationToken);

    /// <summary>The most members that one member bans.</summary>
    public const int MostBans = 500;

    public static async Task<GiftWishesOf> OfAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var membersOnly = await db.Users.Where(m => m.Id == memberId).Select(m => m.GiftsFromMembersOnly).FirstAsync(cancellationToken);
        var banned = await db.GiftBans.Where(b => b.MemberId == memberId)
            .Join(db.Users, b => b.BannedId, m => m.Id, (b, m) => new { m.Id, m.UserName, b.Since })
            .OrderBy(b => b.UserName).Select(b => new BannedMember(b.Id, b.UserName!, b.Since)).ToListAsync(cancellationToken);
        var wish = await db.VirtualGiftWishes.AsNoTracking().FirstOrDefaultAsync(w => w.MemberId == memberId, cancellationToken);
        var named = await db.NamedSenders.Where(s => s.MemberId == memberId)
            .Join(db.Users, s => s.SenderId, m => m.Id, (s, m) => new { m.Id, m.UserName, s.Since })
            .OrderBy(s => s.UserName).Select(s => new BannedMember(s.Id, s.UserName!, s.Since)).ToListAsync(cancellationToken);
        return new GiftWishesOf(membersOnly, banned, wish?.Senders ?? VirtualGiftSenders.All, wish?.Unnamed ?? true, named);
    }

    public static Task SetMembersOnlyAsync(AccountsDbContext db, long memberId, bool membersOnly, CancellationToken cancellationToken) =>
        db.Users.Where(m => m.Id == memberId).ExecuteUpdateAsync(set => set.SetProperty(m => m.GiftsFromMembersOnly, membersOnly), cancellationToken);

    /// <summary>Who may send virtual gifts from now on, and whether a giver may stay unnamed (DW-17).</summary>
    public static Task SetVirtualGiftsAsync(AccountsDbContext db, long memberId, VirtualGiftSenders senders, bool unnamed, CancellationToken cancellationToken)
    {
        var (word, flag) = (Words.Of(senders), unnamed ? 1 : 0);
        return db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO virtual_gift_wishes (member_id, senders, unnamed) VALUES ({memberId}, {word}, {flag})
            ON CONFLICT (member_id) DO UPDATE SET senders = {word}, unnamed = {flag}
            """,
            cancellationToken);
    }

    /// <summary>Puts a member on the list of those who may send virtual gifts; asked again it changes nothing.</summary>
    public static async Task<NamedResult> NameSenderAsync(AccountsDbContext db, long memberId, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, name, cancellationToken) is not { } sender)
        {
            return NamedResult.NoSuchMember;
        }

        if (sender == memberId)
        {
            return NamedResult.Oneself;
        }

        if (await db.NamedSenders.CountAsync(s => s.MemberId == memberId, cancellationToken) >= MostBans)
        {
            return NamedResult.TooMany;
        }

        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO named_senders (member_id, sender_id, since) VALUES ({memberId}, {sender}, {now.ToUnixTimeMilliseconds()}) ON CONFLICT DO NOTHING",
            cancellationToken);
        return NamedResult.Named;
    }

    public static Task UnnameSenderAsync(AccountsDbContext db, long memberId, long senderId, CancellationToken cancellationToken) =>
        db.NamedSenders.Where(s => s.MemberId == memberId && s.SenderId == senderId).ExecuteDeleteAsync(cancellationToken);

    /// <summary>The personal account of a typed name.</summary>
    private static async Task<long?> FindAsync(AccountsDbContext db, string name, CancellationToken cancellationToken)
    {
        var normalized = name.Trim().ToUpperInvariant();
        return name.Any(char.IsControl)
            ? null
            : await db.Users.Where(m => m.NormalizedUserName == normalized && m.Kind == AccountKind.Personal).Select(m => (long?)m.Id).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>No gifts from that member any more; asked again it changes nothing.</summary>
    public static async Task<BanResult> BanAsync(AccountsDbContext db, long memberId, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, name, cancellationToken) is not { } banned)
        {
            return BanResult.NoSuchMember;
        }

        if (banned == memberId)
        {
            return BanResult.Oneself;
        }

        if (await db.GiftBans.CountAsync(b => b.MemberId == memberId, cancellationToken) >= MostBans)
        {
            return BanResult.TooMany;
        }

        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO gift_bans (member_id, banned_id, since) VALUES ({memberId}, {banned}, {now.ToUnixTimeMilliseconds()}) ON CONFLICT DO NOTHING",
            cancellationToken);
        return BanResult.Banned;
    }

    public static Task LiftAsync(AccountsDbContext db, long memberId, long bannedId, CancellationToken cancellationToken) =>
        db.GiftBans.Where(b => b.MemberId == memberId && b.BannedId == bannedId).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Remembers who had signed in on a browser, in the order in which they are given.</summary>
    public static async Task RememberAsync(
        AccountsDbContext db, string keyHash, IReadOnlyCollection<long> members, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var there = await db.BrowserMembers.Where(b => b.KeyHash == keyHash).Select(b => b.MemberId).ToListAsync(cancellationToken);
        var known = await db.Users.Where(m => members.Contains(m.Id)).Select(m => m.Id).ToListAsync(cancellationToken);
        db.BrowserMembers.AddRange(known.Except(there).Select(m => new BrowserMember { KeyHash = keyHash, MemberId = m, SeenAt = now }));
        await db.SaveChangesAsync(cancellationToken);
    }
}

using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>From whom a member takes gifts.</summary>
/// <param name="MembersOnly">Gifts of people who are not signed in are refused.</param>
public sealed record GiftWishesOf(bool MembersOnly, IReadOnlyList<BannedMember> Banned);

public sealed record BannedMember(long Id, string Name, DateTimeOffset Since);

/// <summary>What became of a ban.</summary>
public enum BanResult { Banned, NoSuchMember, Oneself, TooMany }

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
        return new GiftWishesOf(membersOnly, banned);
    }

    public static Task SetMembersOnlyAsync(AccountsDbContext db, long memberId, bool membersOnly, CancellationToken cancellationToken) =>
        db.Users.Where(m => m.Id == memberId).ExecuteUpdateAsync(set => set.SetProperty(m => m.GiftsFromMembersOnly, membersOnly), cancellationToken);

    /// <summary>No gifts from that member any more; asked again it changes nothing.</summary>
    public static async Task<BanResult> BanAsync(AccountsDbContext db, long memberId, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var normalized = name.Trim().ToUpperInvariant();
        if (name.Any(char.IsControl)
            || await db.Users.Where(m => m.NormalizedUserName == normalized && m.Kind == AccountKind.Personal).Select(m => (long?)m.Id).FirstOrDefaultAsync(cancellationToken)
                is not { } banned)
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

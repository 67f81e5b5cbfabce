using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>What is told of somebody in one's circle: a group and never a date (DW-42). In the order in which a page lists them.</summary>
public enum CircleGroup
{
    /// <summary>People who never had time.</summary>
    NeverPaidPeople,

    /// <summary>Communities that never had time.</summary>
    NeverPaidCommunities,

    /// <summary>The time ran out.</summary>
    Lapsed,

    /// <summary>The time ends in less than 30 days.</summary>
    Ending,

    /// <summary>The time lasts for 30 days or longer.</summary>
    Running,

    /// <summary>A class for good: takes points and no time.</summary>
    Permanent,

    /// <summary>Has not taken the member into the own circle: no group is told, so that names cannot be tried to learn what they have.</summary>
    Others,

    /// <summary>The account is not there at present, or takes no gifts from this member: nothing else is told of it.</summary>
    Closed,
}

/// <summary>Somebody in a circle.</summary>
public sealed record CircleRow(long Id, string Name, AccountKind Kind, CircleGroup Group);

/// <summary>What became of taking somebody into a circle.</summary>
public enum CircleResult { Added, NoSuchMember, Oneself, TooMany }

/// <summary>The members and communities that a member keeps in view. What changes something works in the caller's transaction.</summary>
public static class Circles
{
    /// <summary>The most that one circle holds.</summary>
    public const int Most = 2000;

    /// <summary>From how many days on time is not said to end soon.</summary>
    public const int SoonDays = 30;

    /// <summary>A part of a member's circle, by group and name; one query, however many there are.</summary>
    public static Task<List<CircleRow>> ListAsync(
        AccountsDbContext db, long memberId, DateTimeOffset now, int skip, int take, CancellationToken cancellationToken)
    {
        var soon = now.AddDays(SoonDays);
        return db.Circle.Where(c => c.MemberId == memberId)
            .Join(db.Users.Where(u => u.Status != AccountStatus.Purged), c => c.OtherId, u => u.Id, (c, u) => u)
            .GroupJoin(db.Memberships, u => u.Id, m => m.AccountId, (u, found) => new { u, found })
            .SelectMany(x => x.found.DefaultIfEmpty(), (x, m) => new
            {
                x.u.Id,
                x.u.UserName,
                x.u.Kind,
                Group = x.u.Status != AccountStatus.Visible || db.GiftBans.Any(b => b.MemberId == x.u.Id && b.BannedId == memberId) ? 7
                    : !db.Circle.Any(c => c.MemberId == x.u.Id && c.OtherId == memberId)
                        && !db.Maintainers.Any(m => m.CommunityId == x.u.Id && m.MemberId == memberId) ? 6
                    : m != null && m.Permanent ? 5
                    : m != null && m.Until >= soon ? 4
                    : m != null && m.Until > now ? 3
                    : m != null && m.Class != null ? 2
                    : x.u.Kind == AccountKind.Community ? 1 : 0,
            })
            .OrderBy(x => x.Group).ThenBy(x => x.UserName).Skip(skip).Take(take)
            .Select(x => new CircleRow(x.Id, x.UserName!, x.Kind, (CircleGroup)x.Group)).ToListAsync(cancellationToken);
    }

    /// <summary>Whether a member has another in the own circle.</summary>
    public static Task<bool> HasAsync(AccountsDbContext db, long memberId, long otherId, CancellationToken cancellationToken) =>
        db.Circle.AnyAsync(c => c.MemberId == memberId && c.OtherId == otherId, cancellationToken);

    /// <summary>Takes somebody in by name; asked again it changes nothing.</summary>
    public static async Task<CircleResult> AddAsync(AccountsDbContext db, long memberId, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var normalized = name.Trim().ToUpperInvariant();
        if (name.Any(char.IsControl)
            || await db.Users.Where(m => m.NormalizedUserName == normalized && m.Status == AccountStatus.Visible).Select(m => (long?)m.Id)
                .FirstOrDefaultAsync(cancellationToken) is not { } other)
        {
            return CircleResult.NoSuchMember;
        }

        if (other == memberId)
        {
            return CircleResult.Oneself;
        }

        if (await db.Circle.CountAsync(c => c.MemberId == memberId, cancellationToken) >= Most)
        {
            return CircleResult.TooMany;
        }

        await PutAsync(db, memberId, other, now, cancellationToken);
        return CircleResult.Added;
    }

    /// <summary>Takes an account in. False: it was there.</summary>
    public static async Task<bool> PutAsync(AccountsDbContext db, long memberId, long otherId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO circle (member_id, other_id, since) VALUES ({memberId}, {otherId}, {now.ToUnixTimeMilliseconds()}) ON CONFLICT DO NOTHING",
            cancellationToken) == 1;

    public static Task RemoveAsync(AccountsDbContext db, long memberId, long otherId, CancellationToken cancellationToken) =>
        db.Circle.Where(c => c.MemberId == memberId && c.OtherId == otherId).ExecuteDeleteAsync(cancellationToken);
}

using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>A community with the members who maintain it.</summary>
public sealed record Community(long Id, string Name, IReadOnlyList<CommunityMaintainer> Maintainers);

public sealed record CommunityMaintainer(long MemberId, string Name);

/// <summary>A community as its maintainer sees it, with what it has.</summary>
public sealed record MaintainedCommunity(long Id, string Name, MembershipState Membership);

/// <summary>What became of naming a maintainer.</summary>
public enum MaintainerResult
{
    /// <summary>Maintains it, now or before.</summary>
    Named,

    NoSuchCommunity,

    /// <summary>Nobody has the name, or it is a community itself.</summary>
    NoSuchMember,
}

/// <summary>
/// Communities and who maintains them. A community is an account that nobody signs in to: it has a name and no password. The methods that change
/// something work on the context and in the transaction that the caller hands over.
/// </summary>
public static class Communities
{
    /// <summary>Makes a community; null: the name is somebody's. Whoever calls has looked at the shape of the name.</summary>
    public static async Task<long?> MakeAsync(AccountsDbContext db, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var normalized = name.ToUpperInvariant();
        if (await db.Users.AnyAsync(m => m.NormalizedUserName == normalized, cancellationToken))
        {
            return null;
        }

        var community = new Member
        {
            UserName = name,
            NormalizedUserName = normalized,
            Kind = AccountKind.Community,
            CreatedAt = now,
            SecurityStamp = Convert.ToHexString(RandomNumberGenerator.GetBytes(20)),
        };
        db.Users.Add(community);
        await db.SaveChangesAsync(cancellationToken);
        return community.Id;
    }

    /// <summary>Names a maintainer; asked again it changes nothing.</summary>
    public static async Task<MaintainerResult> NameAsync(
        AccountsDbContext db, string community, string member, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (theirs, whose) = (community.Trim().ToUpperInvariant(), member.Trim().ToUpperInvariant());
        var found = await db.Users.Where(m => m.NormalizedUserName == theirs || m.NormalizedUserName == whose)
            .Select(m => new { m.Id, m.NormalizedUserName, m.Kind, m.Status }).ToListAsync(cancellationToken);
        if (found.Find(m => m.NormalizedUserName == theirs && m.Kind == AccountKind.Community) is not { } account)
        {
            return MaintainerResult.NoSuchCommunity;
        }

        if (found.Find(m => m is { Kind: AccountKind.Personal, Status: AccountStatus.Visible } && m.NormalizedUserName == whose) is not { } person)
        {
            return MaintainerResult.NoSuchMember;
        }

        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO maintainers (community_id, member_id, since) VALUES ({account.Id}, {person.Id}, {now.ToUnixTimeMilliseconds()}) ON CONFLICT DO NOTHING",
            cancellationToken);
        return MaintainerResult.Named;
    }

    /// <summary>From now on the member does not maintain the community.</summary>
    public static Task DismissAsync(AccountsDbContext db, long communityId, long memberId, CancellationToken cancellationToken) =>
        db.Maintainers.Where(m => m.CommunityId == communityId && m.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);

    /// <summary>The members who maintain a community, by id.</summary>
    public static Task<List<long>> MaintainersAsync(AccountsDbContext db, long communityId, CancellationToken cancellationToken) =>
        db.Maintainers.Where(m => m.CommunityId == communityId).OrderBy(m => m.MemberId).Select(m => m.MemberId).ToListAsync(cancellationToken);

    /// <summary>Communities by name, with their maintainers.</summary>
    public static async Task<IReadOnlyList<Community>> ListAsync(AccountsDbContext db, int skip, int take, CancellationToken cancellationToken)
    {
        var communities = await db.Users.Where(m => m.Kind == AccountKind.Community).OrderBy(m => m.NormalizedUserName).Skip(skip).Take(take)
            .Select(m => new { m.Id, m.UserName }).ToListAsync(cancellationToken);
        var ids = communities.Select(c => c.Id).ToList();
        var maintainers = await db.Maintainers.Where(m => ids.Contains(m.CommunityId))
            .Join(db.Users, m => m.MemberId, u => u.Id, (m, u) => new { m.CommunityId, u.Id, u.UserName })
            .OrderBy(m => m.UserName).ToListAsync(cancellationToken);
        var byCommunity = maintainers.ToLookup(m => m.CommunityId, m => new CommunityMaintainer(m.Id, m.UserName!));
        return [.. communities.Select(c => new Community(c.Id, c.UserName!, [.. byCommunity[c.Id]]))];
    }

    /// <summary>The communities that a member maintains: their dates are theirs to see.</summary>
    public static async Task<IReadOnlyList<MaintainedCommunity>> OfAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var rows = await db.Maintainers.Where(m => m.MemberId == memberId)
            .Join(db.Users, m => m.CommunityId, u => u.Id, (m, u) => u)
            .GroupJoin(db.Memberships, u => u.Id, m => m.AccountId, (u, m) => new { u.Id, u.UserName, Memberships = m })
            .SelectMany(x => x.Memberships.DefaultIfEmpty(), (x, m) => new { x.Id, x.UserName, Membership = m })
            .OrderBy(x => x.UserName).ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(r => new MaintainedCommunity(
                r.Id, r.UserName!, r.Membership is { } m ? new MembershipState(m.Class, m.Until, m.Permanent) : MembershipState.Never)),
        ];
    }
}

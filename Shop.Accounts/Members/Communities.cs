using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Communities and who maintains them. A community is an account nobody signs in to.</summary>
public static class Communities
{
    /// <summary>The members who maintain a community, by id.</summary>
    public static Task<List<long>> MaintainersAsync(AccountsDbContext db, long communityId, CancellationToken cancellationToken) =>
        db.Maintainers.Where(m => m.CommunityId == communityId).OrderBy(m => m.MemberId).Select(m => m.MemberId).ToListAsync(cancellationToken);
}

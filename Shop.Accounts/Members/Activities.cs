using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Writes down what accounts do, and whether chance may draw them. Everything works in the caller's transaction.</summary>
public static class Activities
{
    /// <summary>Writes an account's activity down. False: it was known already, and nothing was changed.</summary>
    /// <param name="spot">Where the account stands from now on, 0 to int.MaxValue at random: dealt anew, so that nobody keeps a lucky place.</param>
    public static async Task<bool> NoteAsync(AccountsDbContext db, long accountId, ActivityFacts facts, int spot, CancellationToken cancellationToken)
    {
        await MakeAsync(db, accountId, spot, cancellationToken);
        var (created, last, posts, comments, recentPosts, recentComments, members) = facts;
        return await db.Activities
            .Where(a => a.AccountId == accountId
                && ((created != null && a.CreatedAt != created) || a.LastPostAt != last || a.Posts != posts || a.Comments != comments
                    || a.RecentPosts != recentPosts || a.RecentComments != recentComments || a.Members != members))
            .ExecuteUpdateAsync(
                set => set.SetProperty(a => a.CreatedAt, a => created ?? a.CreatedAt).SetProperty(a => a.LastPostAt, last)
                    .SetProperty(a => a.Posts, posts).SetProperty(a => a.Comments, comments)
                    .SetProperty(a => a.RecentPosts, recentPosts).SetProperty(a => a.RecentComments, recentComments)
                    .SetProperty(a => a.Members, members).SetProperty(a => a.Spot, spot),
                cancellationToken) == 1;
    }

    /// <summary>From now on chance may draw the account, or may not.</summary>
    public static async Task OptOutAsync(AccountsDbContext db, long accountId, bool optedOut, int spot, CancellationToken cancellationToken)
    {
        if (optedOut)
        {
            await MakeAsync(db, accountId, spot, cancellationToken);
        }

        await db.Activities.Where(a => a.AccountId == accountId && a.OptedOut != optedOut)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.OptedOut, optedOut), cancellationToken);
    }

    /// <summary>Which of the accounts chance never draws.</summary>
    public static Task<List<long>> OptedOutAsync(AccountsDbContext db, IReadOnlyCollection<long> accounts, CancellationToken cancellationToken) =>
        db.Activities.Where(a => accounts.Contains(a.AccountId) && a.OptedOut).Select(a => a.AccountId).ToListAsync(cancellationToken);

    private static Task MakeAsync(AccountsDbContext db, long accountId, int spot, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
        INSERT INTO account_activity (account_id, kind, created_at, posts, comments, recent_posts, recent_comments, members, opted_out, spot)
        SELECT m.id, m.kind, m.created_at, 0, 0, 0, 0, 0, 0, {spot} FROM members m WHERE m.id = {accountId}
        ON CONFLICT DO NOTHING
        """,
        cancellationToken);
}

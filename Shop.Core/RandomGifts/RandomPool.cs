using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Somebody whom chance drew, with what a buyer is shown of them (DW-6). Times are UTC.</summary>
public sealed record Candidate(
    long Id, string Name, AccountKind Kind, DateTimeOffset CreatedAt, DateTimeOffset LastPostAt, int Posts, int Comments, int Members, int Score);

/// <summary>
/// Whom chance may draw, and the draw (F6): visible, without paid time, old enough, active, not opted out; never the buyer, what the buyer maintains, or who
/// takes no gifts from the buyer.
/// </summary>
public sealed class RandomPool(RuleBook rules, Random random, TimeProvider clock)
{
    /// <summary>So many are read, and one of them is drawn.</summary>
    private const int Rows = 10;

    /// <summary>So often another ten are read, where none of those before could be given anything by this buyer.</summary>
    private const int Tries = 3;

    /// <summary>Draws for a buyer; null: there is nobody. Reads only.</summary>
    public Task<Candidate?> DrawAsync(ShopDbContext db, AccountKind kind, Buyer buyer, CancellationToken cancellationToken) =>
        DrawAsync(db, kind, Giver.Of(buyer), buyer.MemberId, cancellationToken);

    /// <summary>An account as a candidate of this buyer; null: chance may not draw it (any more).</summary>
    public Task<Candidate?> FindAsync(ShopDbContext db, long accountId, Buyer buyer, CancellationToken cancellationToken) =>
        FindAsync(db, accountId, Giver.Of(buyer), buyer.MemberId, cancellationToken);

    internal async Task<Candidate?> DrawAsync(ShopDbContext db, AccountKind kind, Giver giver, long? buyerId, CancellationToken cancellationToken)
    {
        var terms = await TermsAsync(db, cancellationToken);
        for (var tries = 0; tries < Tries; tries++)
        {
            var start = random.Next();
            var pool = Pool(db, terms, kind);
            var found = await Read(db, pool.Where(a => a.Spot >= start)).ToListAsync(cancellationToken);
            if (found.Count < Rows)
            {
                // round the corner; who stands on both sides is the same rows read once
                var before = await Read(db, pool.Where(a => a.Spot < start)).ToListAsync(cancellationToken);
                found = [.. found, .. before.Take(Rows - found.Count)];
            }

            var fitting = await FittingAsync(db, found, giver, buyerId, cancellationToken);
            if (fitting.Count > 0)
            {
                return fitting[RandomScore.Pick([.. fitting.Select(c => c.Score)], random)];
            }

            if (found.Count < Rows)
            {
                return null; // these were all there are
            }
        }

        return null;
    }

    internal async Task<Candidate?> FindAsync(ShopDbContext db, long accountId, Giver giver, long? buyerId, CancellationToken cancellationToken)
    {
        var terms = await TermsAsync(db, cancellationToken);
        var kind = await db.Users.Where(m => m.Id == accountId).Select(m => m.Kind).FirstOrDefaultAsync(cancellationToken);
        var found = await Read(db, Pool(db, terms, kind).Where(a => a.AccountId == accountId)).ToListAsync(cancellationToken);
        return (await FittingAsync(db, found, giver, buyerId, cancellationToken)).FirstOrDefault();
    }

    private IQueryable<AccountActivity> Pool(ShopDbContext db, RandomTerms terms, AccountKind kind)
    {
        var now = clock.GetUtcNow();
        var (oldest, active) = (now.AddDays(-terms.OlderThanDays), now.AddDays(-terms.ActiveDays));
        var (posts, members) = (terms.LeastPosts, kind == AccountKind.Community ? terms.LeastMembers : 0);
        return db.Activities.Where(a => a.Kind == kind && a.LastPostAt > active && a.Posts >= posts && a.CreatedAt < oldest && a.Members >= members && !a.OptedOut
            && db.Users.Any(m => m.Id == a.AccountId && m.Status == AccountStatus.Visible)
            && !db.Memberships.Any(m => m.AccountId == a.AccountId && (m.Permanent || m.Until > now)));
    }

    private static IQueryable<Candidate> Read(ShopDbContext db, IQueryable<AccountActivity> pool) => pool
        .OrderBy(a => a.Spot).ThenBy(a => a.AccountId).Take(Rows)
        .Select(a => new Candidate(
            a.AccountId, db.Users.Where(m => m.Id == a.AccountId).Select(m => m.UserName!).First(), a.Kind, a.CreatedAt, a.LastPostAt!.Value,
            a.Posts, a.Comments, a.Members, RandomScore.Of(a.Kind, a.RecentPosts, a.RecentComments, a.Members)));

    /// <summary>Those whom this giver may give to: neither oneself nor what one maintains, and nobody who bans the giver.</summary>
    private static async Task<List<Candidate>> FittingAsync(
        ShopDbContext db, List<Candidate> found, Giver giver, long? buyerId, CancellationToken cancellationToken)
    {
        var ids = found.Select(c => c.Id).ToList();
        var people = ids.Count == 0
            ? []
            : await CartPricing.Recipients(db, db.Users.Where(m => ids.Contains(m.Id)), giver).ToDictionaryAsync(r => r.Id, cancellationToken);
        return [.. found.Where(c => people.GetValueOrDefault(c.Id) is { Maintained: false } person && c.Id != buyerId && person.Refusal(buyerId) is null)];
    }

    private async Task<RandomTerms> TermsAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await rules.GetAsync<RandomTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
}

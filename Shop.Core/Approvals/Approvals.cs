using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>Keeps what needs a second person (ASVS 2.3.5). Whoever offers a kind does in the same transaction what was approved. Everything works in the caller's transaction.</summary>
public static class Approvals
{
    /// <summary>What waits for somebody's decision, the oldest first.</summary>
    public static async Task<IReadOnlyList<Approval>> OpenAsync(ShopDbContext db, string kind, string? subject, CancellationToken cancellationToken) =>
        await db.Approvals.AsNoTracking().Where(a => a.State == ApprovalState.Open && a.Kind == kind && (subject == null || a.Subject == subject))
            .OrderBy(a => a.Id).Take(100).ToListAsync(cancellationToken);

    /// <summary>What the same form asked for before; null: nothing.</summary>
    public static Task<Approval?> FindAsync(ShopDbContext db, string key, CancellationToken cancellationToken) =>
        db.Approvals.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key, cancellationToken);

    /// <summary>Writes down what is asked of a second person, or was done alone.</summary>
    public static async Task<Approval> AskAsync(
        ShopDbContext db, string key, ApprovalState state, string kind, string subject, string details, string reason, long askedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var approval = new Approval
        {
            Key = key, State = state, Kind = kind, Subject = subject, Details = details, Reason = reason, AskedBy = askedBy, AskedAt = now,
            DecidedAt = state == ApprovalState.Alone ? now : null,
        };
        db.Approvals.Add(approval);
        await db.SaveChangesAsync(cancellationToken);
        return approval;
    }

    /// <summary>
    /// Approves or declines as another person than who asked, or withdraws as the same. Null: there is nothing open, or this person may not decide it.
    /// </summary>
    public static async Task<Approval?> DecideAsync(ShopDbContext db, long id, string kind, ApprovalState to, long by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ApprovalStates.Table.Apply(ApprovalState.Open, to);
        return await db.Approvals
            .Where(a => a.Id == id && a.Kind == kind && a.State == ApprovalState.Open && (to == ApprovalState.Withdrawn ? a.AskedBy == by : a.AskedBy != by))
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.State, to).SetProperty(a => a.DecidedBy, by).SetProperty(a => a.DecidedAt, now), cancellationToken) == 1
            ? await db.Approvals.AsNoTracking().FirstAsync(a => a.Id == id, cancellationToken)
            : null;
    }
}

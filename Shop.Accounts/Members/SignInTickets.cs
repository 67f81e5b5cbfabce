using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>A live session with what decides whether it still holds, and its member's name now.</summary>
public sealed record LiveTicket(byte[] Value, string? SecurityStamp, string Name);

/// <summary>The rows of signed-in sessions. A session whose row is gone is over, whatever its cookie says.</summary>
public static class SignInTickets
{
    private static readonly PerModel<Func<AccountsDbContext, string, DateTimeOffset, CancellationToken, Task<LiveTicket?>>> Live = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, string keyHash, DateTimeOffset now, CancellationToken _) =>
            db.SignInTickets.Where(t => t.KeyHash == keyHash && t.ExpiresAt > now)
                .Join(db.Users.Where(m => m.Status == AccountStatus.Visible), t => t.MemberId, m => m.Id, (t, m) => new LiveTicket(t.Value, m.SecurityStamp, m.UserName!))
                .FirstOrDefault()));

    public static async Task AddAsync(AccountsDbContext db, SignInTicket ticket, CancellationToken cancellationToken)
    {
        db.SignInTickets.Add(ticket);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>The session of a key while it runs and its member may be signed in.</summary>
    public static Task<LiveTicket?> FindAsync(AccountsDbContext db, string keyHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        Live.For(db)(db, keyHash, now, cancellationToken);

    /// <summary>Lets a session run on, but never longer than <paramref name="longest"/> from its start.</summary>
    public static async Task RenewAsync(
        AccountsDbContext db, string keyHash, byte[] value, DateTimeOffset now, DateTimeOffset expiresAt, TimeSpan longest, CancellationToken cancellationToken)
    {
        var started = await db.SignInTickets.Where(t => t.KeyHash == keyHash).Select(t => (DateTimeOffset?)t.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        if (started is { } start)
        {
            var end = start + longest < expiresAt ? start + longest : expiresAt;
            await db.SignInTickets.Where(t => t.KeyHash == keyHash).ExecuteUpdateAsync(
                set => set.SetProperty(t => t.Value, value).SetProperty(t => t.RenewedAt, now).SetProperty(t => t.ExpiresAt, end), cancellationToken);
        }
    }

    public static Task EndAsync(AccountsDbContext db, string keyHash, CancellationToken cancellationToken) =>
        db.SignInTickets.Where(t => t.KeyHash == keyHash).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Ends every session of a member.</summary>
    public static Task EndAllAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.SignInTickets.Where(t => t.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);

    public static Task<int> RemoveExpiredAsync(AccountsDbContext db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.SignInTickets.Where(t => t.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
}

using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>A live session with what decides whether it still holds, and its member's name now.</summary>
public sealed record LiveTicket(byte[] Value, string? SecurityStamp, string Name);

/// <summary>A session as its member sees it.</summary>
/// <param name="Id">For ending it; it opens nothing.</param>
/// <param name="KeyHash">Which it is, for saying "this one".</param>
public sealed record OpenSession(long Id, string KeyHash, DateTimeOffset BegunAt, DateTimeOffset SeenAt, string? Device, string? Network);

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

    /// <summary>A member's sessions that run, the one used last first.</summary>
    public static async Task<IReadOnlyList<OpenSession>> ListAsync(AccountsDbContext db, long memberId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.SignInTickets.Where(t => t.MemberId == memberId && t.ExpiresAt > now).OrderByDescending(t => t.RenewedAt).ThenByDescending(t => t.Id).Take(100)
            .Select(t => new OpenSession(t.Id, t.KeyHash, t.CreatedAt, t.RenewedAt, t.Device, t.Network)).ToListAsync(cancellationToken);

    /// <summary>Ends one session of a member's. False: there is none of this id.</summary>
    public static async Task<bool> EndOneAsync(AccountsDbContext db, long memberId, long id, CancellationToken cancellationToken) =>
        await db.SignInTickets.Where(t => t.MemberId == memberId && t.Id == id).ExecuteDeleteAsync(cancellationToken) == 1;

    /// <summary>Ends every session of a member's but one. Returns how many.</summary>
    public static Task<int> EndOthersAsync(AccountsDbContext db, long memberId, string keyHash, CancellationToken cancellationToken) =>
        db.SignInTickets.Where(t => t.MemberId == memberId && t.KeyHash != keyHash).ExecuteDeleteAsync(cancellationToken);

    public static Task<int> RemoveExpiredAsync(AccountsDbContext db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.SignInTickets.Where(t => t.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
}

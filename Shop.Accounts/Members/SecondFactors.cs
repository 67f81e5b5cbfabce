using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>The rows of second steps. Everything that changes something works in the caller's transaction; each code is used up by one guarded update (security.md section 3).</summary>
public static class SecondFactors
{
    public static Task<SecondFactor?> FindAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.SecondFactors.AsNoTracking().FirstOrDefaultAsync(f => f.MemberId == memberId, cancellationToken);

    /// <summary>Signing in asks for a second step.</summary>
    public static Task<bool> IsOnAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.SecondFactors.AnyAsync(f => f.MemberId == memberId && f.ConfirmedAt != null, cancellationToken);

    /// <summary>Begins anew with another key. False: there is one in force, which has to be turned off first.</summary>
    public static async Task<bool> BeginAsync(AccountsDbContext db, SecondFactor factor, CancellationToken cancellationToken)
    {
        await db.SecondFactors.Where(f => f.MemberId == factor.MemberId && f.ConfirmedAt == null).ExecuteDeleteAsync(cancellationToken);
        if (await db.SecondFactors.AnyAsync(f => f.MemberId == factor.MemberId, cancellationToken))
        {
            return false;
        }

        db.SecondFactors.Add(factor);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>A first code came: from now on it is asked for. False: it was in force before, or was begun anew.</summary>
    public static async Task<bool> ConfirmAsync(AccountsDbContext db, SecondFactor factor, long step, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.SecondFactors.Where(f => f.MemberId == factor.MemberId && f.Secret == factor.Secret && f.ConfirmedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.ConfirmedAt, now).SetProperty(f => f.LastStep, step), cancellationToken) == 1;

    /// <summary>Uses the code of a half minute up. False: it, or a later one, was used before.</summary>
    public static async Task<bool> UseAsync(AccountsDbContext db, long memberId, long step, CancellationToken cancellationToken) =>
        await db.SecondFactors.Where(f => f.MemberId == memberId && f.ConfirmedAt != null && f.LastStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.LastStep, step), cancellationToken) == 1;

    /// <summary>Nothing is asked for any more. False: nothing was.</summary>
    public static async Task<bool> RemoveAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken)
    {
        await db.RecoveryCodes.Where(c => c.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        return await db.SecondFactors.Where(f => f.MemberId == memberId).ExecuteDeleteAsync(cancellationToken) == 1;
    }

    /// <summary>Other codes in the place of all that there were.</summary>
    public static async Task ReplaceCodesAsync(AccountsDbContext db, long memberId, IEnumerable<string> hashes, CancellationToken cancellationToken)
    {
        await db.RecoveryCodes.Where(c => c.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        db.RecoveryCodes.AddRange(hashes.Select(hash => new RecoveryCode { MemberId = memberId, Hash = hash }));
        await db.SaveChangesAsync(cancellationToken);
    }

    public static Task<int> CodesLeftAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.RecoveryCodes.CountAsync(c => c.MemberId == memberId && c.UsedAt == null, cancellationToken);

    /// <summary>The code that begins like this, if it has not been used.</summary>
    public static Task<RecoveryCode?> FindCodeAsync(AccountsDbContext db, long memberId, string beginning, CancellationToken cancellationToken) =>
        db.RecoveryCodes.AsNoTracking().FirstOrDefaultAsync(c => c.MemberId == memberId && c.UsedAt == null && c.Hash.StartsWith(beginning), cancellationToken);

    /// <summary>Uses a code up. False: it was used before.</summary>
    public static async Task<bool> UseCodeAsync(AccountsDbContext db, long codeId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.RecoveryCodes.Where(c => c.Id == codeId && c.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now), cancellationToken) == 1;
}

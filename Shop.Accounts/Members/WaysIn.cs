using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>What opens an account besides its password: passkeys, accounts of other sites, the second step with its recovery codes.</summary>
public static class WaysIn
{
    /// <summary>Nothing but the password opens the account any more.</summary>
    public static async Task RemoveAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken)
    {
        await SecondFactors.RemoveAsync(db, memberId, cancellationToken);
        await db.Set<IdentityUserPasskey<long>>().Where(p => p.UserId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.UserLogins.Where(l => l.UserId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.UserTokens.Where(t => t.UserId == memberId).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>Whether something opens the account without the password.</summary>
    public static async Task<bool> AnyAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        await db.Set<IdentityUserPasskey<long>>().AnyAsync(p => p.UserId == memberId, cancellationToken)
        || await db.UserLogins.AnyAsync(l => l.UserId == memberId, cancellationToken);
}

using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Accounts of other sites that open a member's account here: one of each site for a member, and each one member's, by unique indexes.</summary>
public static class OutsideLogins
{
    /// <exception cref="DbUpdateException">It belongs to somebody already, or the member has another of that site.</exception>
    public static async Task AddAsync(AccountsDbContext db, IdentityUserLogin<long> login, CancellationToken cancellationToken)
    {
        db.UserLogins.Add(login);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>False: the member has no password, and would not get in any more, or none is there.</summary>
    public static async Task<bool> RemoveAsync(AccountsDbContext db, long memberId, string site, CancellationToken cancellationToken) =>
        await db.UserLogins.Where(l => l.UserId == memberId && l.LoginProvider == site && db.Users.Any(m => m.Id == memberId && m.PasswordHash != null))
            .ExecuteDeleteAsync(cancellationToken) > 0;
}

using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>
/// That a mail to a member came back. It is kept with the address, so that another one begins anew. The methods that change something work in the caller's transaction.
/// </summary>
public static class ReturnedMail
{
    private const string Keeper = "shop";
    private const string Name = "mail_returned";

    /// <summary>A mail to an address came back; the last time is kept. Returns how many accounts have that address.</summary>
    public static async Task<int> NoteAsync(AccountsDbContext db, string address, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var normal = Normal(address);
        var members = await db.Users.Where(m => m.NormalizedEmail == normal && m.Status == AccountStatus.Visible).OrderBy(m => m.Id).Select(m => m.Id).ToListAsync(cancellationToken);
        var value = string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds()} {normal}");
        foreach (var member in members)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO member_tokens (user_id, login_provider, name, value) VALUES ({member}, {Keeper}, {Name}, {value})
                ON CONFLICT (user_id, login_provider, name) DO UPDATE SET value = excluded.value
                """,
                cancellationToken);
        }

        return members.Count;
    }

    /// <summary>When a mail to the address that the member has now came back last; null: none did, or somebody said that it works again.</summary>
    public static async Task<DateTimeOffset?> SinceAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var found = await Of(db, memberId).Join(db.Users, t => t.UserId, m => m.Id, (t, m) => new { t.Value, m.NormalizedEmail }).FirstOrDefaultAsync(cancellationToken);
        return found?.Value?.Split(' ', 2) is [var at, var address] && address == found.NormalizedEmail
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Mails arrive again, says who ought to know.</summary>
    public static Task ClearAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) => Of(db, memberId).ExecuteDeleteAsync(cancellationToken);

    private static IQueryable<IdentityUserToken<long>> Of(AccountsDbContext db, long memberId) =>
        db.UserTokens.Where(t => t.UserId == memberId && t.LoginProvider == Keeper && t.Name == Name);

    private static string Normal(string address) => address.Trim().ToUpperInvariant();
}

using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Which mails a member wants, and what is known of sign-ins that a mail may warn of. The methods that change something work in the caller's transaction.</summary>
public static class MailWishes
{
    public static Task<bool> WantsRemindersAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.Users.AnyAsync(m => m.Id == memberId && m.RemindersOffAt == null, cancellationToken);

    /// <summary>Turns reminders on or off; again it changes nothing. False: there is no such member.</summary>
    public static async Task<bool> SetRemindersAsync(AccountsDbContext db, long memberId, bool wanted, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Users.Where(m => m.Id == memberId).ExecuteUpdateAsync(set => set.SetProperty(m => m.RemindersOffAt, m => wanted ? null : m.RemindersOffAt ?? now), cancellationToken) == 1;

    /// <summary>Somebody signed in on a device that had not been used for this account before.</summary>
    public static Task NoteStrangeSignInAsync(AccountsDbContext db, long memberId, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Users.Where(m => m.Id == memberId).ExecuteUpdateAsync(set => set.SetProperty(m => m.StrangeSignInAt, now), cancellationToken);
}

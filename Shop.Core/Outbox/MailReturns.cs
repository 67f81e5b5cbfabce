using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What was found of a mail that came back.</summary>
/// <param name="Accounts">How many accounts have the address.</param>
/// <param name="Message">Whether the message was one of ours that had been sent.</param>
public sealed record ReturnedResult(int Accounts, bool Message);

/// <summary>
/// Mails that a mail server took and that came back later (docs/adr/0035). Whoever reads the mailbox that they come to says so; here it is kept with the account,
/// which shows it, and with the message, which staff see among those that were refused.
/// </summary>
public sealed class MailReturns(Writes writes, TimeProvider clock)
{
    /// <summary>What stands with a message that came back, for staff.</summary>
    public const string Returned = "returned by the recipient's mail server";

    /// <summary>A mail server gives up after days; what is older than this is not looked for.</summary>
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(30);

    /// <param name="address">To whom the mail was.</param>
    /// <param name="messageId">Its Message-ID, with or without its brackets and its host; null: not known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReturnedResult> NoteAsync(string address, string? messageId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = messageId is null ? null : await FindAsync(messageId.Trim('<', '>', ' ').Split('@')[0], now - LookBack, cancellationToken);
        if (messageId is not null && row is null)
        {
            // anybody can write such a report: one about no mail of ours says nothing
            return new ReturnedResult(0, false);
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var accounts = await ReturnedMail.NoteAsync(unit.Db, address, now, token);
                var marked = row is { } id && await unit.Db.Outbox.Where(r => r.Id == id && r.DoneAt != null)
                    .ExecuteUpdateAsync(set => set.SetProperty(r => r.Failure, Returned), token) == 1;
                return new ReturnedResult(accounts, marked);
            },
            cancellationToken);
    }

    /// <summary>Its member says that mails arrive again.</summary>
    public Task WorksAsync(long memberId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => ReturnedMail.ClearAsync(unit.Db, memberId, token), cancellationToken);

    /// <summary>The Message-ID is a hash of the row's key, so the rows of the time in question are tried one after the other.</summary>
    private Task<long?> FindAsync(string name, DateTimeOffset from, CancellationToken cancellationToken) => writes.ReadAsync(
        async (db, token) =>
        {
            await foreach (var row in db.Outbox.Where(r => r.DoneAt >= from).Select(r => new { r.Id, r.DedupeKey }).AsAsyncEnumerable().WithCancellation(token))
            {
                if (OutboxRow.MailName(row.DedupeKey) == name)
                {
                    return (long?)row.Id;
                }
            }

            return null;
        },
        cancellationToken);
}

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Tells accounts, or the maintainers of a community, that time runs out or ran out: each stage once for each end, by a row that is written with the mails
/// (DW-84 to DW-86).
/// What the mail says is read when it is sent. The class itself needs no job: it follows from the instant of the end.
/// </summary>
public sealed class ExpiryRun(Writes writes, RuleBook rules, TimeProvider clock)
{
    private const int Batch = 50;

    /// <summary>An end that is longer ago is told to nobody: a shop that was off for weeks, or members who came with an import.</summary>
    private static readonly TimeSpan News = TimeSpan.FromDays(7);

    private sealed record Due(long AccountId, DateTimeOffset Until, AccountKind Kind);

    /// <summary>Writes what is due, one batch of each stage. Returns how many accounts are told something.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var terms = await writes.ReadAsync(
            async (db, token) => await rules.GetAsync<ExpiryTerms>(db, await rules.CurrentAsync(db, token), token), cancellationToken);
        var (last, first) = (now.AddDays(terms.LastReminderDays), now.AddDays(terms.FirstReminderDays));
        return await TellAsync(ExpiryStage.Ended, now - News, now, cancellationToken)
            + await TellAsync(ExpiryStage.Last, now, last, cancellationToken)
            + await TellAsync(ExpiryStage.First, last, first, cancellationToken);
    }

    /// <summary>Tells whose time ends after the one instant and not after the other.</summary>
    private async Task<int> TellAsync(ExpiryStage stage, DateTimeOffset after, DateTimeOffset upTo, CancellationToken cancellationToken)
    {
        if (upTo <= after)
        {
            return 0;
        }

        var due = await writes.ReadAsync((db, token) => DueAsync(db, stage, after, upTo, token), cancellationToken);
        try
        {
            return due.Count == 0 ? 0 : await writes.RunAsync((unit, token) => TellAsync(unit.Db, stage, due, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            // another worker told one of them since the list was read: nothing of the batch is written, and the next pass has what is left
            return 0;
        }
    }

    private static Task<List<Due>> DueAsync(ShopDbContext db, ExpiryStage stage, DateTimeOffset after, DateTimeOffset upTo, CancellationToken cancellationToken) =>
        db.Memberships.Where(m => m.Until > after && m.Until <= upTo && !m.Permanent
                && !db.ExpiryNotices.Any(n => n.AccountId == m.AccountId && n.Until == m.Until && n.Stage == stage))
            .Join(db.Users.Where(u => u.Status == AccountStatus.Visible), m => m.AccountId, u => u.Id, (m, u) => new { m.AccountId, m.Until, u.Kind })
            .OrderBy(m => m.Until).Select(m => new Due(m.AccountId, m.Until!.Value, m.Kind)).Take(Batch).ToListAsync(cancellationToken);

    private async Task<int> TellAsync(ShopDbContext db, ExpiryStage stage, IReadOnlyList<Due> due, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var communities = due.Where(d => d.Kind == AccountKind.Community).Select(d => d.AccountId).ToList();
        var maintainers = communities.Count == 0
            ? []
            : await db.Maintainers.AsNoTracking().Where(m => communities.Contains(m.CommunityId)).ToListAsync(cancellationToken);
        foreach (var (account, until, kind) in due)
        {
            db.ExpiryNotices.Add(new ExpiryNotice { AccountId = account, Until = until, Stage = stage, At = now });
            IEnumerable<long?> readers = kind == AccountKind.Community ? maintainers.Where(m => m.CommunityId == account).Select(m => (long?)m.MemberId) : [null];
            foreach (var message in readers.Select(reader => new ExpiryMessage(account, until, stage, reader)))
            {
                Outbox.Add(db, message.Key, OutboxKinds.Expiry, message, now);
            }
        }

        await db.SaveChangesAsync(cancellationToken);
        return due.Count;
    }
}

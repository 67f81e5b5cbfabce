using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Sees that time runs out or ran out: each stage once for each end, by a row that is written with the event from which the mails come (DW-84 to DW-86).
/// What a mail says is read when it is sent. The class itself needs no job: it follows from the instant of the end.
/// </summary>
public sealed class ExpiryRun(Writes writes, RuleBook rules, TimeProvider clock)
{
    private const int Batch = 50;

    /// <summary>An end that is longer ago is told to nobody: a shop that was off for weeks, or members who came with an import.</summary>
    private static readonly TimeSpan News = TimeSpan.FromDays(7);

    private sealed record Due(long AccountId, DateTimeOffset Until);

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
            .Join(db.Users.Where(u => u.Status == AccountStatus.Visible), m => m.AccountId, u => u.Id, (m, u) => new { m.AccountId, m.Until })
            .OrderBy(m => m.Until).Select(m => new Due(m.AccountId, m.Until!.Value)).Take(Batch).ToListAsync(cancellationToken);

    private async Task<int> TellAsync(ShopDbContext db, ExpiryStage stage, IReadOnlyList<Due> due, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var (account, until) in due)
        {
            db.ExpiryNotices.Add(new ExpiryNotice { AccountId = account, Until = until, Stage = stage, At = now });
        }

        await db.SaveChangesAsync(cancellationToken);
        foreach (var (account, until) in due)
        {
            await ShopEvents.RecordAsync(
                db,
                stage == ExpiryStage.Ended ? ShopEventKind.TimeExpired : ShopEventKind.TimeExpiring,
                string.Create(CultureInfo.InvariantCulture, $"{account}:{until.ToUnixTimeMilliseconds()}:{Words.Of(stage)}"),
                new EventAbout(account),
                new EventFacts { Until = until, Reason = Words.Of(stage) },
                now,
                cancellationToken);
        }

        return due.Count;
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Works off the inbox: finds what an event is about among our own rows and settles it. A webhook is a reason to ask, never an answer, so two
/// events for one fact are one effect (exactly-once.md section 7).
/// </summary>
public sealed partial class InboxRun(Writes writes, Settlement settlement, RefundRun refunds, TimeProvider clock, LeaseClock leases, ILogger<InboxRun> log)
{
    private const int Batch = 100;
    private const string Table = "webhook_inbox";
    private const string DoneColumn = "processed_at";

    /// <summary>Claims and works off one batch. Returns how many rows were claimed: 0 when nothing is due.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!await writes.ReadAsync(IsAnyDueAsync, cancellationToken))
        {
            return 0;
        }

        var claimed = await writes.RunAsync(
            async (unit, token) =>
            {
                var ids = await Leases.ClaimAsync(unit.Db, Table, DoneColumn, Batch, leases, token);
                return await unit.Db.WebhookInbox.AsNoTracking().Where(r => ids.Contains(r.Id)).OrderBy(r => r.DueAt).ThenBy(r => r.Id).ToListAsync(token);
            },
            cancellationToken);
        var (done, marked) = (new List<WebhookEvent>(claimed.Count), now);
        try
        {
            foreach (var row in claimed)
            {
                if (clock.GetUtcNow() + Leases.CallLimit >= now + Leases.Time)
                {
                    // a provider that is slow: the rest is taken anew when its lease has run out, by whoever comes
                    break;
                }

                if (await WorkAsync(row, cancellationToken))
                {
                    done.Add(row);
                }

                if (clock.GetUtcNow() - marked >= Leases.MarkEvery)
                {
                    await MarkAsync(done);
                    marked = clock.GetUtcNow();
                }
            }
        }
        finally
        {
            await MarkAsync(done);
        }

        return claimed.Count;
    }

    private async Task<bool> IsAnyDueAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var (due, now) = (leases.DueNow, await leases.NowAsync(db, cancellationToken));
        return await db.WebhookInbox.AnyAsync(r => r.ProcessedAt == null && !r.Dead && r.DueAt <= due && r.LeaseUntil < now, cancellationToken);
    }

    private async Task<bool> WorkAsync(WebhookEvent row, CancellationToken cancellationToken)
    {
        try
        {
            Crash.Point("K12");
            await AskAsync(row, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            NotWorked(e, row.Id, row.Provider, row.Attempts);
            await LaterAsync(row);
            return false;
        }

        return true;
    }

    /// <summary>Marks what was worked off, in one transaction; a row that somebody else has leased meanwhile is theirs, and asking twice is one effect.</summary>
    private async Task MarkAsync(List<WebhookEvent> done)
    {
        if (done.Count == 0)
        {
            return;
        }

        var rows = done.ConvertAll(row => (row.Id, row.LeaseNo));
        done.Clear();
        await writes.RunAsync((unit, token) => Leases.DoneAsync(unit.Db, Table, DoneColumn, rows, clock.GetUtcNow(), token), CancellationToken.None);
    }

    private async Task AskAsync(WebhookEvent row, CancellationToken cancellationToken)
    {
        switch (Inbox.Subject(row))
        {
            case { Kind: SubjectKind.Payment or SubjectKind.Capture } subject when await AttemptAsync(row.Provider, subject, cancellationToken) is { } attempt:
                await settlement.SettleAsync(attempt, null, cancellationToken, news: true);
                break;
            case { Kind: SubjectKind.Refund } subject when await RefundAsync(row.Provider, subject, cancellationToken) is { } refund:
                await refunds.DriveAsync(refund, cancellationToken);
                break;
            default:
                NotOurs(row.Id, row.Provider, row.Type);
                break;
        }
    }

    /// <summary>
    /// The attempt an event is about: by the provider's id that we stored; by our id in its metadata only while we have none. Metadata alone never
    /// links a payment to an order (W09).
    /// </summary>
    private Task<Guid?> AttemptAsync(string provider, WebhookSubject subject, CancellationToken cancellationToken) =>
        writes.ReadAsync(
            async (db, token) =>
                await db.PaymentAttempts.Where(a => a.Provider == provider && a.ProviderRef == subject.Reference.Value)
                    .Select(a => (Guid?)a.Id).FirstOrDefaultAsync(token)
                ?? await db.ProviderPayments.Where(p => p.Provider == provider && p.ProviderId == subject.Reference.Value)
                    .Select(p => p.AttemptId).FirstOrDefaultAsync(token)
                ?? await db.PaymentAttempts.Where(a => a.Provider == provider && a.Id == subject.OurId && a.ProviderRef == null)
                    .Select(a => (Guid?)a.Id).FirstOrDefaultAsync(token),
            cancellationToken);

    private Task<Guid?> RefundAsync(string provider, WebhookSubject subject, CancellationToken cancellationToken) =>
        writes.ReadAsync(
            (db, token) => db.Refunds
                .Where(r => db.ProviderPayments.Any(p => p.Id == r.PaymentId && p.Provider == provider)
                    && (r.ProviderRef == subject.Reference.Value || (r.Id == subject.OurId && r.ProviderRef == null)))
                .Select(r => (Guid?)r.Id).FirstOrDefaultAsync(token),
            cancellationToken);

    private Task LaterAsync(WebhookEvent row) =>
        writes.RunAsync(
            (unit, token) => Leases.LaterAsync(unit.Db, Table, DoneColumn, (row.Id, row.LeaseNo, row.Attempts), clock.GetUtcNow(), token), CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Error, Message = "Inbox row {Id} of {Provider} failed on try {Attempt}.")]
    private partial void NotWorked(Exception exception, long id, string provider, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Inbox row {Id}: event '{Type}' of {Provider} is about nothing of ours.")]
    private partial void NotOurs(long id, string provider, string type);
}

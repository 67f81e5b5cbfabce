using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Works off the inbox: finds what an event is about among our own rows and settles it. A webhook is a reason to ask, never an answer, so two
/// events for one fact are one effect (exactly-once.md section 7).
/// </summary>
public sealed partial class InboxRun(Writes writes, Settlement settlement, RefundRun refunds, SavedMethods methods, TimeProvider clock, LeaseClock leases, ILogger<InboxRun> log)
{
    private static readonly PerModel<Func<ShopDbContext, string, string, CancellationToken, Task<Guid?>>> ByReference = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string provider, string reference, CancellationToken _) =>
            db.PaymentAttempts.Where(a => a.Provider == provider && a.ProviderRef == reference).Select(a => (Guid?)a.Id).FirstOrDefault()));

    private readonly LeasedQueue<WebhookEvent> queue = new("webhook_inbox", "processed_at", db => db.WebhookInbox, writes, leases, clock);

    /// <summary>Claims and works off one batch. Returns how many rows were claimed: 0 when nothing is due.</summary>
    public Task<int> PassAsync(CancellationToken cancellationToken) => queue.PassAsync(WorkAsync, TooLate, TimeSpan.Zero, cancellationToken);

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
            return false;
        }

        return true;
    }

    private async Task AskAsync(WebhookEvent row, CancellationToken cancellationToken)
    {
        switch (Inbox.Subject(row))
        {
            case { Capture: { } capture } when await writes.ReadAsync((db, token) => Settlement.Known.For(db)(db, row.Provider, capture.Value, token), cancellationToken):
                break;
            case { Kind: SubjectKind.Payment or SubjectKind.Capture } subject when await AttemptAsync(row.Provider, subject, cancellationToken) is { } attempt:
                await settlement.SettleAsync(attempt, null, cancellationToken, news: true);
                break;
            case { Kind: SubjectKind.Refund } subject when await RefundAsync(row.Provider, subject, cancellationToken) is { } refund:
                await refunds.DriveAsync(refund, cancellationToken, news: true);
                break;
            case { Kind: SubjectKind.Refund, Payment: { } payment } when await AttemptAsync(row.Provider, new WebhookSubject(SubjectKind.Payment, payment, null), cancellationToken) is { } attempt:
                await settlement.SettleAsync(attempt, null, cancellationToken, news: true); // one that the shop did not make
                break;
            case { Kind: SubjectKind.Setup } subject when await methods.NewsAsync(row.Provider, subject.Reference, cancellationToken):
            case { Kind: SubjectKind.Customer } payer when await methods.RefreshAsync(row.Provider, new CustomerReference(payer.Reference.Value), cancellationToken):
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
                await ByReference.For(db)(db, provider, subject.Reference.Value, token)
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} inbox rows were no longer ours when they had been worked off: another worker asks again.")]
    private partial void TooLate(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Inbox row {Id} of {Provider} failed on try {Attempt}.")]
    private partial void NotWorked(Exception exception, long id, string provider, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Inbox row {Id}: event '{Type}' of {Provider} is about nothing of ours.")]
    private partial void NotOurs(long id, string provider, string type);
}

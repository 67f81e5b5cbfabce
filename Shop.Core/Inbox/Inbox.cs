using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What is answered to a provider that sent a webhook.</summary>
public enum WebhookAnswer
{
    /// <summary>Stored now or before: 200.</summary>
    Taken,

    /// <summary>Not genuine, or not readable: 400, nothing stored.</summary>
    Rejected,

    /// <summary>It cannot be checked just now: 503, the provider repeats it.</summary>
    NotNow,

    /// <summary>No such provider, or none that sends webhooks: 404.</summary>
    NoSuchProvider,
}

/// <summary>
/// Takes webhooks in: checked, stored once, answered; what they mean is asked of the provider later (exactly-once.md section 7).
/// </summary>
public sealed partial class Inbox(Writes writes, PaymentProviders providers, WebhookCounts counts, TimeProvider clock, ILogger<Inbox> log)
{
    /// <summary>Checks and stores a webhook. One that is known already changes nothing and is answered the same.</summary>
    public async Task<WebhookAnswer> ReceiveAsync(ProviderId provider, WebhookRequest request, CancellationToken cancellationToken)
    {
        if (providers.Find(provider) is not IReceivesWebhooks receiver)
        {
            return WebhookAnswer.NoSuchProvider;
        }

        switch (await VerdictAsync(provider, receiver, request, cancellationToken))
        {
            case WebhookVerdict.Accepted accepted:
                await StoreAsync(provider, accepted.EventId, accepted.EventType, accepted.Subject, request, cancellationToken);
                return WebhookAnswer.Taken;
            case WebhookVerdict.Ignored ignored:
                await StoreAsync(provider, ignored.EventId, ignored.EventType, null, request, cancellationToken);
                return WebhookAnswer.Taken;
            case WebhookVerdict.Rejected rejected:
                WebhookMeter.Rejected(provider);
                counts.Add(provider, WebhookAnswer.Rejected, rejected.Why);
                return WebhookAnswer.Rejected;
            case WebhookVerdict.Unverifiable unverifiable:
                counts.Add(provider, WebhookAnswer.NotNow, unverifiable.Why);
                NotChecked(provider, unverifiable.Why);
                return WebhookAnswer.NotNow;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The subject as it is stored: what to ask about.</summary>
    internal static WebhookSubject? Subject(WebhookEvent row) =>
        row.Subject is null ? null : JsonSerializer.Deserialize<WebhookSubject>(row.Subject, JsonSerializerOptions.Web);

    private async Task<WebhookVerdict> VerdictAsync(
        ProviderId provider, IReceivesWebhooks receiver, WebhookRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await receiver.VerifyAsync(request, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // our own mistake or the checking service's: the provider keeps it and sends it again
            Threw(e, provider);
            return new WebhookVerdict.Unverifiable(e.GetType().Name);
        }
    }

    private async Task StoreAsync(
        ProviderId provider, string eventId, string type, WebhookSubject? subject, WebhookRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = new WebhookEvent
        {
            Provider = provider.Value,
            EventId = eventId,
            Type = type,
            Subject = subject is null ? null : JsonSerializer.Serialize(subject, JsonSerializerOptions.Web),
            Body = Secret().Replace(Encoding.UTF8.GetString(request.Body.Span), "$1\"\""),
            ReceivedAt = request.ReceivedAt,
            DueAt = now,
            ProcessedAt = subject is null ? now : null,
        };
        Crash.Point("K10");
        try
        {
            await writes.RunAsync(
                (unit, token) => Rows.InsertAsync(unit.Db, row, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "event"))
        {
            Known(provider, eventId);
        }

        Crash.Point("K11");
    }

    /// <summary>What opens something at the provider, as Stripe's client_secret does, is no news and is not kept (ST-33).</summary>
    [GeneratedRegex("""("\w*secret"\s*:\s*)"(?:[^"\\]|\\.)*\x22""", RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Provider} could not be checked ({Why}); it was not taken.")]
    private partial void NotChecked(ProviderId provider, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Checking a webhook of {Provider} failed; it was not taken.")]
    private partial void Threw(Exception exception, ProviderId provider);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event {EventId} of {Provider} is known already.")]
    private partial void Known(ProviderId provider, string eventId);
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Payments.Taler;

internal sealed partial class TalerProvider
{
    private const string SecretHeader = "Webhook-Secret";

    /// <summary>So long before a span an order may have been made that was paid in it: the shop ends what nobody paid long before.</summary>
    private static readonly TimeSpan LongestOpen = TimeSpan.FromHours(6);

    /// <summary>Events carry no signature and no time, only the secret that our own template sends along: one is a hint, and what it says is asked for.</summary>
    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => Task.FromResult(Verify(request));

    public async IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long? before = null; ;)
        {
            var page = Body(await backEnd.ListPaidAsync(before, cancellationToken)).Orders;
            foreach (var listed in page)
            {
                if (listed.RowId >= before)
                {
                    throw new JsonException("The back end's list does not go on.");
                }

                before = listed.RowId;
                var made = listed.Timestamp.At ?? throw new JsonException("The back end did not say when an order was made.");
                if (made < from - LongestOpen)
                {
                    yield break;
                }

                if (made < until && IsOrderId(listed.OrderId))
                {
                    foreach (var activity in Movements(listed.OrderId, Body(await backEnd.GetOrderAsync(listed.OrderId, cancellationToken))).Where(it => it.At >= from && it.At < until))
                    {
                        yield return activity;
                    }
                }
            }

            if (page.Count == 0)
            {
                yield break;
            }
        }
    }

    private IEnumerable<ProviderActivity> Movements(string id, TalerOrder order)
    {
        var told = Told(id, order);
        foreach (var capture in told.Captures)
        {
            yield return new ProviderActivity(ActivityKind.Captured, capture.Reference, told.OurAttempt, capture.Amount, capture.At);
        }

        foreach (var refund in told.Refunds.Where(refund => refund.Outcome == RefundOutcome.Succeeded))
        {
            var at = order.RefundDetails.Last(step => $"{id}/{StepKey(step)}" == refund.Reference?.Value).Timestamp.At ?? DateTimeOffset.MinValue;
            yield return new ProviderActivity(ActivityKind.Refunded, refund.Reference!.Value, told.OurAttempt, refund.Amount, at, refund.Capture);
        }
    }

    private WebhookVerdict Verify(WebhookRequest request)
    {
        var said = Encoding.UTF8.GetBytes(request.Headers.FirstOrDefault(header => header.Key.Equals(SecretHeader, StringComparison.OrdinalIgnoreCase)).Value ?? "");
        if (!options.Value.CurrentSecrets.Aggregate(false, (isGood, secret) => CryptographicOperations.FixedTimeEquals(said, Encoding.UTF8.GetBytes(secret)) | isGood))
        {
            return new WebhookVerdict.Rejected("wrong secret");
        }

        if (TalerClient.ReadEvent(request.Body.Span) is not { Event.Length: > 0 and <= 50, OrderId.Length: > 0 and <= 100 } news)
        {
            return new WebhookVerdict.Rejected("not readable");
        }

        var id = Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        return news.Event is "pay" or "refund" or "order_settled" && IsOrderId(news.OrderId)
            ? new WebhookVerdict.Accepted(id, news.Event, new WebhookSubject(SubjectKind.Payment, Reference(news.OrderId), null))
            : new WebhookVerdict.Ignored(id, news.Event);
    }

    /// <summary>Whether it can be one of ours; the instance may have orders that others made.</summary>
    private static bool IsOrderId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}

using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Shop.Payments.PayPal;

internal sealed partial class PayPalProvider
{
    /// <summary>The longest span that PayPal reports at once.</summary>
    private static readonly TimeSpan LongestSpan = TimeSpan.FromDays(31);

    /// <summary>PayPal's reports include both ends, and are asked for by the millisecond.</summary>
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    /// <summary>A refund that was made at PayPal does not carry our id: it names its capture.</summary>
    public async IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var start = from; start < until; start += LongestSpan)
        {
            var end = start + LongestSpan < until ? start + LongestSpan : until;
            await foreach (var movement in MovementsAsync(start, end, cancellationToken))
            {
                if (Kind(movement) is { } kind && movement.TransactionInitiationDate >= start && movement.TransactionInitiationDate < end)
                {
                    var amount = PayPalAmounts.ReadSigned(movement.TransactionAmount);
                    yield return new ProviderActivity(kind, new ProviderReference(movement.TransactionId),
                        Guid.TryParseExact(movement.CustomField, "D", out var ours) ? new AttemptId(ours) : null,
                        amount with { Minor = Math.Abs(amount.Minor) }, movement.TransactionInitiationDate,
                        movement is { PaypalReferenceIdType: "TXN", PaypalReferenceId: { } capture } ? new ProviderReference(capture) : null);
                }
            }
        }
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken)
    {
        var refused = new ProviderHealth(false, false, "PayPal refuses the credentials.");
        try
        {
            return await paypal.GetWebhookAsync(cancellationToken) switch
            {
                PayPalAnswer<PayPalWebhook>.Given given when given.Body.Id == options.Value.WebhookId => new ProviderHealth(true, true, null),
                _ => new ProviderHealth(true, false, "PayPal does not know the webhook."),
            };
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            // no access token, or one that is good for nothing
            return refused;
        }
    }

    private async IAsyncEnumerable<PayPalMovementInfo> MovementsAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var page = 1; ; page++)
        {
            var answer = Body(await paypal.ListMovementsAsync(from, until - Instant, page, cancellationToken));
            if (answer.AccountNumber != options.Value.MerchantId)
            {
                throw new JsonException("PayPal reports of another account.");
            }

            if (answer.Page != page)
            {
                throw new JsonException("PayPal's report does not go on.");
            }

            foreach (var movement in answer.TransactionDetails)
            {
                yield return movement.TransactionInfo;
            }

            if (page >= answer.TotalPages)
            {
                yield break;
            }
        }
    }

    /// <summary>By the event code's first digits; null for what moves no buyer's money (payouts, conversions, holds), and for what has not happened.</summary>
    private static ActivityKind? Kind(PayPalMovementInfo movement) => movement.TransactionStatus is not ("S" or "V") ? null : movement.TransactionEventCode switch
    {
        ['T', '0', '0', ..] => ActivityKind.Captured,
        ['T', '0', '1', ..] => ActivityKind.Fee,
        "T1107" => ActivityKind.Refunded,
        "T1106" or ['T', '1', '2', ..] => ActivityKind.Disputed,
        _ => null,
    };
}

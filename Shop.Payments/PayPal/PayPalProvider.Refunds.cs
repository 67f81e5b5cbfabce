using System.Diagnostics;
using System.Net;

namespace Shop.Payments.PayPal;

internal sealed partial class PayPalProvider
{
    /// <summary>Stands before our refund's id in PayPal's metadata, so that no refund is taken for a payment.</summary>
    private const string RefundMark = "refund-";

    public async Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        var ourId = RefundMark + request.Refund.Value;
        var refund = new NewRefund(PayPalAmounts.Write(request.Amount), ourId, ourId);
        return await paypal.RefundAsync(request.Capture, refund, request.Key, cancellationToken) switch
        {
            PayPalAnswer<PayPalRefund>.Given { Repeated: true } given => await GetRefundAsync(new ProviderReference(given.Body.Id), request.Capture, Unanswered, cancellationToken),
            PayPalAnswer<PayPalRefund>.Given given => Told(given.Body, request.Capture.Value),
            // one of that number exists: it may be this one
            PayPalAnswer<PayPalRefund>.Refused { Code: "DUPLICATE_INVOICE_ID" } =>
                await FindRefundAsync(new RefundLocator(request.Refund, request.Payment, request.Capture, null, request.Key), Unanswered, cancellationToken),
            // PayPal looked at it and would not: certain, with its own word for why
            PayPalAnswer<PayPalRefund>.Refused
            {
                Status: HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity
            } refused => new RefundSnapshot(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, refused.Word, null),
            PayPalAnswer<PayPalRefund>.Refused refused => Unanswered(refused.Word),
            _ => throw new UnreachableException(),
        };

        RefundSnapshot Unanswered(string why) => Nothing(RefundOutcome.Unknown, request.Refund, request.Capture, request.Amount.Currency, why);
    }

    public Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken)
    {
        return refund.Reference is { } reference
            ? GetRefundAsync(reference, refund.Capture, Unanswered, cancellationToken)
            : FindRefundAsync(refund, Unanswered, cancellationToken);

        RefundSnapshot Unanswered(string why) => Nothing(RefundOutcome.Unknown, refund.Refund, refund.Capture, refund.Payment.Amount.Currency, why);
    }

    private async Task<RefundSnapshot> GetRefundAsync(
        ProviderReference reference, ProviderReference capture, Func<string, RefundSnapshot> unanswered, CancellationToken cancellationToken) =>
        await paypal.GetRefundAsync(reference, cancellationToken) switch
        {
            PayPalAnswer<PayPalRefund>.Given given when given.Body.Id == reference.Value => Told(given.Body, capture.Value),
            PayPalAnswer<PayPalRefund>.Given => unanswered("another_refund"),
            PayPalAnswer<PayPalRefund>.Refused refused => unanswered(refused.Word),
            _ => throw new UnreachableException(),
        };

    /// <summary>An order lists the refunds of its captures, ours by our id.</summary>
    private async Task<RefundSnapshot> FindRefundAsync(RefundLocator refund, Func<string, RefundSnapshot> unanswered, CancellationToken cancellationToken)
    {
        if (refund.Payment.Reference is not { } reference)
        {
            return unanswered("no_order");
        }

        return await paypal.GetOrderAsync(reference, cancellationToken) switch
        {
            PayPalAnswer<PayPalOrder>.Given { Body: { PurchaseUnits: [var unit] } order } when order.Id == reference.Value && unit.Payments.Captures.Any(one => one.Id == refund.Capture.Value) =>
                unit.Payments.Refunds.Where(one => one.CustomId == RefundMark + refund.Refund.Value).ToList() switch
                {
                    [] => Nothing(RefundOutcome.NotFound, refund.Refund, refund.Capture, refund.Payment.Amount.Currency, null),
                    [var one] => Told(one, refund.Capture.Value),
                    _ => unanswered("several_refunds"),
                },
            PayPalAnswer<PayPalOrder>.Given => unanswered("another_order"),
            PayPalAnswer<PayPalOrder>.Refused refused => unanswered(refused.Word),
            _ => throw new UnreachableException(),
        };
    }

    private static RefundSnapshot Told(PayPalRefund refund, string? capture) => new(
        refund.Status switch
        {
            "COMPLETED" => RefundOutcome.Succeeded,
            "PENDING" => RefundOutcome.Pending,
            "FAILED" or "CANCELLED" => RefundOutcome.Failed,
            _ => RefundOutcome.Unknown,
        },
        new ProviderReference(refund.Id), OurRefund(refund.CustomId), (Above(refund.Links) ?? capture) is { } of ? new ProviderReference(of) : null,
        PayPalAmounts.Read(refund.Amount), null, null);

    private static RefundId? OurRefund(string? customId) =>
        customId is not null && customId.StartsWith(RefundMark, StringComparison.Ordinal) && Guid.TryParseExact(customId.AsSpan(RefundMark.Length), "D", out var id)
            ? new RefundId(id)
            : null;

    /// <summary>What a thing was made of: the last part of the address that its link "up" names.</summary>
    private static string? Above(IReadOnlyList<PayPalLink> links) =>
        links.FirstOrDefault(link => link.Rel == "up")?.Href is { IsAbsoluteUri: true } up ? up.Segments[^1].Trim('/') : null;

    private static RefundSnapshot Nothing(RefundOutcome outcome, RefundId refund, ProviderReference capture, Currency currency, string? why) =>
        new(outcome, null, refund, capture, Money.Zero(currency), why, null);

    /// <summary>Taken back without a refund of ours: a returned direct debit, or a complaint that PayPal has decided.</summary>
    private static DisputeSnapshot Reversed(PayPalCapture capture) =>
        new(DisputeOutcome.Lost, new ProviderReference(capture.Id), new ProviderReference(capture.Id), PayPalAmounts.Read(capture.Amount));

    private async Task<List<DisputeSnapshot>> DisputesAsync(PayPalOrder order, CancellationToken cancellationToken)
    {
        var told = new List<DisputeSnapshot>();
        foreach (var capture in order.PurchaseUnits.SelectMany(unit => unit.Payments.Captures).Where(IsTaken))
        {
            var reference = new ProviderReference(capture.Id);
            foreach (var line in await DisputesOfAsync(reference, cancellationToken))
            {
                told.Add(Told(Body(await paypal.GetDisputeAsync(line.DisputeId, cancellationToken)), reference));
            }

            if (capture.Status == "REVERSED" && told.All(dispute => dispute.Capture != reference || dispute.Outcome != DisputeOutcome.Lost))
            {
                told.Add(Reversed(capture));
            }
        }

        return told;
    }

    private async Task<IReadOnlyList<PayPalDisputeLine>> DisputesOfAsync(ProviderReference capture, CancellationToken cancellationToken)
    {
        try
        {
            return Body(await paypal.ListDisputesAsync(capture, cancellationToken)).Items;
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Forbidden)
        {
            // an app that may not read disputes still takes payments
            return [];
        }
    }

    private static DisputeSnapshot Told(PayPalDispute dispute, ProviderReference capture) => new(
        dispute switch
        {
            { Status: not "RESOLVED" } => DisputeOutcome.Open,
            { DisputeOutcome.OutcomeCode: "RESOLVED_SELLER_FAVOUR" or "CANCELED_BY_BUYER" or "DENIED" or "RESOLVED_WITH_PAYOUT" } => DisputeOutcome.Won,
            { DisputeOutcome.OutcomeCode: "RESOLVED_BUYER_FAVOUR" or "ACCEPTED" } => DisputeOutcome.Lost,
            // decided, but not how: it stays open for a person
            _ => DisputeOutcome.Open,
        },
        new ProviderReference(dispute.DisputeId), capture, PayPalAmounts.Read(dispute.DisputeAmount));
}

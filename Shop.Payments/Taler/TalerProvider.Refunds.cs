using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Payments.Taler;

/// <remarks>Taler counts what is given back of an order as a total that only grows; the shop counts single refunds. The reason of each step carries our refund's id, so that
/// the steps can be told apart again.</remarks>
internal sealed partial class TalerProvider
{
    /// <summary>Before our refund's id in a step's reason.</summary>
    private const string Mark = "refund ";

    /// <summary>How often a total is raised for one refund: another one may come between our look and our call.</summary>
    private const int MostSteps = 3;

    public async Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        var id = OrderId(request.Payment.StartKey);
        if (request.Capture.Value != id || request.Amount.Currency != counted)
        {
            return NotSaid(RefundOutcome.Unknown, request.Refund, request.Capture, "another_order");
        }

        var wanted = TalerAmount.Of(request.Amount, options.Value.Currency);
        for (var step = 0; ; step++)
        {
            var looked = await backEnd.GetOrderAsync(id, cancellationToken);
            if (looked is TalerAnswer<TalerOrder>.Refused refused)
            {
                return refused.Code == TalerCodes.OrderUnknown ? Failed(refused.Status, refused.Code) : NotSaid(RefundOutcome.Unknown, request.Refund, request.Capture, TalerCodes.Word(refused.Status, refused.Code));
            }

            var order = Body(looked);
            if (order.OrderStatus != "paid")
            {
                return NotSaid(RefundOutcome.Unknown, request.Refund, request.Capture, "not_paid");
            }

            var own = Sum(order.RefundDetails.Where(detail => OurRefund(detail) == request.Refund));
            if (own == wanted)
            {
                return Refunds(id, order).Single(refund => refund.OurRefund == request.Refund);
            }

            if (own > wanted || step == MostSteps)
            {
                return NotSaid(RefundOutcome.Unknown, request.Refund, request.Capture, "overtaken");
            }

            var total = Sum(order.RefundDetails) - own + wanted;
            if (total > Read(order.ContractTerms?.Amount))
            {
                return Failed(HttpStatusCode.Conflict, TalerCodes.RefundDoesNotFit);
            }

            switch (await backEnd.RefundAsync(id, new NewRefund(total.ToString(), Mark + request.Refund.Value.ToString("D", CultureInfo.InvariantCulture)), cancellationToken))
            {
                // another refund raised the total meanwhile: look again
                case TalerAnswer<TalerRefundOffered>.Given or TalerAnswer<TalerRefundOffered>.Refused { Code: TalerCodes.RefundDoesNotFit }:
                    break;
                case TalerAnswer<TalerRefundOffered>.Refused refusal:
                    return Failed(refusal.Status, refusal.Code);
                default:
                    throw new UnreachableException();
            }
        }

        RefundSnapshot Failed(HttpStatusCode status, int code) =>
            new(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, TalerCodes.Word(status, code), null);
    }

    public async Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken)
    {
        var id = OrderId(refund.Payment.StartKey);
        if (refund.Capture.Value != id)
        {
            return NotSaid(RefundOutcome.Unknown, refund.Refund, refund.Capture, "another_order");
        }

        return await backEnd.GetOrderAsync(id, cancellationToken) switch
        {
            TalerAnswer<TalerOrder>.Given { Body: { OrderStatus: "paid" } order } =>
                Refunds(id, order).SingleOrDefault(one => one.OurRefund == refund.Refund) ?? NotSaid(RefundOutcome.NotFound, refund.Refund, refund.Capture, null),
            TalerAnswer<TalerOrder>.Given => NotSaid(RefundOutcome.Unknown, refund.Refund, refund.Capture, "not_paid"),
            TalerAnswer<TalerOrder>.Refused refused => NotSaid(RefundOutcome.Unknown, refund.Refund, refund.Capture, TalerCodes.Word(refused.Status, refused.Code)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The steps, put together to what was asked for: a step may be told coin by coin, and ours may have taken several.</summary>
    private IEnumerable<RefundSnapshot> Refunds(string id, TalerOrder order) =>
        from detail in order.RefundDetails
        group detail by (Ours: OurRefund(detail), Key: StepKey(detail)) into steps
        select Told(id, order, steps.Key.Ours, steps.Key.Key, [.. steps]);

    private RefundSnapshot Told(string id, TalerOrder order, RefundId? ours, string key, IReadOnlyList<TalerRefundDetail> steps)
    {
        var (reference, capture) = (new ProviderReference($"{id}/{key}"), new ProviderReference(id));
        if (!Sum(steps).TryTo(counted, out var amount))
        {
            // made by hand over there, with a part of a cent: nothing that our books can hold
            return new RefundSnapshot(RefundOutcome.Unknown, reference, ours, capture, Money.Zero(counted), "part_of_a_coin", null);
        }

        return steps.Any(step => step.Pending ?? order.RefundPending) switch
        {
            false => new RefundSnapshot(RefundOutcome.Succeeded, reference, ours, capture, amount, null, null),
            // the exchange has paid the shop: what was not fetched by then never will be
            true when order.Wired => new RefundSnapshot(RefundOutcome.Failed, reference, ours, capture, amount, "not_fetched_in_time", null),
            true => new RefundSnapshot(RefundOutcome.Pending, reference, ours, capture, amount, null,
                new BuyerAction.OpenWallet(new Uri(new TalerUri.Refund(options.Value.Public, id).ToString()))),
        };
    }

    private TalerAmount Sum(IEnumerable<TalerRefundDetail> steps) => steps.Aggregate(TalerAmount.Zero(options.Value.Currency), (sum, step) => sum + Read(step.Amount));

    private static RefundId? OurRefund(TalerRefundDetail step) =>
        step.Reason.StartsWith(Mark, StringComparison.Ordinal) && Guid.TryParseExact(step.Reason.AsSpan(Mark.Length), "D", out var id) ? new RefundId(id) : null;

    /// <summary>What a step belongs to. What somebody gave back at the back end has no id there: its second and its reason are one.</summary>
    private static string StepKey(TalerRefundDetail step) => OurRefund(step) is { } ours
        ? ours.Value.ToString("N", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"at-{step.Timestamp.At?.ToUnixTimeSeconds()}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(step.Reason)).AsSpan(0, 8))}");

    private RefundSnapshot NotSaid(RefundOutcome outcome, RefundId refund, ProviderReference capture, string? why) => new(outcome, null, refund, capture, Money.Zero(counted), why, null);
}

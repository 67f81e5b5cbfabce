using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Books money that went back at the provider without the shop: given back there by hand, or lost in a dispute (R04, R09). It is attached to its payment, once by the
/// provider's id of it, and spread over the lines of the order; a rule says what becomes of the goods.
/// </summary>
public sealed partial class SeenRefunds(LineRefunds lines, PaidSessions sessions, RuleBook rules, ILogger<SeenRefunds> log)
{
    private const string Provider = "provider";

    /// <summary>Books a refund that the provider tells of and we do not know. False: it is known by now, or does not fit the payment yet.</summary>
    internal async Task<bool> BookAsync(
        WriteUnit unit, long orderId, ProviderPayment payment, RefundSnapshot told, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var terms = await rules.GetAsync<RefundTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var fits = told.Amount.Currency.Code == payment.Currency
            && await BookAsync(
                db, order, payment.Id, told.Reference!.Value.Value, told.Amount.Minor, RefundOrigin.External, terms.SeenTakesBack, now, cancellationToken) is not null;
        if (!fits && !await db.Refunds.AnyAsync(r => r.PaymentId == payment.Id && r.ProviderRef == told.Reference!.Value.Value, cancellationToken))
        {
            DoesNotFit(payment.Id, payment.Provider);
        }

        await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.RefundSeen, Provider, now, cancellationToken);
        return fits;
    }

    /// <summary>
    /// Writes a refund that has happened, in the transaction of a caller who holds the order's row. Null: it is known, or the payment has not so much left that is not
    /// promised; nothing was written.
    /// </summary>
    internal async Task<Guid?> BookAsync(
        ShopDbContext db, Order order, long paymentId, string reference, long amount, RefundOrigin origin, bool takeBack, DateTimeOffset now,
        CancellationToken cancellationToken, long? dispute = null)
    {
        if (amount <= 0 || await db.Refunds.AnyAsync(r => r.PaymentId == paymentId && r.ProviderRef == reference, cancellationToken)
            || await db.ProviderPayments.Where(p => p.Id == paymentId && p.ReservedMinor + amount <= p.AmountMinor).ExecuteUpdateAsync(
                set => set.SetProperty(p => p.ReservedMinor, p => p.ReservedMinor + amount), cancellationToken) == 0)
        {
            return null;
        }

        var payment = await db.ProviderPayments.AsNoTracking().FirstAsync(p => p.Id == paymentId, cancellationToken);
        var shares = payment.Disposition == Disposition.Matched
            ? Spread(await LineRefunds.LeftAsync(db, order.Id, cancellationToken), amount, withPoints: origin == RefundOrigin.Dispute && takeBack)
            : [];
        var points = shares.Sum(s => s.Points);
        if (points > 0 && await db.Orders.Where(o => o.Id == order.Id && o.ReservedPoints + points <= o.DuePoints)
                .ExecuteUpdateAsync(set => set.SetProperty(o => o.ReservedPoints, o => o.ReservedPoints + points), cancellationToken) == 0)
        {
            (shares, points) = ([.. shares.Select(s => s with { Points = 0 })], 0);
        }

        var id = Guid.CreateVersion7(now);
        var refund = new Refund
        {
            Id = id,
            OrderId = order.Id,
            PaymentId = paymentId,
            Origin = origin,
            IdemKey = $"{id:N}:refund",
            AmountMinor = amount,
            Points = points,
            State = RefundState.Succeeded,
            ProviderRef = reference,
            CreatedAt = now,
            SucceededAt = now,
            DisputeId = dispute,
            Reason = Words.Of(origin),
            By = Provider,
        };
        db.Refunds.Add(refund);
        db.RefundLines.AddRange(shares.Select(s => new RefundLine { RefundId = id, OrderLineId = s.OrderLineId, AmountMinor = s.AmountMinor, Points = s.Points }));
        await db.SaveChangesAsync(cancellationToken);
        await MatrixOrders.RefundAsync(db, sessions, order.Id, cancellationToken);
        await RefundRun.BookAsync(db, refund, payment, now, cancellationToken);
        if (shares.Count > 0)
        {
            await LineRefunds.PendingAsync(db, order, refund.Reason, now, cancellationToken);
            await lines.CompleteAsync(db, await OrderTransitions.LockAsync(db, order.Id, cancellationToken), id, now, cancellationToken, takeBack);
        }

        Seen(id, paymentId, amount, refund.Reason);
        return id;
    }

    /// <summary>
    /// To which lines an amount belongs: to the one that has just so much left, else to the lines in the order of the cart. Whoever gave it back named none. An amount
    /// that the lines no longer hold belongs to none of them.
    /// </summary>
    /// <param name="withPoints">Where a line's money is all back, its points go back with it.</param>
    public static IReadOnlyList<LineShare> Spread(IReadOnlyList<LineLeft> left, long amount, bool withPoints)
    {
        IEnumerable<LineLeft> lines = left.FirstOrDefault(l => l.AmountMinor == amount) is { } exact ? [exact] : left;
        var (shares, rest) = (new List<LineShare>(), amount);
        foreach (var line in lines.Where(l => l.AmountMinor > 0))
        {
            var take = Math.Min(rest, line.AmountMinor);
            rest -= take;
            if (take > 0)
            {
                shares.Add(new LineShare(line.OrderLineId, take, withPoints && take == line.AmountMinor ? line.Points : 0));
            }
        }

        return rest == 0 ? shares : [];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refund {Refund}: {Amount} minor units of payment {Payment} went back without the shop ({Why}).")]
    private partial void Seen(Guid refund, long payment, long amount, string why);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Provider} gave back more of payment {Payment} than is left of it. It is not booked; a person must look.")]
    private partial void DoesNotFit(long payment, string provider);
}

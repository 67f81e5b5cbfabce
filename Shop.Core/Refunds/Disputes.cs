using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Disputes, as the provider tells of them. While one is open, nothing of the order is delivered, claimed or given back; a lost one is a refund that has happened, and a
/// rule says what becomes of the goods; a won one lets the order go on (R09). Whatever order the news come in, each is booked once.
/// </summary>
public sealed partial class Disputes(SeenRefunds seen, LineRefunds lines, Receipts receipts, RuleBook rules, Wake wake, ILogger<Disputes> log)
{
    /// <summary>How often the provider is asked about an open one.</summary>
    internal static readonly TimeSpan Often = TimeSpan.FromDays(1);

    internal const string By = "dispute";

    public static DisputeState StateOf(DisputeOutcome told) => told switch
    {
        DisputeOutcome.Open => DisputeState.Open,
        DisputeOutcome.Lost => DisputeState.Lost,
        DisputeOutcome.Won => DisputeState.Won,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Whether the bank has taken a refund's payment up, or away, since the refund was asked for: sent now, the money would go back twice.</summary>
    internal static Task<bool> OvertookAsync(ShopDbContext db, Refund refund, CancellationToken cancellationToken) => db.Disputes.AnyAsync(
        d => d.PaymentId == refund.PaymentId && (d.State == DisputeState.Open || (d.State == DisputeState.Lost && d.SeenAt > refund.CreatedAt)), cancellationToken);

    /// <summary>Brings a dispute to where the provider says it stands. False: it is there already, or that is older news.</summary>
    internal async Task<bool> RecordAsync(
        WriteUnit unit, long orderId, ProviderPayment payment, DisputeSnapshot told, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var known = await db.Disputes.AsNoTracking().FirstOrDefaultAsync(d => d.PaymentId == payment.Id && d.ProviderRef == told.Reference.Value, cancellationToken);
        var to = StateOf(told.Outcome);
        if (told.Amount.Currency.Code != payment.Currency || told.Amount.Minor <= 0 || (known is not null && !DisputeStates.Table.IsLegal(known.State, to)))
        {
            return false;
        }

        var next = to == DisputeState.Open ? now + Often : (DateTimeOffset?)null;
        if (known is null)
        {
            var dispute = new Dispute
            {
                PaymentId = payment.Id, OrderId = orderId, ProviderRef = told.Reference.Value, AmountMinor = told.Amount.Minor, State = to, SeenAt = now, NextCheckAt = next,
            };
            db.Disputes.Add(dispute);
            await db.SaveChangesAsync(cancellationToken);
            await ShopEvents.RecordAsync(
                db,
                ShopEventKind.DisputeOpened,
                dispute.Id.ToString(CultureInfo.InvariantCulture),
                new EventAbout(order.BuyerId, orderId),
                new EventFacts { Reference = order.Reference, AmountMinor = told.Amount.Minor, Currency = payment.Currency, Reason = Words.Of(to) },
                now,
                cancellationToken);
        }
        else if (await db.Disputes.Where(d => d.Id == known.Id && d.State == known.State)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.State, to).SetProperty(d => d.NextCheckAt, next), cancellationToken) != 1)
        {
            throw new InvalidOperationException($"Dispute {known.Id} changed under the lock of its order.");
        }

        if (order.ForSubscription && to != DisputeState.Won)
        {
            await SubscriptionBooking.MoneyBackAsync(db, order, null, now, cancellationToken);
        }

        switch (to)
        {
            case DisputeState.Open:
                await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.Dispute, By, now, cancellationToken);
                await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.Held, By, now, cancellationToken);
                break;
            case DisputeState.Lost:
                await LostAsync(db, orderId, payment, told.Reference.Value, now, cancellationToken);
                break;
            case DisputeState.Won when known is { State: DisputeState.Lost }:
                await WonAfterAllAsync(db, known, now, cancellationToken);
                break;
            case DisputeState.Won when !await LineRefunds.IsDisputedAsync(db, orderId, cancellationToken):
                await OrderTransitions.ClearAsync(db, orderId, OrderFlagKind.Dispute, now, cancellationToken);
                break;
        }

        if (to != DisputeState.Open && !await LineRefunds.IsDisputedAsync(db, orderId, cancellationToken))
        {
            await db.OrderFlags.Where(f => f.OrderId == orderId && f.Kind == OrderFlagKind.Held && f.By == By && f.ClearedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(f => f.ClearedAt, now), cancellationToken);
            wake.Call(); // what stood still goes on
        }

        Stands(told.Reference.Value, payment.Id, Words.Of(to));
        return true;
    }

    /// <summary>
    /// The money is gone: a refund that has happened, of what is left of the payment, and of what was given back as points and is still with the provider. The flag stays
    /// for a person to see.
    /// </summary>
    private async Task LostAsync(ShopDbContext db, long orderId, ProviderPayment payment, string reference, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.Dispute, By, now, cancellationToken);
        var terms = await rules.GetAsync<RefundTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var dispute = await db.Disputes.AsNoTracking().FirstAsync(d => d.PaymentId == payment.Id && d.ProviderRef == reference, cancellationToken);
        var missing = Math.Min(dispute.AmountMinor, payment.AmountMinor) - await LeftAsync(db, payment.Id, cancellationToken);
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var owed = order.BuyerId is { } owner ? await PointsAccounts.OwedAsync(db, owner, cancellationToken) : 0;
        var given = missing > 0 ? await TakePointsAsync(db, order, payment.Id, missing, now, cancellationToken) : [];
        var rest = await BookAsync(db, dispute, terms, now, cancellationToken);
        await GivePointsAsync(db, orderId, given, given.Sum(r => r.AmountMinor) - missing, now, cancellationToken);
        if (order.BuyerId is { } debtor && await PointsAccounts.OwedAsync(db, debtor, cancellationToken) - owed is > 0 and var more)
        {
            await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.PointsShort, By, now, cancellationToken, more);
        }

        if (rest > 0)
        {
            MoreThanLeft(reference, payment.Id);
        }

        if (terms.WhenLost == LostDisputeRule.Block && order.BuyerId is { } buyer)
        {
            await db.Users.Where(m => m.Id == buyer && m.Status == AccountStatus.Visible)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), cancellationToken);
        }
    }

    /// <summary>
    /// Money of a payment is free again: what lost disputes took of it, and found promised to refunds, is booked as far as it goes. In the transaction that freed it, whose
    /// caller holds the order's row.
    /// </summary>
    internal async Task BookRestAsync(ShopDbContext db, long paymentId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var lost = await db.Disputes.AsNoTracking().Where(d => d.PaymentId == paymentId && d.State == DisputeState.Lost).OrderBy(d => d.Id).ToListAsync(cancellationToken);
        if (lost.Count == 0)
        {
            return;
        }

        var terms = await rules.GetAsync<RefundTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        foreach (var dispute in lost)
        {
            await BookAsync(db, dispute, terms, now, cancellationToken);
        }
    }

    /// <summary>Books what a lost dispute took, as far as the payment has it. Returns what is not booked yet.</summary>
    private async Task<long> BookAsync(ShopDbContext db, Dispute dispute, RefundTerms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var parts = await db.Refunds.Where(r => r.DisputeId == dispute.Id && r.State == RefundState.Succeeded).Select(r => r.AmountMinor).ToListAsync(cancellationToken);
        var missing = dispute.AmountMinor - parts.Sum();
        var amount = Math.Min(missing, await LeftAsync(db, dispute.PaymentId, cancellationToken));
        if (amount <= 0)
        {
            return missing;
        }

        // the dispute's own id, and a number for what is booked of it later
        var reference = parts.Count == 0 ? dispute.ProviderRef : string.Create(CultureInfo.InvariantCulture, $"{dispute.ProviderRef}:{parts.Count + 1}");
        var order = await OrderTransitions.LockAsync(db, dispute.OrderId, cancellationToken);
        return await seen.BookAsync(
            db, order, dispute.PaymentId, reference, amount, RefundOrigin.Dispute, terms.WhenLost != LostDisputeRule.Leave, now, cancellationToken, dispute.Id) is null
            ? throw new InvalidOperationException($"What dispute {dispute.Id} took was there under the lock of its order, and is not any more.")
            : missing - amount;
    }

    private static Task<long> LeftAsync(ShopDbContext db, long paymentId, CancellationToken cancellationToken) =>
        db.ProviderPayments.Where(p => p.Id == paymentId).Select(p => p.AmountMinor - p.ReservedMinor).FirstAsync(cancellationToken);

    /// <summary>
    /// Money that was given back as points stayed with the provider, and the bank takes it now: the points go again, as far as they are there, and the rest is owed
    /// (docs/adr/0027). Newest first, until the money suffices. Returns the refunds that were undone.
    /// </summary>
    private async Task<IReadOnlyList<Refund>> TakePointsAsync(
        ShopDbContext db, Order order, long paymentId, long missing, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var given = await db.Refunds.AsNoTracking().Where(r => r.PaymentId == paymentId && r.PaidAs == RefundPaidAs.Points && r.State == RefundState.Succeeded)
            .OrderByDescending(r => r.CreatedAt).ThenBy(r => r.Id).ToListAsync(cancellationToken);
        var undone = new List<Refund>();
        foreach (var refund in given.TakeWhile(_ => undone.Sum(r => r.AmountMinor) < missing))
        {
            await FailAsync(db, refund, "dispute_lost", cancellationToken);
            await PointsAccounts.UndoAsPointsAsync(db, refund, order.BuyerId!.Value, now, cancellationToken);
            await db.ProviderPayments.Where(p => p.Id == paymentId && p.ReservedMinor >= refund.AmountMinor).ExecuteUpdateAsync(
                set => set.SetProperty(p => p.ReservedMinor, p => p.ReservedMinor - refund.AmountMinor), cancellationToken);
            await receipts.VoidAsync(db, refund, now, cancellationToken);
            undone.Add(refund);
        }

        return undone;
    }

    /// <summary>The bank took less than was undone: the rest of it is given back as points once more.</summary>
    private async Task GivePointsAsync(
        ShopDbContext db, long orderId, IReadOnlyList<Refund> undone, long surplus, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (undone.Count == 0 || surplus <= 0)
        {
            return;
        }

        var shares = SeenRefunds.Spread(await LineRefunds.LeftAsync(db, orderId, cancellationToken), surplus, withPoints: false);
        var wish = new LineRefundWish(undone[^1].Origin, undone[^1].Reason, undone[^1].By) { PaidAs = RefundPaidAs.Points };
        if (await lines.AskAsync(db, await OrderTransitions.LockAsync(db, orderId, cancellationToken), shares, wish, now, cancellationToken) is LineRefundResult.Refused refused)
        {
            NotGivenAgain(orderId, refused.Reason);
        }
    }

    /// <summary>The bank changed its mind: the money is ours again. What became of the goods, a person decides.</summary>
    private async Task WonAfterAllAsync(ShopDbContext db, Dispute dispute, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var refunds = await db.Refunds.AsNoTracking().Where(r => r.DisputeId == dispute.Id && r.State == RefundState.Succeeded).ToListAsync(cancellationToken);
        foreach (var refund in refunds)
        {
            await FailAsync(db, refund, "dispute_won", cancellationToken);
            await RefundRun.ReverseAsync(db, refund, now, cancellationToken);
            await receipts.VoidAsync(db, refund, now, cancellationToken);
        }

        await BookRestAsync(db, dispute.PaymentId, now, cancellationToken);
    }

    private static async Task FailAsync(ShopDbContext db, Refund refund, string why, CancellationToken cancellationToken)
    {
        RefundStates.Table.Apply(RefundState.Succeeded, RefundState.Failed);
        if (await db.Refunds.Where(r => r.Id == refund.Id && r.State == RefundState.Succeeded)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Failed).SetProperty(r => r.Failure, why), cancellationToken) != 1)
        {
            throw new InvalidOperationException($"Refund {refund.Id} changed under the lock of its order.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dispute {Reference} of payment {Payment} is {State}.")]
    private partial void Stands(string reference, long payment, string state);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Dispute {Reference} took more of payment {Payment} than was left of it: some of the money went back twice, unless a refund comes to nothing.")]
    private partial void MoreThanLeft(string reference, long payment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {Order}: the rest of the points that a dispute undid was not given again ({Why}).")]
    private partial void NotGivenAgain(long order, RefundRefusal why);
}

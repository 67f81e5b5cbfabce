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
public sealed partial class Disputes(SeenRefunds seen, RuleBook rules, Wake wake, ILogger<Disputes> log)
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
        if (known is { IsLostUnbooked: true } && to == DisputeState.Lost
            && await db.ProviderPayments.AnyAsync(p => p.Id == payment.Id && p.ReservedMinor < p.AmountMinor, cancellationToken))
        {
            await LostAsync(db, order, payment, told, now, cancellationToken);
            return true;
        }

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
                await LostAsync(db, order, payment, told, now, cancellationToken);
                break;
            case DisputeState.Won when known is { State: DisputeState.Lost, RefundId: { } refund }:
                await WonAfterAllAsync(db, refund, now, cancellationToken);
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

    /// <summary>The money is gone: a refund that has happened, of what is left of the payment. The flag stays for a person to see.</summary>
    private async Task LostAsync(
        ShopDbContext db, Order order, ProviderPayment payment, DisputeSnapshot told, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.Dispute, By, now, cancellationToken);
        var terms = await rules.GetAsync<RefundTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var left = await db.ProviderPayments.Where(p => p.Id == payment.Id).Select(p => p.AmountMinor - p.ReservedMinor).FirstAsync(cancellationToken);
        var refund = await seen.BookAsync(
            db, order, payment.Id, told.Reference.Value, Math.Min(left, told.Amount.Minor), RefundOrigin.Dispute, terms.WhenLost != LostDisputeRule.Leave, now,
            cancellationToken);
        if (refund is not null)
        {
            await db.Disputes.Where(d => d.PaymentId == payment.Id && d.ProviderRef == told.Reference.Value)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.RefundId, refund), cancellationToken);
        }

        if (left < told.Amount.Minor)
        {
            MoreThanLeft(told.Reference.Value, payment.Id);
        }

        if (terms.WhenLost == LostDisputeRule.Block && order.BuyerId is { } buyer)
        {
            await db.Users.Where(m => m.Id == buyer && m.Status == AccountStatus.Visible)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), cancellationToken);
        }
    }

    /// <summary>The bank changed its mind: the money is ours again. What became of the goods, a person decides.</summary>
    private static async Task WonAfterAllAsync(ShopDbContext db, Guid refundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == refundId, cancellationToken);
        RefundStates.Table.Apply(RefundState.Succeeded, RefundState.Failed);
        if (await db.Refunds.Where(r => r.Id == refundId && r.State == RefundState.Succeeded).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.State, RefundState.Failed).SetProperty(r => r.Failure, "dispute_won"), cancellationToken) == 1)
        {
            await RefundRun.ReverseAsync(db, refund, now, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dispute {Reference} of payment {Payment} is {State}.")]
    private partial void Stands(string reference, long payment, string state);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Dispute {Reference} took more of payment {Payment} than was left of it: some of the money went back twice. A person must look.")]
    private partial void MoreThanLeft(string reference, long payment);
}

using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The lines of an order that its buyer may give back, until when.</summary>
public sealed record BuyerRefundOffer(long OrderId, IReadOnlyList<BuyerRefundLine> Lines, DateTimeOffset Until);

public sealed record BuyerRefundLine(long Id, string Title);

/// <summary>What became of a buyer's giving back.</summary>
public abstract record BuyerRefundResult
{
    private BuyerRefundResult() { }

    public sealed record Asked(RefundState State) : BuyerRefundResult;

    public sealed record Refused(RefundRefusal Reason) : BuyerRefundResult;
}

/// <summary>
/// Buyers give whole lines back themselves, within the days of the rules that they ordered under, and only what can be taken back in full: what went to their own account, or to nobody yet. As with
/// gifts that go back (docs/adr/0015), the goods leave the account in the transaction that promises the money, so nobody has both. Whoever bought without an account does so from the session that
/// bought, or by the receipt's link (docs/adr/0029): the money can only go back to where it came from.
/// </summary>
public sealed class BuyerRefunds(Writes writes, RuleBook rules, ItemKinds kinds, LineRefunds refunds, RefundRun run, TimeProvider clock)
{
    /// <summary>Stored with the refund; a year's refunds are counted by it.</summary>
    public const string Reason = "given back by the buyer";

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private sealed record Line(long Id, string Title, string Kind, long DueMinor, long DuePoints, Delivery Delivery);

    /// <summary>What a buyer may give back of an order; null: nothing.</summary>
    public async Task<BuyerRefundOffer?> FindAsync(ShopDbContext db, string number, OrderViewer viewer, CancellationToken cancellationToken)
    {
        if (await db.Orders.AsNoTracking().FirstOrDefaultAsync(o => o.Number == number, cancellationToken) is not { } order || !OrderReader.MayGiveBack(order, viewer))
        {
            return null;
        }

        var terms = await rules.GetAsync<RefundTerms>(db, order.RuleRevision, cancellationToken);
        var lines = await LinesAsync(db, order, terms, clock.GetUtcNow(), cancellationToken);
        return lines.Count == 0
            ? null
            : new BuyerRefundOffer(order.Id, [.. lines.Select(l => new BuyerRefundLine(l.Id, l.Title))], order.PaidAt!.Value.AddDays(terms.BuyerDays));
    }

    /// <summary>Whether the time for giving back is on, as far as that is known without looking the order up.</summary>
    public async Task<bool> IsTimeAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken) =>
        order.PaidAt is { } paid && clock.GetUtcNow() < paid.AddDays((await rules.GetAsync<RefundTerms>(db, order.RuleRevision, cancellationToken)).BuyerDays);

    /// <summary>What giving lines back would do.</summary>
    public Task<(RefundPreview? Preview, RefundRefusal? Refusal)> PreviewAsync(
        OrderViewer viewer, long orderId, IReadOnlyCollection<long> lines, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var judged = await JudgeAsync(unit.Db, viewer, orderId, lines, token);
            return unit.RollBack((judged.Preview, judged.Refusal));
        },
        cancellationToken);

    /// <summary>Gives lines back.</summary>
    public async Task<BuyerRefundResult> RefundAsync(OrderViewer viewer, long orderId, IReadOnlyCollection<long> lines, CancellationToken cancellationToken)
    {
        var (result, refund) = await writes.RunAsync((unit, token) => RefundAsync(unit, viewer, orderId, lines, token), cancellationToken);
        return refund is { } id ? new BuyerRefundResult.Asked(await run.DriveAsync(id, CancellationToken.None)) : result;
    }

    private async Task<(BuyerRefundResult Result, Guid? Refund)> RefundAsync(
        WriteUnit unit, OrderViewer viewer, long orderId, IReadOnlyCollection<long> wanted, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var judged = await JudgeAsync(db, viewer, orderId, wanted, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return Refuse(refusal);
        }

        var now = clock.GetUtcNow();
        foreach (var line in judged.Lines.Where(l => l.Delivery.State == DeliveryState.Applied))
        {
            if (await kinds.Get(line.Kind).RevokeAsync(db, line.Delivery.Id, line.Delivery.RecipientId!.Value, now, Reason, cancellationToken) is RevokeResult.Refused)
            {
                return Refuse(RefundRefusal.UsedUp); // used since it was rehearsed
            }

            await LineRefunds.MoveAsync(db, line.Delivery, DeliveryState.Revoked, cancellationToken);
        }

        var by = judged.Order!.BuyerId is { } member ? string.Create(CultureInfo.InvariantCulture, $"member {member}") : "buyer without an account";
        var wish = new LineRefundWish(RefundOrigin.Buyer, Reason, by);
        return await refunds.AskAsync(db, judged.Order, Shares(judged.Lines), wish, now, cancellationToken) switch
        {
            LineRefundResult.Asked asked => (new BuyerRefundResult.Asked(RefundState.Created), asked.Refund),
            LineRefundResult.Refused refused => Refuse(refused.Reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        (BuyerRefundResult, Guid?) Refuse(RefundRefusal reason) => unit.RollBack<(BuyerRefundResult, Guid?)>((new BuyerRefundResult.Refused(reason), null));
    }

    private sealed record Judged(Order? Order, IReadOnlyList<Line> Lines, RefundPreview? Preview, RefundRefusal? Refusal);

    private async Task<Judged> JudgeAsync(ShopDbContext db, OrderViewer viewer, long orderId, IReadOnlyCollection<long> wanted, CancellationToken cancellationToken)
    {
        if (await db.Orders.AsNoTracking().FirstOrDefaultAsync(o => o.Id == orderId, cancellationToken) is not { } seen || !OrderReader.MayGiveBack(seen, viewer))
        {
            return new Judged(null, [], null, RefundRefusal.TooLate);
        }

        var mine = Mine(db, seen);
        if (seen.BuyerId is null)
        {
            // nobody's account stands for the buyer: the first order of the address is taken before the refunds of all of them are counted
            await OrderTransitions.LockAsync(db, await mine.MinAsync(o => o.Id, cancellationToken), cancellationToken);
        }

        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var (now, terms) = (clock.GetUtcNow(), await rules.GetAsync<RefundTerms>(db, order.RuleRevision, cancellationToken));
        List<Line> lines = [.. (await LinesAsync(db, order, terms, now, cancellationToken)).Where(l => wanted.Contains(l.Id))];
        if (lines.Count == 0 || lines.Count != wanted.Count)
        {
            return new Judged(order, [], null, RefundRefusal.TooLate);
        }

        if (await GiftReturns.IsBoundAsync(db, order, wanted, rules, cancellationToken))
        {
            return new Judged(order, [], null, RefundRefusal.Bound);
        }

        if (order.BuyerId is { } member)
        {
            // the account's row is taken before its refunds are counted, so that two at once are counted one after the other
            await MembershipLedger.LockedStateAsync(db, member, cancellationToken);
        }

        var since = now - Year;
        if (await db.Refunds.CountAsync(
                r => r.Origin == RefundOrigin.Buyer && r.Reason == Reason && r.CreatedAt > since && mine.Any(o => o.Id == r.OrderId),
                cancellationToken) >= terms.BuyerPerYear)
        {
            return new Judged(order, [], null, RefundRefusal.TooMany);
        }

        var wish = new LineRefundWish(RefundOrigin.Buyer, Reason, "preview") { UsedGoods = UsedGoods.Refuse };
        var (result, preview) = await RefundRehearsal.RunAsync(db, refunds, order, Shares(lines), wish, now, cancellationToken);
        return result switch
        {
            LineRefundResult.Refused refused => new Judged(order, [], null, refused.Reason),
            _ when preview!.IsUsed || preview.BonusShort => new Judged(order, [], preview, RefundRefusal.UsedUp),
            _ => new Judged(order, lines, preview, null),
        };
    }

    /// <summary>The orders of the same buyer: of the account, or without one of the address.</summary>
    private static IQueryable<Order> Mine(ShopDbContext db, Order order)
    {
        var (id, buyer, email) = (order.Id, order.BuyerId, order.BuyerEmail);
        return buyer is not null ? db.Orders.Where(o => o.BuyerId == buyer)
            : db.Orders.Where(o => o.Id == id || (email != null && o.BuyerId == null && o.BuyerEmail == email));
    }

    private static List<LineShare> Shares(IReadOnlyList<Line> lines) => [.. lines.Select(l => new LineShare(l.Id, l.DueMinor, l.DuePoints))];

    /// <summary>The lines that nothing has been given back of, whose goods the rules let buyers give back, and that nobody else has.</summary>
    private static async Task<IReadOnlyList<Line>> LinesAsync(ShopDbContext db, Order order, RefundTerms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order is not { State: OrderState.Paid or OrderState.Fulfilled or OrderState.RefundPending, PaidAt: { } paid } || now >= paid.AddDays(terms.BuyerDays)
            || await LineRefunds.IsDisputedAsync(db, order.Id, cancellationToken))
        {
            return [];
        }

        var goingBack = LineRefunds.Standing(db);
        var lines = await db.OrderLines.Where(l => l.OrderId == order.Id && l.DueMinor + l.DuePoints > 0 && !goingBack.Any(r => r.OrderLineId == l.Id)).OrderBy(l => l.Position)
            .Join(
                db.Deliveries.AsNoTracking().Where(d => !db.RenameTokens.Any(t => t.DeliveryId == d.Id && t.OwnerId != order.BuyerId)), // nor a token that was passed on
                l => l.Id, d => d.OrderLineId, (l, d) => new Line(l.Id, l.Title, l.Kind, l.DueMinor, l.DuePoints, d))
            .ToListAsync(cancellationToken);
        return
        [
            .. lines.Where(l => MayGiveBack(l.Kind, terms) && (l.Delivery.State is DeliveryState.Scheduled or DeliveryState.AwaitingClaim
                || (l.Delivery.State == DeliveryState.Applied && l.Delivery.RecipientId == order.BuyerId))),
        ];
    }

    private static bool MayGiveBack(string kind, RefundTerms terms) => kind switch
    {
        PaidTime.KindKey => terms.BuyerTime,
        BoughtPoints.KindKey => terms.BuyerPoints,
        SellerItem.KindKey => false, // its seller is asked, and staff give back
        ResourceItem.KindKey => false, // it may be read already
        _ => terms.BuyerOther,
    };
}

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What an account has that refunds can change.</summary>
public sealed record AccountStand(MembershipState Membership, long Points, long Icons, int Tokens);

/// <summary>An account before and after a refund.</summary>
public sealed record PreviewAccount(long Id, string Name, AccountStand Before, AccountStand After);

/// <summary>A line of a refund: what of it goes back, and what becomes of its goods.</summary>
public sealed record PreviewLine(long Id, string Title, Money Money, long Points, GoodsEnd End, RevokeRefusal? Why);

/// <summary>What a refund will do, seen by doing it and undoing it again; nothing is written.</summary>
public sealed record RefundPreview
{
    public required Money Money { get; init; }

    public required long Points { get; init; }

    /// <summary>The points that the money becomes; 0: it goes back to where it came from.</summary>
    public required long AsPoints { get; init; }

    /// <summary>Which payment service sends the money; null: none has a part in it.</summary>
    public string? Provider { get; init; }

    public required IReadOnlyList<PreviewLine> Lines { get; init; }

    /// <summary>The accounts that are not afterwards what they were before.</summary>
    public required IReadOnlyList<PreviewAccount> Accounts { get; init; }

    /// <summary>Bonus points that are taken back, and whether some of them are not there and are owed.</summary>
    public required long BonusTaken { get; init; }

    public required bool BonusShort { get; init; }

    /// <summary>A second member of staff has to approve.</summary>
    public bool NeedsApproval { get; init; }

    /// <summary>Some of the goods are used up, so that somebody has to decide.</summary>
    public bool IsUsed => Lines.Any(l => l.End is GoodsEnd.Used or GoodsEnd.Owed);
}

/// <summary>Rehearses refunds for those who are about to make them.</summary>
internal static class RefundRehearsal
{
    /// <summary>The result of asking and what it would do. The caller holds the order's row; nothing of it stays.</summary>
    public static async Task<(LineRefundResult Result, RefundPreview? Preview)> RunAsync(
        ShopDbContext db, LineRefunds refunds, Order order, IReadOnlyList<LineShare> shares, LineRefundWish wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var lines = await db.OrderLines.Where(l => l.OrderId == order.Id)
            .Select(l => new { l.Id, l.Title, Recipient = db.Deliveries.Where(d => d.OrderLineId == l.Id && d.State == DeliveryState.Applied).Select(d => d.RecipientId).FirstOrDefault() })
            .ToDictionaryAsync(l => l.Id, cancellationToken);
        var people = shares.Select(s => lines.GetValueOrDefault(s.OrderLineId)?.Recipient).Append(order.BuyerId).OfType<long>().Distinct().ToList();
        var before = await StandsAsync(db, people, cancellationToken);
        var (result, after) = await refunds.RehearseAsync(
            db, order, shares, wish, now,
            async token => (Stands: await StandsAsync(db, people, token), Bonus: await db.Orders.Where(o => o.Id == order.Id).Select(o => o.BonusPoints).FirstAsync(token)),
            cancellationToken);
        if (result is not LineRefundResult.Asked { Done: { } done })
        {
            return (result, null);
        }

        var names = await db.Users.Where(m => people.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.UserName!, cancellationToken);
        var currency = Currency.Of(order.Currency);
        var money = shares.Sum(s => s.AmountMinor);
        var isPoints = wish.PaidAs == RefundPaidAs.Points;
        return (result, new RefundPreview
        {
            Money = new Money(money, currency),
            Points = shares.Sum(s => s.Points),
            AsPoints = isPoints ? LineRefunds.AsPoints(money, await refunds.PointValueAsync(db, order, cancellationToken)) : 0,
            Provider = isPoints || money == 0
                ? null
                : await db.ProviderPayments.Where(p => p.Disposition == Disposition.Matched && db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == order.Id))
                    .Select(p => p.Provider).FirstOrDefaultAsync(cancellationToken),
            Lines =
            [
                .. shares.Select(s => (Share: s, Back: done.Goods.Single(g => g.OrderLineId == s.OrderLineId)))
                    .Select(x => new PreviewLine(
                        x.Share.OrderLineId, lines[x.Share.OrderLineId].Title, new Money(x.Share.AmountMinor, currency), x.Share.Points, x.Back.End, x.Back.Why)),
            ],
            Accounts = [.. people.Where(id => before[id] != after.Stands[id]).Select(id => new PreviewAccount(id, names[id], before[id], after.Stands[id]))],
            BonusTaken = order.BonusPoints - after.Bonus,
            BonusShort = done.BonusShort,
        });
    }

    /// <summary>What accounts have now; a fixed number of queries.</summary>
    private static async Task<Dictionary<long, AccountStand>> StandsAsync(ShopDbContext db, IReadOnlyCollection<long> people, CancellationToken cancellationToken)
    {
        var memberships = await db.Memberships.AsNoTracking().Where(m => people.Contains(m.AccountId))
            .ToDictionaryAsync(m => m.AccountId, m => new MembershipState(m.Class, m.Until, m.Permanent), cancellationToken);
        var codes = people.SelectMany(id => new[] { PointsAccounts.Of(id).Code, ExtraIcons.Of(id).Code }).ToList();
        var balances = await db.LedgerAccounts.Where(a => codes.Contains(a.Code)).Join(db.AccountBalances, a => a.Id, b => b.AccountId, (a, b) => new { a.Code, b.Balance })
            .ToDictionaryAsync(a => a.Code, a => a.Balance, cancellationToken);
        var tokens = await db.RenameTokens.Where(t => people.Contains(t.OwnerId) && t.State == RenameTokenState.Unused)
            .GroupBy(t => t.OwnerId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        return people.ToDictionary(id => id, id => new AccountStand(
            memberships.GetValueOrDefault(id) ?? MembershipState.Never, balances.GetValueOrDefault(PointsAccounts.Of(id).Code),
            balances.GetValueOrDefault(ExtraIcons.Of(id).Code), tokens.GetValueOrDefault(id)));
    }
}

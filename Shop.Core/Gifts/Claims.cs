using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A gift that somebody may claim, with what it would do for the member who looks at it.</summary>
public sealed record ClaimView
{
    public required string Title { get; init; }

    /// <summary>The giver's name; null: someone.</summary>
    public string? From { get; init; }

    public string? Note { get; init; }

    /// <summary>Claimed already, by the member who looks at it. To everybody else a claimed code is like a wrong one (S13).</summary>
    public required bool IsClaimed { get; init; }

    /// <summary>What it would do for this member now; null for a visitor, or while it cannot be taken.</summary>
    public LineEffect? Effect { get; init; }

    /// <summary>Why this member cannot take it now.</summary>
    public LineRefusal? Refusal { get; init; }

    public DateOnly? PossibleFrom { get; init; }
}

/// <summary>What became of claiming.</summary>
public abstract record ClaimResult
{
    private ClaimResult() { }

    public sealed record Claimed : ClaimResult;

    /// <summary>There is no such code, or it is used up.</summary>
    public sealed record Gone : ClaimResult;

    /// <summary>The code stays good: this member cannot take it now.</summary>
    public sealed record Refused(LineRefusal Reason, DateOnly? PossibleFrom) : ClaimResult;
}

/// <summary>
/// Gifts by mail (DW-5). A code is looked at as often as one likes; claiming binds it to an account and gives what it stands for, in one transaction, once.
/// Whoever claims does so for the own account, and so decides over its time like its owner (F4).
/// </summary>
public sealed class Claims(Writes writes, RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
    private sealed record Found(Delivery Delivery, OrderLine Line, Order Order, ClaimToken Token, bool StandsStill);

    /// <summary>The gift of a code, as a member sees it; null: no such code, or somebody else has claimed it.</summary>
    public async Task<ClaimView?> FindAsync(ShopDbContext db, string code, long? memberId, CancellationToken cancellationToken)
    {
        if (await ReadAsync(db, code, cancellationToken) is not { } found || !IsLive(found)
            || (found.Token.RedeemedAt is not null && (memberId is null || found.Token.RedeemedBy != memberId)))
        {
            return null;
        }

        var judged = memberId is { } member && found.Token.RedeemedAt is null ? await JudgeAsync(db, found, member, cancellationToken) : null;
        return new ClaimView
        {
            Title = found.Line.Title,
            From = found.Order.BuyerId is { } buyer && !found.Delivery.Anonymous
                ? await db.Users.Where(m => m.Id == buyer).Select(m => m.UserName).FirstOrDefaultAsync(cancellationToken)
                : null,
            Note = found.Delivery.Note,
            IsClaimed = found.Token.RedeemedAt is not null,
            Effect = judged?.Effect,
            Refusal = judged?.Refusal,
            PossibleFrom = judged?.PossibleFrom,
        };
    }

    public Task<ClaimResult> ClaimAsync(string code, long memberId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => ClaimAsync(unit, code, memberId, token), cancellationToken);

    private async Task<ClaimResult> ClaimAsync(WriteUnit unit, string code, long memberId, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        if (await OrderOfAsync(db, code, cancellationToken) is not { } id)
        {
            return new ClaimResult.Gone();
        }

        await OrderTransitions.LockAsync(db, id, cancellationToken);
        if (await ReadAsync(db, code, cancellationToken) is not { } found || !IsLive(found) || found.Token.RedeemedAt is not null)
        {
            return unit.RollBack<ClaimResult>(new ClaimResult.Gone());
        }

        var now = clock.GetUtcNow();
        var before = await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var judged = await JudgeAsync(db, found, memberId, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return unit.RollBack<ClaimResult>(new ClaimResult.Refused(refusal, judged.PossibleFrom));
        }

        var work = new DeliveryWork(found.Delivery.Id, found.Line.Goods, memberId, memberId, now, found.Order.RuleRevision, before)
        {
            BuyerOwns = true,
            RecipientKind = AccountKind.Personal,
            IsDated = false,
        };
        switch (await kinds.Get(found.Line.Kind).DeliverAsync(db, work, cancellationToken))
        {
            case DeliveryResult.Applied applied:
                await DeliveryRun.AppliedAsync(db, found.Delivery, memberId, now, applied.Until, now, cancellationToken);
                var redeemed = await db.ClaimTokens.Where(t => t.Id == found.Token.Id && t.RedeemedAt == null).ExecuteUpdateAsync(
                    set => set.SetProperty(t => t.RedeemedBy, memberId).SetProperty(t => t.RedeemedAt, now), cancellationToken);
                if (redeemed != 1)
                {
                    return unit.RollBack<ClaimResult>(new ClaimResult.Gone());
                }

                await DeliveryRun.TellAsync(db, found.Order, found.Delivery.Id, memberId, found.Line.Sku, found.Line.Title, applied.Until, now, cancellationToken);
                return new ClaimResult.Claimed();
            case DeliveryResult.Refused refused:
                return unit.RollBack<ClaimResult>(new ClaimResult.Refused(refused.Reason, null));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The order that a code belongs to, of whatever generation; null: it is none.</summary>
    internal static Task<long?> OrderOfAsync(ShopDbContext db, string code, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(code);
        return db.ClaimTokens.Where(t => t.Hash == hash)
            .Join(db.OrderLines, t => t.OrderLineId, l => l.Id, (t, l) => (long?)l.OrderId).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The delivery that waits to be claimed with a code; null: it does not.</summary>
    internal static async Task<Delivery?> WaitingAsync(ShopDbContext db, string code, CancellationToken cancellationToken) =>
        await ReadAsync(db, code, cancellationToken) is { Token.RedeemedAt: null } found && IsLive(found) ? found.Delivery : null;

    private static async Task<Found?> ReadAsync(ShopDbContext db, string code, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(code);
        var goingBack = LineRefunds.UnderWay(db);
        return await db.ClaimTokens.AsNoTracking()
            .Where(t => t.Hash == hash && !db.ClaimTokens.Any(newer => newer.OrderLineId == t.OrderLineId && newer.Generation > t.Generation))
            .Join(db.OrderLines, t => t.OrderLineId, l => l.Id, (t, l) => new { t, l })
            .Join(db.Deliveries, x => x.l.Id, d => d.OrderLineId, (x, d) => new { x.t, x.l, d })
            .Join(db.Orders, x => x.d.OrderId, o => o.Id, (x, o) => new Found(
                x.d, x.l, o, x.t, goingBack.Any(l => l.OrderLineId == x.l.Id) || db.Disputes.Any(q => q.OrderId == o.Id && q.State == DisputeState.Open)))
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The code waits to be claimed, or has been; a code of something given back or sent anew is none.</summary>
    private static bool IsLive(Found found) =>
        found.Token.RedeemedAt is not null || (found.Delivery.State == DeliveryState.AwaitingClaim && OrderStates.Delivering.Contains(found.Order.State) && !found.StandsStill);

    /// <summary>Whether the gift fits the member's own account now, by the rules it was ordered with. What it does is on the page, so claiming is the consent.</summary>
    private async Task<Judgement> JudgeAsync(ShopDbContext db, Found found, long memberId, CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, found.Order.RuleRevision, cancellationToken);
        var product = set.Get<PriceList>().Products.First(p => p.Sku == found.Line.Sku);
        var self = (await CartPricing.RecipientsAsync(db, [memberId], Giver.Of(new Buyer(memberId, null)), cancellationToken))[memberId];
        var states = await CartPricing.MembershipsAsync(db, [memberId], cancellationToken);
        var preview = new Preview(clock.GetUtcNow(), set, states)
        {
            IsOrdered = true,
            Icons = await ExtraIcons.TakenAsync(db, [product], [memberId], null, cancellationToken),
        };
        var line = new ItemLine(product, found.Line.Units ?? found.Line.Quantity, self, memberId) { ExtraMonths = PaidTime.ExtraOf(found.Line) };
        var kind = kinds.Get(found.Line.Kind);
        return LineJudge.Judge(kinds, [line with { ConsentDays = kind.Consent(line, preview)?.Days }], preview)[0]!;
    }
}

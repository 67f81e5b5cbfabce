using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>Points of a member that run out, and when.</summary>
public sealed record PointsEnd(long Points, DateTimeOffset EndsAt);

/// <summary>
/// Keeps the lots of points that run out (M10, docs/adr/0023). Every booking of a member's points calls it inside its transaction, after it has taken the member's
/// balance: so the lots of one member change one after the other. What is used is taken from the lot that ends first; what comes back is good for as long
/// as it was when it was taken.
/// </summary>
public static class PointsLots
{
    /// <summary>A member's points that run out, the next ones first.</summary>
    public static async Task<IReadOnlyList<PointsEnd>> OfAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        await db.PointsLots.Where(l => l.MemberId == memberId && l.Left > 0).OrderBy(l => l.EndsAt).ThenBy(l => l.Id).Take(100)
            .Select(l => new PointsEnd(l.Left, l.EndsAt)).ToListAsync(cancellationToken);

    /// <summary>Points came in that end at an instant; null: they never do, and need no lot.</summary>
    internal static async Task ComeAsync(
        ShopDbContext db, long journalId, long memberId, long points, DateTimeOffset? endsAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (endsAt is { } end)
        {
            db.PointsLots.Add(new PointsLot { MemberId = memberId, JournalId = journalId, Points = points, Left = points, Since = now, EndsAt = end });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>Points went: what ends first goes first, and what never ends goes last. Returns what went that had an end.</summary>
    /// <param name="first">The booking whose points go before all others: they are what is taken back.</param>
    internal static async Task<IReadOnlyList<PointsEnd>> GoAsync(
        ShopDbContext db, long journalId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken, long? first = null)
    {
        var lots = await db.PointsLots.AsNoTracking().Where(l => l.MemberId == memberId && l.Left > 0)
            .OrderBy(l => l.JournalId == first ? 0 : 1).ThenBy(l => l.EndsAt).ThenBy(l => l.Id).ToListAsync(cancellationToken);
        var (gone, rest) = (new List<PointsEnd>(), points);
        foreach (var lot in lots.TakeWhile(_ => rest > 0))
        {
            var take = Math.Min(lot.Left, rest);
            rest -= take;
            if (await db.PointsLots.Where(l => l.Id == lot.Id && l.Left == lot.Left).ExecuteUpdateAsync(set => set.SetProperty(l => l.Left, l => l.Left - take), cancellationToken) != 1)
            {
                throw new InvalidOperationException($"Lot {lot.Id} changed under the lock of its member's balance.");
            }

            db.PointsLotUses.Add(new PointsLotUse
            {
                LotId = lot.Id,
                JournalId = journalId,
                Points = take,
                SecondsLeft = Math.Max(0, (long)(lot.EndsAt - now).TotalSeconds),
            });
            gone.Add(new PointsEnd(take, lot.EndsAt));
        }

        if (gone.Count > 0)
        {
            await db.SaveChangesAsync(cancellationToken);
        }

        return gone;
    }

    /// <summary>
    /// Points that a booking took come back, all or a part: those without an end first, then those that were good for longest. The time in between does not
    /// count, so nobody's points are older or younger for it.
    /// </summary>
    /// <param name="taken">All that the booking took.</param>
    /// <param name="cameBack">What of it came back before.</param>
    internal static async Task ComeBackAsync(
        ShopDbContext db, long takenBy, long journalId, long memberId, long points, long taken, long cameBack, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var uses = await db.PointsLotUses.AsNoTracking().Where(u => u.JournalId == takenBy).OrderByDescending(u => u.SecondsLeft).ThenByDescending(u => u.Id)
            .ToListAsync(cancellationToken);
        if (uses.Count == 0)
        {
            return;
        }

        var endless = taken - uses.Sum(u => u.Points) - (cameBack - uses.Sum(u => u.Back));
        var rest = points - Math.Clamp(endless, 0, points);
        foreach (var use in uses.Where(u => u.Back < u.Points).TakeWhile(_ => rest > 0))
        {
            var back = Math.Min(use.Points - use.Back, rest);
            rest -= back;
            if (await db.PointsLotUses.Where(u => u.Id == use.Id && u.Back == use.Back).ExecuteUpdateAsync(set => set.SetProperty(u => u.Back, u => u.Back + back), cancellationToken) != 1)
            {
                throw new InvalidOperationException($"Use {use.Id} of a lot changed under the lock of its member's balance.");
            }

            db.PointsLots.Add(new PointsLot
            {
                MemberId = memberId, JournalId = journalId, Points = back, Left = back, Since = now, EndsAt = now.AddSeconds(use.SecondsLeft),
            });
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}

using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>
/// Which session has which resource open (parity/taler.md: the cache of O, R and S). What is open is remembered; what is not is asked for each time. A refund is seen at once
/// by the node that books it, and within a second by the others, which add up the refunds of resources so often.
/// </summary>
public sealed class PaidSessions(Writes writes, TimeProvider clock)
{
    /// <summary>How often a node looks for refunds of others.</summary>
    public static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    /// <summary>So long it is remembered at most: a session that gave way to a newer one on another node has it no longer than this.</summary>
    public static readonly TimeSpan Remembers = TimeSpan.FromMinutes(5);

    /// <summary>So long nothing of an order with a new refund is remembered: the refund may not be committed yet.</summary>
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(5);

    private const int Most = 50_000;

    private readonly ConcurrentDictionary<Key, Entry> known = new();
    private readonly ConcurrentDictionary<long, DateTimeOffset> evicted = new();

    /// <summary>The sum of refunds when it was last looked at.</summary>
    private long refunds = -1;

    /// <summary>UTC ticks.</summary>
    private long nextLook;

    /// <summary>Rises whenever something is forgotten: what was read before is not remembered after.</summary>
    private long generation;

    private readonly record struct Key(string Resource, string? Number, string Session);

    private sealed record Entry(long OrderId, string Number, DateTimeOffset Until);

    /// <summary>The number of the order that opens a resource for a session; null: none does.</summary>
    /// <param name="number">Only that order; null: any.</param>
    public async ValueTask<string?> OrderAsync(string resourceCode, string? number, string session, CancellationToken cancellationToken)
    {
        if (!ResourceDesk.CanBe(resourceCode) || number?.All(char.IsAsciiLetterOrDigit) == false)
        {
            return null;
        }

        await LookAsync(cancellationToken);
        var (key, now) = (new Key(resourceCode, number, Codes.Hash(session)), clock.GetUtcNow());
        if (known.TryGetValue(key, out var there) && there.Until > now)
        {
            return there.Number;
        }

        var before = Interlocked.Read(ref generation);
        if (await writes.ReadAsync((db, token) => FindAsync(db, resourceCode, number, key.Session, token), cancellationToken) is not var (id, found))
        {
            return null;
        }

        if (!(evicted.TryGetValue(id, out var until) && until > now))
        {
            Remember(key, new Entry(id, found, now + Remembers), before);
        }

        return found;
    }

    /// <summary>Nothing of this order is remembered.</summary>
    public void Evict(long orderId)
    {
        var now = clock.GetUtcNow();
        foreach (var (id, _) in evicted.Where(e => e.Value <= now))
        {
            evicted.TryRemove(id, out _);
        }

        evicted[orderId] = now + Settles;
        Interlocked.Increment(ref generation);
        foreach (var (key, _) in known.Where(e => e.Value.OrderId == orderId))
        {
            known.TryRemove(key, out _);
        }
    }

    /// <summary>Writes that a session has an order open; it may have before. The caller holds the order's row.</summary>
    internal static async Task AddAsync(ShopDbContext db, long orderId, string sessionHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await db.PaidSessions.AnyAsync(s => s.OrderId == orderId && s.SessionHash == sessionHash, cancellationToken))
        {
            db.PaidSessions.Add(new PaidSession { OrderId = orderId, SessionHash = sessionHash, ProvedAt = now });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>The newest order that opens a resource for a session: delivered, proved, and nothing of it given back (D5).</summary>
    internal static async Task<(long Id, string Number)?> FindAsync(ShopDbContext db, string resourceCode, string? number, string sessionHash, CancellationToken cancellationToken)
    {
        var open = Open(db);
        var found = await db.PaidSessions.Where(s => s.SessionHash == sessionHash)
            .Join(open, s => s.OrderId, m => m.OrderId, (s, m) => new { s.Id, m.OrderId, m.ResourceId })
            .Join(db.Resources.Where(r => r.Code == resourceCode), x => x.ResourceId, r => r.Id, (x, _) => x)
            .Join(db.Orders.Where(o => number == null || o.Number == number), x => x.OrderId, o => o.Id, (x, o) => new { x.Id, x.OrderId, o.Number })
            .OrderByDescending(x => x.Id).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.OrderId, found.Number);
    }

    /// <summary>Orders of the matrix that open what they paid for, for those who prove them.</summary>
    internal static IQueryable<MatrixOrder> Open(ShopDbContext db)
    {
        var back = LineRefunds.Standing(db);
        return db.MatrixOrders.Where(m => db.Deliveries.Any(d => d.OrderId == m.OrderId && d.State == DeliveryState.Applied)
            && !back.Any(r => db.OrderLines.Any(l => l.Id == r.OrderLineId && l.OrderId == m.OrderId)));
    }

    /// <summary>Sees once a second whether something was given back; one of those who ask looks, the others go on.</summary>
    private async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        var (now, due) = (clock.GetUtcNow().UtcTicks, Interlocked.Read(ref nextLook));
        if (now < due || Interlocked.CompareExchange(ref nextLook, now + Often.Ticks, due) != due)
        {
            return;
        }

        var sum = await writes.ReadAsync((db, token) => db.MatrixOrders.Where(m => m.Refunds > 0).SumAsync(m => (long)m.Refunds, token), cancellationToken);
        if (Interlocked.Exchange(ref refunds, sum) != sum)
        {
            Interlocked.Increment(ref generation);
            known.Clear();
        }
    }

    private void Remember(Key key, Entry entry, long before)
    {
        if (known.Count >= Most)
        {
            known.Clear();
        }

        known[key] = entry;
        if (Interlocked.Read(ref generation) != before)
        {
            known.TryRemove(key, out _);
        }
    }
}

using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Writes the daily summary for staff: once for each day of the site's zone, however long the day was, and whatever its clock did. After days on which the shop was off
/// one summary covers them all.
/// </summary>
public sealed class DigestRun(Writes writes, RuleBook rules, TimeProvider clock, LeaseClock leases)
{
    private const string Job = "digest";
    private const int MostDays = 31;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Writes the summary that is due. Returns for how many readers.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (terms, done) = await writes.ReadAsync(
            async (db, token) => (
                await rules.GetAsync<EventTerms>(db, await rules.CurrentAsync(db, token), token),
                await db.JobLeases.Where(j => j.Name == Job).Select(j => j.DoneUntil).FirstOrDefaultAsync(token)),
            cancellationToken);
        var (day, end) = Last(now, terms);
        if (terms.DigestRole == EventTerms.Nobody || done >= end || await JobLeases.TakeAsync(writes, leases, Job, Lease, cancellationToken) is not { } job)
        {
            return 0;
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var first = Start(day, terms.Zone);
                var from = job.DoneUntil is { } last && last < first && last > end.AddDays(-MostDays) ? last : first;
                var readers = await EventRun.StaffAsync(unit.Db, terms.DigestRole, token);
                foreach (var reader in readers)
                {
                    await Outbox.AddOnceAsync(
                        unit.Db, string.Create(CultureInfo.InvariantCulture, $"digest:{day:yyyy-MM-dd}:{reader}"), OutboxKinds.Digest, new DigestMessage(day, from, end, reader), now, now,
                        token);
                }

                await JobLeases.DoneAsync(unit.Db, job, end, token);
                return readers.Count;
            },
            cancellationToken);
    }

    /// <summary>The last day whose summary is due, and when it ended.</summary>
    private static (DateOnly Day, DateTimeOffset End) Last(DateTimeOffset now, EventTerms terms)
    {
        var local = TimeZoneInfo.ConvertTime(now, terms.Zone);
        var today = DateOnly.FromDateTime(local.DateTime);
        var day = today.AddDays(local.Hour >= terms.DigestHour ? -1 : -2);
        return (day, Start(day.AddDays(1), terms.Zone));
    }

    /// <summary>The first instant of a day: where clocks go forward at midnight, the first that there is; where they go back, the earlier of two.</summary>
    private static DateTimeOffset Start(DateOnly day, TimeZoneInfo zone)
    {
        var time = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(time))
        {
            time = time.AddMinutes(15);
        }

        var offset = zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Max() : zone.GetUtcOffset(time);
        return new DateTimeOffset(time, offset).ToUniversalTime();
    }
}

/// <summary>What a day's summary says.</summary>
public sealed record DigestView
{
    public required string Reader { get; init; }

    /// <summary>Null: there is no address that is certainly theirs.</summary>
    public required string? Email { get; init; }

    public string? Culture { get; init; }

    public int Paid { get; init; }

    /// <summary>What was paid, in minor units by currency.</summary>
    public IReadOnlyList<(string Currency, long Minor)> Taken { get; init; } = [];

    public int Refunds { get; init; }

    public int Gifts { get; init; }

    /// <summary>Flags of that day, by kind.</summary>
    public IReadOnlyList<(OrderFlagKind Kind, int Count)> Flags { get; init; } = [];

    /// <summary>Flags that stand now, of whatever day.</summary>
    public int OpenFlags { get; init; }

    /// <summary>Messages that could not be sent, and events of payment services that could not be worked off, as it is now.</summary>
    public int Unsent { get; init; }

    /// <summary>Nothing happened, and nothing waits for a person.</summary>
    public bool IsQuiet => Paid + Refunds + Gifts + OpenFlags + Unsent + Flags.Count == 0;
}

/// <summary>Reads what a day's summary says, when it is sent.</summary>
public static class DigestReader
{
    public static async Task<DigestView?> ReadAsync(ShopDbContext db, DigestMessage message, CancellationToken cancellationToken)
    {
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(m => m.Id == message.Reader, cancellationToken) is not { } reader)
        {
            return null;
        }

        var (from, until) = (message.From, message.Until);
        var counts = await db.ShopEvents.Where(e => e.OccurredAt >= from && e.OccurredAt < until).GroupBy(e => e.Kind).Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var taken = await db.Orders.Where(o => o.PaidAt >= from && o.PaidAt < until && o.DueMinor > 0).GroupBy(o => o.Currency)
            .Select(g => new { g.Key, Sum = g.Sum(o => o.DueMinor) }).OrderBy(g => g.Key).ToListAsync(cancellationToken);
        var flags = await db.OrderFlags.Where(f => f.RaisedAt >= from && f.RaisedAt < until).GroupBy(f => f.Kind).Select(g => new { g.Key, Count = g.Count() })
            .ToListAsync(cancellationToken);
        return new DigestView
        {
            Reader = reader.UserName!,
            Email = await GiftReader.OwnAddressAsync(db, reader, cancellationToken),
            Culture = reader.Culture,
            Paid = counts.GetValueOrDefault(ShopEventKind.OrderPaid),
            Taken = [.. taken.Select(t => (t.Key, t.Sum))],
            Refunds = counts.GetValueOrDefault(ShopEventKind.OrderRefunded),
            Gifts = counts.GetValueOrDefault(ShopEventKind.GiftDelivered),
            Flags = [.. flags.Select(f => (f.Key, f.Count)).OrderBy(f => f.Key)],
            OpenFlags = await db.OrderFlags.CountAsync(f => f.ClearedAt == null, cancellationToken),
            Unsent = await db.Outbox.CountAsync(r => r.Dead, cancellationToken) + await db.WebhookInbox.CountAsync(e => e.Dead, cancellationToken),
        };
    }
}

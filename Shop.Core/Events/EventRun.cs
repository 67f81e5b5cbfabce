using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Sends events where the rules want them: for each new one the rules are asked once, and the mails and calls that follow are written to the outbox in the
/// transaction that says so. Killed anywhere, it has done all of an event or nothing of it.
/// </summary>
public sealed class EventRun(Writes writes, RuleBook rules, TimeProvider clock)
{
    private const int Batch = 100;

    private static readonly PerModel<Func<ShopDbContext, CancellationToken, Task<bool>>> IsAnyNew = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, CancellationToken _) => db.ShopEvents.Any(e => e.RoutedAt == null)));

    /// <summary>Routes one batch. Returns how many events it was: 0 when nothing is new.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken) =>
        await writes.ReadAsync((db, token) => IsAnyNew.For(db)(db, token), cancellationToken)
            ? await writes.RunAsync((unit, token) => RouteAsync(unit.Db, token), cancellationToken)
            : 0;

    private async Task<int> RouteAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        // on PostgreSQL another worker's events are left to it; on SQLite there is one writer
        var fresh = db.IsSqlite
            ? db.ShopEvents.FromSql($"SELECT * FROM shop_events WHERE routed_at IS NULL ORDER BY id LIMIT {Batch}")
            : db.ShopEvents.FromSql($"SELECT * FROM shop_events WHERE routed_at IS NULL ORDER BY id LIMIT {Batch} FOR UPDATE SKIP LOCKED");
        var events = await fresh.AsNoTracking().ToListAsync(cancellationToken);
        if (events.Count == 0)
        {
            return 0;
        }

        var now = clock.GetUtcNow();
        var terms = await rules.GetAsync<EventTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var routes = events.ToLookup(e => terms.RouteOf(e.Kind), e => e);
        foreach (var route in routes)
        {
            var ids = route.Select(e => e.Id).ToList();
            var to = route.Key;
            await db.ShopEvents.Where(e => ids.Contains(e.Id) && e.RoutedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(e => e.RoutedAt, now).SetProperty(e => e.Route, to), cancellationToken);
        }

        var readers = await ReadersAsync(db, events, terms, cancellationToken);
        foreach (var one in events)
        {
            if (terms.RouteOf(one.Kind) is EventRoute.Mail or EventRoute.Both || IsSuspicious(one, terms))
            {
                await MailAsync(db, one, readers, now, cancellationToken);
            }
        }

        await CallAsync(db, [.. routes[EventRoute.Webhook], .. routes[EventRoute.Both]], now, cancellationToken);
        return events.Count;
    }

    /// <summary>A method that was added soon after a sign-in on a device that was new: its owner hears of it, whatever the rules say of such events (MZ-24).</summary>
    public static bool IsSuspicious(ShopEvent one, EventTerms terms) =>
        one is { Kind: ShopEventKind.MethodCreated, Facts.StrangeSignInAt: { } then } && one.OccurredAt - then <= TimeSpan.FromHours(terms.WarnHours);

    private sealed record Reading(IReadOnlyList<long> Staff, IReadOnlySet<long> Communities, ILookup<long, long> Maintainers);

    /// <summary>Who reads for others: staff for events that concern them, maintainers for their communities.</summary>
    private static async Task<Reading> ReadersAsync(ShopDbContext db, IReadOnlyList<ShopEvent> events, EventTerms terms, CancellationToken cancellationToken)
    {
        var staff = events.Any(e => IsForStaff(e.Kind)) ? await StaffAsync(db, terms.NoticeRole, cancellationToken) : [];
        var accounts = events.Where(e => e.Kind is ShopEventKind.TimeExpiring or ShopEventKind.TimeExpired or ShopEventKind.GiftDelivered)
            .Select(e => e.MemberId).OfType<long>().Distinct().ToList();
        List<long> communities = accounts.Count == 0
            ? []
            : await db.Users.Where(m => accounts.Contains(m.Id) && m.Kind == AccountKind.Community).Select(m => m.Id).ToListAsync(cancellationToken);
        var maintainers = communities.Count == 0
            ? []
            : await db.Maintainers.Where(m => communities.Contains(m.CommunityId)).Select(m => new { m.CommunityId, m.MemberId }).ToListAsync(cancellationToken);
        return new Reading(staff, communities.ToHashSet(), maintainers.ToLookup(m => m.CommunityId, m => m.MemberId));
    }

    /// <summary>Those of the staff who have a role, and the owners.</summary>
    internal static async Task<IReadOnlyList<long>> StaffAsync(ShopDbContext db, string role, CancellationToken cancellationToken) => role == EventTerms.Nobody
        ? []
        : await db.UserRoles.Where(r => db.Roles.Any(x => x.Id == r.RoleId && (x.Name == role || x.Name == StaffRoles.Owner)))
            .Select(r => r.UserId).Distinct().Order().ToListAsync(cancellationToken);

    private static bool IsForStaff(ShopEventKind kind) => kind is ShopEventKind.DisputeOpened or ShopEventKind.FlagRaised;

    private static async Task MailAsync(ShopDbContext db, ShopEvent one, Reading readers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Task AddAsync(string key, string kind, object payload) => Outbox.AddOnceAsync(db, key, kind, payload, now, now, cancellationToken, one.Id);

        switch (one.Kind)
        {
            case var _ when one.Mail is { } written:
                var mail = JsonSerializer.Deserialize<EventMail>(written, JsonSerializerOptions.Web)!;
                await Outbox.AddOnceAsync(db, mail.Key, mail.Kind, mail.Message, now, one.OccurredAt.AddMilliseconds(mail.WaitMs), cancellationToken, one.Id);
                break;
            case ShopEventKind.GiftDelivered when one is { Facts.DeliveryId: { } delivery, MemberId: { } recipient }:
                await GiftNews.TellAsync(db, one, delivery, Whom(recipient, readers), now, cancellationToken);
                break;
            case ShopEventKind.TimeExpiring or ShopEventKind.TimeExpired when one is { MemberId: { } account, Facts: { Until: { } until, Reason: { } stage } }:
                foreach (var message in Whom(account, readers).Select(reader => new ExpiryMessage(account, until, Words.Parse<ExpiryStage>(stage), reader)))
                {
                    await AddAsync(message.Key, OutboxKinds.Expiry, message);
                }

                break;
            case var kind when IsForStaff(kind):
                foreach (var reader in readers.Staff)
                {
                    await AddAsync(Key(one, reader), OutboxKinds.StaffNotice, new EventMessage(one.Id, reader));
                }

                break;
            case ShopEventKind.MethodCreated or ShopEventKind.MethodUpdated or ShopEventKind.SubscriptionCreated or ShopEventKind.CancelledByMember or ShopEventKind.CancelledBySystem
                when one.MemberId is not null:
                await AddAsync(Key(one, null), OutboxKinds.EventNews, new EventMessage(one.Id));
                break;
            default:
                // a mail is wanted that nobody wrote with the event: it stands on the page of events as routed, and without one
                break;
        }
    }

    private static string Key(ShopEvent one, long? reader) => reader is { } member
        ? string.Create(CultureInfo.InvariantCulture, $"event:{one.Id}:{member}")
        : string.Create(CultureInfo.InvariantCulture, $"event:{one.Id}");

    /// <summary>Who reads what an account is told: itself, as null, or each maintainer of a community.</summary>
    private static IReadOnlyList<long?> Whom(long account, Reading readers) =>
        readers.Communities.Contains(account) ? [.. readers.Maintainers[account].Select(m => (long?)m)] : [null];

    private static async Task CallAsync(ShopDbContext db, IReadOnlyList<ShopEvent> events, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return;
        }

        // a seller hears of what is its own, and the site's programs of what is the site's
        var sellers = events.Select(e => e.SellerId).Distinct().ToList();
        var receivers = await db.EventReceivers.Where(r => r.EndedAt == null && sellers.Contains(r.SellerId)).OrderBy(r => r.Id)
            .Select(r => new { r.Id, r.SellerId }).ToListAsync(cancellationToken);
        foreach (var (one, receiver) in events.OrderBy(e => e.Id).SelectMany(e => receivers.Where(r => r.SellerId == e.SellerId).Select(r => (e, r.Id))))
        {
            await Outbox.AddOnceAsync(
                db, string.Create(CultureInfo.InvariantCulture, $"hook:{one.Id}:{receiver}"), OutboxKinds.EventHook, new EventHookMessage(one.Id, receiver), now, now,
                cancellationToken, one.Id);
        }
    }
}

/// <summary>The mails about gifts that were delivered.</summary>
internal static class GiftNews
{
    private sealed record Given(Delivery Delivery, string Sku, string Title);

    /// <summary>
    /// The recipient's mail, or one to each maintainer. An equal line of the same order goes into the mail that waits for the first; each waits a moment,
    /// so that the next line can catch it, and one that somebody has begun to send is left alone (DF-46). Who claimed a gift by its code knows of it.
    /// </summary>
    public static async Task TellAsync(
        ShopDbContext db, ShopEvent one, long deliveryId, IReadOnlyList<long?> readers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (delivery, sku, title) = await db.Deliveries.AsNoTracking().Where(d => d.Id == deliveryId)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new Given(d, l.Sku, l.Title)).FirstAsync(cancellationToken);
        if (delivery.RecipientEmail is not null)
        {
            return;
        }

        var earlier = await db.Deliveries
            .Where(d => d.OrderId == delivery.OrderId && d.Id != delivery.Id && d.State == DeliveryState.Applied && d.RecipientId == delivery.RecipientId && d.Random == delivery.Random
                && d.Note == delivery.Note && d.Anonymous == delivery.Anonymous && db.OrderLines.Any(l => l.Id == d.OrderLineId && l.Sku == sku && l.Title == title))
            .Select(d => d.Id).ToListAsync(cancellationToken);
        var keys = readers.SelectMany(reader => earlier.Select(id => GiftMessage.Key(id, reader))).ToList();
        var waiting = keys.Count == 0
            ? []
            : await db.Outbox.AsNoTracking().Where(r => keys.Contains(r.DedupeKey) && r.Attempts == 0 && r.DoneAt == null).ToListAsync(cancellationToken);
        foreach (var reader in readers)
        {
            if (waiting.Find(r => earlier.Any(id => r.DedupeKey == GiftMessage.Key(id, reader))) is not { } row || !await CatchAsync(db, row, delivery.Id, cancellationToken))
            {
                await Outbox.AddOnceAsync(
                    db, GiftMessage.Key(delivery.Id, reader), OutboxKinds.Gift, new GiftMessage(delivery.Id, reader), now, one.OccurredAt.AddSeconds(1), cancellationToken, one.Id);
            }
        }
    }

    private static async Task<bool> CatchAsync(ShopDbContext db, OutboxRow row, long deliveryId, CancellationToken cancellationToken)
    {
        var told = JsonSerializer.Deserialize<GiftMessage>(row.Payload, JsonSerializerOptions.Web)!;
        var more = JsonSerializer.Serialize(told with { Equal = [.. told.Equal ?? [], deliveryId] }, JsonSerializerOptions.Web);
        return await db.Database.ExecuteSqlAsync(
            $"UPDATE outbox SET payload = {more} WHERE id = {row.Id} AND attempts = 0 AND done_at IS NULL", cancellationToken) == 1;
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>A message that follows from an event, or a mail that could not be delivered, as staff see it.</summary>
/// <param name="ReceiverId">Of a call to a program of the site's: which.</param>
/// <param name="NextAt">When it is tried next; null: not by itself.</param>
public sealed record SentRow(long Id, long? EventId, string Kind, OutboxStand Stand, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? NextAt, string? Failure, long? ReceiverId);

/// <summary>An event and where it went.</summary>
public sealed record EventRow(ShopEvent Event, string? Member, IReadOnlyList<SentRow> Sent);

/// <summary>A page of events.</summary>
public sealed record EventPage(IReadOnlyList<EventRow> Rows, bool More);

/// <summary>What became of naming a receiver of events.</summary>
public abstract record ReceiverResult
{
    private ReceiverResult() { }

    /// <summary>It is told from now on. Its secret is said now and never again.</summary>
    public sealed record Made(long Id, string Secret) : ReceiverResult;

    /// <summary>Not an https address of the public internet.</summary>
    public sealed record NotUsable : ReceiverResult;

    public sealed record Known : ReceiverResult;

    public sealed record TooMany : ReceiverResult;
}

/// <summary>What staff see of events and of what could not be sent, and the programs of the site's that are told.</summary>
public sealed class EventDesk(Writes writes, LinkTokens tokens, Wake wake, TimeProvider clock)
{
    public const int MostAddress = 500;

    /// <summary>Each event is a call to every receiver.</summary>
    public const int MostReceivers = 5;

    /// <summary>So long calls are signed with the secret before as well, so that a receiver can change over.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromDays(3);

    private const int PageSize = 25;
    private const int MostFailed = 100;

    /// <summary>Events, newest first.</summary>
    /// <param name="kind">Only those of a kind; null: all.</param>
    /// <param name="page">From 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="sellerId">Only those of a seller; null: all.</param>
    public async Task<EventPage> ListAsync(ShopDbContext db, ShopEventKind? kind, int page, CancellationToken cancellationToken, long? sellerId = null)
    {
        var found = await db.ShopEvents.AsNoTracking().Where(e => (kind == null || e.Kind == kind) && (sellerId == null || e.SellerId == sellerId)).OrderByDescending(e => e.Id).Skip((page - 1) * PageSize).Take(PageSize + 1)
            .Select(e => new { Event = e, Member = db.Users.Where(m => m.Id == e.MemberId).Select(m => m.UserName).FirstOrDefault() }).ToListAsync(cancellationToken);
        var ids = found.Select(f => (long?)f.Event.Id).ToList();
        var sent = (await db.Outbox.AsNoTracking().Where(r => ids.Contains(r.EventId)).OrderBy(r => r.Id).ToListAsync(cancellationToken)).Select(View).ToLookup(r => r.EventId);
        return new EventPage([.. found.Take(PageSize).Select(f => new EventRow(f.Event, f.Member, [.. sent[f.Event.Id]]))], found.Count > PageSize);
    }

    /// <summary>What could not be sent and is not tried any more, newest first: refused for good, or tried too often.</summary>
    public async Task<IReadOnlyList<SentRow>> FailedAsync(ShopDbContext db, CancellationToken cancellationToken) =>
    [
        .. (await db.Outbox.AsNoTracking().Where(r => r.Dead || (r.Failure != null && r.DoneAt != null)).OrderByDescending(r => r.Id).Take(MostFailed).ToListAsync(cancellationToken))
            .Select(View),
    ];

    /// <summary>Gives a message that was refused or given up all its tries again. False: it is neither.</summary>
    public async Task<bool> RetryAsync(long rowId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = await writes.RunAsync(
            (unit, token) => unit.Db.Outbox.Where(r => r.Id == rowId && (r.Dead || (r.Failure != null && r.DoneAt != null))).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.Dead, false).SetProperty(r => r.DoneAt, (DateTimeOffset?)null).SetProperty(r => r.Attempts, 0).SetProperty(r => r.DueAt, now)
                    .SetProperty(r => r.Failure, (string?)null).SetProperty(r => r.LeaseUntil, DateTimeOffset.UnixEpoch), // whoever had it is done with it
                token),
            cancellationToken);
        wake.Call();
        return found == 1;
    }

    /// <summary>Sends an event to its seller's program once more, with the same id, so that a repeat is known. False: it is not the seller's, or has not been sent yet.</summary>
    public async Task<bool> ReplayAsync(long sellerId, long eventId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = await writes.RunAsync(
            (unit, token) => unit.Db.Outbox
                .Where(r => r.EventId == eventId && (r.Dead || r.DoneAt != null) && unit.Db.ShopEvents.Any(e => e.Id == eventId && e.SellerId == sellerId))
                .ExecuteUpdateAsync(
                    set => set.SetProperty(r => r.Dead, false).SetProperty(r => r.DoneAt, (DateTimeOffset?)null).SetProperty(r => r.Attempts, 0).SetProperty(r => r.DueAt, now)
                        .SetProperty(r => r.Failure, (string?)null).SetProperty(r => r.LeaseUntil, DateTimeOffset.UnixEpoch),
                    token),
            cancellationToken);
        wake.Call();
        return found > 0;
    }

    /// <summary>A message that was tried too often is let go: it is not sent, and nobody needs to look any more. False: it was not.</summary>
    public async Task<bool> LetGoAsync(long rowId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            (unit, token) => unit.Db.Outbox.Where(r => r.Id == rowId && r.Dead && r.DoneAt == null).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.Dead, false).SetProperty(r => r.DoneAt, now).SetProperty(r => r.Failure, r => r.Failure ?? "let_go"), token),
            cancellationToken) == 1;
    }

    /// <summary>The site's programs that are told, oldest first; those that are not told any more too.</summary>
    public async Task<IReadOnlyList<EventReceiver>> ReceiversAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await db.EventReceivers.AsNoTracking().Where(r => r.SellerId == null).OrderBy(r => r.Id).ToListAsync(cancellationToken);

    /// <summary>The program of a seller's that is told; null: none is.</summary>
    public Task<EventReceiver?> OfSellerAsync(ShopDbContext db, long sellerId, CancellationToken cancellationToken) =>
        db.EventReceivers.AsNoTracking().FirstOrDefaultAsync(r => r.SellerId == sellerId && r.EndedAt == null, cancellationToken);

    /// <summary>Names the program of a seller's that is told of its own sales, in place of the one before. Its secret is said now and never again.</summary>
    public async Task<ReceiverResult> NameAsync(long sellerId, string address, bool allowPrivate, long staffId, CancellationToken cancellationToken)
    {
        if (!IsUsable(address, allowPrivate, out var wire))
        {
            return new ReceiverResult.NotUsable();
        }

        var now = clock.GetUtcNow();
        var made = await writes.RunAsync(
            async (unit, token) =>
            {
                if (!await SellerDesk.TakeAsync(unit.Db, sellerId, token))
                {
                    return unit.RollBack(0L);
                }

                var before = await unit.Db.EventReceivers.Where(r => r.SellerId == sellerId && r.EndedAt == null).Select(r => r.Address).FirstOrDefaultAsync(token);
                if (before == wire)
                {
                    return unit.RollBack(0L);
                }

                await unit.Db.EventReceivers.Where(r => r.SellerId == sellerId && r.EndedAt == null).ExecuteUpdateAsync(set => set.SetProperty(r => r.EndedAt, now), token);
                var row = new EventReceiver { Address = wire, SellerId = sellerId, MadeBy = staffId, MadeAt = now };
                unit.Db.EventReceivers.Add(row);
                SellerDesk.Note(unit.Db, sellerId, SellerField.Webhook, null, before, wire, staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return row.Id;
            },
            cancellationToken);
        return made > 0 ? new ReceiverResult.Made(made, StandardSecret(await tokens.ReceiverAsync(made, 0, cancellationToken))) : new ReceiverResult.Known();
    }

    /// <summary>A new secret for a seller's program; the one before signs too for <see cref="Overlap"/>. Null: it has no program.</summary>
    public async Task<string?> RenewOfSellerAsync(long sellerId, long staffId, CancellationToken cancellationToken)
    {
        var id = await writes.ReadAsync((db, token) => db.EventReceivers.Where(r => r.SellerId == sellerId && r.EndedAt == null).Select(r => (long?)r.Id).FirstOrDefaultAsync(token), cancellationToken);
        if (id is not { } receiver || await RenewAsync(receiver, cancellationToken, sellerId) is not { } secret)
        {
            return null;
        }

        await writes.RunAsync(
            async (unit, token) =>
            {
                SellerDesk.Note(unit.Db, sellerId, SellerField.Webhook, null, null, "new secret", staffId, clock.GetUtcNow());
                await unit.Db.SaveChangesAsync(token);
            },
            cancellationToken);
        return StandardSecret(secret);
    }

    /// <summary>Writes an event that only tries whether a seller's program hears it. False: it has no program.</summary>
    public async Task<bool> TryAsync(long sellerId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var isTried = await writes.RunAsync(
            async (unit, token) =>
            {
                if (!await unit.Db.EventReceivers.AnyAsync(r => r.SellerId == sellerId && r.EndedAt == null, token))
                {
                    return false;
                }

                await ShopEvents.RecordAsync(
                    unit.Db, ShopEventKind.SellerTest, Codes.New(20), new EventAbout { SellerId = sellerId }, EventFacts.None, now, token);
                return true;
            },
            cancellationToken);
        wake.Call();
        return isTried;
    }

    /// <summary>A secret in the form in which Standard Webhooks has them.</summary>
    public static string StandardSecret(string secret) => "whsec_" + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret));

    /// <param name="allowPrivate">Development: plain http and addresses of the own network are fine.</param>
    public async Task<ReceiverResult> AddAsync(string address, bool allowPrivate, long staffId, CancellationToken cancellationToken)
    {
        if (!IsUsable(address, allowPrivate, out var wire))
        {
            return new ReceiverResult.NotUsable();
        }

        var now = clock.GetUtcNow();
        var made = await writes.RunAsync(
            async (unit, token) =>
            {
                var (id, isKnown) = (0L, false);
                var active = await unit.Db.EventReceivers.Where(r => r.EndedAt == null && r.SellerId == null).Select(r => r.Address).ToListAsync(token);
                isKnown = active.Contains(wire);
                if (!isKnown && active.Count < MostReceivers)
                {
                    var row = new EventReceiver { Address = wire, MadeBy = staffId, MadeAt = now };
                    unit.Db.EventReceivers.Add(row);
                    await unit.Db.SaveChangesAsync(token);
                    id = row.Id;
                }

                return (id, isKnown);
            },
            cancellationToken);
        return made switch
        {
            (> 0, _) => new ReceiverResult.Made(made.id, await tokens.ReceiverAsync(made.id, 0, cancellationToken)),
            (_, true) => new ReceiverResult.Known(),
            _ => new ReceiverResult.TooMany(),
        };
    }

    /// <summary>A new secret for a receiver; the one before signs too for <see cref="Overlap"/>. Null: there is no such receiver.</summary>
    public async Task<string?> RenewAsync(long receiverId, CancellationToken cancellationToken, long? sellerId = null)
    {
        var now = clock.GetUtcNow();
        var generation = await writes.RunAsync(
            async (unit, token) => await unit.Db.EventReceivers.Where(r => r.Id == receiverId && r.EndedAt == null && r.SellerId == sellerId)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.Generation, r => r.Generation + 1).SetProperty(r => r.ChangedAt, now), token) == 1
                ? await unit.Db.EventReceivers.Where(r => r.Id == receiverId).Select(r => (int?)r.Generation).FirstAsync(token)
                : null,
            cancellationToken);
        return generation is { } present ? await tokens.ReceiverAsync(receiverId, present, cancellationToken) : null;
    }

    /// <summary>From now on it is told of nothing; what waits for it is not sent. False: there is no such receiver.</summary>
    public async Task<bool> EndAsync(long receiverId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            (unit, token) => unit.Db.EventReceivers.Where(r => r.Id == receiverId && r.EndedAt == null && r.SellerId == null).ExecuteUpdateAsync(set => set.SetProperty(r => r.EndedAt, now), token),
            cancellationToken) == 1;
    }

    /// <summary>The secrets that a call is signed with now: one, or two while a receiver changes over.</summary>
    public async Task<IReadOnlyList<string>> SecretsAsync(EventReceiver receiver, CancellationToken cancellationToken)
    {
        var present = await tokens.ReceiverAsync(receiver.Id, receiver.Generation, cancellationToken);
        return receiver.ChangedAt is { } changed && clock.GetUtcNow() - changed < Overlap
            ? [present, await tokens.ReceiverAsync(receiver.Id, receiver.Generation - 1, cancellationToken)]
            : [present];
    }

    private static bool IsUsable(string address, bool allowPrivate, out string wire)
    {
        wire = "";
        if (!Uri.TryCreate(address.Trim(), UriKind.Absolute, out var uri) || uri is not { UserInfo: "", Fragment: "", HostNameType: not UriHostNameType.Unknown }
            || !(uri.Scheme == Uri.UriSchemeHttps || (allowPrivate && uri.Scheme == Uri.UriSchemeHttp)) || uri.AbsoluteUri.Length > MostAddress)
        {
            return false;
        }

        wire = uri.AbsoluteUri;
        return allowPrivate || (IPAddress.TryParse(uri.DnsSafeHost, out var literal)
            ? PublicAddresses.IsPublic(literal)
            : uri.IdnHost.Contains('.', StringComparison.Ordinal) && !uri.IdnHost.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase));
    }

    private static SentRow View(OutboxRow row) => new(
        row.Id,
        row.EventId,
        row.Kind,
        row switch
        {
            { Dead: true } => OutboxStand.GivenUp,
            { DoneAt: not null, Failure: not null } => OutboxStand.Refused,
            { DoneAt: not null } => OutboxStand.Sent,
            { Failure: not null } => OutboxStand.Failing,
            _ => OutboxStand.Waiting,
        },
        row.Attempts,
        row.CreatedAt,
        row is { Dead: false, DoneAt: null } ? row.DueAt : null,
        row.Failure,
        row.Kind == OutboxKinds.EventHook ? JsonSerializer.Deserialize<EventHookMessage>(row.Payload, JsonSerializerOptions.Web)!.ReceiverId : null);
}

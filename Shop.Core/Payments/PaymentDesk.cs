using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A payment service as the desk sees it. Nothing of its settings but that they are there.</summary>
public sealed record ServiceView
{
    public required string Provider { get; init; }

    public required string Name { get; init; }

    /// <summary>Takes real money.</summary>
    public required bool Live { get; init; }

    /// <summary>Not offered, by configuration.</summary>
    public required bool Retired { get; init; }

    /// <summary>Not offered, by rule.</summary>
    public required bool Hidden { get; init; }

    /// <summary>No new payments for now, whichever node learnt of it.</summary>
    public required ProviderPause? Paused { get; init; }

    /// <summary>When it was last asked whether it would take a payment, when it last said that it would, and what it said when it would not.</summary>
    public required (DateTimeOffset? AskedAt, DateTimeOffset? HealthyAt, string? Trouble) Health { get; init; }

    public required bool ByHand { get; init; }

    public required bool ReportsHealth { get; init; }

    public required bool SendsWebhooks { get; init; }

    /// <summary>A test purchase with it can be given back by itself.</summary>
    public required bool CanBeTried { get; init; }

    public required int Open { get; init; }

    public required int Unknown { get; init; }

    public required WebhookTally Webhooks { get; init; }
}

/// <summary>Events of a service. Those turned away are only counted, for all nodes together; the others are rows.</summary>
public sealed record WebhookTally(
    DateTimeOffset? Last, int Accepted, int Ignored, int Waiting, int Dead, IReadOnlyList<(WebhookAnswer Answer, string Why, long Count)> TurnedAway);

/// <summary>An event that was tried too often.</summary>
public sealed record DeadEvent(long Id, string Provider, string Type, string EventId, DateTimeOffset ReceivedAt, int Attempts);

/// <summary>The payment services of the site: how they stand, a test of their connection, and events that need a second chance.</summary>
public sealed class PaymentDesk(
    Writes writes, PaymentProviders providers, PaymentGateway gateway, ProviderCircuit circuit, ProviderStands stands, WebhookCounts counts, Settlement settlement, RuleBook rules,
    TimeProvider clock)
{
    private const int MostDead = 100;

    public async Task<IReadOnlyList<ServiceView>> ListAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var attempts = await db.PaymentAttempts.Where(a => AttemptStates.Open.Contains(a.State)).GroupBy(a => a.Provider)
            .Select(g => new { g.Key, Open = g.Count(), Unknown = g.Count(a => a.State == AttemptState.Unknown) }).ToDictionaryAsync(g => g.Key, cancellationToken);
        var events = await db.WebhookInbox.GroupBy(e => e.Provider)
            .Select(g => new
            {
                g.Key,
                Last = g.Max(e => (DateTimeOffset?)e.ReceivedAt),
                Accepted = g.Count(e => e.Subject != null),
                Ignored = g.Count(e => e.Subject == null),
                Open = g.Count(e => e.ProcessedAt == null),
            })
            .ToDictionaryAsync(g => g.Key, cancellationToken);
        var dead = await db.WebhookInbox.Where(e => e.Dead).GroupBy(e => e.Provider).Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var asked = await db.ProviderStands.AsNoTracking().ToDictionaryAsync(s => s.Provider, cancellationToken);
        var refused = await db.WebhookRefusals.AsNoTracking().Select(r => new { r.Provider, r.Answer, r.Why, r.Count }).ToListAsync(cancellationToken);
        var turnedAway = refused.Select(r => (r.Provider, r.Answer, r.Why, r.Count)).Concat(counts.Waiting)
            .GroupBy(r => (r.Provider, r.Answer, r.Why)).Select(g => (g.Key.Provider, g.Key.Answer, g.Key.Why, Count: g.Sum(r => r.Count)))
            .OrderBy(r => r.Answer).ThenBy(r => r.Why, StringComparer.Ordinal).ToLookup(r => r.Provider, r => (r.Answer, r.Why, r.Count));
        var offered = providers.Offered.Select(p => p.Id).ToHashSet();
        return
        [
            .. providers.All.Select(p =>
            {
                var id = p.Id.Value;
                var (its, buried) = (events.GetValueOrDefault(id), dead.GetValueOrDefault(id));
                return new ServiceView
                {
                    Provider = id,
                    Name = p.Capabilities.DisplayName,
                    Live = p.Capabilities.Live,
                    Retired = !offered.Contains(p.Id),
                    Hidden = terms.Of(id) is { Offered: false },
                    Paused = circuit.Of(p.Id),
                    Health = asked.GetValueOrDefault(id) is { } stand ? (stand.AskedAt, stand.HealthyAt, stand.Trouble) : default,
                    ByHand = p is ITakesByHand,
                    ReportsHealth = p is IReportsHealth,
                    SendsWebhooks = p is IReceivesWebhooks,
                    CanBeTried = TestPurchases.CanTry(p) && offered.Contains(p.Id),
                    Open = attempts.GetValueOrDefault(id)?.Open ?? 0,
                    Unknown = attempts.GetValueOrDefault(id)?.Unknown ?? 0,
                    Webhooks = new WebhookTally(its?.Last, its?.Accepted ?? 0, its?.Ignored ?? 0, (its?.Open ?? 0) - buried, buried, [.. turnedAway[id]]),
                };
            }),
        ];
    }

    /// <summary>Asks a service whether it would take a payment now. Null: there is no such service, or it has nothing to ask.</summary>
    public async Task<ProviderHealth?> TestAsync(string provider, CancellationToken cancellationToken)
    {
        var health = await gateway.CheckAsync(new ProviderId(provider), cancellationToken);
        if (health is not null)
        {
            await stands.RecordAsync(new ProviderId(provider), health, cancellationToken);
        }

        await settlement.TakeBackAsync(new ProviderId(provider));
        return health;
    }

    public async Task<IReadOnlyList<DeadEvent>> DeadAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await db.WebhookInbox.Where(e => e.Dead).OrderBy(e => e.Id).Take(MostDead)
            .Select(e => new DeadEvent(e.Id, e.Provider, e.Type, e.EventId, e.ReceivedAt, e.Attempts)).ToListAsync(cancellationToken);

    /// <summary>Gives a dead event all its tries again. False: it is not dead, or not there.</summary>
    public async Task<bool> RetryAsync(long eventId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            (unit, token) => unit.Db.WebhookInbox.Where(e => e.Id == eventId && e.Dead && e.ProcessedAt == null).ExecuteUpdateAsync(
                set => set.SetProperty(e => e.Dead, false).SetProperty(e => e.Attempts, 0).SetProperty(e => e.DueAt, now), token),
            cancellationToken) == 1;
    }
}

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Tells other nodes what this one has learnt about payment services, and hears what they have: pauses, and webhooks that were turned away. Every node does so every few
/// seconds. It reads a few rows, and writes only where there is something to tell: never for a call that went well, and for a thousand forged webhooks as little as for one.
/// </summary>
public sealed class ProviderStands(Writes writes, PaymentProviders providers, ProviderCircuit circuit, WebhookCounts counts, TimeProvider clock)
{
    /// <summary>How often a node tells and hears.</summary>
    public static readonly TimeSpan Often = TimeSpan.FromSeconds(5);

    /// <summary>Tells and hears. Returns how many rows it wrote.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var news = providers.All.Select(p => (p.Id, Own: circuit.OwnOf(p.Id), Answered: circuit.AnsweredAt(p.Id))).Where(n => n.Own is not null || n.Answered is not null).ToList();
        var known = await writes.ReadAsync((db, token) => db.ProviderStands.AsNoTracking().ToListAsync(token), cancellationToken);
        news.RemoveAll(n => known.Find(k => k.Provider == n.Id.Value) is { } row && !IsNews(row, n.Own, n.Answered));
        var written = 0;
        if (news.Count > 0)
        {
            written = await writes.RunAsync((unit, token) => TellAsync(unit.Db, news, token), cancellationToken);
            known = await writes.ReadAsync((db, token) => db.ProviderStands.AsNoTracking().ToListAsync(token), cancellationToken);
        }

        circuit.Hear([.. known.Select(Heard)]);
        return written + await CountAsync(cancellationToken);
    }

    /// <summary>Writes down how a service answered when it was asked.</summary>
    public Task RecordAsync(ProviderId provider, ProviderHealth health, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var now = clock.GetUtcNow();
            await EnsureAsync(unit.Db, provider, token);
            var trouble = health.CanStart ? null : health.Detail is { Length: > MostTrouble } words ? words[..MostTrouble] : health.Detail;
            await unit.Db.ProviderStands.Where(s => s.Provider == provider.Value).ExecuteUpdateAsync(
                set => set.SetProperty(s => s.AskedAt, now).SetProperty(s => s.Trouble, trouble).SetProperty(s => s.HealthyAt, s => health.CanStart ? now : s.HealthyAt), token);
        },
        cancellationToken);

    internal const int MostTrouble = 200;

    private static bool IsNews(ProviderStand row, ProviderPause? own, DateTimeOffset? answered) =>
        (own is not null && !(own.Until <= row.PausedUntil) && !(own.At <= row.AnsweredAt)) || (answered is not null && !(answered <= row.AnsweredAt));

    private static HeardStand Heard(ProviderStand row) => new(
        new ProviderId(row.Provider), row is { PausedSince: { } since, PausedUntil: { } until, Fault: { } fault } ? new ProviderPause(since, until, fault) : null, row.AnsweredAt);

    private static async Task<int> TellAsync(
        ShopDbContext db, List<(ProviderId Id, ProviderPause? Own, DateTimeOffset? Answered)> news, CancellationToken cancellationToken)
    {
        foreach (var (id, own, answered) in news)
        {
            await EnsureAsync(db, id, cancellationToken);
            var row = db.ProviderStands.Where(s => s.Provider == id.Value);
            if (own is not null)
            {
                await row.Where(s => s.PausedUntil == null || s.PausedUntil < own.Until).ExecuteUpdateAsync(
                    set => set.SetProperty(s => s.PausedSince, own.Since).SetProperty(s => s.PausedUntil, own.Until).SetProperty(s => s.Fault, own.Fault), cancellationToken);
            }

            if (answered is not null)
            {
                await row.Where(s => s.AnsweredAt == null || s.AnsweredAt < answered).ExecuteUpdateAsync(set => set.SetProperty(s => s.AnsweredAt, answered), cancellationToken);
            }
        }

        return news.Count;
    }

    private static Task EnsureAsync(ShopDbContext db, ProviderId provider, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"INSERT INTO provider_stands (provider) VALUES ({provider.Value}) ON CONFLICT DO NOTHING", cancellationToken);

    /// <summary>Adds what this node turned away since it last did. What a node that is killed had not added is lost; a count is all it was.</summary>
    private async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        var taken = counts.Take();
        if (taken.Count == 0)
        {
            return 0;
        }

        try
        {
            return await writes.RunAsync((unit, token) => AddAsync(unit.Db, taken, clock.GetUtcNow(), token), cancellationToken);
        }
        catch
        {
            counts.PutBack(taken);
            throw;
        }
    }

    private static async Task<int> AddAsync(
        ShopDbContext db, IReadOnlyList<(string Provider, WebhookAnswer Answer, string Why, long Count)> taken, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = now.ToUnixTimeMilliseconds();
        foreach (var service in taken.GroupBy(t => t.Provider))
        {
            var known = await db.WebhookRefusals.Where(r => r.Provider == service.Key).Select(r => r.Why).ToListAsync(cancellationToken);
            foreach (var (provider, answer, why, count) in service)
            {
                // reasons of a service are few; should a plug-in make them up from what it was sent, they are counted together
                var word = known.Contains(why) || known.Count < WebhookCounts.MostReasons ? why : WebhookCounts.Others;
                known.Add(word);
                await db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO webhook_refusals (provider, answer, why, count, last_at) VALUES ({provider}, {Words.Of(answer)}, {word}, {count}, {at})
                    ON CONFLICT (provider, answer, why) DO UPDATE SET count = webhook_refusals.count + {count}, last_at = {at}
                    """,
                    cancellationToken);
            }
        }

        return taken.Count;
    }
}

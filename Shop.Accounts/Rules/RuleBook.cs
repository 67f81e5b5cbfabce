using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>What became of a wish to publish rules.</summary>
public abstract record PublishResult
{
    private PublishResult() { }

    public sealed record Published(long Revision) : PublishResult;

    /// <summary>Nothing was changed; every problem with its place and in words.</summary>
    public sealed record Refused(IReadOnlyList<RuleProblem> Found) : PublishResult
    {
        /// <summary>The same in words alone.</summary>
        public IReadOnlyList<string> Problems => [.. Found.Select(problem => problem.Text)];
    }

    /// <summary>Nothing was changed: another revision was made meanwhile from the one this was made from.</summary>
    public sealed record Superseded(long Last) : PublishResult;

    /// <summary>Nothing was changed: the last revision takes effect only then, and this one would hold before it.</summary>
    public sealed record TooEarly(long Last, DateTimeOffset LastEffectiveAt) : PublishResult;
}

/// <summary>What is to be published, and from which revision it was made.</summary>
public sealed record Publication
{
    public required long BasedOn { get; init; }

    /// <summary>The sections that change, as JSON by name; the others stay as they are in <see cref="BasedOn"/>.</summary>
    public required IReadOnlyDictionary<string, JsonObject> Sections { get; init; }

    public required long? AuthorId { get; init; }

    public long? ApprovedBy { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset EffectiveAt { get; init; }

    public long? RestoresRevision { get; init; }
}

/// <summary>
/// The typed, versioned rules of a site. A revision never changes once it stands, so its sections are kept in memory; which revision holds now is asked
/// of the database each time, by one compiled query, so a publication is seen by every node at once and a scheduled one at its time.
/// Revisions are one chain: each is made from the last, and none holds before the one it was made from.
/// </summary>
public sealed class RuleBook(
    IEnumerable<RuleSection> sections, TimeProvider clock, IEnumerable<RuleSetCheck>? checks = null, IEnumerable<RuleSuccession>? successions = null)
{
    private static readonly PerModel<Func<AccountsDbContext, DateTimeOffset, CancellationToken, Task<long?>>> InForce = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, DateTimeOffset now, CancellationToken _) =>
            db.RuleRevisions.Where(r => r.EffectiveAt <= now && r.WithdrawnAt == null)
                .OrderByDescending(r => r.Id).Select(r => (long?)r.Id).FirstOrDefault()));

    private readonly IReadOnlyList<RuleSection> all = [.. sections];
    private readonly Dictionary<Type, RuleSection> byType = sections.ToDictionary(s => s.Type);
    private readonly IReadOnlyList<RuleSetCheck> checks = [.. checks ?? []];
    private readonly IReadOnlyList<RuleSuccession> successions = [.. successions ?? []];
    private readonly ConcurrentDictionary<long, IReadOnlyDictionary<Type, object>> known = new();

    /// <summary>Every section of this site, in the order in which the projects registered them.</summary>
    public IReadOnlyList<RuleSection> Sections => all;

    public RuleSection? Find(string name) => all.FirstOrDefault(section => section.Name == name);

    /// <summary>The revision in force now.</summary>
    public async Task<long> CurrentAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var revision = await InForce.For(db)(db, now, cancellationToken);
        return revision ?? throw new InvalidOperationException("The rule book has no revision yet: the database was not set up.");
    }

    /// <summary>A section as it was in a revision; a revision from before the section existed has the section's first value.</summary>
    public async Task<T> GetAsync<T>(AccountsDbContext db, long revision, CancellationToken cancellationToken) where T : class =>
        known.TryGetValue(revision, out var values) ? (T)values[typeof(T)] : (await OfAsync(db, revision, cancellationToken)).Get<T>();

    /// <summary>Every section of a revision. One query for the first who asks on this node, then none.</summary>
    public async Task<RuleSet> OfAsync(AccountsDbContext db, long revision, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(revision, out var values))
        {
            var stored = await StoredAsync(db, revision, cancellationToken);
            values = known.GetOrAdd(revision, byType.ToDictionary(
                pair => pair.Key, pair => stored.TryGetValue(pair.Value.Name, out var json) ? pair.Value.Parse(json) : pair.Value.First));
        }

        return new RuleSet(values);
    }

    /// <summary>Every section of a revision as JSON, by name, with the first value of what the revision does not have yet.</summary>
    public async Task<IReadOnlyDictionary<string, JsonObject>> JsonAsync(AccountsDbContext db, long revision, CancellationToken cancellationToken)
    {
        var stored = await StoredAsync(db, revision, cancellationToken);

        // read and written once, so that members added to a record since then stand there with their defaults
        return all.ToDictionary(s => s.Name, s => (JsonObject)JsonNode.Parse(s.Write(stored.TryGetValue(s.Name, out var json) ? s.Parse(json) : s.First))!);
    }

    /// <summary>The last revision that was not withdrawn: the one that the next is made from. It may be one that is yet to take effect.</summary>
    public async Task<long> LastAsync(AccountsDbContext db, CancellationToken cancellationToken) =>
        await db.RuleRevisions.Where(r => r.WithdrawnAt == null).MaxAsync(r => r.Id, cancellationToken);

    /// <summary>
    /// What sections would be as rules: typed, unless one cannot be read, and everything that is wrong with them, alone and together.
    /// </summary>
    public (RuleSet? Rules, IReadOnlyList<RuleProblem> Problems) Read(IReadOnlyDictionary<string, JsonObject> json)
    {
        var values = new Dictionary<Type, object>();
        var problems = new List<RuleProblem>();
        foreach (var section in all)
        {
            if (!json.TryGetValue(section.Name, out var given))
            {
                values[section.Type] = section.First;
                continue;
            }

            var (value, found) = section.Read(given);
            problems.AddRange(found);
            if (value is not null)
            {
                values[section.Type] = value;
            }
        }

        problems.AddRange(json.Keys.Where(name => Find(name) is null).Select(name => new RuleProblem(name, RuleTexts.Get("NoSection", name))));
        if (values.Count < all.Count)
        {
            return (null, problems);
        }

        var rules = new RuleSet(values);

        // what goes together is judged only where each part is sound: otherwise the same mistake is told twice
        return (rules, problems.Count > 0 ? problems : Together(rules));
    }

    /// <summary>Everything that is wrong with sections as the next revision after another, from a time on: by themselves, and as its successor.</summary>
    public IReadOnlyList<RuleProblem> Following(IReadOnlyDictionary<string, JsonObject> was, IReadOnlyDictionary<string, JsonObject> json, DateTimeOffset effectiveAt)
    {
        var (rules, problems) = Read(json);
        return problems.Count > 0 || Read(was).Rules is not { } before ? problems : Broken(before, rules!, effectiveAt);
    }

    /// <summary>What is wrong with one section given as JSON, by itself.</summary>
    public IReadOnlyList<RuleProblem> Check(RuleSection section, JsonObject json) => section.Read(json).Problems;

    /// <summary>A sound section as this program writes it, so that only real differences are left.</summary>
    public JsonObject Tidy(RuleSection section, JsonObject json) => section.Tidy(json);

    /// <summary>Makes revision 1 of every section's first value; a database that has one is left alone.</summary>
    public async Task EnsureFirstRevisionAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        if (await db.RuleRevisions.AnyAsync(cancellationToken))
        {
            return;
        }

        var first = all.ToDictionary(s => s.Name, s => s.FirstJson);
        if (Read(first).Problems is { Count: > 0 } problems)
        {
            throw new InvalidOperationException("The first rules are not sound: " + string.Join(" ", problems));
        }

        var now = clock.GetUtcNow();
        db.RuleRevisions.Add(new RuleRevision
        {
            Id = 1, CreatedAt = now, EffectiveAt = now, Reason = RuleTexts.Get("FirstReason"), Sections = Rows(1, first),
        });
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// Publishes the next revision, once: of two that were made from the same one, the second is told. Nothing is written unless the result is
    /// <see cref="PublishResult.Published"/>. It belongs into a transaction of the caller.
    /// </summary>
    public async Task<PublishResult> PublishAsync(AccountsDbContext db, Publication wish, CancellationToken cancellationToken)
    {
        var last = await db.RuleRevisions.AsNoTracking().Where(r => r.WithdrawnAt == null).OrderByDescending(r => r.Id).FirstAsync(cancellationToken);
        if (last.Id != wish.BasedOn)
        {
            return new PublishResult.Superseded(last.Id);
        }

        if (wish.EffectiveAt < last.EffectiveAt)
        {
            return new PublishResult.TooEarly(last.Id, last.EffectiveAt);
        }

        var was = await JsonAsync(db, last.Id, cancellationToken);
        var json = new Dictionary<string, JsonObject>(was);
        foreach (var (name, section) in wish.Sections)
        {
            json[name] = section;
        }

        if (Following(was, json, wish.EffectiveAt) is { Count: > 0 } problems)
        {
            return new PublishResult.Refused(problems);
        }

        var next = await db.RuleRevisions.MaxAsync(r => r.Id, cancellationToken) + 1;
        var mine = await db.RuleRevisions.Where(r => r.Id == last.Id && r.NextId == null && r.WithdrawnAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.NextId, next), cancellationToken);
        if (mine == 0)
        {
            return new PublishResult.Superseded(await LastAsync(db, cancellationToken));
        }

        db.RuleRevisions.Add(new RuleRevision
        {
            Id = next,
            CreatedAt = clock.GetUtcNow(),
            EffectiveAt = wish.EffectiveAt,
            AuthorId = wish.AuthorId,
            ApprovedBy = wish.ApprovedBy,
            Reason = wish.Reason,
            BasedOn = last.Id,
            RestoresRevision = wish.RestoresRevision,
            Sections = Rows(next, json),
        });
        await db.SaveChangesAsync(cancellationToken);
        return new PublishResult.Published(next);
    }

    /// <summary>Publishes sections given as their records, made from the last revision.</summary>
    public async Task<PublishResult> PublishAsync(
        AccountsDbContext db, IReadOnlyCollection<object> changed, long? authorId, string reason, DateTimeOffset effectiveAt, CancellationToken cancellationToken)
    {
        var wish = new Publication
        {
            BasedOn = await LastAsync(db, cancellationToken),
            Sections = changed.Select(value => (Section: byType[value.GetType()], Value: value))
                .ToDictionary(pair => pair.Section.Name, pair => (JsonObject)JsonNode.Parse(pair.Section.Write(pair.Value))!),
            AuthorId = authorId,
            Reason = reason,
            EffectiveAt = effectiveAt,
        };
        return await PublishAsync(db, wish, cancellationToken);
    }

    /// <summary>
    /// Takes a revision back that does not hold yet and that no other was made from. False: it holds, or another was made from it, or it was taken
    /// back before; nothing changed. It belongs into a transaction of the caller.
    /// </summary>
    public async Task<bool> WithdrawAsync(AccountsDbContext db, long revision, long by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var taken = await db.RuleRevisions
            .Where(r => r.Id == revision && r.EffectiveAt > now && r.NextId == null && r.WithdrawnAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.WithdrawnAt, now).SetProperty(r => r.WithdrawnBy, by), cancellationToken);
        if (taken == 0)
        {
            return false;
        }

        await db.RuleRevisions.Where(r => r.NextId == revision).ExecuteUpdateAsync(set => set.SetProperty(r => r.NextId, (long?)null), cancellationToken);
        return true;
    }

    /// <summary>What is wrong with the rules in force and with those that are to come: checked at each start.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        var current = await CurrentAsync(db, cancellationToken);
        var standing = await db.RuleRevisions.AsNoTracking().Where(r => r.Id >= current && r.WithdrawnAt == null).OrderBy(r => r.Id)
            .Select(r => new { r.Id, r.BasedOn, r.EffectiveAt }).ToListAsync(cancellationToken);
        var ids = standing.SelectMany(r => new[] { r.Id, r.BasedOn ?? r.Id }).Distinct().ToList();
        var stored = (await db.RuleSections.AsNoTracking().Where(s => ids.Contains(s.RevisionId)).ToListAsync(cancellationToken)).ToLookup(s => s.RevisionId);
        var read = ids.ToDictionary(id => id, id => Read(stored[id].Where(s => Find(s.Name) is not null).ToDictionary(s => s.Name, s => (JsonObject)JsonNode.Parse(s.Json)!)));
        return
        [
            .. standing.SelectMany(r => read[r.Id].Problems.Concat(
                    r.BasedOn is { } before && read[before].Rules is { } was && read[r.Id].Rules is { } now ? Broken(was, now, r.EffectiveAt) : []))
                .Select(problem => problem.Text).Distinct(),
        ];
    }

    private IReadOnlyList<RuleProblem> Broken(RuleSet before, RuleSet after, DateTimeOffset effectiveAt) => [.. successions.SelectMany(s => s.Find(before, after, effectiveAt))];

    private IReadOnlyList<RuleProblem> Together(RuleSet rules) => [.. checks.SelectMany(check => check.Find(rules))];

    private static async Task<Dictionary<string, string>> StoredAsync(AccountsDbContext db, long revision, CancellationToken cancellationToken) =>
        await db.RuleSections.Where(s => s.RevisionId == revision).ToDictionaryAsync(s => s.Name, s => s.Json, cancellationToken);

    private static List<RuleSectionRow> Rows(long revision, IReadOnlyDictionary<string, JsonObject> json) =>
        [.. json.Select(pair => new RuleSectionRow { RevisionId = revision, Name = pair.Key, Json = pair.Value.ToJsonString() })];
}

using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>A section that a project registers: its name, its first value and what is wrong with a value, in words for the one who publishes it.</summary>
public abstract record RuleSection(string Name, Type Type)
{
    internal abstract object First { get; }

    internal abstract object Parse(string json);

    internal abstract string Write(object value);

    internal abstract IReadOnlyList<string> Problems(object value);
}

/// <inheritdoc cref="RuleSection"/>
public sealed record RuleSection<T>(string Name, T FirstValue, Func<T, IEnumerable<string>> Check) : RuleSection(Name, typeof(T)) where T : class
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    internal override object First => FirstValue;

    internal override object Parse(string json) =>
        JsonSerializer.Deserialize<T>(json, Json) ?? throw new FormatException($"The rule section '{Name}' is empty.");

    internal override string Write(object value) => JsonSerializer.Serialize((T)value, Json);

    internal override IReadOnlyList<string> Problems(object value) => [.. Check((T)value)];
}

/// <summary>What became of a wish to publish rules.</summary>
public abstract record PublishResult
{
    private PublishResult() { }

    public sealed record Published(long Revision) : PublishResult;

    /// <summary>Nothing was changed; every problem in words.</summary>
    public sealed record Refused(IReadOnlyList<string> Problems) : PublishResult;
}

/// <summary>
/// The typed, versioned rules of a site. A revision never changes once it stands, so sections are kept in memory per revision; which
/// revision holds now is asked of the database each time, so a publication is seen by every node at once.
/// </summary>
public sealed class RuleBook(IEnumerable<RuleSection> sections, TimeProvider clock)
{
    private static readonly PerModel<Func<AccountsDbContext, DateTimeOffset, CancellationToken, Task<long?>>> InForce = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, DateTimeOffset now, CancellationToken _) =>
            db.RuleRevisions.Where(r => r.EffectiveAt <= now).OrderByDescending(r => r.Id).Select(r => (long?)r.Id).FirstOrDefault()));

    private readonly Dictionary<Type, RuleSection> byType = sections.ToDictionary(s => s.Type);
    private readonly ConcurrentDictionary<(long Revision, Type Section), object> known = new();

    /// <summary>The revision in force now.</summary>
    public async Task<long> CurrentAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var revision = await InForce.For(db)(db, now, cancellationToken);
        return revision ?? throw new InvalidOperationException("The rule book has no revision yet: the database was not set up.");
    }

    /// <summary>A section as it was in a revision; a revision from before the section existed has the section's first value.</summary>
    public async Task<T> GetAsync<T>(AccountsDbContext db, long revision, CancellationToken cancellationToken) where T : class
    {
        if (known.TryGetValue((revision, typeof(T)), out var value))
        {
            return (T)value;
        }

        var section = byType[typeof(T)];
        var json = await db.RuleSections.Where(s => s.RevisionId == revision && s.Name == section.Name)
            .Select(s => s.Json).FirstOrDefaultAsync(cancellationToken);
        return (T)known.GetOrAdd((revision, typeof(T)), json is null ? section.First : section.Parse(json));
    }

    /// <summary>Makes revision 1 of every section's first value; a database that has one is left alone.</summary>
    public async Task EnsureFirstRevisionAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        if (await db.RuleRevisions.AnyAsync(cancellationToken))
        {
            return;
        }

        var problems = byType.Values.SelectMany(s => s.Problems(s.First)).ToList();
        if (problems.Count > 0)
        {
            throw new InvalidOperationException("The first rules are not sound: " + string.Join(" ", problems));
        }

        var now = clock.GetUtcNow();
        db.RuleRevisions.Add(Revision(1, now, now, null, "The rules a new site starts with.", byType.Values.ToDictionary(s => s.Name, s => s.Write(s.First))));
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// Publishes a new revision: the sections given, the others as they are in force now. Two at the same moment: one gets the number,
    /// the other fails on the key and may be sent again.
    /// </summary>
    public async Task<PublishResult> PublishAsync(
        AccountsDbContext db, IReadOnlyCollection<object> changed, long? authorId, string reason, DateTimeOffset effectiveAt, CancellationToken cancellationToken)
    {
        var problems = changed.SelectMany(value => byType[value.GetType()].Problems(value)).ToList();
        if (problems.Count > 0)
        {
            return new PublishResult.Refused(problems);
        }

        var last = await db.RuleRevisions.MaxAsync(r => r.Id, cancellationToken);
        var json = await db.RuleSections.Where(s => s.RevisionId == last).ToDictionaryAsync(s => s.Name, s => s.Json, cancellationToken);
        foreach (var value in changed)
        {
            var section = byType[value.GetType()];
            json[section.Name] = section.Write(value);
        }

        db.RuleRevisions.Add(Revision(last + 1, clock.GetUtcNow(), effectiveAt, authorId, reason, json));
        await db.SaveChangesAsync(cancellationToken);
        return new PublishResult.Published(last + 1);
    }

    /// <summary>The problems of every section of the revision in force: checked at each start.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(AccountsDbContext db, CancellationToken cancellationToken)
    {
        var revision = await CurrentAsync(db, cancellationToken);
        var stored = await db.RuleSections.AsNoTracking().Where(s => s.RevisionId == revision).ToDictionaryAsync(s => s.Name, s => s.Json, cancellationToken);
        return [.. byType.Values.Where(s => stored.ContainsKey(s.Name)).SelectMany(s => s.Problems(s.Parse(stored[s.Name])))];
    }

    private static RuleRevision Revision(
        long id, DateTimeOffset createdAt, DateTimeOffset effectiveAt, long? authorId, string reason, IReadOnlyDictionary<string, string> json) => new()
    {
        Id = id,
        CreatedAt = createdAt,
        EffectiveAt = effectiveAt,
        AuthorId = authorId,
        Reason = reason,
        Sections = [.. json.Select(pair => new RuleSectionRow { RevisionId = id, Name = pair.Key, Json = pair.Value })],
    };
}

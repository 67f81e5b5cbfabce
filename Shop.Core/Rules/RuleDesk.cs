using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What became of a wish to change, publish or take back rules. Unless it is <see cref="Saved"/>, <see cref="Proposed"/> or
/// <see cref="Published"/>, nothing was changed.</summary>
public abstract record DeskResult
{
    private DeskResult() { }

    public sealed record Saved(long Draft) : DeskResult;

    /// <summary>It waits for a second admin.</summary>
    public sealed record Proposed(long Draft) : DeskResult;

    public sealed record Published(long Revision, DateTimeOffset EffectiveAt) : DeskResult;

    /// <summary>Something is wrong with what was given, each with its place.</summary>
    public sealed record Refused(IReadOnlyList<RuleProblem> Problems) : DeskResult;

    /// <summary>Somebody changed the draft since it was read, or it is no longer in a state that allows this.</summary>
    public sealed record Changed : DeskResult;

    /// <summary>The draft was made from a revision that is no longer the last.</summary>
    public sealed record Superseded(RevisionView Last) : DeskResult;

    /// <summary>The last revision takes effect only later, and this one would come before it.</summary>
    public sealed record TooEarly(long Last, DateTimeOffset LastEffectiveAt) : DeskResult;

    /// <summary>Another admin than the one who proposed it has to publish it.</summary>
    public sealed record NeedsAnother : DeskResult;

    /// <summary>The draft says the same as the rules it was made from.</summary>
    public sealed record NoChange : DeskResult;

    /// <summary>There is no such draft or revision.</summary>
    public sealed record Unknown : DeskResult;
}

/// <summary>Where a revision stands.</summary>
public enum RevisionStanding { InForce, Scheduled, Past, Withdrawn }

/// <summary>A revision as the history shows it.</summary>
public sealed record RevisionView(
    long Id, DateTimeOffset CreatedAt, DateTimeOffset EffectiveAt, string? Author, string? ApprovedBy, string Reason, long? Restores, RevisionStanding Standing);

/// <summary>A draft with the rules it would make.</summary>
public sealed record DraftView
{
    public required long Id { get; init; }

    public required RuleDraftState State { get; init; }

    /// <summary>Goes back with every change of it.</summary>
    public required int Version { get; init; }

    public required long BasedOn { get; init; }

    /// <summary>The last revision; another than <see cref="BasedOn"/>: the draft has to be put on top of it first.</summary>
    public required long Last { get; init; }

    public long? Restores { get; init; }

    public required string Author { get; init; }

    public required string ChangedBy { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public long? ProposedById { get; init; }

    public string? ProposedBy { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Every section as the revision it was made from has it.</summary>
    public required IReadOnlyDictionary<string, JsonObject> Was { get; init; }

    /// <summary>Every section as it would be.</summary>
    public required IReadOnlyDictionary<string, JsonObject> Now { get; init; }

    public required IReadOnlyList<RuleChange> Changes { get; init; }

    /// <summary>What stands in the way of publishing.</summary>
    public required IReadOnlyList<RuleProblem> Problems { get; init; }
}

/// <summary>A draft in a list.</summary>
public sealed record DraftLine(long Id, RuleDraftState State, long BasedOn, string ChangedBy, DateTimeOffset ChangedAt, string? Reason);

/// <summary>
/// Where staff change the rules: draft, look at it, publish now or at a time, take back, go back. Every change names the version of the draft it was made
/// on, and is one transaction with a conditional update.
/// </summary>
public sealed class RuleDesk(Writes writes, RuleBook book, TimeProvider clock)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReason = 500;

    /// <summary>How far ahead a revision may be scheduled.</summary>
    public const int MostDaysAhead = 366;

    private const string Format = "shop-rules-1";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <summary>Starts a draft of the next revision from the last one. Returns its number.</summary>
    public async Task<long> BeginAsync(long admin, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) => await AddAsync(unit.Db, await book.LastAsync(unit.Db, token), new JsonObject(), null, null, admin, token), cancellationToken);

    /// <summary>The admin's newest open draft of the next revision, or a new one: pages that lead into a draft of one row go on with it.</summary>
    public async Task<(long Draft, int Version)> ContinueAsync(long admin, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                var last = await book.LastAsync(unit.Db, token);
                var open = await unit.Db.RuleDrafts.AsNoTracking()
                    .Where(d => d.AuthorId == admin && d.BasedOn == last && d.State == RuleDraftState.Open && d.RestoresRevision == null)
                    .OrderByDescending(d => d.Id).FirstOrDefaultAsync(token);
                return open is null ? (await AddAsync(unit.Db, last, new JsonObject(), null, null, admin, token), 0) : (open.Id, open.Version);
            },
            cancellationToken);

    /// <summary>Puts a section into a draft, whole. A value out of its bounds is refused; what goes wrong only together is told by the preview.</summary>
    public async Task<DeskResult> SaveAsync(long draft, int version, string section, JsonObject value, long admin, CancellationToken cancellationToken)
    {
        if (book.Find(section) is not { } known)
        {
            return new DeskResult.Unknown();
        }

        if (book.Check(known, value) is { Count: > 0 } problems)
        {
            return new DeskResult.Refused(problems);
        }

        return await ChangeAsync(
            draft,
            version,
            RuleDraftState.Open,
            async (db, found, token) =>
            {
                var was = (await book.JsonAsync(db, found.BasedOn, token))[section];
                var now = book.Tidy(known, value);
                var sections = Parsed(found.Sections);
                sections.Remove(section);
                if (!JsonNode.DeepEquals(was, now))
                {
                    sections[section] = now;
                }

                return await UpdateAsync(db, found, RuleDraftState.Open, sections, found.BasedOn, admin, token);
            },
            cancellationToken);
    }

    /// <summary>
    /// Publishes a draft, at once or at a time; where the rules in force ask for a second admin, it is proposed instead and waits for one.
    /// </summary>
    public async Task<DeskResult> PublishAsync(
        long draft, int version, string? reason, DateTimeOffset? at, long admin, CancellationToken cancellationToken)
    {
        var why = PlainText.Of(reason ?? "");
        var now = clock.GetUtcNow();
        var problems = new List<RuleProblem>();
        if (why.Length is 0 or > MaxReason)
        {
            problems.Add(new RuleProblem("reason", ShopRuleTexts.Get("ReasonMust", MaxReason)));
        }

        if (at is { } time && (time < now || time > now.AddDays(MostDaysAhead)))
        {
            problems.Add(new RuleProblem("at", ShopRuleTexts.Get("AtMust", MostDaysAhead)));
        }

        if (problems.Count > 0)
        {
            return new DeskResult.Refused(problems);
        }

        return await ChangeAsync(
            draft,
            version,
            RuleDraftState.Open,
            async (db, found, token) =>
            {
                if (!await NeedsSecondAsync(db, token))
                {
                    return await PublishAsync(db, found, why, at ?? now, admin, null, token);
                }

                return await ProposeAsync(db, found, why, at, admin, token);
            },
            cancellationToken);
    }

    /// <summary>A second admin publishes what another proposed, as it was proposed.</summary>
    public async Task<DeskResult> ApproveAsync(long draft, int version, long admin, CancellationToken cancellationToken) =>
        await ChangeAsync(
            draft,
            version,
            RuleDraftState.Proposed,
            async (db, found, token) =>
            {
                if (found.ProposedBy == admin && await NeedsSecondAsync(db, token))
                {
                    return new DeskResult.NeedsAnother();
                }

                var now = clock.GetUtcNow();
                return await PublishAsync(db, found, found.Reason!, found.EffectiveAt > now ? found.EffectiveAt.Value : now, found.ProposedBy!.Value, admin, token);
            },
            cancellationToken);

    /// <summary>A proposed draft can be changed again; it has to be proposed anew.</summary>
    public async Task<DeskResult> TakeBackAsync(long draft, int version, long admin, CancellationToken cancellationToken) =>
        await ChangeAsync(
            draft,
            version,
            RuleDraftState.Proposed,
            (db, found, token) => UpdateAsync(db, found, RuleDraftState.Open, Parsed(found.Sections), found.BasedOn, admin, token),
            cancellationToken);

    public async Task<DeskResult> DiscardAsync(long draft, int version, long admin, CancellationToken cancellationToken) =>
        await ChangeAsync(
            draft, version, null, (db, found, token) => UpdateAsync(db, found, RuleDraftState.Discarded, Parsed(found.Sections), found.BasedOn, admin, token), cancellationToken);

    /// <summary>Makes the draft a change of the last revision: what it changes stays changed, everything else is as published meanwhile.</summary>
    public async Task<DeskResult> RebaseAsync(long draft, int version, long admin, CancellationToken cancellationToken) =>
        await ChangeAsync(
            draft,
            version,
            RuleDraftState.Open,
            async (db, found, token) =>
            {
                var last = await book.LastAsync(db, token);
                var (was, meanwhile) = (await book.JsonAsync(db, found.BasedOn, token), await book.JsonAsync(db, last, token));
                var sections = new JsonObject();
                foreach (var (name, mine) in Parsed(found.Sections).Where(pair => book.Find(pair.Key) is not null))
                {
                    var merged = JsonNode.DeepEquals(was[name], meanwhile[name])
                        ? (JsonObject)mine!.DeepClone()
                        : RuleDiff.Apply(RuleDiff.Of(book.Find(name)!, was[name], (JsonObject)mine!), meanwhile[name]);
                    if (!JsonNode.DeepEquals(merged, meanwhile[name]))
                    {
                        sections[name] = merged;
                    }
                }

                return await UpdateAsync(db, found, RuleDraftState.Open, sections, last, admin, token);
            },
            cancellationToken);

    /// <summary>Starts a draft that brings back the rules of an older revision; it is looked at and published like any other.</summary>
    public async Task<DeskResult> RestoreAsync(long revision, long admin, CancellationToken cancellationToken) =>
        await writes.RunAsync<DeskResult>(
            async (unit, token) =>
            {
                if (!await unit.Db.RuleRevisions.AnyAsync(r => r.Id == revision, token))
                {
                    return new DeskResult.Unknown();
                }

                var last = await book.LastAsync(unit.Db, token);
                var sections = Different(await book.JsonAsync(unit.Db, last, token), await book.JsonAsync(unit.Db, revision, token));
                return sections.Count == 0
                    ? new DeskResult.NoChange()
                    : new DeskResult.Saved(await AddAsync(unit.Db, last, sections, revision, ShopRuleTexts.Get("RestoreReason", revision), admin, token));
            },
            cancellationToken);

    /// <summary>Takes a scheduled revision back before it takes effect.</summary>
    public async Task<bool> WithdrawAsync(long revision, long admin, CancellationToken cancellationToken) =>
        await writes.RunAsync((unit, token) => book.WithdrawAsync(unit.Db, revision, admin, token), cancellationToken);

    /// <summary>The rules of a revision as a file that a site can keep.</summary>
    public async Task<string?> ExportAsync(ShopDbContext db, long revision, CancellationToken cancellationToken)
    {
        if (!await db.RuleRevisions.AnyAsync(r => r.Id == revision, cancellationToken))
        {
            return null;
        }

        var file = new JsonObject { ["format"] = Format, ["revision"] = revision, ["sections"] = Joined(await book.JsonAsync(db, revision, cancellationToken)) };
        return file.ToJsonString(Readable) + "\n";
    }

    /// <summary>Makes a draft of a file: the sections in it that differ from the last revision. Sections that are not in it stay as they are.</summary>
    public async Task<DeskResult> ImportAsync(string file, long admin, CancellationToken cancellationToken)
    {
        if (Parse(file) is not { } given)
        {
            return new DeskResult.Refused([new RuleProblem("file", ShopRuleTexts.Get("FileMust", Format))]);
        }

        return await writes.RunAsync<DeskResult>(
            async (unit, token) =>
            {
                var last = await book.LastAsync(unit.Db, token);
                var was = await book.JsonAsync(unit.Db, last, token);
                var now = new Dictionary<string, JsonObject>(was);
                foreach (var (name, section) in given)
                {
                    now[name] = section;
                }

                if (book.Read(now).Problems is { Count: > 0 } problems)
                {
                    return new DeskResult.Refused(problems);
                }

                // written as the records write it: the order of the keys in the file is no change
                var sections = Different(was, now.ToDictionary(pair => pair.Key, pair => book.Tidy(book.Find(pair.Key)!, pair.Value)));
                return sections.Count == 0 ? new DeskResult.NoChange() : new DeskResult.Saved(await AddAsync(unit.Db, last, sections, null, null, admin, token));
            },
            cancellationToken);
    }

    /// <summary>The draft with everything it would change; null: there is none.</summary>
    public async Task<DraftView?> FindAsync(ShopDbContext db, long draft, CancellationToken cancellationToken)
    {
        if (await db.RuleDrafts.AsNoTracking().FirstOrDefaultAsync(d => d.Id == draft, cancellationToken) is not { } found)
        {
            return null;
        }

        var was = await book.JsonAsync(db, found.BasedOn, cancellationToken);
        var now = Over(was, Parsed(found.Sections));
        var names = await NamesAsync(db, [found.AuthorId, found.ChangedBy, found.ProposedBy], cancellationToken);
        return new DraftView
        {
            Id = found.Id,
            State = found.State,
            Version = found.Version,
            BasedOn = found.BasedOn,
            Last = await book.LastAsync(db, cancellationToken),
            Restores = found.RestoresRevision,
            Author = names[found.AuthorId],
            ChangedBy = names[found.ChangedBy],
            ChangedAt = found.ChangedAt,
            ProposedById = found.ProposedBy,
            ProposedBy = found.ProposedBy is { } proposer ? names[proposer] : null,
            Reason = found.Reason,
            EffectiveAt = found.EffectiveAt,
            Was = was,
            Now = now,
            Changes = [.. book.Sections.Where(s => !JsonNode.DeepEquals(was[s.Name], now[s.Name])).SelectMany(s => RuleDiff.Of(s, was[s.Name], now[s.Name]))],
            Problems = book.Read(now).Problems,
        };
    }

    /// <summary>The rules in force, and whether a second admin has to publish.</summary>
    public async Task<(long Revision, IReadOnlyDictionary<string, JsonObject> Sections, bool SecondAdmin)> InForceAsync(
        ShopDbContext db, CancellationToken cancellationToken)
    {
        var revision = await book.CurrentAsync(db, cancellationToken);
        return (revision, await book.JsonAsync(db, revision, cancellationToken), await NeedsSecondAsync(db, cancellationToken));
    }

    /// <summary>Every section there is, in the order of the pages.</summary>
    public IReadOnlyList<RuleSection> Sections => book.Sections;

    /// <summary>Drafts that are open or wait for a second admin, newest first.</summary>
    public async Task<IReadOnlyList<DraftLine>> DraftsAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var rows = await db.RuleDrafts.AsNoTracking().Where(d => d.State == RuleDraftState.Open || d.State == RuleDraftState.Proposed)
            .OrderByDescending(d => d.ChangedAt).Take(100)
            .Select(d => new { d.Id, d.State, d.BasedOn, d.ChangedBy, d.ChangedAt, d.Reason }).ToListAsync(cancellationToken);
        var names = await NamesAsync(db, rows.Select(d => (long?)d.ChangedBy), cancellationToken);
        return [.. rows.Select(d => new DraftLine(d.Id, d.State, d.BasedOn, names[d.ChangedBy], d.ChangedAt, d.Reason))];
    }

    /// <summary>The revisions, newest first, a page of them.</summary>
    public async Task<IReadOnlyList<RevisionView>> HistoryAsync(ShopDbContext db, int skip, int take, CancellationToken cancellationToken)
    {
        var current = await book.CurrentAsync(db, cancellationToken);
        var rows = await db.RuleRevisions.AsNoTracking().OrderByDescending(r => r.Id).Skip(skip).Take(take).ToListAsync(cancellationToken);
        return await ViewsAsync(db, rows, current, cancellationToken);
    }

    private async Task<IReadOnlyList<RevisionView>> ViewsAsync(
        ShopDbContext db, IReadOnlyList<RuleRevision> rows, long current, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(db, rows.SelectMany(r => new[] { r.AuthorId, r.ApprovedBy }), cancellationToken);
        return
        [
            .. rows.Select(r => new RevisionView(
                r.Id, r.CreatedAt, r.EffectiveAt, r.AuthorId is { } author ? names[author] : null, r.ApprovedBy is { } second ? names[second] : null, r.Reason,
                r.RestoresRevision, Standing(r, current))),
        ];
    }

    private static RevisionStanding Standing(RuleRevision revision, long current) => revision switch
    {
        { WithdrawnAt: not null } => RevisionStanding.Withdrawn,
        _ when revision.Id == current => RevisionStanding.InForce,
        _ when revision.Id > current => RevisionStanding.Scheduled,
        _ => RevisionStanding.Past,
    };

    private static async Task<Dictionary<long, string>> NamesAsync(ShopDbContext db, IEnumerable<long?> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.OfType<long>().Distinct().ToList();
        var found = await db.Users.Where(m => wanted.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.UserName!, cancellationToken);
        return wanted.ToDictionary(id => id, id => found.GetValueOrDefault(id, "?"));
    }

    private async Task<bool> NeedsSecondAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        (await book.GetAsync<PublishingTerms>(db, await book.CurrentAsync(db, cancellationToken), cancellationToken)).SecondAdmin;

    /// <summary>
    /// One change of a draft in a state; null: whatever its table allows. Nothing of it stays unless the result says that something was changed.
    /// </summary>
    private async Task<DeskResult> ChangeAsync(
        long draft, int version, RuleDraftState? state, Func<ShopDbContext, RuleDraft, CancellationToken, Task<DeskResult>> change, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                var found = await unit.Db.RuleDrafts.AsNoTracking().FirstOrDefaultAsync(d => d.Id == draft, token);
                if (found is null)
                {
                    return new DeskResult.Unknown();
                }

                var isAsSeen = found.Version == version && (state is null || found.State == state);
                var result = isAsSeen ? await change(unit.Db, found, token) : new DeskResult.Changed();
                return result is DeskResult.Saved or DeskResult.Proposed or DeskResult.Published ? result : unit.RollBack(result);
            },
            cancellationToken);

    private async Task<DeskResult> UpdateAsync(
        ShopDbContext db, RuleDraft draft, RuleDraftState to, JsonObject sections, long basedOn, long admin, CancellationToken cancellationToken)
    {
        var from = to == draft.State ? [to] : RuleDraftStates.Table.Before(to);
        var (json, now) = (sections.ToJsonString(), clock.GetUtcNow());
        var changed = await db.RuleDrafts.Where(d => d.Id == draft.Id && d.Version == draft.Version && from.Contains(d.State)).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, to).SetProperty(d => d.Version, d => d.Version + 1).SetProperty(d => d.Sections, json)
                .SetProperty(d => d.BasedOn, basedOn).SetProperty(d => d.ChangedBy, admin).SetProperty(d => d.ChangedAt, now),
            cancellationToken);
        return changed == 0 ? new DeskResult.Changed() : new DeskResult.Saved(draft.Id);
    }

    private async Task<DeskResult> ProposeAsync(ShopDbContext db, RuleDraft draft, string reason, DateTimeOffset? at, long admin, CancellationToken cancellationToken)
    {
        var sections = Parsed(draft.Sections);
        if (sections.Count == 0)
        {
            return new DeskResult.NoChange();
        }

        var last = await book.LastAsync(db, cancellationToken);
        if (last != draft.BasedOn)
        {
            return new DeskResult.Superseded(await LastViewAsync(db, last, cancellationToken));
        }

        var now = clock.GetUtcNow();
        var was = await book.JsonAsync(db, last, cancellationToken);
        if (book.Following(was, Over(was, sections), at ?? now) is { Count: > 0 } problems)
        {
            return new DeskResult.Refused(problems);
        }

        var from = RuleDraftStates.Table.Before(RuleDraftState.Proposed);
        var changed = await db.RuleDrafts.Where(d => d.Id == draft.Id && d.Version == draft.Version && from.Contains(d.State)).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, RuleDraftState.Proposed).SetProperty(d => d.Version, d => d.Version + 1).SetProperty(d => d.Reason, reason)
                .SetProperty(d => d.EffectiveAt, at).SetProperty(d => d.ProposedBy, admin).SetProperty(d => d.ChangedBy, admin).SetProperty(d => d.ChangedAt, now),
            cancellationToken);
        return changed == 0 ? new DeskResult.Changed() : new DeskResult.Proposed(draft.Id);
    }

    private async Task<DeskResult> PublishAsync(
        ShopDbContext db, RuleDraft draft, string reason, DateTimeOffset at, long author, long? second, CancellationToken cancellationToken)
    {
        var sections = Parsed(draft.Sections);
        if (sections.Count == 0)
        {
            return new DeskResult.NoChange();
        }

        var wish = new Publication
        {
            BasedOn = draft.BasedOn,
            Sections = sections.ToDictionary(pair => pair.Key, pair => (JsonObject)pair.Value!),
            AuthorId = author,
            ApprovedBy = second,
            Reason = reason,
            EffectiveAt = at,
            RestoresRevision = draft.RestoresRevision,
        };
        switch (await book.PublishAsync(db, wish, cancellationToken))
        {
            case PublishResult.Refused refused:
                return new DeskResult.Refused(refused.Found);
            case PublishResult.Superseded { Last: var last }:
                return new DeskResult.Superseded(await LastViewAsync(db, last, cancellationToken));
            case PublishResult.TooEarly early:
                return new DeskResult.TooEarly(early.Last, early.LastEffectiveAt);
            case PublishResult.Published { Revision: var revision }:
                var from = RuleDraftStates.Table.Before(RuleDraftState.Published);
                var now = clock.GetUtcNow();
                var changed = await db.RuleDrafts.Where(d => d.Id == draft.Id && d.Version == draft.Version && from.Contains(d.State)).ExecuteUpdateAsync(
                    set => set.SetProperty(d => d.State, RuleDraftState.Published).SetProperty(d => d.RevisionId, revision).SetProperty(d => d.Reason, reason)
                        .SetProperty(d => d.Version, d => d.Version + 1).SetProperty(d => d.ChangedBy, second ?? author).SetProperty(d => d.ChangedAt, now),
                    cancellationToken);
                return changed == 0 ? new DeskResult.Changed() : new DeskResult.Published(revision, at);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<RevisionView> LastViewAsync(ShopDbContext db, long last, CancellationToken cancellationToken)
    {
        var row = await db.RuleRevisions.AsNoTracking().FirstAsync(r => r.Id == last, cancellationToken);
        return (await ViewsAsync(db, [row], await book.CurrentAsync(db, cancellationToken), cancellationToken)).Single();
    }

    private async Task<long> AddAsync(
        ShopDbContext db, long basedOn, JsonObject sections, long? restores, string? reason, long admin, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var draft = new RuleDraft
        {
            BasedOn = basedOn, Sections = sections.ToJsonString(), RestoresRevision = restores, Reason = reason,
            AuthorId = admin, CreatedAt = now, ChangedBy = admin, ChangedAt = now,
        };
        db.RuleDrafts.Add(draft);
        await db.SaveChangesAsync(cancellationToken);
        return draft.Id;
    }

    private static JsonObject Parsed(string sections) => (JsonObject)JsonNode.Parse(sections)!;

    private static JsonObject Joined(IReadOnlyDictionary<string, JsonObject> json) =>
        new(json.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.DeepClone())));

    private static Dictionary<string, JsonObject> Over(IReadOnlyDictionary<string, JsonObject> was, JsonObject sections)
    {
        var now = new Dictionary<string, JsonObject>(was);
        foreach (var (name, section) in sections)
        {
            now[name] = (JsonObject)section!.DeepClone();
        }

        return now;
    }

    private static JsonObject Different(IReadOnlyDictionary<string, JsonObject> was, IReadOnlyDictionary<string, JsonObject> now) =>
        Joined(now.Where(pair => !was.TryGetValue(pair.Key, out var before) || !JsonNode.DeepEquals(before, pair.Value)).ToDictionary());

    /// <summary>The sections of a file; null: it is none that this shop wrote.</summary>
    private static Dictionary<string, JsonObject>? Parse(string file)
    {
        try
        {
            return JsonNode.Parse(file) is JsonObject { } root && root["format"] is JsonValue format && format.TryGetValue<string>(out var name) && name == Format
                && root["sections"] is JsonObject sections && sections.All(pair => pair.Value is JsonObject)
                ? sections.ToDictionary(pair => pair.Key, pair => (JsonObject)pair.Value!.DeepClone())
                : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null; // no JSON, or a name twice in one object
        }
    }
}

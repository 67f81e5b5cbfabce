using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What an import did, or would have done.</summary>
/// <param name="Problems">What stands in the way, by line; then nothing was changed.</param>
/// <param name="Left">Members whose time was left as it is, because they have some already that did not come from a file.</param>
public sealed record ImportResult(IReadOnlyList<string> Problems, int Members, int Communities, int Times, int Points, IReadOnlyList<string> Left)
{
    /// <summary>Accounts whose activity is new or differs.</summary>
    public int Activities { get; init; }

    /// <summary>Names that came into somebody's circle.</summary>
    public int Circle { get; init; }

    /// <summary>Names in circles that nobody has, here or in the file: they were left out.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];
}

/// <summary>
/// Brings the members of a community that exists already: accounts, the time they have, points, and who maintains what. Time and points come as grants and
/// journals with keys of their own, so the same file twice changes nothing, and a run that was ended goes on where it was.
/// </summary>
public sealed class MemberImport(Writes writes, RuleBook rules, MembershipLedger memberships, Random random, TimeProvider clock)
{
    private const int Batch = 100;

    public async Task<ImportResult> RunAsync(string text, Func<string, bool> isName, bool dryRun, CancellationToken cancellationToken)
    {
        var terms = await writes.ReadAsync(
            async (db, token) => await rules.GetAsync<AccountTerms>(db, await rules.CurrentAsync(db, token), token), cancellationToken);
        var (lines, problems) = MemberFile.Read(text, terms, isName, clock.GetUtcNow());
        problems = problems.Count > 0 ? problems : await writes.ReadAsync((db, token) => TakenAsync(db, lines, token), cancellationToken);
        var done = new ImportResult(problems, 0, 0, 0, 0, []);
        foreach (var batch in problems.Count > 0 ? [] : lines.Chunk(Batch))
        {
            var more = await writes.RunAsync(
                async (unit, token) =>
                {
                    var result = await BringAsync(unit.Db, batch, token);
                    return dryRun ? unit.RollBack(result) : result;
                },
                cancellationToken);
            done = new ImportResult(
                [], done.Members + more.Members, done.Communities + more.Communities, done.Times + more.Times, done.Points + more.Points, [.. done.Left, .. more.Left])
            {
                Activities = done.Activities + more.Activities,
            };
        }

        // only now everybody is there
        var names = lines.Select(l => Normal(l.Name)).ToHashSet();
        foreach (var batch in problems.Count > 0 ? [] : lines.Where(l => l.Circle.Count > 0).Chunk(Batch))
        {
            var (added, unknown) = await writes.RunAsync(
                async (unit, token) =>
                {
                    var result = await CirclesAsync(unit.Db, batch, names, token);
                    return dryRun ? unit.RollBack(result) : result;
                },
                cancellationToken);
            done = done with { Circle = done.Circle + added, Unknown = [.. done.Unknown.Union(unknown)] };
        }

        return done;
    }

    /// <summary>Names of the file that belong to somebody else here, and addresses that another account has confirmed.</summary>
    private static async Task<IReadOnlyList<string>> TakenAsync(ShopDbContext db, IReadOnlyList<MemberLine> lines, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var batch in lines.Chunk(Batch))
        {
            var (names, addresses) = (batch.Select(l => Normal(l.Name)).ToList(), batch.Select(l => l.Email).OfType<string>().Select(Normal).ToList());
            var found = await db.Users.AsNoTracking().Where(m => names.Contains(m.NormalizedUserName!) || (m.EmailConfirmed && addresses.Contains(m.NormalizedEmail!)))
                .Select(m => new { m.NormalizedUserName, m.NormalizedEmail, m.Kind, m.EmailConfirmed }).ToListAsync(cancellationToken);
            foreach (var line in batch)
            {
                var email = line.Email is null ? null : Normal(line.Email);
                if (found.Find(m => m.NormalizedUserName == Normal(line.Name)) is { } there && (there.Kind != line.Kind || there.NormalizedEmail != email))
                {
                    problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {line.Line}: '{line.Name}' is somebody else here, with another e-mail address"));
                }
                else if (email is not null && found.Exists(m => m.EmailConfirmed && m.NormalizedEmail == email && m.NormalizedUserName != Normal(line.Name)))
                {
                    problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {line.Line}: '{line.Email}' belongs to another account here"));
                }
            }
        }

        return problems;
    }

    private async Task<ImportResult> BringAsync(ShopDbContext db, IReadOnlyList<MemberLine> lines, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var communities = lines.SelectMany(l => l.Maintains).Where(name => !lines.Any(l => Normal(l.Name) == Normal(name)))
            .Select(name => new MemberLine(0, name, null, null, null, 0, []));
        var (ids, members, made) = await MakeAsync(db, [.. lines, .. communities.DistinctBy(l => Normal(l.Name))], now, cancellationToken);
        var has = (await db.MembershipEvents.Where(e => ids.Values.Contains(e.AccountId)).Select(e => new { e.AccountId, e.SourceId }).ToListAsync(cancellationToken))
            .ToLookup(e => e.AccountId, e => e.SourceId);
        var end = (await rules.GetAsync<PointTerms>(db, revision, cancellationToken)).EndOf(now);
        var (times, points, activities, left) = (0, 0, 0, new List<string>());
        foreach (var line in lines)
        {
            var id = ids[Normal(line.Name)];
            var source = string.Create(CultureInfo.InvariantCulture, $"import:{id}");
            if (line.Class is not null && !has[id].Contains(source))
            {
                if (has[id].Any())
                {
                    left.Add(line.Name);
                }
                else
                {
                    await memberships.GrantAsync(db, Grant(line, id, source, now, revision), cancellationToken);
                    times++;
                }
            }

            if (line.Points > 0 && await PointsAccounts.GrantAsync(db, source, id, line.Points, "import", null, now, cancellationToken, end) is PostResult.Posted)
            {
                points++;
            }

            if (line.Activity is { } facts && await Activities.NoteAsync(db, id, facts, random.Next(), cancellationToken))
            {
                activities++;
            }

            foreach (var community in line.Maintains)
            {
                await Communities.NameAsync(db, community, line.Name, now, cancellationToken);
            }
        }

        return new ImportResult([], members, made, times, points, left) { Activities = activities };
    }

    /// <summary>Who is in whose circle. In a dry run the file's own members are not there yet; they count all the same.</summary>
    private async Task<(int Added, IReadOnlyList<string> Unknown)> CirclesAsync(
        ShopDbContext db, IReadOnlyList<MemberLine> lines, IReadOnlySet<string> file, CancellationToken cancellationToken)
    {
        var names = lines.SelectMany(l => l.Circle.Append(l.Name)).Select(Normal).Distinct().ToList();
        var ids = await db.Users.Where(m => names.Contains(m.NormalizedUserName!)).ToDictionaryAsync(m => m.NormalizedUserName!, m => m.Id, cancellationToken);
        var (added, now) = (0, clock.GetUtcNow());
        foreach (var (owner, other) in lines.SelectMany(l => l.Circle.Select(Normal).Distinct().Where(other => other != Normal(l.Name)).Select(other => (Normal(l.Name), other))))
        {
            if (ids.TryGetValue(owner, out var memberId) && ids.TryGetValue(other, out var otherId))
            {
                added += await Accounts.Circles.PutAsync(db, memberId, otherId, now, cancellationToken) ? 1 : 0;
            }
            else if (ids.ContainsKey(other) || file.Contains(other))
            {
                added++;
            }
        }

        return (added, [.. lines.SelectMany(l => l.Circle).Where(other => !ids.ContainsKey(Normal(other)) && !file.Contains(Normal(other))).Distinct()]);
    }

    /// <summary>The accounts of the lines, made where they are missing. Nobody has a password: whoever owns the address asks for one.</summary>
    private static async Task<(Dictionary<string, long> Ids, int Members, int Communities)> MakeAsync(
        ShopDbContext db, IReadOnlyList<MemberLine> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var names = lines.Select(l => Normal(l.Name)).ToList();
        var known = await db.Users.Where(m => names.Contains(m.NormalizedUserName!)).Select(m => m.NormalizedUserName!).ToListAsync(cancellationToken);
        var missing = lines.Where(l => !known.Contains(Normal(l.Name))).ToList();
        db.Users.AddRange(missing.Select(line => new Member
        {
            UserName = line.Name,
            NormalizedUserName = Normal(line.Name),
            Email = line.Email,
            NormalizedEmail = line.Email is null ? null : Normal(line.Email),
            Kind = line.Kind,
            CreatedAt = now,
            SecurityStamp = Convert.ToHexString(RandomNumberGenerator.GetBytes(20)),
        }));
        await db.SaveChangesAsync(cancellationToken);
        var ids = await db.Users.Where(m => names.Contains(m.NormalizedUserName!)).ToDictionaryAsync(m => m.NormalizedUserName!, m => m.Id, cancellationToken);
        return (ids, missing.Count(l => l.Kind == AccountKind.Personal), missing.Count(l => l.Kind == AccountKind.Community));
    }

    /// <summary>A grant that acted in the past and leads to exactly the end of the line, or one for good.</summary>
    private static GrantRequest Grant(MemberLine line, long id, string source, DateTimeOffset now, long revision)
    {
        if (line.Until is not { } until)
        {
            return new GrantRequest(id, source, MembershipEventKind.Staff, new TimeGrant(line.Class!, 0, 0) { To = line.Kind }, now, revision);
        }

        // months have different lengths: not every end is so many months after some day, but one to three days before it is
        var (months, days, at) = (from m in Enumerable.Range(1, 99) from d in Enumerable.Range(0, 4) select (Months: m, Days: d, At: until.AddDays(-d).AddMonths(-m)))
            .First(x => x.At <= now && x.At.AddMonths(x.Months).AddDays(x.Days) == until);
        return new GrantRequest(id, source, MembershipEventKind.Staff, new TimeGrant(line.Class!, months, days) { To = line.Kind }, at, revision);
    }

    private static string Normal(string name) => name.ToUpperInvariant();
}

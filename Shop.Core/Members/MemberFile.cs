using System.Globalization;
using System.Text;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A line of a file of members: a person, or a community where there is no address.</summary>
/// <param name="Line">Its number in the file.</param>
/// <param name="Name">The user name.</param>
/// <param name="Email">Null: a community.</param>
/// <param name="Class">The class of its time; null: it has none.</param>
/// <param name="Until">When the time runs out; null: without time, or a class for good.</param>
/// <param name="Points">Points to spend.</param>
/// <param name="Maintains">Communities that the member maintains.</param>
public sealed record MemberLine(int Line, string Name, string? Email, string? Class, DateTimeOffset? Until, long Points, IReadOnlyList<string> Maintains)
{
    /// <summary>What the account does on the site; null: the file has no such columns.</summary>
    public ActivityFacts? Activity { get; init; }

    /// <summary>Names in the member's circle.</summary>
    public IReadOnlyList<string> Circle { get; init; } = [];

    public AccountKind Kind => Email is null ? AccountKind.Community : AccountKind.Personal;
}

/// <summary>Reads a file of members: comma-separated, UTF-8, with a line of headings. What is wrong is said with the number of its line.</summary>
public static class MemberFile
{
    public const string Headings = "name,email,class,until,points,maintains";

    /// <summary>Columns that may follow, in any order.</summary>
    public static readonly IReadOnlyList<string> MoreHeadings =
        ["created", "last_post", "posts", "comments", "recent_posts", "recent_comments", "members", "circle"];

    private const int Always = 6;
    private const long MostPoints = 1_000_000_000;
    private const int MostMonths = 99;
    private static readonly DateTimeOffset Earliest = new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="text">The file.</param>
    /// <param name="terms">The classes there are.</param>
    /// <param name="isName">Whether a name can be a user name here.</param>
    /// <param name="now">From which no time runs for longer than 99 months.</param>
    public static (IReadOnlyList<MemberLine> Lines, IReadOnlyList<string> Problems) Read(string text, AccountTerms terms, Func<string, bool> isName, DateTimeOffset now)
    {
        var rows = Rows(text).ToList();
        var headings = rows.Count == 0 ? [] : rows[0].Cells.Select(cell => cell.Trim().ToLowerInvariant()).ToList();
        var more = headings.Skip(Always).ToList();
        if (string.Join(',', headings.Take(Always)) != Headings || more.Except(MoreHeadings).Any() || more.Distinct().Count() < more.Count)
        {
            return ([], [$"line 1: the headings must be {Headings}, and may go on with {string.Join(',', MoreHeadings)}, each once"]);
        }

        var (lines, problems) = (new List<MemberLine>(), new List<string>());
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (number, cells) in rows.Skip(1))
        {
            var before = problems.Count;
            void Wrong(string what) => problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {number}: {what}"));
            if (cells.Count != headings.Count)
            {
                Wrong($"{headings.Count} fields are needed, and there are {cells.Count}");
                continue;
            }

            var (name, email, accountClass) = (cells[0].Trim(), Empty(cells[1]), Empty(cells[2]));
            if (!isName(name))
            {
                Wrong($"'{name}' is no user name: 2 to 25 of a to z, digits and underline");
            }
            else if (!names.Add(name))
            {
                Wrong($"'{name}' stands here twice");
            }

            if (email is not null && !MailAddresses.IsUsable(email))
            {
                Wrong($"'{email}' is no e-mail address");
            }

            var until = Until(cells[3], out var isInstant);
            if (!isInstant)
            {
                Wrong($"until must be a day or an instant in UTC, as 2027-03-31 or 2027-03-31T18:00:00Z, and is '{cells[3]}'");
            }
            else if (until < Earliest || until > now.AddMonths(MostMonths))
            {
                Wrong($"until must be from {Earliest.Year} to {MostMonths} months from now, and is '{cells[3]}'");
            }
            else if (accountClass is null && until is not null)
            {
                Wrong("time needs a class");
            }
            else if (accountClass is not null && terms.Find(accountClass) is not { Rank: > 0 } and var found)
            {
                Wrong(found is null ? $"there is no class '{accountClass}'" : $"'{accountClass}' is what everybody has: leave the class empty");
            }
            else if (accountClass is not null && terms.Find(accountClass) is { Permanent: var permanent } && permanent != until is null)
            {
                Wrong(permanent ? $"'{accountClass}' never runs out: leave until empty" : $"'{accountClass}' needs an end");
            }

            if (!long.TryParse(Empty(cells[4]) ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var points) || points > MostPoints)
            {
                Wrong($"points must be a whole number from 0 to {MostPoints}, and are '{cells[4]}'");
            }

            var maintains = cells[5].Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (email is null && (points > 0 || maintains.Length > 0))
            {
                Wrong("a line without an e-mail address is a community, which has no points and maintains nothing");
            }

            if (maintains.FirstOrDefault(community => !isName(community)) is { } bad)
            {
                Wrong($"'{bad}' is no name of a community");
            }

            var activity = Activity(heading => more.IndexOf(heading) is >= 0 and var at ? cells[Always + at] : null, email is null, now, Wrong);
            var circle = (more.Contains("circle") ? cells[Always + more.IndexOf("circle")] : "")
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (email is null && circle.Length > 0)
            {
                Wrong("a community has no circle");
            }

            if (circle.FirstOrDefault(other => !isName(other)) is { } nobody)
            {
                Wrong($"'{nobody}' in the circle is no user name");
            }

            if (problems.Count == before)
            {
                lines.Add(new MemberLine(number, name, email, accountClass, until, points, maintains) { Activity = activity, Circle = circle });
            }
        }

        return (lines, problems);
    }

    /// <summary>The columns of activity; null: the file has none of them. Cells that are left empty count as 0, or never.</summary>
    private static ActivityFacts? Activity(Func<string, string?> cell, bool isCommunity, DateTimeOffset now, Action<string> wrong)
    {
        if (MoreHeadings.All(heading => heading == "circle" || cell(heading) is null))
        {
            return null;
        }

        DateTimeOffset? Past(string heading)
        {
            var text = cell(heading) ?? "";
            var at = Instant(text, day => Days.Begin(day), out var isInstant);
            if (!isInstant || at < Earliest || at > now)
            {
                wrong($"{heading} must be a day or an instant in UTC from {Earliest.Year} to now, and is '{text}'");
            }

            return at;
        }

        int Count(string heading)
        {
            var text = Empty(cell(heading) ?? "") ?? "0";
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > ActivityFacts.Most)
            {
                wrong($"{heading} must be a whole number from 0 to {ActivityFacts.Most}, and is '{text}'");
            }

            return number;
        }

        var facts = new ActivityFacts(
            Past("created"), Past("last_post"), Count("posts"), Count("comments"), Count("recent_posts"), Count("recent_comments"), Count("members"));
        if (!isCommunity && facts.Members > 0)
        {
            wrong("only a community has members");
        }

        return facts;
    }

    private static string? Empty(string cell) => string.IsNullOrWhiteSpace(cell) ? null : cell.Trim();

    /// <summary>A day ends when it is over.</summary>
    private static DateTimeOffset? Until(string cell, out bool isInstant) => Instant(cell, Days.End, out isInstant);

    private static DateTimeOffset? Instant(string cell, Func<DateOnly, DateTimeOffset> ofDay, out bool isInstant)
    {
        var text = cell.Trim();
        isInstant = true;
        if (text.Length == 0)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
        {
            return ofDay(day);
        }

        isInstant = DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant);
        return isInstant ? instant : null;
    }

    /// <summary>Rows with the number of the line they begin on; a field in quotes may hold commas, quotes written twice, and line breaks (RFC 4180).</summary>
    private static IEnumerable<(int Line, List<string> Cells)> Rows(string text)
    {
        var (cells, cell, quoted, line, begun) = (new List<string>(), new StringBuilder(), false, 1, 1);
        text = text.TrimStart('\ufeff').ReplaceLineEndings("\n");
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            line += c == '\n' ? 1 : 0;
            if (quoted && i < text.Length)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append(text[++i]);
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && cell.Length == 0)
            {
                quoted = true;
            }
            else if (c is ',' or '\n')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == '\n')
                {
                    if (cells.Count > 1 || cells[0].Trim().Length > 0)
                    {
                        yield return (begun, cells);
                    }

                    (cells, begun) = ([], line);
                }
            }
            else
            {
                cell.Append(c);
            }
        }
    }
}

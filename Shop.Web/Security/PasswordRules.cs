using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>What a password must be: long, and not what somebody guesses first. There are no rules about kinds of characters.</summary>
internal sealed partial class PasswordRules : IPasswordValidator<Member>
{
    public const int Least = 12;
    public const int LeastForStaff = 15;
    public const int Most = 128;

    /// <summary>So much must be left when everything is taken away that guessers try first.</summary>
    private const int LeastUnguessable = 6;

    private const int LeastRun = 3;

    private static readonly FrozenSet<string> Common = ReadCommon();

    private static readonly string[] SiteWords = ["dreamshop", "dream-shop", "dream shop"];

    /// <summary>Words that passwords are padded from, longest first.</summary>
    private static readonly string[] Bases =
    [
        .. new[]
        {
            "password", "passwort", "passwd", "passphrase", "geheim", "secret", "letmein", "welcome", "willkommen", "bienvenue", "login", "account",
            "admin", "administrator", "root", "guest", "user", "test", "changeme", "default", "temp", "iloveyou", "loveyou", "lovely", "love",
            "princess", "sunshine", "monkey", "dragon", "master", "shadow", "superman", "batman", "pokemon", "starwars", "football", "baseball",
            "basketball", "soccer", "hockey", "michael", "jordan", "jennifer", "charlie", "ashley", "daniel", "jessica", "freedom", "whatever",
            "trustno", "access", "hello", "computer", "internet", "samsung", "google", "facebook", "summer", "winter", "spring", "autumn",
            "flower", "cheese", "cookie", "chocolate", "butterfly", "member", "friend", "shop", "dream",
        }.OrderByDescending(w => w.Length),
    ];

    private static readonly string[] Rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm"];

    /// <summary>What is wrong with a password, as a key of the texts; null: nothing.</summary>
    public static string? Problem(string? password, bool isStaff, params IEnumerable<string?> personal)
    {
        if (password is null || password.Length < (isStaff ? LeastForStaff : Least))
        {
            return isStaff ? "Password.ShortForStaff" : "Password.Short";
        }

        if (password.Length > Most)
        {
            return "Password.Long";
        }

        var lower = password.ToLowerInvariant();
        if (Common.Contains(lower))
        {
            return "Password.Common";
        }

        var without = Remove(Once(lower), personal.OfType<string>().Select(p => p.ToLowerInvariant()).Where(p => p.Length >= LeastRun).Concat(SiteWords));
        without = Remove(Undressed(RemoveRuns(without)), Bases);
        return without.Count(char.IsLetterOrDigit) + (without.Count(c => !char.IsLetterOrDigit(c)) / 2) < LeastUnguessable ? "Password.Guessable" : null;
    }

    public async Task<IdentityResult> ValidateAsync(UserManager<Member> manager, Member user, string? password)
    {
        var isStaff = user.Id != 0 && (await manager.GetRolesAsync(user)).Count > 0;
        return Problem(password, isStaff, user.UserName, user.Email?.Split('@')[0]) is { } problem
            ? IdentityResult.Failed(new IdentityError { Code = problem, Description = problem })
            : IdentityResult.Success;
    }

    /// <summary>A block that is only repeated counts once.</summary>
    private static string Once(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            if (text.Length % length == 0 && Enumerable.Range(0, text.Length).All(i => text[i] == text[i % length]))
            {
                return text[..length];
            }
        }

        return text;
    }

    private static string Remove(string text, IEnumerable<string> words) =>
        words.Aggregate(text, (rest, word) => rest.Replace(word, "", StringComparison.Ordinal));

    /// <summary>Takes out steps of one along the alphabet, the digits or the keyboard, the same character again and again, and years.</summary>
    private static string RemoveRuns(string text)
    {
        var rest = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i + 1;
            while (end < text.Length && (end - i == 1 ? Follows(text[i], text[i + 1]) : SameStep(text, end)))
            {
                end++;
            }

            if (end - i < LeastRun)
            {
                end = i + 1;
                rest.Append(text[i]);
            }

            i = end;
        }

        return Years().Replace(rest.ToString(), "");
    }

    private static bool Follows(char a, char b) => a == b || Step(a, b) is 1 or -1;

    private static bool SameStep(string text, int at) =>
        text[at] == text[at - 1] ? text[at - 1] == text[at - 2] : Step(text[at - 1], text[at]) is var step and (1 or -1) && Step(text[at - 2], text[at - 1]) == step;

    private static int Step(char a, char b)
    {
        foreach (var row in Rows)
        {
            var from = row.IndexOf(a, StringComparison.Ordinal);
            if (from >= 0 && from + 1 < row.Length && row[from + 1] == b)
            {
                return 1;
            }

            if (from > 0 && row[from - 1] == b)
            {
                return -1;
            }
        }

        return a == '9' && b == '0' ? 1 : a == '0' && b == '9' ? -1 : 0;
    }

    /// <summary>The letters behind what people put in their place: p@$$w0rd is password.</summary>
    private static string Undressed(string text) => text
        .Replace('@', 'a').Replace('4', 'a').Replace('3', 'e').Replace('1', 'i').Replace('!', 'i').Replace('0', 'o').Replace('$', 's').Replace('5', 's');

    private static FrozenSet<string> ReadCommon()
    {
        using var stream = typeof(PasswordRules).Assembly.GetManifestResourceStream("common-passwords.txt")
            ?? throw new InvalidOperationException("common-passwords.txt is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith('#')).ToFrozenSet(StringComparer.Ordinal);
    }

    [GeneratedRegex("(19|20)[0-9]{2}")]
    private static partial Regex Years();
}

using System.Text.RegularExpressions;

namespace Shop.Web.Display;

/// <summary>The reader's time zone: the one the browser named in a cookie, UTC for a browser that has not.</summary>
internal static partial class ReaderZone
{
    public const string CookieName = "zone";

    public static TimeZoneInfo Of(HttpContext context) =>
        context.Request.Cookies.TryGetValue(CookieName, out var name)
        && ZoneName().IsMatch(name)
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? zone
            : TimeZoneInfo.Utc;

    // zone names are looked up as file names on some systems: nothing that could leave their folder
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+\-]{1,30}(/[A-Za-z0-9_+\-]{1,30}){0,2}$", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();
}

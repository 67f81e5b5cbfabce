using System.Globalization;

namespace Shop.Web.Display;

/// <summary>Writes instants for people, in a zone and a culture, and for machines, in UTC with milliseconds.</summary>
internal static class TimeText
{
    public static string Machine(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Date(DateTimeOffset at, TimeZoneInfo zone, CultureInfo culture) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString(DatePattern(culture), culture);

    /// <summary>A day that is a day and no instant: the same in every zone.</summary>
    public static string Day(DateOnly day, CultureInfo culture) => day.ToString(DatePattern(culture), culture);

    /// <summary>Day, hour and zone. "Until" is always written this way: on the last day only the hour says whether time is left.</summary>
    public static string Moment(DateTimeOffset at, TimeZoneInfo zone, CultureInfo culture)
    {
        var there = TimeZoneInfo.ConvertTime(at, zone);
        return $"{there.ToString(DatePattern(culture), culture)}, {there.ToString(culture.DateTimeFormat.ShortTimePattern, culture)} {Offset(there.Offset)}";
    }

    private static string Offset(TimeSpan offset) => offset == TimeSpan.Zero
        ? "UTC"
        : string.Create(CultureInfo.InvariantCulture, $"UTC{(offset < TimeSpan.Zero ? '\u2212' : '+')}{Math.Abs(offset.Hours)}{(offset.Minutes == 0 ? "" : $":{Math.Abs(offset.Minutes):00}")}");

    // the day of the week says nothing a year ahead
    private static string DatePattern(CultureInfo culture) =>
        culture.DateTimeFormat.LongDatePattern.Replace("dddd", "", StringComparison.Ordinal).Trim(' ', ',', '.');
}

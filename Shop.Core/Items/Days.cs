using System.Globalization;

namespace Shop.Core;

/// <summary>Days of delivery. A day is a UTC day, so that it begins at the same instant for giver, recipient and shop.</summary>
public static class Days
{
    /// <summary>How a day is typed and sent by a date field.</summary>
    public const string Form = "yyyy-MM-dd";

    /// <summary>The instant at which a day begins.</summary>
    public static DateTimeOffset Begin(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>The instant at which a day is over.</summary>
    public static DateTimeOffset End(DateOnly day) => Begin(day.AddDays(1));

    /// <summary>The day that an instant is in.</summary>
    public static DateOnly Of(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    /// <summary>The first day that begins at an instant or after it.</summary>
    public static DateOnly NotBefore(DateTimeOffset at) => Begin(Of(at)) < at ? Of(at).AddDays(1) : Of(at);

    public static string Text(DateOnly day) => day.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>A typed day of delivery. Nothing, and today, is none: as soon as possible (DW-36).</summary>
    internal static (DateOnly? Day, LineRefusal? Refusal) Read(string? typed, bool confirmed, DateTimeOffset now, GiftTerms terms)
    {
        if (string.IsNullOrWhiteSpace(typed))
        {
            return (null, null);
        }

        if (!DateOnly.TryParseExact(typed.Trim(), Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return (null, LineRefusal.DateUnreadable);
        }

        var ahead = day.DayNumber - Of(now).DayNumber;
        if (ahead < 0)
        {
            return (null, LineRefusal.DateInPast);
        }

        if (ahead > terms.FarthestDays)
        {
            return (null, LineRefusal.DateTooFar);
        }

        if (ahead > terms.ConfirmDays && !confirmed)
        {
            return (null, LineRefusal.DateNotConfirmed);
        }

        return (ahead == 0 ? null : day, null);
    }
}

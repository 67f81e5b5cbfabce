using System.Globalization;
using System.Resources;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The words of goods, in the reader's language: pages, mails and frozen order lines all say the same.</summary>
public static class ItemTexts
{
    private static readonly ResourceManager Resources = new(typeof(ItemTexts));

    /// <summary>The text of a key with its values filled in; a key without text is a bug and throws.</summary>
    public static string Get(string key, params object[] values) =>
        string.Format(CultureInfo.CurrentCulture, Find(key) ?? throw new MissingManifestResourceException($"There is no text '{key}'."), values);

    /// <summary>What an account class is called; a class a site added is called by its key.</summary>
    public static string Class(string key) => Find("Class_" + key) ?? key;

    /// <summary>What is said of an account class; of one that a site added, what holds for any.</summary>
    internal static string OfClass(string key, string className) => Find(key + className) ?? Get(key + "class", Class(className));

    /// <summary>The heading of a group of products.</summary>
    public static string Group(string key) => Find("Group_" + key) ?? Class(key);

    /// <summary>"This and n more", in a given language: what a provider's page is told of an order.</summary>
    internal static string And(string title, int more, string culture) => string.Format(
        CultureInfo.GetCultureInfo(culture), Resources.GetString(more == 1 ? "AndOne" : "AndMore", CultureInfo.GetCultureInfo(culture))!, title, more);

    /// <summary>The same several times.</summary>
    public static string Times(int count, string title) => Get("Times", count, title);

    internal static string Months(int months, string className) => Get(months == 1 ? "Months_One" : "Months_Other", months, className);

    /// <summary>Who gets what chance gives: the name that was shown, or that nobody is told.</summary>
    public static string Drawn(RandomChoice choice, string? name) => choice switch
    {
        RandomChoice.HiddenPerson => Get("Drawn_Person"),
        RandomChoice.HiddenCommunity => Get("Drawn_Community"),
        _ => Get("Drawn_Shown", name ?? ""),
    };

    /// <summary>An amount of time as it is given: months, days, or both.</summary>
    public static string Time(TimeGrant time)
    {
        var name = Class(time.Class);
        return time switch
        {
            { Months: 0 } => Get(time.Days == 1 ? "Days_One" : "Days_Other", time.Days, name),
            { Days: 0 } => Months(time.Months, name),
            _ => Get(time.Days == 1 ? "AndDays_One" : "AndDays_Other", Months(time.Months, name), time.Days),
        };
    }

    /// <summary>Months of a class; none of a class that never runs out are the account for good.</summary>
    internal static string Time(int months, string className) => months == 0 ? Get("Permanent", className) : Months(months, className);

    /// <summary>Months of a class in a given language, for a line that nobody reads now.</summary>
    internal static string TimeIn(string culture, int months, string accountClass)
    {
        var language = CultureInfo.GetCultureInfo(culture);
        var name = Resources.GetString("Class_" + accountClass, language) ?? accountClass;
        return string.Format(language, Resources.GetString(months == 1 ? "Months_One" : "Months_Other", language)!, months, name);
    }

    internal static string Icons(int icons) => Get(icons == 1 ? "Icons_One" : "Icons_Other", icons);

    internal static string Points(int points) => Get(points == 1 ? "Points_One" : "Points_Other", points);

    private static string? Find(string key) => Resources.GetString(key, CultureInfo.CurrentUICulture);
}

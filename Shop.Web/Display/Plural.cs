using Microsoft.Extensions.Localization;

namespace Shop.Web.Display;

internal static class Plural
{
    /// <summary>"1 item", "2 items": the text under <c>name.One</c> or <c>name.Other</c>, with the number in the reader's form as {0}.</summary>
    public static string Count(this IStringLocalizer texts, string name, long number) =>
        texts[number == 1 ? $"{name}.One" : $"{name}.Other", number.ToString("N0", System.Globalization.CultureInfo.CurrentCulture)];

    /// <summary>The same with further values, from {1} on.</summary>
    public static string Count(this IStringLocalizer texts, string name, long number, params object[] more) =>
        texts[number == 1 ? $"{name}.One" : $"{name}.Other", [number.ToString("N0", System.Globalization.CultureInfo.CurrentCulture), .. more]];
}

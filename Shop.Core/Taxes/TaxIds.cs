using System.Text.RegularExpressions;

namespace Shop.Core;

/// <summary>
/// Tax ids of businesses: only their form is checked, as each country publishes it; whether one is in force, its country's register knows (docs/operations.md).
/// </summary>
public static partial class TaxIds
{
    /// <summary>After the country's own letters.</summary>
    private static readonly Dictionary<string, string> Forms = new(StringComparer.Ordinal)
    {
        ["AT"] = "U[0-9]{8}", ["BE"] = "[01][0-9]{9}", ["BG"] = "[0-9]{9,10}", ["CH"] = "E[0-9]{9}(MWST|TVA|IVA)?", ["CY"] = "[0-9]{8}[A-Z]", ["CZ"] = "[0-9]{8,10}",
        ["DE"] = "[0-9]{9}", ["DK"] = "[0-9]{8}", ["EE"] = "[0-9]{9}", ["ES"] = "[A-Z0-9][0-9]{7}[A-Z0-9]", ["FI"] = "[0-9]{8}", ["FR"] = "[A-HJ-NP-Z0-9]{2}[0-9]{9}",
        ["GB"] = "([0-9]{9}|[0-9]{12}|GD[0-4][0-9]{2}|HA[5-9][0-9]{2})", ["GR"] = "[0-9]{9}", ["HR"] = "[0-9]{11}", ["HU"] = "[0-9]{8}",
        ["IE"] = "([0-9][A-Z0-9+*][0-9]{5}[A-Z]|[0-9]{7}[A-Z]{1,2})", ["IT"] = "[0-9]{11}", ["LT"] = "([0-9]{9}|[0-9]{12})", ["LU"] = "[0-9]{8}", ["LV"] = "[0-9]{11}",
        ["MT"] = "[0-9]{8}", ["NL"] = "[0-9]{9}B[0-9]{2}", ["NO"] = "[0-9]{9}(MVA)?", ["PL"] = "[0-9]{10}", ["PT"] = "[0-9]{9}", ["RO"] = "[0-9]{2,10}",
        ["SE"] = "[0-9]{12}", ["SI"] = "[0-9]{8}", ["SK"] = "[0-9]{10}",
    };

    /// <summary>Greece writes other letters before its numbers than before everything else.</summary>
    private static string Letters(string country) => country == "GR" ? "EL" : country;

    /// <summary>
    /// A typed tax id of a country as it is kept: capitals, no spaces, dots or hyphens, the country's letters in front where its form is known. Null: it has not the form.
    /// </summary>
    public static string? Read(string? typed, string country)
    {
        var text = Punctuation().Replace((typed ?? "").Trim().ToUpperInvariant(), "");
        if (!Forms.TryGetValue(country, out var form))
        {
            return AnyForm().IsMatch(text) ? text : null;
        }

        var letters = Letters(country);
        var rest = text.StartsWith(letters, StringComparison.Ordinal) ? text[letters.Length..] : text;
        return Regex.IsMatch(rest, $"^(?:{form})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) ? letters + rest : null;
    }

    [GeneratedRegex(@"[\s.\-]")]
    private static partial Regex Punctuation();

    [GeneratedRegex("^[A-Z0-9/]{4,20}$")]
    private static partial Regex AnyForm();
}

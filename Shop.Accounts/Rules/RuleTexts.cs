using System.Globalization;
using System.Resources;

namespace Shop.Accounts;

/// <summary>What rules of this project are called, why they exist, and what is wrong with a value, in the reader's language.</summary>
public static class RuleTexts
{
    /// <summary>The texts of this project's own sections.</summary>
    public static ResourceManager Resources { get; } = new(typeof(RuleTexts));

    /// <summary>The text of a key with its values filled in; a key without text is a bug and throws.</summary>
    internal static string Get(string key, params object[] values) => string.Format(
        CultureInfo.CurrentCulture,
        Resources.GetString(key, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"There is no text '{key}'."),
        values);
}

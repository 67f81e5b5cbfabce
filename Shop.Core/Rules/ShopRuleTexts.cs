using System.Globalization;
using System.Resources;

namespace Shop.Core;

/// <summary>What the shop's own rules are called, why they exist, and what is wrong with a value, in the reader's language.</summary>
public static class ShopRuleTexts
{
    public static ResourceManager Resources { get; } = new(typeof(ShopRuleTexts));

    internal static string Get(string key, params object[] values) => string.Format(
        CultureInfo.CurrentCulture,
        Resources.GetString(key, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"There is no text '{key}'."),
        values);
}

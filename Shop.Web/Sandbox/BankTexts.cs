using System.Globalization;
using System.Resources;
using Shop.Payments;

namespace Shop.Web.Sandbox;

/// <summary>The words of the bank's pages (BankTexts.resx) and amounts as people write them, in the buyer's language.
/// Public because components, which are public, take it.</summary>
public sealed class BankTexts(CultureInfo culture)
{
    private static readonly ResourceManager Texts = new(typeof(BankTexts));

    public string this[string name] => Texts.GetString(name, culture) ?? throw new KeyNotFoundException($"The bank's pages have no text '{name}'.");

    public static BankTexts Of(BankPayment payment) => new(Culture(payment.Locale));

    public static BankTexts Of(BankSetup setup) => new(Culture(setup.Locale));

    public static BankTexts OfRequest() => new(CultureInfo.CurrentUICulture);

    public string With(string name, object value) => string.Format(culture, this[name], value);

    public string Amount(long minor, string code)
    {
        var decimals = Currency.Of(code).Decimals;
        var units = minor / Enumerable.Repeat(10m, decimals).Aggregate(1m, decimal.Multiply);
        return $"{units.ToString($"N{decimals}", culture)}\u00a0{code}";
    }

    public string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("g", culture) + " UTC";

    private static CultureInfo Culture(string locale)
    {
        try
        {
            return CultureInfo.GetCultureInfo(locale, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.CurrentUICulture;
        }
    }
}

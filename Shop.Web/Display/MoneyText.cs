using System.Globalization;
using Shop.Payments;

namespace Shop.Web.Display;

/// <summary>Writes amounts for people. Works on whole minor units only, so that nothing is ever rounded on the way to the page.</summary>
internal static class MoneyText
{
    private static readonly Dictionary<string, string> Symbols = new(StringComparer.Ordinal)
    {
        ["USD"] = "US$", ["EUR"] = "€", ["GBP"] = "£", ["CAD"] = "CA$", ["AUD"] = "A$", ["NZD"] = "NZ$", ["JPY"] = "¥", ["KRW"] = "₩",
    };

    /// <summary>The amount as the reader's culture writes it: "$5.00" in the United States, "US$5.00" in Britain.</summary>
    public static string ForReader(this Money amount) => amount.Text(CultureInfo.CurrentCulture);

    public static string Text(this Money amount, CultureInfo culture)
    {
        var format = culture.NumberFormat;
        var (whole, fraction) = Math.DivRem(amount.Minor, Scale(amount.Currency.Decimals));
        var digits = UInt128.CreateChecked(Int128.Abs(whole)).ToString("N0", format);
        if (amount.Currency.Decimals > 0)
        {
            digits += format.CurrencyDecimalSeparator
                + Math.Abs(fraction).ToString(CultureInfo.InvariantCulture).PadLeft(amount.Currency.Decimals, '0');
        }

        var symbol = Symbol(amount.Currency, culture);
        var text = format.CurrencyPositivePattern switch
        {
            0 => Joined(symbol, digits),
            1 => digits + symbol,
            2 => $"{symbol}\u00a0{digits}",
            _ => $"{digits}\u00a0{symbol}",
        };
        return amount.Minor < 0 ? "\u2212" + text : text;
    }

    private static long Scale(int decimals) => decimals == 0 ? 1 : 10 * Scale(decimals - 1);

    // a bare "$" only where it can mean nothing else
    private static string Symbol(Currency currency, CultureInfo culture) =>
        !culture.IsNeutralCulture && culture.LCID != CultureInfo.InvariantCulture.LCID && new RegionInfo(culture.Name).ISOCurrencySymbol == currency.Code
            ? culture.NumberFormat.CurrencySymbol
            : Symbols.GetValueOrDefault(currency.Code, currency.Code);

    private static string Joined(string symbol, string digits) => char.IsLetter(symbol[^1]) ? $"{symbol}\u00a0{digits}" : symbol + digits;
}

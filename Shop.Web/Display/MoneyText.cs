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

    /// <summary>Reads an amount that somebody typed: digits, and a point or comma before as many as the currency has. Null: it is none.</summary>
    public static long? Read(string? typed, Currency currency)
    {
        var parts = (typed ?? "").Trim().Split('.', ',');
        if (parts.Length > 2 || parts[0].Length is 0 or > 9 || !parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit)))
        {
            return null;
        }

        var fraction = parts.Length == 2 ? parts[1] : "";
        return fraction.Length > currency.Decimals
            ? null
            : long.Parse(parts[0] + fraction.PadRight(currency.Decimals, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>The amount as a form's field has it, without symbol and separators of thousands.</summary>
    public static string Typed(this Money amount)
    {
        var (whole, fraction) = Math.DivRem(amount.Minor, Scale(amount.Currency.Decimals));
        return amount.Currency.Decimals == 0
            ? whole.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{whole}.{fraction.ToString(CultureInfo.InvariantCulture).PadLeft(amount.Currency.Decimals, '0')}");
    }

    private static long Scale(int decimals) => decimals == 0 ? 1 : 10 * Scale(decimals - 1);

    // a bare "$" only where it can mean nothing else
    private static string Symbol(Currency currency, CultureInfo culture) =>
        !culture.IsNeutralCulture && culture.LCID != CultureInfo.InvariantCulture.LCID && new RegionInfo(culture.Name).ISOCurrencySymbol == currency.Code
            ? culture.NumberFormat.CurrencySymbol
            : Symbols.GetValueOrDefault(currency.Code, currency.Code);

    private static string Joined(string symbol, string digits) => char.IsLetter(symbol[^1]) ? $"{symbol}\u00a0{digits}" : symbol + digits;
}

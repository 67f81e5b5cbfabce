using System.Globalization;
using System.Numerics;
using Shop.Payments;

namespace Shop.Web.Display;

/// <summary>Reads amounts that people type. What could be meant in two ways, such as 1,234, is not guessed.</summary>
internal static class MoneyInput
{
    private const int MostDigits = 12;

    /// <summary>An amount as a field holds it, to be read again: digits, and a point where the currency has decimals.</summary>
    public static string Write(Money money)
    {
        var digits = money.Minor.ToString(CultureInfo.InvariantCulture).PadLeft(money.Currency.Decimals + 1, '0');
        return money.Currency.Decimals == 0 ? digits : $"{digits[..^money.Currency.Decimals]}.{digits[^money.Currency.Decimals..]}";
    }

    /// <summary>Digits, and, where the currency has decimals, a point or comma with exactly so many; spaces and the currency's symbol may stand beside. Null: it is not that.</summary>
    public static Money? Read(string? typed, Currency currency)
    {
        var symbol = Money.Zero(currency).ForReader().Trim('0', '.', ',', ' ', '\u00a0');
        var text = (typed ?? "").Replace(symbol, "", StringComparison.Ordinal).Replace(currency.Code, "", StringComparison.OrdinalIgnoreCase).Trim(' ', '\u00a0');
        var parts = text.Split('.', ',');
        var isShape = parts.Length == 1 || (parts.Length == 2 && parts[1].Length == currency.Decimals && currency.Decimals > 0);
        if (!isShape || !parts.All(p => p.Length is > 0 and <= MostDigits && p.All(char.IsAsciiDigit)))
        {
            return null;
        }

        var digits = parts[0] + (parts.Length == 2 ? parts[1] : new string('0', currency.Decimals));
        return BigInteger.Parse(digits, CultureInfo.InvariantCulture) is var minor && minor <= long.MaxValue ? new Money((long)minor, currency) : null;
    }
}

using System.Globalization;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Money for rows that staff read later, the same in every language: <c>2.00 USD</c>.</summary>
internal static class PlainMoney
{
    public static string Plain(this Money amount)
    {
        var digits = Math.Abs(amount.Minor).ToString(CultureInfo.InvariantCulture).PadLeft(amount.Currency.Decimals + 1, '0');
        var whole = amount.Currency.Decimals == 0 ? digits : $"{digits[..^amount.Currency.Decimals]}.{digits[^amount.Currency.Decimals..]}";
        return $"{(amount.Minor < 0 ? "-" : "")}{whole} {amount.Currency.Code}";
    }
}

using System.Globalization;

namespace Shop.Payments.Fees;

/// <summary>Amounts of fee metrics: whole units of 1e-8 of a currency, so that a thousandth of a cent is still exact.</summary>
public static class FeeAmount
{
    public const long One = 100_000_000;

    /// <summary>The largest amount that is read: sums over one operation then fit.</summary>
    public const long Most = 1_000_000_000 * One;

    private const int Decimals = 8;

    /// <summary>A number such as 12 or 0.05, with at most eight decimals; never negative.</summary>
    public static bool TryRead(string? text, out long units)
    {
        units = 0;
        var parts = (text ?? "").Split('.');
        if (parts.Length > 2 || parts.Any(p => p.Length == 0 || !p.All(char.IsAsciiDigit)) || parts[0].TrimStart('0').Length > 10 || (parts.Length == 2 && parts[1].Length > Decimals))
        {
            return false;
        }

        var whole = parts[0].TrimStart('0');
        units = ((whole.Length == 0 ? 0 : long.Parse(whole, CultureInfo.InvariantCulture)) * One)
            + (parts.Length == 1 ? 0 : long.Parse(parts[1].PadRight(Decimals, '0'), CultureInfo.InvariantCulture));
        return units <= Most;
    }

    /// <summary>With two decimals, more where they say something.</summary>
    public static string Write(long units)
    {
        var (whole, rest) = Math.DivRem(Math.Abs(units), One);
        var decimals = rest.ToString("D8", CultureInfo.InvariantCulture).TrimEnd('0').PadRight(2, '0');
        return string.Create(CultureInfo.InvariantCulture, $"{(units < 0 ? "-" : "")}{whole}.{decimals}");
    }

    public static long OfMinor(long minor, Currency currency) => checked(minor * UnitsPerMinor(currency));

    public static long UnitsPerMinor(Currency currency) => currency.Decimals switch { 0 => One, 2 => One / 100, _ => One / 1000 };
}

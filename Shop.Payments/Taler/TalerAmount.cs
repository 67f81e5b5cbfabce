using System.Globalization;
using System.Text.Json;

namespace Shop.Payments.Taler;

/// <summary>An amount as Taler writes it, <c>CUR:VALUE[.FRACTION]</c>, kept as a whole number of hundred-millionths. The same amount may be written in several ways, so
/// amounts are compared as numbers.</summary>
/// <param name="Currency">Taler's own code, which need not be one of ISO 4217 (KUDOS).</param>
/// <param name="Units">Hundred-millionths of the currency's unit.</param>
public readonly record struct TalerAmount(string Currency, Int128 Units)
{
    public const int LongestCurrency = 11;

    /// <summary>The greatest value before the point that Taler takes.</summary>
    public const long MostWhole = 1L << 52;

    private const int Digits = 8;
    /// <summary>Units of one whole.</summary>
    public const long One = 100_000_000;

    public static TalerAmount operator +(TalerAmount left, TalerAmount right) => new(left.Currency, checked(left.Units + right.In(left.Currency)));

    public static TalerAmount operator -(TalerAmount left, TalerAmount right) => new(left.Currency, checked(left.Units - right.In(left.Currency)));

    public static bool operator <(TalerAmount left, TalerAmount right) => left.Units < right.In(left.Currency);

    public static bool operator >(TalerAmount left, TalerAmount right) => left.Units > right.In(left.Currency);

    public static TalerAmount Zero(string currency) => new(currency, 0);

    /// <param name="amount">What the shop counts in.</param>
    /// <param name="currency">What the back end calls that currency.</param>
    public static TalerAmount Of(Money amount, string currency) => new(currency, (Int128)amount.Minor * Step(amount.Currency));

    public static bool TryParse(string? text, out TalerAmount amount)
    {
        amount = default;
        if (text is null || text.IndexOf(':', StringComparison.Ordinal) is not (> 0 and <= LongestCurrency and var colon) || !text[..colon].All(char.IsAsciiLetter))
        {
            return false;
        }

        var value = text[(colon + 1)..];
        var (whole, fraction) = value.Split('.', 2) is [var left, var right] ? (left, right) : (value, "0");
        if (fraction.Length is 0 or > Digits
            || !long.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var before) || before > MostWhole
            || !long.TryParse(fraction.PadRight(Digits, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out var after))
        {
            return false;
        }

        amount = new TalerAmount(text[..colon], ((Int128)before * One) + after);
        return true;
    }

    /// <exception cref="JsonException">It is not an amount.</exception>
    public static TalerAmount Parse(string? text) => TryParse(text, out var amount) ? amount : throw new JsonException("The back end told of an amount that cannot be read.");

    /// <summary>False: it has a fraction of the least coin that the shop counts.</summary>
    public bool TryTo(Currency currency, out Money money)
    {
        var (minor, rest) = Int128.DivRem(Units, Step(currency));
        money = rest == 0 && minor <= long.MaxValue ? new Money((long)minor, currency) : Money.Zero(currency);
        return rest == 0 && minor <= long.MaxValue;
    }

    /// <summary>In whole coins of the least kind, the last begun one too.</summary>
    public Money UpTo(Currency currency) => new((long)((Units + Step(currency) - 1) / Step(currency)), currency);

    /// <summary>Without noughts at the end: 5, 0.5, 0.08.</summary>
    public override string ToString()
    {
        var (whole, fraction) = Int128.DivRem(Units, One);
        var digits = ((long)fraction).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0').TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{Currency}:{whole}{(digits.Length > 0 ? "." : "")}{digits}");
    }

    private static long Step(Currency currency)
    {
        var step = One;
        for (var i = 0; i < currency.Decimals; i++)
        {
            step /= 10;
        }

        return step;
    }

    private Int128 In(string expected) => Currency == expected ? Units : throw new JsonException("The back end told of amounts in two currencies.");
}

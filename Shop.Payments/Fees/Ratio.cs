using System.Globalization;
using System.Numerics;

namespace Shop.Payments.Fees;

/// <summary>An exact fraction. It is rounded, half up, only where it is printed.</summary>
public readonly record struct Ratio : IComparable<Ratio>
{
    private const int MostDigits = 40;

    public Ratio(BigInteger numerator, BigInteger denominator)
    {
        ArgumentOutOfRangeException.ThrowIfZero(denominator);
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, Denominator) = (numerator / common, denominator / common);
    }

    public BigInteger Numerator { get; }

    /// <summary>Positive.</summary>
    public BigInteger Denominator { get; }

    public static Ratio Zero => new(0, 1);

    public static Ratio One => new(1, 1);

    public static Ratio operator +(Ratio left, Ratio right) =>
        new((left.Numerator * right.Denominator) + (right.Numerator * left.Denominator), left.Denominator * right.Denominator);

    public static Ratio operator -(Ratio left, Ratio right) =>
        new((left.Numerator * right.Denominator) - (right.Numerator * left.Denominator), left.Denominator * right.Denominator);

    public static Ratio operator *(Ratio left, Ratio right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    public static Ratio operator /(Ratio left, Ratio right) => new(left.Numerator * right.Denominator, left.Denominator * right.Numerator);

    public static bool operator <(Ratio left, Ratio right) => left.CompareTo(right) < 0;

    public static bool operator >(Ratio left, Ratio right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ratio left, Ratio right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ratio left, Ratio right) => left.CompareTo(right) >= 0;

    public int CompareTo(Ratio other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <summary>A decimal number such as 2.9 or -0.005, exactly.</summary>
    public static bool TryRead(string? text, out Ratio value)
    {
        value = Zero;
        var isNegative = text is ['-', ..];
        var parts = (isNegative ? text![1..] : text ?? "").Split('.');
        if (parts.Length > 2 || parts.Any(p => p.Length is 0 or > MostDigits || !p.All(char.IsAsciiDigit)))
        {
            return false;
        }

        var digits = BigInteger.Parse(string.Concat(parts), CultureInfo.InvariantCulture);
        value = new(isNegative ? -digits : digits, BigInteger.Pow(10, parts.Length == 2 ? parts[1].Length : 0));
        return true;
    }

    public BigInteger HalfUp() => Floor((2 * Numerator) + Denominator, 2 * Denominator);

    public BigInteger Down() => Floor(Numerator, Denominator);

    public BigInteger Up() => -Floor(-Numerator, Denominator);

    public string Percent(int digits = 3) => new Ratio(Numerator * 100, Denominator).ToText(digits);

    public string ToText(int digits)
    {
        var rounded = new Ratio(Numerator * BigInteger.Pow(10, digits), Denominator).HalfUp();
        var text = BigInteger.Abs(rounded).ToString("D" + (digits + 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return (rounded.Sign < 0 ? "-" : "") + (digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}");
    }

    public override string ToString() => $"{Numerator}/{Denominator}";

    private static BigInteger Floor(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }
}

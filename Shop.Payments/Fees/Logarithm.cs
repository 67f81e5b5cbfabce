using System.Numerics;

namespace Shop.Payments.Fees;

/// <summary>Logarithms and powers in fixed point, to some 50 decimals: far beyond anything that is printed, and the same on every machine.</summary>
internal static class Logarithm
{
    private const int Bits = 192;
    private static readonly BigInteger Scale = BigInteger.One << Bits;
    private static readonly BigInteger Ln2 = 2 * ArTanh(Scale / 3);

    /// <summary>To the base 2, of a positive number; exact for powers of two.</summary>
    public static Ratio Log2(Ratio number)
    {
        var (mantissa, exponent) = Split(number);
        return new Ratio(exponent, 1) + (mantissa == Scale ? Ratio.Zero : new(LnOfMantissa(mantissa), Ln2));
    }

    /// <summary>A number from 0 to 1, raised to a positive power; exact for whole powers.</summary>
    public static Ratio Power(Ratio number, Ratio power)
    {
        if (number.Numerator.IsZero || number == Ratio.One)
        {
            return number;
        }

        if (power.Denominator.IsOne && power.Numerator <= 1000)
        {
            return new(BigInteger.Pow(number.Numerator, (int)power.Numerator), BigInteger.Pow(number.Denominator, (int)power.Numerator));
        }

        var (mantissa, exponent) = Split(number);
        var logarithm = ((exponent * Ln2) + LnOfMantissa(mantissa)) * power.Numerator / power.Denominator;
        return new(Exp(logarithm), Scale);
    }

    // number = mantissa x 2^exponent, the mantissa from 1 to 2 in fixed point
    private static (BigInteger Mantissa, int Exponent) Split(Ratio number)
    {
        var exponent = (int)(number.Numerator.GetBitLength() - number.Denominator.GetBitLength());
        var mantissa = Shifted(number, Bits - exponent);
        if (mantissa < Scale)
        {
            exponent--;
            mantissa = Shifted(number, Bits - exponent);
        }

        return (mantissa, exponent);
    }

    private static BigInteger Shifted(Ratio number, int bits) =>
        bits >= 0 ? (number.Numerator << bits) / number.Denominator : number.Numerator / (number.Denominator << -bits);

    private static BigInteger LnOfMantissa(BigInteger mantissa) => 2 * ArTanh(((mantissa - Scale) << Bits) / (mantissa + Scale));

    private static BigInteger ArTanh(BigInteger x)
    {
        var square = (x * x) >> Bits;
        var (sum, term) = (BigInteger.Zero, x);
        for (var n = 1; !term.IsZero; n += 2)
        {
            sum += term / n;
            term = (term * square) >> Bits;
        }

        return sum;
    }

    private static BigInteger Exp(BigInteger x)
    {
        if (-x / Ln2 > Bits)
        {
            return 0;
        }

        var halvings = (int)(-x / Ln2) + 1;
        var rest = x + (halvings * Ln2);
        var (sum, term) = (BigInteger.Zero, Scale);
        for (var n = 1; !term.IsZero; n++)
        {
            sum += term;
            term = ((term * rest) >> Bits) / n;
        }

        return sum >> halvings;
    }
}

using System.Globalization;
using System.Text.Json;

namespace Shop.Payments.PayPal;

/// <summary>PayPal writes amounts as decimal text with as many digits as the currency has; minor units are made of it without a fraction in between.</summary>
internal static class PayPalAmounts
{
    /// <summary>Those of PayPal's that this shop knows.</summary>
    public static IReadOnlySet<Currency> Currencies { get; } =
        new[] { "AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "JPY", "NOK", "NZD", "PLN", "SEK", "USD" }.Select(Currency.Of).ToHashSet();

    public static PayPalMoney Write(Money amount)
    {
        var digits = amount.Currency.Decimals;
        var text = amount.Minor.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return new PayPalMoney { CurrencyCode = amount.Currency.Code, Value = digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}" };
    }

    /// <summary>What was taken or given back: more than nothing.</summary>
    /// <exception cref="JsonException">It is not an amount of a currency that this shop knows.</exception>
    public static Money Read(PayPalMoney said) =>
        ReadSigned(said) is { Minor: > 0 } amount ? amount : throw new JsonException("PayPal told of an amount that is not above zero.");

    /// <inheritdoc cref="Read"/>
    public static Money ReadSigned(PayPalMoney said)
    {
        if (!Currency.TryOf(said.CurrencyCode, out var currency))
        {
            throw new JsonException("PayPal answered in a currency that this shop does not know.");
        }

        var isNegative = said.Value.StartsWith('-');
        var parts = said.Value[(isNegative ? 1 : 0)..].Split('.');
        var fraction = parts.Length == 2 ? parts[1] : "";
        // more digits than the currency has must be noughts: 5.00 JPY is 5 yen
        if (parts.Length > 2 || fraction.Skip(currency.Decimals).Any(digit => digit != '0')
            || !long.TryParse(parts[0] + fraction[..Math.Min(fraction.Length, currency.Decimals)].PadRight(currency.Decimals, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            throw new JsonException("PayPal told of an amount that cannot be read.");
        }

        return new Money(isNegative ? -minor : minor, currency);
    }
}

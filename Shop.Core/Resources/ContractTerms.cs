using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What whoever pays an order of the matrix agrees to: frozen with the order. Its hash (H) is a credential, so the nonce keeps it from being worked out.</summary>
public sealed record ContractTerms
{
    private const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public required string Number { get; init; }

    public required string Summary { get; init; }

    public required Money Amount { get; init; }

    /// <summary>What it costs in points instead of the money, where it is bought so.</summary>
    public required long Points { get; init; }

    public required string FulfillmentUrl { get; init; }

    public required string Product { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public required string Nonce { get; init; }

    /// <summary>The terms as they are hashed.</summary>
    public string Write() => CanonicalJson.Write(new JsonObject
    {
        ["amount"] = AmountOf(Amount),
        ["fulfillment_url"] = FulfillmentUrl,
        ["nonce"] = Nonce,
        ["order_id"] = Number,
        ["points"] = Points,
        ["products"] = new JsonArray(new JsonObject { ["description"] = Summary, ["product_id"] = Product, ["quantity"] = 1 }),
        ["summary"] = Summary,
        ["timestamp"] = new JsonObject { ["t_s"] = PlacedAt.ToUnixTimeSeconds() },
    });

    /// <summary>H: SHA-256 in Crockford's base 32, 52 characters.</summary>
    public string Hash() => Base32(SHA256.HashData(Encoding.UTF8.GetBytes(Write())));

    /// <summary>Crockford's base 32, five bits a character; the last is filled up with zeros.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(((bytes.Length * 8) + 4) / 5);
        int buffer = 0, bits = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Append(Crockford[(buffer >> (bits - 5)) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        return bits == 0 ? text.ToString() : text.Append(Crockford[(buffer << (5 - bits)) & 31]).ToString();
    }

    /// <summary>An amount as <c>USD:1.5</c>: no zeros at the end.</summary>
    public static string AmountOf(Money amount)
    {
        var digits = amount.Minor.ToString(CultureInfo.InvariantCulture).PadLeft(amount.Currency.Decimals + 1, '0');
        var fraction = digits[^amount.Currency.Decimals..].TrimEnd('0');
        return $"{amount.Currency.Code}:{digits[..^amount.Currency.Decimals]}{(fraction.Length == 0 ? "" : "." + fraction)}";
    }
}

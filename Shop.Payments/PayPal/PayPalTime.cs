using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Payments.PayPal;

/// <summary>PayPal writes zones as Z, as +00:00 and, in its reports, as +0000.</summary>
internal sealed class PayPalTime : JsonConverter<DateTimeOffset>
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TryRead(reader.GetString(), out var time) ? time : throw new JsonException("PayPal told of a time that cannot be read.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public static bool TryRead(string? text, out DateTimeOffset time)
    {
        if (text is { Length: > 5 } && text[^5] is '+' or '-' && text.AsSpan(text.Length - 4).IndexOf(':') < 0)
        {
            text = text.Insert(text.Length - 2, ":");
        }

        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }
}

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Shop.Payments.PayPal;

/// <summary>What PayPal sends beside an event: who signed it, with what, and when.</summary>
internal sealed record PayPalSignature(string TransmissionId, string WrittenTime, DateTimeOffset Time, string Signature, string CertificateUrl, string Algorithm)
{
    private const string OnlyAlgorithm = "SHA256withRSA";
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>The signature of a request, or why it has none that could be good.</summary>
    public static (PayPalSignature? Signature, string Fault) Read(WebhookRequest request)
    {
        // by name whatever its case, and once: of two, nobody can say which was meant
        var headers = request.Headers.ToLookup(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase);
        string? One(string name) => headers["PAYPAL-" + name].ToList() is [{ Length: > 0 and <= 1000 } only] ? only : null;
        if (One("TRANSMISSION-ID") is not { } id || One("TRANSMISSION-TIME") is not { } time || One("TRANSMISSION-SIG") is not { } signature
            || One("CERT-URL") is not { } url || One("AUTH-ALGO") is not { } algorithm)
        {
            return (null, "no signature");
        }

        if (algorithm != OnlyAlgorithm)
        {
            return (null, "other algorithm");
        }

        if (!PayPalTime.TryRead(time, out var at))
        {
            return (null, "no time");
        }

        return (request.ReceivedAt - at).Duration() > Tolerance
            ? (null, "not of now")
            : (new PayPalSignature(id, time, at, signature, url, algorithm), "");
    }

    /// <summary>Whether the holder of the certificate signed these bytes for this webhook.</summary>
    public bool IsOf(X509Certificate2 certificate, string webhookId, ReadOnlySpan<byte> body)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{TransmissionId}|{WrittenTime}|{webhookId}|{Checksum(body)}");
        var signature = new byte[Signature.Length];
        if (!Convert.TryFromBase64String(Signature, signature, out var length))
        {
            return false;
        }

        using var key = certificate.GetRSAPublicKey();
        return key?.VerifyData(Encoding.UTF8.GetBytes(text), signature.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) == true;
    }

    /// <summary>The question to PayPal whether it sent this. The event stands in it as it came, byte for byte.</summary>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    public ReadOnlyMemory<byte> Question(string webhookId, ReadOnlyMemory<byte> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("auth_algo", Algorithm);
            writer.WriteString("cert_url", CertificateUrl);
            writer.WriteString("transmission_id", TransmissionId);
            writer.WriteString("transmission_sig", Signature);
            writer.WriteString("transmission_time", WrittenTime);
            writer.WriteString("webhook_id", webhookId);
            writer.WritePropertyName("webhook_event");
            writer.WriteRawValue(body.Span);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>CRC-32 as zip and PNG have it.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB88320;
            }
        }

        return ~sum;
    }
}

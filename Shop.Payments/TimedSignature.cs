using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Payments;

/// <summary>Writes and checks a header such as <c>Stripe-Signature: t=(unix seconds),v1=(hex),…</c>: HMAC-SHA256 over the time as written, a dot, and the body's bytes.</summary>
public static class TimedSignature
{
    private const int DigestBytes = 32;
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>The header's value: the time of this try, and one signature for each secret that is good now.</summary>
    public static string Write(DateTimeOffset at, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
        return string.Join(',', secrets.Select(secret => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}").Prepend($"t={time}"));
    }

    /// <summary>Why the request is not to be believed; null when it is genuine and of now.</summary>
    public static string? FindFault(string header, WebhookRequest request, IReadOnlyList<string> secrets)
    {
        // by name whatever its case, and once: of two, nobody can say which was meant
        var headers = request.Headers.Where(it => it.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Select(it => it.Value).ToList();
        if (headers is not [var text])
        {
            return "no signature";
        }

        var parts = text.Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0], part => part[1]);
        if (parts["t"].ToList() is not [var written] || !long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return "no time";
        }

        if (!IsSigned(request.Body.Span, written, parts["v1"], secrets))
        {
            return "wrong signature";
        }

        return seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() || (request.ReceivedAt - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance
            ? "not of now"
            : null;
    }

    /// <summary>Every signature is compared with every secret, without stopping at a good one.</summary>
    private static bool IsSigned(ReadOnlySpan<byte> body, string time, IEnumerable<string> signatures, IReadOnlyList<string> secrets)
    {
        var given = new List<byte[]>();
        foreach (var signature in signatures)
        {
            var bytes = new byte[DigestBytes];
            if (Convert.FromHexString(signature, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == DigestBytes)
            {
                given.Add(bytes);
            }
        }

        var isGood = false;
        Span<byte> expected = stackalloc byte[DigestBytes];
        foreach (var secret in secrets)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
            hmac.AppendData(Encoding.UTF8.GetBytes(time));
            hmac.AppendData("."u8);
            hmac.AppendData(body);
            hmac.GetHashAndReset(expected);
            foreach (var bytes in given)
            {
                isGood |= CryptographicOperations.FixedTimeEquals(expected, bytes);
            }
        }

        return isGood;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Web.Security;

/// <summary>Codes of authenticator apps (RFC 6238): SHA-1, six digits, half a minute each, as every app has it.</summary>
internal static class Totp
{
    public const int KeyBytes = 20;
    public const int Digits = 6;

    private const int Seconds = 30;
    private const int Range = 1_000_000;

    /// <summary>A clock may be wrong by one half minute either way: a documented deviation from ASVS 6.5.5.</summary>
    private const int Drift = 1;

    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / Seconds;

    public static string Code(byte[] key, long step)
    {
        Span<byte> message = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(message, step);
#pragma warning disable CA5350 // what the apps compute; its weaknesses are not those of an HMAC
        var hash = HMACSHA1.HashData(key, message);
#pragma warning restore CA5350
        var number = (BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue) % Range;
        return number.ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The half minute whose code this is, among those that count now; null: none.</summary>
    public static long? Find(byte[] key, string code, DateTimeOffset now)
    {
        var typed = Encoding.ASCII.GetBytes(code);
        long? found = null;
        for (var step = StepAt(now) - Drift; step <= StepAt(now) + Drift; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Code(key, step)), typed))
            {
                found ??= step;
            }
        }

        return found;
    }

    /// <summary>The key as people type it into an app.</summary>
    public static string Text(byte[] key)
    {
        var text = new StringBuilder();
        int buffer = 0, bits = 0;
        foreach (var b in key)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Base32[(buffer >> bits) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        return text.ToString();
    }

    /// <summary>The same for an app that reads it from a picture or a link.</summary>
    public static Uri Link(byte[] key, string site, string name) => new(
        $"otpauth://totp/{Uri.EscapeDataString(site)}:{Uri.EscapeDataString(name)}?secret={Text(key)}&issuer={Uri.EscapeDataString(site)}&algorithm=SHA1&digits={Digits}&period={Seconds}");
}

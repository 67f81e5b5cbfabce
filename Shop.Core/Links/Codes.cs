using System.Security.Cryptography;
using System.Text;

namespace Shop.Core;

/// <summary>Makes codes that people can read out: 32 letters and digits without look-alikes, five bits each.</summary>
public static class Codes
{
    private const string Letters = "23456789abcdefghijkmnpqrstuvwxyz";

    /// <summary>A random code. 26 characters carry 130 bits.</summary>
    public static string New(int length) => RandomNumberGenerator.GetString(Letters, length);

    /// <summary>The bytes as a code, five bits a character; what does not fill a character is dropped.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var code = new StringBuilder(bytes.Length * 8 / 5);
        int buffer = 0, bits = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                code.Append(Letters[(buffer >> bits) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        return code.ToString();
    }

    /// <summary>What is stored of a secret: its SHA-256, in hexadecimal.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

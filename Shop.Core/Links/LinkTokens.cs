using System.Security.Cryptography;
using System.Text;

namespace Shop.Core;

/// <summary>Where the key of link tokens comes from: 32 bytes, the same on every node.</summary>
public delegate ValueTask<byte[]> LinkKeySource(CancellationToken cancellationToken);

/// <summary>
/// Tokens of links in mails. They are derived, not stored: the same link can be sent again, while the database holds only its SHA-256.
/// 160 bits each.
/// </summary>
public sealed class LinkTokens(LinkKeySource key)
{
    /// <summary>The receipt token of an order; another generation makes the one before void.</summary>
    public async ValueTask<string> ReceiptAsync(string orderNumber, int generation, CancellationToken cancellationToken)
    {
        var text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"receipt:{orderNumber}:{generation}");
        var mac = HMACSHA256.HashData(await key(cancellationToken), Encoding.UTF8.GetBytes(text));
        return Codes.Write(mac.AsSpan(0, 20));
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Core;

namespace Shop.Web.Embed;

/// <summary>One purchase in a frame: its key, which is to the cart what a visitor's cookie is, and what is sold there.</summary>
/// <param name="Named">Whom the seller's page has named the buyer (<see cref="SellerBuyer.Handle"/>); null: nobody. Sealed with the rest, so it stays whom the frame began for.</param>
internal sealed record EmbedSession(string Key, long SellerId, long ProductId, string? Named)
{
    public Buyer Buyer => Buyer.Issued(Key);
}

/// <summary>
/// Seals the session of a frame into the body of its forms. Frames get no cookies in many browsers, so this is all they have; it is the shop's own, names seller and
/// product, and ends.
/// </summary>
internal sealed class EmbedTokens(IDataProtectionProvider protection)
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(2);
    private const int KeyLength = 32;
    private const int Longest = 600;

    private readonly ITimeLimitedDataProtector body = protection.CreateProtector("Shop.Embed.Body").ToTimeLimitedDataProtector();
    private readonly ITimeLimitedDataProtector way = protection.CreateProtector("Shop.Embed.Return").ToTimeLimitedDataProtector();

    public static EmbedSession Begin(long sellerId, long productId, string? named = null) => new(Codes.New(KeyLength), sellerId, productId, named);

    public string Of(EmbedSession session) => body.Protect(Text(session), Life);

    /// <summary>For the address by which a bank leads the frame back. It opens the frame's page and stands in no form.</summary>
    public string ReturnOf(EmbedSession session) => way.Protect(Text(session), Life);

    /// <summary>Null: too old, made up, or not of this seller's product.</summary>
    public EmbedSession? Read(string? token, long sellerId, long productId) => Read(body, token, sellerId, productId);

    public EmbedSession? ReadReturn(string? token, long sellerId, long productId) => Read(way, token, sellerId, productId);

    private static string Text(EmbedSession session) => string.Create(CultureInfo.InvariantCulture, $"{session.Key} {session.SellerId} {session.ProductId} {session.Named}");

    private static EmbedSession? Read(ITimeLimitedDataProtector protector, string? token, long sellerId, long productId)
    {
        if (string.IsNullOrEmpty(token) || token.Length > Longest)
        {
            return null;
        }

        try
        {
            var parts = protector.Unprotect(token).Split(' ');
            var session = new EmbedSession(
                parts[0], long.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture), long.Parse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture),
                parts.ElementAtOrDefault(3) is { Length: > 0 } named ? named : null);
            return session.SellerId == sellerId && session.ProductId == productId ? session : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}

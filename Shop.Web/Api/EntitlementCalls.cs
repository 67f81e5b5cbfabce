using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments;

namespace Shop.Web.Api;

/// <summary>
/// What a buyer has, until when: an answer that may be kept for a minute and is signed, so that whoever in the seller's service is handed a kept one can see that it
/// is the shop's (docs/adr/0037). The secret is the SHA-256 of the key that asked: the seller can work it out, and the shop stores nothing else of the key.
/// </summary>
internal static class EntitlementCalls
{
    public const string SignatureHeader = "Shop-Signature";

    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("GET", "/entitlements", "listEntitlements", KeyScopes.Read, ListAsync)
        {
            About = "What a buyer has of this seller's products and until when. Kept for a minute at most; ETag and If-None-Match work; signed in Shop-Signature.",
            Query = [ApiCalls.Id("buyer", "The buyer's id.")],
            Answer = typeof(EntitlementsObject),
        },
    ];

    private static async Task<ApiAnswer> ListAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (db, clock) = (request.Get<ShopDbContext>(), request.Get<TimeProvider>());
        if (await SellerBuyers.FindAsync(db, request.SellerId, request.Input.Need("buyer"), cancellationToken) is not { } buyer)
        {
            return ApiProblem.NotFound;
        }

        var now = clock.GetUtcNow();
        var held = await request.Get<Entitlements>().OfAsync(db, request.SellerId, buyer.Id, cancellationToken);
        var body = JsonSerializer.Serialize(
            new EntitlementsObject(
                buyer.Handle, buyer.Uuid, request.Key.SellerHandle,
                [.. held.Select(e => new EntitlementObject(e.Product, e.Has, e.Until, e.ChangedAt))]),
            ApiJson.Options);
        var bytes = Encoding.UTF8.GetBytes(body);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"";
        var secret = await db.SellerKeys.Where(k => k.Id == request.Key.KeyId).Select(k => k.Hash).FirstAsync(cancellationToken);

        // what ends within the minute is not kept beyond its end
        var ends = held.Where(e => e.Until > now).Select(e => e.Until!.Value - now).Append(KeptFor).Min();
        var headers = new Dictionary<string, string>
        {
            ["ETag"] = tag,
            ["Cache-Control"] = string.Create(CultureInfo.InvariantCulture, $"private, max-age={(int)ends.TotalSeconds}"),
            ["Vary"] = "Authorization",
            [SignatureHeader] = TimedSignature.Write(now, bytes, [secret]),
        };
        var isSame = request.Context.Request.Headers.IfNoneMatch.ToString().Split(',').Any(given => given.Trim() == tag);
        return new ApiAnswer(isSame ? StatusCodes.Status304NotModified : StatusCodes.Status200OK, body) { Headers = headers };
    }
}

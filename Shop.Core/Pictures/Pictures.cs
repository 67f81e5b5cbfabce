using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The pictures of products: taken from staff, kept by their content, served to everybody.</summary>
public static class Pictures
{
    /// <summary>The fewest and the most points of a side.</summary>
    public static (int Least, int Most) Sides(PictureSize size) => size switch
    {
        PictureSize.Small => (16, 160),
        PictureSize.Large => (64, 1024),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A picture by its content; null: there is none.</summary>
    public static Task<byte[]?> FindAsync(ShopDbContext db, string hash, CancellationToken cancellationToken) =>
        db.Pictures.Where(p => p.Hash == hash).Select(p => p.Png).FirstOrDefaultAsync(cancellationToken);

    /// <summary>The pictures of a list of products, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> OfAsync(
        ShopDbContext db, IReadOnlyCollection<string> skus, PictureSize size, CancellationToken cancellationToken) => skus.Count == 0
        ? new Dictionary<string, string>()
        : await db.ProductPictures.Where(p => p.Size == size && skus.Contains(p.Sku)).ToDictionaryAsync(p => p.Sku, p => p.Hash, cancellationToken);

    /// <summary>Keeps a picture, once however often it is sent, and makes it the product's. Returns the one before; null: there was none.</summary>
    internal static async Task<(string? Old, string New)> PutAsync(
        ShopDbContext db, string sku, PictureSize size, byte[] png, int width, int height, long? admin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (hash, word) = (await KeepAsync(db, png, width, height, admin, now, cancellationToken), Words.Of(size));
        var old = await db.ProductPictures.Where(p => p.Sku == sku && p.Size == size).Select(p => p.Hash).FirstOrDefaultAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO product_pictures (sku, size, hash) VALUES ({sku}, {word}, {hash}) ON CONFLICT (sku, size) DO UPDATE SET hash = {hash}
            """,
            cancellationToken);
        return (old, hash);
    }

    /// <summary>Keeps a picture, once however often it is sent. Returns its hash.</summary>
    internal static async Task<string> KeepAsync(
        ShopDbContext db, byte[] png, int width, int height, long? staffId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (hash, at) = (Convert.ToHexStringLower(SHA256.HashData(png)), now.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO pictures (hash, png, width, height, added_by, added_at) VALUES ({hash}, {png}, {width}, {height}, {staffId}, {at}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        return hash;
    }
}

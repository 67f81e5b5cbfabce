using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Approves the virtual gifts of the first price list with pictures of their own, to try the shop with. Development only.</summary>
internal sealed class DemoGifts(CatalogueDesk desk)
{
    private static readonly (string Sku, GiftDetails Details)[] Gifts =
    [
        ("gift_moon", new GiftDetails("night light", true, false)), ("gift_lantern", new GiftDetails("light warm", true, false)),
        ("gift_tea", new GiftDetails("warm", false, false)), ("gift_boat", new GiftDetails("paper journey", false, false)),
    ];

    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        foreach (var (sku, details) in Gifts)
        {
            await desk.EnsureShownAsync(sku, details, Drawing(sku, "small"), Drawing(sku, "large"), cancellationToken);
        }
    }

    private static byte[] Drawing(string sku, string size)
    {
        using var stream = typeof(DemoGifts).Assembly.GetManifestResourceStream($"{sku}.{size}.png")
            ?? throw new InvalidOperationException($"The picture of {sku} is missing from the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

using System.Text.Json;

namespace Shop.Core.Tests;

/// <summary>Goods whose delivery fails as often as a test wants: the only way to see a worker fail in the middle of its work.</summary>
public sealed class FlakyKind : ItemKind
{
    public static Product Product { get; } = new()
    {
        Sku = "flaky",
        Kind = "flaky",
        Group = "flaky",
        On = true,
        PriceMinor = 500,
        Points = 50,
        Goods = JsonSerializer.SerializeToElement(new { }),
    };

    /// <summary>How many deliveries throw before one works.</summary>
    public int Failures { get; set; }

    public int Delivered { get; private set; }

    public override string Key => "flaky";

    public override ItemForm Form { get; } = new(1, Recipient: false, Note: false, Anonymous: false, DeliverOn: false);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [];

    public override string Title(Product product, int quantity) => "Flaky";

    public override ItemInfo Info(Product product) => new("", "", "");

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => null;

    public override LineEffect? Effect(ItemLine line, Preview preview) => null;

    public override string Freeze(Product product, int quantity) => "{}";

    public override Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        if (Failures-- > 0)
        {
            throw new IOException("not now");
        }

        Delivered++;
        return Task.FromResult<DeliveryResult>(new DeliveryResult.Applied(null));
    }

    public override Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        Task.FromResult<RevokeResult>(new RevokeResult.Revoked());
}

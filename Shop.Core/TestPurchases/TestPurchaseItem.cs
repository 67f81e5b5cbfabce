namespace Shop.Core;

/// <summary>What a test purchase buys: nothing. It is in no price list and no cart.</summary>
public sealed class TestPurchaseItem : ItemKind
{
    public const string KindKey = "test_purchase";

    /// <summary>What stands on the line; no product can have the name, because names of products have no blank.</summary>
    internal const string Sku = "test purchase";

    public override string Key => KindKey;

    public override bool IsSold => false;

    public override ItemForm Form { get; } = new(MaxQuantity: 1, Recipient: false, Note: false, Anonymous: false, DeliverOn: false);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [];

    public override string Title(Product product, int quantity) => Title();

    internal static string Title() => ItemTexts.Get("TestPurchase");

    public override ItemInfo Info(Product product) => new("", "", "");

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => LineRefusal.NotOnSale;

    public override LineEffect? Effect(ItemLine line, Preview preview) => null;

    public override string Freeze(Product product, int quantity) => "{}";

    public override bool CanGoBack => false;

    /// <summary>Comes to this only where its money could not be sent back, and gives nothing either.</summary>
    public override Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken) =>
        Task.FromResult<DeliveryResult>(new DeliveryResult.Applied(null));

    public override Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        Task.FromResult<RevokeResult>(new RevokeResult.Revoked());
}

using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>What a line of a paid resource bought, frozen.</summary>
/// <param name="ResourceId">Null: something of another storefront.</param>
/// <param name="Points">What it costs a member in points instead; null: money only.</param>
public sealed record ResourceGoods(long? ResourceId, string? Code, string Title, int? Points, int Revision)
{
    internal static ResourceGoods Read(string json) =>
        JsonSerializer.Deserialize<ResourceGoods>(json, JsonSerializerOptions.Web) ?? throw new FormatException("The goods of a resource's line are empty.");

    internal string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>A paid resource, or something of another storefront that is sold as one: its delivery opens it for the session that has claimed the order (docs/adr/0045).</summary>
public sealed class ResourceItem(TimeProvider clock) : ItemKind
{
    public const string KindKey = "resource";

    /// <summary>Before a resource's name where products of the price list stand in the same column.</summary>
    public const string SkuPrefix = "r/";

    /// <summary>What stands on the line of another storefront's order; no product can have the name, because names of products have no blank.</summary>
    internal const string OthersSku = "private order";

    public override string Key => KindKey;

    /// <summary>Not in the price list: resources are rows of their own.</summary>
    public override bool IsSold => false;

    public override bool HasRecipient => false;

    public override bool IsForOthers => false;

    /// <summary>It is read as soon as it is paid; staff give money back.</summary>
    public override bool CanGoBack => false;

    public override ItemForm Form { get; } = new(MaxQuantity: 1, Recipient: false, Note: false, Anonymous: false, DeliverOn: false);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [ShopRuleTexts.Get("NoKind", product.Sku, product.Kind)];

    public override string Title(Product product, int quantity) => ResourceGoods.Read(product.Goods.GetRawText()).Title;

    public override ItemInfo Info(Product product) => new(ItemTexts.Get("Gives_resource"), "", ItemTexts.Get("GivingBack_resource"));

    /// <summary>It is bought at its own address, not in a cart.</summary>
    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => LineRefusal.NotOnSale;

    public override LineEffect? Effect(ItemLine line, Preview preview) => null;

    public override string Freeze(Product product, int quantity) => product.Goods.GetRawText();

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var order = await db.Deliveries.Where(d => d.Id == work.DeliveryId)
            .Join(db.MatrixOrders, d => d.OrderId, m => m.OrderId, (_, m) => new { m.OrderId, m.ClaimedSessionHash }).FirstAsync(cancellationToken);
        await MatrixOrders.CloseAsync(db, order.OrderId, cancellationToken);
        if (order.ClaimedSessionHash is { } session)
        {
            await PaidSessions.AddAsync(db, order.OrderId, session, clock.GetUtcNow(), cancellationToken);
        }

        return new DeliveryResult.Applied(null);
    }

    /// <summary>Nothing of it is kept anywhere but in memory, and that asks for refunds.</summary>
    public override Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        Task.FromResult<RevokeResult>(new RevokeResult.Revoked());
}

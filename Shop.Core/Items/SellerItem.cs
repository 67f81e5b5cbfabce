using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a line of a seller's product bought, frozen: nothing that the seller changes later reaches it.</summary>
/// <param name="Months">How long it lasts, or a period; null: for good.</param>
/// <param name="Revision">The product's revision when it was put on the line.</param>
public sealed record SellerGoods(long SellerId, string Seller, string Contact, long ProductId, string Code, string Title, int? Months, SellerSale Sale, int Revision)
{
    /// <summary>Whoever buys it needs an account here.</summary>
    public bool NeedsAccount { get; init; }

    /// <summary>The seller's own terms; null: the shop's alone.</summary>
    public string? TermsUrl { get; init; }

    internal static SellerGoods Read(string json) =>
        JsonSerializer.Deserialize<SellerGoods>(json, JsonSerializerOptions.Web) ?? throw new FormatException("The goods of a seller's line are empty.");
}

/// <summary>Something of a seller's: it gives its buyer an entitlement, which the seller asks for and is told of.</summary>
public sealed class SellerItem(TimeProvider clock) : ItemKind
{
    public const string KindKey = "seller";

    public override string Key => KindKey;

    /// <summary>Not in the price list: a seller's products are rows of their own.</summary>
    public override bool IsSold => false;

    public override bool IsForOthers => false;

    public override bool CanGoBack => false;

    public override ItemForm Form { get; } = new(MaxQuantity: 1, Recipient: false, Note: false, Anonymous: false, DeliverOn: false);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [ShopRuleTexts.Get("NoKind", product.Sku, product.Kind)];

    public override string Title(Product product, int quantity) => GoodsOf(product).Title;

    public override ItemInfo Info(Product product) => new(ItemTexts.Get("Gives_seller", GoodsOf(product).Seller), "", ItemTexts.Get("GivingBack_seller", GoodsOf(product).Contact));

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => line switch
    {
        { Recipient: { Status: not AccountStatus.Visible } } => LineRefusal.MemberNotVisible,
        _ when before.Any(other => other.Product.Sku == line.Product.Sku) => LineRefusal.OneAtATime,
        _ => null,
    };

    public override LineEffect? Effect(ItemLine line, Preview preview) => new LineEffect.Adds(
        GoodsOf(line.Product).Months is { } months ? ItemTexts.Get(months == 1 ? "SellerMonths_One" : "SellerMonths_Other", months) : ItemTexts.Get("SellerForGood"));

    public override string Freeze(Product product, int quantity) => product.Goods.GetRawText();

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var (goods, now) = (SellerGoods.Read(work.Goods), clock.GetUtcNow());
        var until = await Entitlements.GrantAsync(db, goods.SellerId, goods.ProductId, work.RecipientId, work.DeliveryId, goods.Months, work.EffectiveAt, now, cancellationToken);
        await SellerNews.TellAsync(db, ShopEventKind.EntitlementGranted, work.DeliveryId, goods, until, null, now, cancellationToken);
        return new DeliveryResult.Applied(until);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        if (await Entitlements.RevokeAsync(db, deliveryId, reason, now, cancellationToken) is not { } gone)
        {
            return new RevokeResult.Revoked();
        }

        var (_, until) = await Entitlements.UntilAsync(db, gone.ProductId, gone.MemberId, cancellationToken);
        var goods = SellerGoods.Read(await db.Deliveries.Where(d => d.Id == deliveryId).Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (_, l) => l.Goods).FirstAsync(cancellationToken));
        await SellerNews.TellAsync(db, ShopEventKind.EntitlementRevoked, deliveryId, goods, until, reason, now, cancellationToken);
        return new RevokeResult.Revoked();
    }

    /// <summary>A seller's product as carts and orders know products, at what this buyer pays for it; null: it cannot be had for that.</summary>
    public static Product? ProductOf(SellerOffer offer, long? amountMinor)
    {
        var (product, seller) = offer;
        return offer.PriceOf(amountMinor) is not { } price ? null : new Product
        {
            Sku = product.Sku,
            Kind = KindKey,
            Group = KindKey,
            On = offer.IsOpen,
            PriceMinor = price,
            NoBonus = true,
            Goods = JsonSerializer.SerializeToElement(
                new SellerGoods(seller.Id, seller.Name, seller.Contact, product.Id, product.Code, product.Title, product.Months, product.Sale, product.Revision)
                {
                    NeedsAccount = product.SignIn == SellerSignIn.Account,
                    TermsUrl = offer.TermsUrl,
                },
                JsonSerializerOptions.Web),
        };
    }

    internal static SellerGoods GoodsOf(Product product) =>
        product.Goods.Deserialize<SellerGoods>(JsonSerializerOptions.Web) ?? throw new FormatException($"The goods of {product.Sku} are empty.");
}

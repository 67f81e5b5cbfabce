using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Writes down what a seller is told of. Nobody else hears of it, and it says nothing of other lines of the same order.</summary>
internal static class SellerNews
{
    /// <summary>An entitlement was given or taken back. <paramref name="until"/>: until when its buyer has the product now; null: for good, or not at all.</summary>
    public static async Task TellAsync(
        ShopDbContext db, ShopEventKind kind, long deliveryId, SellerGoods goods, DateTimeOffset? until, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var sold = await db.Deliveries.Where(d => d.Id == deliveryId).Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (_, l) => l)
            .Join(db.Orders, l => l.OrderId, o => o.Id, (l, o) => new { l.SellerBuyerId, l.PriceMinor, o.Currency, o.Reference, OrderId = o.Id, o.BuyerId }).FirstAsync(cancellationToken);
        var buyer = await BuyerAsync(db, sold.SellerBuyerId, cancellationToken);
        var facts = new EventFacts
        {
            Sku = goods.Code, Title = goods.Title, AmountMinor = sold.PriceMinor, Currency = sold.Currency, Reference = sold.Reference, Until = until, Reason = reason,
            Buyer = buyer?.Handle, BuyerUuid = buyer?.Uuid,
        };
        await ShopEvents.RecordAsync(
            db, kind, deliveryId.ToString(CultureInfo.InvariantCulture), new EventAbout(sold.BuyerId, sold.OrderId) { SellerId = goods.SellerId }, facts, now, cancellationToken);
    }

    /// <summary>A subscription of a seller's product is not charged any more. <paramref name="until"/>: until when its buyer has what is paid for; null: it is over.</summary>
    public static async Task TellCancelledAsync(
        ShopDbContext db, Subscription subscription, SubscriptionCancel why, DateTimeOffset? until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (subscription is not { SellerId: { } seller, Goods: { } goods })
        {
            return;
        }

        var (sold, buyer) = (SellerGoods.Read(goods), await BuyerAsync(db, subscription.SellerBuyerId, cancellationToken));
        var facts = new EventFacts
        {
            Sku = sold.Code, Title = sold.Title, AmountMinor = subscription.PriceMinor, Currency = subscription.Currency, Until = until, Reason = Words.Of(why),
            Buyer = buyer?.Handle, BuyerUuid = buyer?.Uuid, Subscription = subscription.Handle,
        };
        await ShopEvents.RecordAsync(
            db, ShopEventKind.SubscriptionCancelled, string.Create(CultureInfo.InvariantCulture, $"{subscription.Id}:{subscription.Version}"),
            new EventAbout(subscription.MemberId) { SellerId = seller }, facts, now, cancellationToken);
    }

    private sealed record Known(string Handle, string Uuid);

    private static Task<Known?> BuyerAsync(ShopDbContext db, long? id, CancellationToken cancellationToken) =>
        db.SellerBuyers.Where(b => b.Id == id).Select(b => new Known(b.Handle, b.Uuid)).FirstOrDefaultAsync(cancellationToken);
}

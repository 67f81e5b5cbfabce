using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Refunding;

/// <summary>What tests of refunds and disputes do alike: orders that were paid, staff who give back, and how it then stands.</summary>
public abstract class RefundCase(TestDatabase database) : ShopTests(database)
{
    protected const string Why = "asked by letter";

    /// <summary>Paid in money, or in points as far as they go.</summary>
    protected async Task<PlacedOrder> PaidAsync(Person buyer, string sku, int quantity = 1, string? recipient = null, bool usePoints = false, string? second = null)
    {
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, sku, quantity, recipient));
        if (second is not null)
        {
            Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, second));
        }

        if (usePoints)
        {
            await Shop.Get<Carts>().UsePointsAsync(buyer.Buyer, true, Cancel);
        }

        var isPoints = (await Shop.CartAsync(buyer.Buyer)).DueMoney.IsZero;
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer.Buyer, isPoints ? PayMethod.Points : Till.Id)).Number);
        if (!isPoints)
        {
            await Shop.PayAsync(order);
        }

        return await Shop.AgainAsync(order);
    }

    protected static StaffRefund Wish(PlacedOrder order, params LineShare[] shares) => new()
    {
        Key = Guid.NewGuid(), OrderId = order.Order.Id, Reason = Why,
        Shares = shares.Length > 0 ? shares : [.. order.Order.Lines.Select(l => new LineShare(l.Id, l.DueMinor, l.DuePoints))],
    };

    /// <summary>A share of the order's first line.</summary>
    protected static LineShare First(PlacedOrder order, long minor, long points = 0) => new(order.Order.Lines.OrderBy(l => l.Position).First().Id, minor, points);

    protected Task<StaffRefundResult> GiveBackAsync(StaffRefund wish, Person staff, ShopUnderTest? node = null) =>
        (node ?? Shop).Get<RefundDesk>().RefundAsync(wish, staff.Id, Cancel);

    protected async Task<StaffRefundResult> GiveBackAsync(StaffRefund wish) => await GiveBackAsync(wish, await Shop.MemberAsync());

    protected async Task<RefundState> MadeAsync(StaffRefund wish) => Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(wish)).State;

    protected async Task<RefundRefusal> RefusedAsync(StaffRefund wish) => Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(wish)).Reason;

    protected async Task<OrderState> StateAsync(PlacedOrder order) => (await Shop.AgainAsync(order)).Order.State;

    protected Task<OrderView> SeenAsync(PlacedOrder order) => Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel));

    protected Task<List<Refund>> RefundsAsync() => Shop.ReadAsync(db => db.Refunds.AsNoTracking().OrderBy(r => r.CreatedAt).ToListAsync(Cancel));

    protected Task<List<OrderFlagKind>> FlagsAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.OrderFlags.Where(f => f.OrderId == order.Order.Id && f.ClearedAt == null).OrderBy(f => f.Id).Select(f => f.Kind).ToListAsync(Cancel));

    protected Task<List<DeliveryState>> DeliveriesAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).OrderBy(d => d.Id).Select(d => d.State).ToListAsync(Cancel));

    protected Task<long> ReservedAsync() => Shop.ReadAsync(db => db.ProviderPayments.SumAsync(p => p.ReservedMinor, Cancel));

    /// <summary>The sum of an account's entries, by the beginning of its code.</summary>
    protected Task<long> BookedAsync(string code) => Shop.ReadAsync(db =>
        db.Entries.Join(db.LedgerAccounts.Where(a => a.Code.StartsWith(code)), e => e.AccountId, a => a.Id, (e, _) => e.Amount).SumAsync(Cancel));

    protected Task<SettleResult> NewsAsync(PlacedOrder order, ShopUnderTest? node = null) =>
        (node ?? Shop).Get<Settlement>().SettleAsync(order.Live.Id, null, Cancel, news: true);

    protected async Task EventAsync(string body)
    {
        Assert.Equal(
            WebhookAnswer.Taken,
            await Shop.Get<Inbox>().ReceiveAsync(
                new ProviderId(Till.Id), new WebhookRequest(System.Text.Encoding.UTF8.GetBytes(body), new Dictionary<string, string>(), Shop.Clock.GetUtcNow()), Cancel));
        await Shop.Get<InboxRun>().PassAsync(Cancel);
    }
}

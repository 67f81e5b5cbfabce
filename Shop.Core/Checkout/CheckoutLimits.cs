using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>How often somebody may place orders and try to pay, counted by index from the rows that are there anyway (security.md section 4).</summary>
public static class CheckoutLimits
{
    /// <summary>The most orders of one account or cart in ten minutes.</summary>
    public const int OrdersInTenMinutes = 10;

    /// <summary>The most orders from one network address in an hour.</summary>
    public const int OrdersOfAddressInAnHour = 60;

    public const int TriesOfOrder = 5;

    public const int TriesOfAccountInAnHour = 10;

    public const int TriesOfAddressInAnHour = 20;

    /// <summary>Whether one more order is too many. <paramref name="addressHash"/>: null where limits per address are off.</summary>
    internal static async Task<bool> TooManyOrdersAsync(
        ShopDbContext db, Buyer buyer, string? addressHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (lately, hour) = (now.AddMinutes(-10), now.AddHours(-1));
        var own = await db.Orders.CountAsync(
            o => o.PlacedAt > lately && (buyer.MemberId != null ? o.BuyerId == buyer.MemberId : o.SessionHash == buyer.SessionHash), cancellationToken);
        return own >= OrdersInTenMinutes
            || (addressHash is not null
                && await db.Orders.CountAsync(o => o.AddressHash == addressHash && o.PlacedAt > hour, cancellationToken) >= OrdersOfAddressInAnHour);
    }

    /// <summary>Whether one more try at paying is too many, for the order, the account or the address.</summary>
    internal static async Task<bool> TooManyTriesAsync(
        ShopDbContext db, long? orderId, long? memberId, string? addressHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hour = now.AddHours(-1);
        var attempts = db.PaymentAttempts;
        return (orderId is not null && await attempts.CountAsync(a => a.OrderId == orderId, cancellationToken) >= TriesOfOrder)
            || (memberId is not null && await db.Orders.Where(o => o.BuyerId == memberId)
                .Join(attempts.Where(a => a.CreatedAt > hour), o => o.Id, a => a.OrderId, (o, a) => a.Id).CountAsync(cancellationToken) >= TriesOfAccountInAnHour)
            || (addressHash is not null && await attempts.CountAsync(
                a => a.AddressHash == addressHash && a.CreatedAt > hour, cancellationToken) >= TriesOfAddressInAnHour);
    }
}

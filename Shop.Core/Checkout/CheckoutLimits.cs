using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

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

    private static readonly PerModel<Func<ShopDbContext, long, DateTimeOffset, CancellationToken, Task<int>>> OrdersOfMember = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long member, DateTimeOffset since, CancellationToken _) =>
            db.Orders.Count(o => o.PlacedAt > since && o.BuyerId == member)));

    private static readonly PerModel<Func<ShopDbContext, long, DateTimeOffset, CancellationToken, Task<int>>> TriesOfMember = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long member, DateTimeOffset since, CancellationToken _) =>
            db.Orders.Where(o => o.BuyerId == member).Join(db.PaymentAttempts.Where(a => a.CreatedAt > since), o => o.Id, a => a.OrderId, (o, a) => a.Id).Count()));

    /// <summary>Whether one more order is too many. <paramref name="addressHash"/>: null where limits per address are off.</summary>
    internal static async Task<bool> TooManyOrdersAsync(
        ShopDbContext db, Buyer buyer, string? addressHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (lately, hour) = (now.AddMinutes(-10), now.AddHours(-1));
        var own = buyer.MemberId is { } member
            ? await OrdersOfMember.For(db)(db, member, lately, cancellationToken)
            : await db.Orders.CountAsync(o => o.PlacedAt > lately && o.SessionHash == buyer.SessionHash, cancellationToken);
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
            || (memberId is { } member && await TriesOfMember.For(db)(db, member, hour, cancellationToken) >= TriesOfAccountInAnHour)
            || (addressHash is not null && await attempts.CountAsync(
                a => a.AddressHash == addressHash && a.CreatedAt > hour, cancellationToken) >= TriesOfAddressInAnHour);
    }
}

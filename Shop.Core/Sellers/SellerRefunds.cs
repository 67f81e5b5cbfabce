using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What became of a refund that a seller's program asked for.</summary>
public abstract record SellerRefundResult
{
    private SellerRefundResult() { }

    /// <summary>The seller has no such order.</summary>
    public sealed record NotFound : SellerRefundResult;

    /// <summary>Whoever made the key may not give money back, or not any more.</summary>
    public sealed record NobodyBehind : SellerRefundResult;

    public sealed record Done(RaisedRefund Raised) : SellerRefundResult;
}

/// <summary>
/// Refunds by a seller's key (docs/adr/0045). A refund has a person behind it: of a key that is whoever made it, under whose limits it counts, who needs the role for it at that
/// moment, and in whose stead somebody else approves what is above the limit.
/// </summary>
public sealed class SellerRefunds(Writes writes, RefundDesk desk)
{
    /// <summary>Gives back of an order of the seller's until it is this much in all.</summary>
    public async Task<SellerRefundResult> RaiseToAsync(KeyHolder key, string number, Money total, string reason, CancellationToken cancellationToken)
    {
        var (order, maker) = await writes.ReadAsync(
            async (db, token) => (
                await db.Orders.Where(o => o.Number == number && db.MatrixOrders.Any(m => m.OrderId == o.Id && m.SellerId == key.SellerId)).Select(o => (long?)o.Id).FirstOrDefaultAsync(token),
                await db.SellerKeys.Where(k => k.Id == key.KeyId).Select(k => new
                {
                    k.MadeBy,
                    MayRefund = db.UserRoles.Any(r => r.UserId == k.MadeBy && db.Roles.Any(role => role.Id == r.RoleId && (role.Name == StaffRoles.Refunder || role.Name == StaffRoles.Owner))),
                }).FirstAsync(token)),
            cancellationToken);
        return (order, maker) switch
        {
            (null, _) => new SellerRefundResult.NotFound(),
            (_, { MayRefund: false }) => new SellerRefundResult.NobodyBehind(),
            ({ } id, { MadeBy: var member }) => new SellerRefundResult.Done(await desk.RaiseToAsync(id, total, reason, member, $"key {key.Prefix}", cancellationToken)),
        };
    }
}

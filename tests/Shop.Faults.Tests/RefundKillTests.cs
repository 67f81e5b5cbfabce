using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// The shop kills itself while it gives money back (scenarios.md K13, K14, R03): before the bank is told, and before its answer is written. Started again it sends the
/// same refund under the same key: money and points go back once.
/// </summary>
public abstract class RefundKillTests(TestDatabase database) : KilledPurchaseTests(database, webhooks: false)
{
    [Theory(Timeout = 600_000)]
    [InlineData("K13", 0)]
    [InlineData("K14", 1)]
    public async Task R03_KilledInARefund_GivesBackOnce(string point, int refundsAtTheBank)
    {
        var (giver, friend) = (await Site.RegisterAsync(), await Site.RegisterAsync());
        await giver.Visitor.AddAsync("paid1", ("Recipient", friend.Name));
        await giver.Visitor.PressAsync(await giver.PlaceAsync(), "ok");
        await Site.WorkAsync(Cancel, Shop);
        var gift = await friend.Visitor.GetAsync((await friend.Visitor.GetAsync("/account/gifts")).Find("gift-give-back")!.GetAttribute("href")!);
        Shop.Arm(point);
        await Assert.ThrowsAnyAsync<Exception>(() => friend.Visitor.SubmitAsync(gift));

        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        var refund = await RefundAsync(giver);
        Assert.Equal((RefundState.Created, refundsAtTheBank), (refund.State, await AtTheBankAsync(refund)));
        await Shop.StartAsync(Cancel);
        await RecoverAsync();

        refund = await RefundAsync(giver);
        Assert.Equal((RefundState.Succeeded, 1), (refund.State, await AtTheBankAsync(refund)));
        Assert.Equal(OrderState.Refunded, await Site.ReadAsync(db => db.Orders.Where(o => o.Id == refund.OrderId).Select(o => o.State).SingleAsync(Cancel)));
        Assert.Empty(await Site.DifferencesAsync(Cancel));
        await Site.CheckAsync(Cancel);
    }

    private Task<Refund> RefundAsync(Buyer giver) => Site.ReadAsync(db =>
        db.Refunds.AsNoTracking().SingleAsync(r => db.Orders.Any(o => o.Id == r.OrderId && db.Users.Any(m => m.Id == o.BuyerId && m.UserName == giver.Name)), Cancel));

    private async Task<int> AtTheBankAsync(Refund refund) => (await Site.BankAsync($"SELECT id FROM refunds WHERE refund = '{refund.Id:D}'", Cancel)).Count;
}

public sealed class RefundKillTests_Sqlite(SqliteDatabase database) : RefundKillTests(database), IClassFixture<SqliteDatabase>;

public sealed class RefundKillTests_Postgres(PostgresDatabase database) : RefundKillTests(database), IClassFixture<PostgresDatabase>;

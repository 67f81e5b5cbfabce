using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>What is given back of an order is raised to totals, as programs of sellers ask for it (TP-2, docs/adr/0045).</summary>
public abstract class RaisedRefundTests(TestDatabase database) : ResourceCase(database)
{
    /// <summary>An order of another storefront for 3.00.</summary>
    private async Task<PlacedOrder> SoldAsync()
    {
        var session = Session();
        return await PayAsync((await MadeAsync(Other(session: session))).Number, session);
    }

    private Task<RaisedRefund> RaiseAsync(PlacedOrder order, long total, Person staff, ShopUnderTest? node = null, string reason = Why) =>
        (node ?? Shop).Get<RefundDesk>().RaiseToAsync(order.Order.Id, new Money(total, Currency.Usd), reason, staff.Id, "key abc", Cancel);

    private async Task<StaffRefundResult> AskedAsync(PlacedOrder order, long total, Person staff, string reason = Why) =>
        Assert.IsType<RaisedRefund.Asked>(await RaiseAsync(order, total, staff, reason: reason)).Result;

    [Fact]
    public async Task TP_2_SameTotalFromTwoNodesAtOnce_IsOneRefund()
    {
        var (order, staff) = (await SoldAsync(), await Shop.MemberAsync());
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(10, i => RaiseAsync(order, 50, staff, nodes[i % 2]));
        Assert.Single(results.OfType<RaisedRefund.Asked>());
        Assert.Equal(9, results.OfType<RaisedRefund.Stands>().Count());
        var refund = Assert.Single(await RefundsAsync());
        Assert.Equal((50L, RefundState.Succeeded, 1, 50L), (refund.AmountMinor, refund.State, Shop.Till.Refunded.Count, await ReservedAsync()));
        Assert.EndsWith("(key abc)", refund.By, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TP_2_TotalsGrow_WhatTheDeskGaveBackCounts_AndALowerOneIsRefused()
    {
        var (order, staff) = (await SoldAsync(), await Shop.MemberAsync());
        await AskedAsync(order, 50, staff);
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, 30))));
        await AskedAsync(order, 120, staff);
        Assert.Equal([50, 30, 40], (await RefundsAsync()).Select(r => r.AmountMinor));
        Assert.Equal(120, Assert.IsType<RaisedRefund.AlreadyMore>(await RaiseAsync(order, 119, staff)).Standing.Minor);
        Assert.Equal(RefundRefusal.TooMuch, Assert.IsType<StaffRefundResult.Refused>(await AskedAsync(order, 301, staff)).Reason);
        Assert.IsType<StaffRefundResult.Made>(await AskedAsync(order, 300, staff));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    [Fact]
    public async Task TP_2_RefundThatFailed_IsMadeAnewByTheSameTotal()
    {
        var (order, staff) = (await SoldAsync(), await Shop.MemberAsync());
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        Assert.Equal(RefundState.Failed, Assert.IsType<StaffRefundResult.Made>(await AskedAsync(order, 50, staff)).State);
        Shop.Till.RefundsAre = RefundOutcome.Succeeded;
        Assert.Equal(RefundState.Succeeded, Assert.IsType<StaffRefundResult.Made>(await AskedAsync(order, 50, staff)).State);
        Assert.Equal(50, await ReservedAsync());
    }

    [Fact]
    public async Task TP_2_AboveTheLimit_WaitsForASecondPerson_Once_AndNothingElseBesideIt()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 100 });
        var (order, staff, second) = (await SoldAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var asked = Assert.IsType<StaffRefundResult.Proposed>(await AskedAsync(order, 200, staff));
        Assert.Equal(asked, await AskedAsync(order, 200, staff, "another reason"));
        Assert.IsType<RaisedRefund.OtherWaits>(await RaiseAsync(order, 250, staff));
        Assert.Empty(await RefundsAsync());
        Assert.Equal(RefundRefusal.SamePerson, Assert.IsType<StaffRefundResult.Refused>(await Shop.Get<RefundDesk>().DecideAsync(asked.Approval, staff.Id, true, Cancel)).Reason);
        Assert.IsType<StaffRefundResult.Made>(await Shop.Get<RefundDesk>().DecideAsync(asked.Approval, second.Id, true, Cancel));
        Assert.IsType<RaisedRefund.Stands>(await RaiseAsync(order, 200, staff));
        Assert.Equal(200, Assert.Single(await RefundsAsync()).AmountMinor);
    }

    [Fact]
    public async Task TP_2_Declined_IsNotAskedForAgainByTheSameTotal()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 100 });
        var (order, staff) = (await SoldAsync(), await Shop.MemberAsync());
        var asked = Assert.IsType<StaffRefundResult.Proposed>(await AskedAsync(order, 200, staff));
        await Shop.Get<RefundDesk>().DecideAsync(asked.Approval, (await Shop.MemberAsync()).Id, false, Cancel);
        Assert.IsType<StaffRefundResult.Ended>(await AskedAsync(order, 200, staff));
        Assert.Equal(0, await ReservedAsync());
    }

    [Fact]
    public async Task TP_2_UnpaidOrder_IsRefused()
    {
        var made = await MadeAsync(Other(session: Session()));
        var order = await Shop.ReadAsync(db => db.Orders.Where(o => o.Number == made.Number).Select(o => o.Id).SingleAsync(Cancel));
        var refused = Assert.IsType<RaisedRefund.Asked>(await Shop.Get<RefundDesk>().RaiseToAsync(order, new Money(50, Currency.Usd), Why, (await Shop.MemberAsync()).Id, null, Cancel));
        Assert.Equal(RefundRefusal.NotPaid, Assert.IsType<StaffRefundResult.Refused>(refused.Result).Reason);
    }
}

public sealed class RaisedRefundTests_Sqlite(SqliteDatabase database) : RaisedRefundTests(database), IClassFixture<SqliteDatabase>;

public sealed class RaisedRefundTests_Postgres(PostgresDatabase database) : RaisedRefundTests(database), IClassFixture<PostgresDatabase>;

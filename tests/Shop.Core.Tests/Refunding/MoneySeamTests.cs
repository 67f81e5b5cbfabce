using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Refunding;

/// <summary>Where refunds, disputes, gifts, promotions and own orders meet: found by attacking the shop.</summary>
public abstract class MoneySeamTests(TestDatabase database) : RefundCase(database)
{
    /// <summary>The provider made a refund of which it had said, long enough, that it never happened.</summary>
    [Fact]
    public async Task R03_RefundCountedAsNeverMade_IsMadeAfterAll_AndIsBooked()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        var refund = await LostOnTheWayAsync(order, 300);
        Shop.Clock.Advance(TimeSpan.FromHours(6));
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        Assert.Equal((RefundState.Failed, 0L), (Assert.Single(await RefundsAsync()).State, await ReservedAsync()));
        var there = Shop.Till.Said(order.Live.Id);
        await Shop.Till.RefundAsync(
            new StartRefund(
                new RefundId(refund), new PaymentLocator(new AttemptId(order.Live.Id), there.Reference, new IdempotencyKey("k"), Money.Zero(Currency.Usd)),
                there.Captures[0].Reference, new Money(300, Currency.Usd), new IdempotencyKey("k")),
            Cancel);
        await EventAsync($"accepted e1 Refund ref_{refund:N} {refund} {order.Live.ProviderRef}");
        await NewsAsync(order);
        Assert.Equal((300L, order.Order.DueMinor - 300), (await ReservedAsync(), await BookedAsync("clearing:")));
        Assert.Equal([OrderFlagKind.RefundFailed, OrderFlagKind.RefundSeen], (await FlagsAsync(order)).Order());
    }

    /// <summary>A refund of which the provider has not heard yet, when the payer's bank takes the money itself.</summary>
    [Fact]
    public async Task R09_DisputeComesBeforeARefundWasSent_ItIsNotSent_AndTheLossIsBooked()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        await LostOnTheWayAsync(order, order.Order.DueMinor);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Open);
        await NewsAsync(order);
        await PassesAsync(6, TimeSpan.FromMinutes(20));
        Assert.Empty(Shop.Till.Refunded);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        await PassesAsync(6, TimeSpan.FromHours(2));
        Assert.Empty(Shop.Till.Refunded);
        Assert.Equal((0L, order.Order.DueMinor, OrderState.Refunded), (await BookedAsync("clearing:"), await BookedAsync("disputes:"), await StateAsync(order)));
    }

    /// <summary>The whole payment was promised to a refund that the provider works on when the dispute is lost; then the refund comes to nothing.</summary>
    [Fact]
    public async Task R09_DisputeLostBesideARefundThatThenFails_TheLossIsBookedOnce()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid1");
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        await MadeAsync(Wish(order));
        var refund = Assert.Single(await RefundsAsync());
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        Shop.Till.Set(refund.Id, RefundOutcome.Failed);
        await PassesAsync(2, TimeSpan.FromHours(2));
        await NewsAsync(order);
        Assert.Equal((0L, order.Order.DueMinor, OrderState.Refunded), (await BookedAsync("clearing:"), await BookedAsync("disputes:"), await StateAsync(order)));
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(buyer.Id));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        await NewsAsync(order);
        Assert.Equal((order.Order.DueMinor, 0L), (await BookedAsync("clearing:"), await BookedAsync("disputes:")));
    }

    /// <summary>A part was promised to a refund when all of the payment was lost: the rest of the loss is booked when that comes to nothing, and all of it is reversed when it is won.</summary>
    [Fact]
    public async Task R09_DisputeLostInFullBesideAPartThatThenFails_TheRestIsBookedWhenItFails()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        await MadeAsync(Wish(order, First(order, 400)));
        var refund = Assert.Single(await RefundsAsync());
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        Assert.Equal((600L, 1000L), (await BookedAsync("disputes:"), await ReservedAsync()));

        // the service says nothing of the dispute any more: what we know of it suffices
        Shop.Till.Set(refund.Id, RefundOutcome.Failed);
        Shop.Till.Forget(order.Live.Id);
        await PassesAsync(2, TimeSpan.FromHours(2));
        Assert.Equal((1000L, 0L, OrderState.Refunded), (await BookedAsync("disputes:"), await BookedAsync("clearing:"), await StateAsync(order)));
        Assert.Equal([400L, 600L], (await RefundsAsync()).Where(r => r.Origin == RefundOrigin.Dispute).Select(r => r.AmountMinor).Order());
    }

    [Fact]
    public async Task R09_LossBookedInTwoParts_ThenWon_IsReversedWhole()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        await MadeAsync(Wish(order, First(order, 400)));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        Shop.Till.Set((await RefundsAsync())[0].Id, RefundOutcome.Failed);
        await NewsAsync(order);
        Assert.Equal(1000L, await BookedAsync("disputes:"));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        await NewsAsync(order);
        Assert.Equal((0L, 1000L, 0L), (await BookedAsync("disputes:"), await BookedAsync("clearing:"), await ReservedAsync()));
    }

    /// <summary>The money was given back as points, and is taken by the bank all the same: the buyer does not keep both.</summary>
    [Fact]
    public async Task R09_R10_MoneyGivenAsPoints_ThenLostInADispute_ThePointsGoAgain()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid2");
        await MadeAsync(Wish(order) with { PaidAs = RefundPaidAs.Points });
        Assert.True(await Shop.PointsAsync(buyer.Id) > 0);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        await NewsAsync(order);
        Assert.Equal((0L, 0L), (await Shop.PointsAsync(buyer.Id), await Shop.ReadAsync(db => PointsAccounts.OwedAsync(db, buyer.Id, Cancel))));
        Assert.Equal((order.Order.DueMinor, 0L, 0L), (await BookedAsync("disputes:"), await BookedAsync("settlement:"), await BookedAsync("clearing:")));
        Assert.Equal([OrderFlagKind.Dispute], await FlagsAsync(order));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task R09_R10_MoneyGivenAsPointsThatAreSpent_ThenLost_WhatIsThereGoes_TheRestIsOwedAndFlaggedWithItsNumber()
    {
        var (buyer, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PaidAsync(buyer, "paid2");
        await MadeAsync(Wish(order) with { PaidAs = RefundPaidAs.Points });
        var given = await Shop.PointsAsync(buyer.Id);
        Assert.IsType<TransferResult.Sent>(await Shop.Get<Transfers>().SendAsync(new TransferWish(buyer.Id, friend.Name, given - 7, null, false), "f", Cancel));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        Assert.Equal((0L, given - 7), (await Shop.PointsAsync(buyer.Id), await Shop.ReadAsync(db => PointsAccounts.OwedAsync(db, buyer.Id, Cancel))));
        Assert.Equal(
            given - 7,
            await Shop.ReadAsync(db => db.OrderFlags.Where(f => f.OrderId == order.Order.Id && f.Kind == OrderFlagKind.PointsShort && f.ClearedAt == null).Select(f => f.Points).SingleAsync(Cancel)));
        Assert.Equal((order.Order.DueMinor, 0L), (await BookedAsync("disputes:"), await BookedAsync("clearing:")));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task R09_R10_PartOfTheMoneyGivenAsPointsIsLost_OnlyItsPointsGo()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "points", 100);
        await MadeAsync(Wish(order, First(order, 600)) with { PaidAs = RefundPaidAs.Points });
        var before = await Shop.PointsAsync(buyer.Id);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost, 700); // 400 are free, so 300 of the 600; and now that all of the line is back, its goods go, too
        await NewsAsync(order);
        Assert.Equal((before - (300 / order.Order.PointValueMinor) - 100, 700L), (await Shop.PointsAsync(buyer.Id), await BookedAsync("disputes:")));
        Assert.Equal((300L, 1000L), (await BookedAsync("settlement:"), await ReservedAsync()));
        await Shop.BooksAreRightAsync();
    }

    /// <summary>A gift that its giver can move on while the bank decides: what holds the order is then the dispute.</summary>
    [Fact]
    public async Task R09_StuckGiftMovedOnDuringADispute_TheOrderStaysHeld()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.BanAsync(unit.Db, one.Id, giver.Name, Shop.Clock.GetUtcNow(), token), Cancel);
        await Shop.PayAsync(order);
        var delivery = await Shop.ReadAsync(db => db.Deliveries.Select(d => d.Id).SingleAsync(Cancel));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Open);
        await NewsAsync(order);
        await Shop.Get<Core.Gifts>().ChangeAsync(giver.Id, delivery, new GiftChange(two.Name, null, null, false, false, null), Cancel);
        Assert.Equal([OrderFlagKind.Dispute, OrderFlagKind.Held], (await FlagsAsync(order)).Where(f => f != OrderFlagKind.DeliveryStuck).Order());
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await BrokenAsync());
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        await NewsAsync(order);
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal((OrderState.Fulfilled, 0, "paid"), (await StateAsync(order), (await FlagsAsync(order)).Count, (await Shop.MembershipAsync(two.Id)).Class));
    }

    /// <summary>A line of which staff gave a little back is not gone: it still needs the least amount of its promotion.</summary>
    [Fact]
    public async Task DW_70_DiscountForALeastAmount_LargeLineGivenBack_AfterALittleOfTheOther()
    {
        var day = Days.Of(Shop.Clock.GetUtcNow());
        await PublishAsync((object)new PromotionTerms
        {
            Promotions = [new Promotion { Key = "spring", Name = "Spring", On = true, From = day, Until = day.AddDays(30), Percent = 90, MinimumMinor = 20_000 }],
        });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PaidAsync(giver, "seed", recipient: friend.Name, second: "prem12");
        await MadeAsync(Wish(order, new LineShare(order.Order.Lines.Single(l => l.Sku == "prem12").Id, 1, 0)));
        var gift = await Shop.ReadAsync(db => db.Deliveries.Where(d => d.RecipientId == friend.Id).Select(d => d.Id).SingleAsync(Cancel));
        Assert.IsType<GiftReturnResult.Bound>(await Shop.Get<GiftReturns>().ReturnAsync(friend.Id, gift, Cancel));
    }

    /// <summary>What somebody else has got is not given back by the buyer, however it came there.</summary>
    [Fact]
    public async Task DW_71_TokenThatWasPassedOn_IsNotGivenBackByItsBuyer()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { BuyerDays = 3 });
        var (buyer, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PaidAsync(buyer, "rename");
        var code = await Shop.ReadAsync(db => db.RenameTokens.Select(t => t.Code).SingleAsync(Cancel));
        Assert.IsType<RenameResult.Done>(await Shop.Get<RenameTokens>().GiveAsync(buyer.Id, code, friend.Name, Cancel));
        var result = await Shop.Get<BuyerRefunds>().RefundAsync(new OrderViewer(buyer.Buyer, null), order.Order.Id, [order.Order.Lines[0].Id], Cancel);
        Assert.Equal(RefundRefusal.TooLate, Assert.IsType<BuyerRefundResult.Refused>(result).Reason);
        Assert.Equal(RenameTokenState.Unused, await Shop.ReadAsync(db => db.RenameTokens.Select(t => t.State).SingleAsync(Cancel)));
    }

    /// <summary>Bought without signing in, or for an address: it is the own one all the same.</summary>
    [Fact]
    public async Task S32_OrderOfAVisitorOrGiftByMail_WithTheOwnAddress_IsTheOwnOne()
    {
        var (clerk, buyer) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var address = clerk.Name.ToUpperInvariant() + "@example.org";
        var gift = await PaidAsync(buyer, "paid1", recipient: address);
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(Wish(gift), clerk)).Reason);
        var visitor = Buyer.Of(null, Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid1", recipient: buyer.Name)).NewCartKey);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(visitor, email: address)).Number);
        await Shop.PayAsync(order);
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(Wish(order), clerk)).Reason);
        Assert.Empty(await RefundsAsync());
    }

    /// <summary>Staff ask for a refund, and the call reaches nobody.</summary>
    private async Task<Guid> LostOnTheWayAsync(PlacedOrder order, long minor)
    {
        Shop.Till.Fault = new TimeoutException();
        await MadeAsync(Wish(order, First(order, minor)));
        Shop.Till.Fault = null;
        return Assert.Single(await RefundsAsync()).Id;
    }

    private async Task PassesAsync(int count, TimeSpan apart)
    {
        for (var i = 0; i < count; i++)
        {
            Shop.Clock.Advance(apart);
            await Shop.Get<RefundRun>().PassAsync(Cancel);
        }
    }

    private async Task<string> BrokenAsync() =>
        string.Join(' ', (await Shop.ReadAsync(db => new Core.Books(db, Shop.Clock).CheckAsync(Cancel))).Where(v => v.Invariant != "I15").Select(v => v.Invariant));
}

public sealed class MoneySeamTests_Sqlite(SqliteDatabase database) : MoneySeamTests(database), IClassFixture<SqliteDatabase>;

public sealed class MoneySeamTests_Postgres(PostgresDatabase database) : MoneySeamTests(database), IClassFixture<PostgresDatabase>;

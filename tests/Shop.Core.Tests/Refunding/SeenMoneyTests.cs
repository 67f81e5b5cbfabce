using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Refunding;

/// <summary>Money that went back without the shop: refunds made at the provider, and disputes (R04, R08, R09, W03, W12, DW-71).</summary>
public abstract class SeenMoneyTests(TestDatabase database) : RefundCase(database)
{
    [Fact]
    public async Task R04_RefundMadeAtTheProvider_IsAttachedAndBookedOnce_HoweverOftenItIsTold()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid1");
        var reference = Shop.Till.RefundHere(order.Live.Id, order.Order.DueMinor);
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        await ShopUnderTest.AtOnceAsync(8, i => NewsAsync(order, nodes[i % 2]));
        var refund = Assert.Single(await RefundsAsync());
        Assert.Equal((RefundOrigin.External, RefundState.Succeeded, reference), (refund.Origin, refund.State, refund.ProviderRef));
        Assert.Equal((OrderState.Refunded, MembershipState.Never, 0L), (await StateAsync(order), await Shop.MembershipAsync(buyer.Id), await BookedAsync("clearing:")));
        Assert.Equal([OrderFlagKind.RefundSeen], await FlagsAsync(order));
    }

    [Fact]
    public async Task R04_EventOfARefundWeDoNotKnow_IsFoundByItsPayment_AndOursByItsId()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        await EventAsync($"accepted e1 Refund {Shop.Till.RefundHere(order.Live.Id, 300)} {Guid.NewGuid()} {order.Live.ProviderRef}");
        Assert.Equal((300L, OrderState.Fulfilled), (await ReservedAsync(), await StateAsync(order)));

        // ours, whose event is here before our answer: the till tells of it while it is being asked
        Shop.Till.LoseRefundAnswer = true;
        await MadeAsync(Wish(order, First(order, 200)));
        var ours = (await RefundsAsync()).Single(r => r.Origin == RefundOrigin.Staff);
        await EventAsync($"accepted e2 Refund ref_{ours.Id:N} {ours.Id} {order.Live.ProviderRef}");
        Assert.Equal((500L, 2, 2), (await ReservedAsync(), (await RefundsAsync()).Count, (await RefundsAsync()).Count(r => r.State == RefundState.Succeeded)));
    }

    [Fact]
    public async Task R04_PartGivenBackAtTheProvider_GoesToTheLineOfThatAmount_AndARuleSaysWhatOfTheGoods()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { SeenTakesBack = false });
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "points", 100, second: "paid1");
        var line = order.Order.Lines.Single(l => l.Sku == "paid1");
        Shop.Till.RefundHere(order.Live.Id, line.DueMinor);
        await NewsAsync(order);
        Assert.Equal(line.Id, await Shop.ReadAsync(db => db.RefundLines.Select(l => l.OrderLineId).SingleAsync(Cancel)));
        Assert.Equal([DeliveryState.Applied, DeliveryState.Applied], await DeliveriesAsync(order));
        Assert.Equal([OrderFlagKind.Irrevocable, OrderFlagKind.RefundSeen], (await FlagsAsync(order)).Order());
        Assert.Equal(OrderState.Fulfilled, await StateAsync(order));
    }

    [Fact]
    public async Task R08_RefundMadeAtTheProviderThatComesBack_IsReversed()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        var reference = Shop.Till.RefundHere(order.Live.Id, 300);
        await NewsAsync(order);
        Shop.Till.FailHere(order.Live.Id, reference);
        await NewsAsync(order);
        await NewsAsync(order);
        Assert.Equal((RefundState.Failed, 0L, 1000L), (Assert.Single(await RefundsAsync()).State, await ReservedAsync(), await BookedAsync("clearing:")));
        Assert.Contains(OrderFlagKind.RefundFailed, await FlagsAsync(order));
    }

    [Theory]
    [InlineData(DisputeOutcome.Won, OrderState.Fulfilled)]
    [InlineData(DisputeOutcome.Lost, OrderState.Refunded)]
    public async Task R09_OpenDispute_FreezesTheOrder_UntilItsEnd(DisputeOutcome end, OrderState after)
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, friend.Name, null) { DeliverOn = Days.Of(Shop.Clock.GetUtcNow().AddDays(2)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) }));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Open);
        await NewsAsync(order);
        Assert.Contains(OrderFlagKind.Dispute, await FlagsAsync(order));
        Assert.Equal(RefundRefusal.Disputed, await RefusedAsync(Wish(order)));
        await Shop.SendAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal([DeliveryState.Scheduled], await DeliveriesAsync(order));
        await Shop.BooksAreRightAsync(); // it waits on purpose

        Shop.Till.Dispute(order.Live.Id, end);
        await Shop.Get<RefundRun>().PassAsync(Cancel); // no event came: the daily look finds it
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(after, await StateAsync(order));
        Assert.Equal(end == DisputeOutcome.Won ? 0 : order.Order.DueMinor, await BookedAsync("disputes:"));
    }

    [Theory]
    [InlineData("take_back", DeliveryState.Revoked, AccountStatus.Visible)]
    [InlineData("leave", DeliveryState.Applied, AccountStatus.Visible)]
    [InlineData("block", DeliveryState.Revoked, AccountStatus.Suspended)]
    public async Task R09_LostDispute_GoodsAndBuyerByRule(string rule, DeliveryState goods, AccountStatus status)
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { LostDispute = rule });
        var buyer = await Shop.MemberAsync(points: 20);
        var order = await PaidAsync(buyer, "paid2", usePoints: true);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        await NewsAsync(order);
        Assert.Equal(goods, Assert.Single(await DeliveriesAsync(order)));
        Assert.Equal(status, await Shop.ReadAsync(db => db.Users.Where(m => m.Id == buyer.Id).Select(m => m.Status).SingleAsync(Cancel)));
        Assert.Equal(goods == DeliveryState.Revoked ? 20L : 0, await Shop.PointsAsync(buyer.Id)); // points go with the goods they paid for
    }

    /// <summary>Four pieces of news in every order, the first told once more: the same books and the same order in the end (W03).</summary>
    [Fact]
    public async Task W03_R09_EventsInAllOrders_EndAlike()
    {
        var ends = new HashSet<(OrderState, long, long, int, string)>();
        foreach (var order in Permutations([0, 1, 2, 3]))
        {
            var buyer = await Shop.MemberAsync();
            var bought = await Shop.BuyAsync(buyer.Buyer, "paid1");
            Shop.Till.Pay(bought.Live.Id);
            var paid = Shop.Till.Said(bought.Live.Id);
            Shop.Till.RefundHere(bought.Live.Id, 100, "re" + bought.Order.Id);
            var refunded = Shop.Till.Said(bought.Live.Id);
            Shop.Till.Dispute(bought.Live.Id, DisputeOutcome.Open, 50);
            var disputed = Shop.Till.Said(bought.Live.Id);
            Shop.Till.Dispute(bought.Live.Id, DisputeOutcome.Lost, 50);
            PaymentSnapshot[] news = [paid, refunded, disputed, Shop.Till.Said(bought.Live.Id)];
            foreach (var told in order.Append(order[0]).Select(i => news[i]))
            {
                await Shop.Get<Settlement>().SettleAsync(bought.Live.Id, told, Cancel);
            }

            await Shop.Get<DeliveryRun>().PassAsync(Cancel); // what stood still

            var refunds = await Shop.ReadAsync(db => db.Refunds.Where(r => r.OrderId == bought.Order.Id).OrderBy(r => r.AmountMinor).ToListAsync(Cancel));
            var journals = await Shop.ReadAsync(db => db.Journals.CountAsync(j => j.OrderId == bought.Order.Id && (j.Kind == "refund" || j.Kind == "capture"), Cancel));
            ends.Add((await StateAsync(bought), refunds.Sum(r => r.AmountMinor), refunds.Count, journals, string.Join(' ', (await FlagsAsync(bought)).Order())));
        }

        Assert.Equal((OrderState.Fulfilled, 150L, 2L, 3, "Dispute RefundSeen"), Assert.Single(ends));
    }

    [Fact]
    public async Task R09_LostThenWon_IsReversedOnce_AndOlderNewsChangeNothing()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "paid1");
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Lost);
        var lost = Shop.Till.Said(order.Live.Id);
        await NewsAsync(order);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        await NewsAsync(order);
        await Shop.Get<Settlement>().SettleAsync(order.Live.Id, lost, Cancel);
        await NewsAsync(order);
        Assert.Equal((RefundState.Failed, order.Order.DueMinor, 0L), (Assert.Single(await RefundsAsync()).State, await BookedAsync("clearing:"), await BookedAsync("disputes:")));
        Assert.Equal(DisputeState.Won, await Shop.ReadAsync(db => db.Disputes.Select(d => d.State).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task W12_RefundAndDisputeReplayed_NoSecondMailAndNoStepBack()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "paid1");
        Shop.Till.RefundHere(order.Live.Id, order.Order.DueMinor);
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        for (var i = 0; i < 3; i++)
        {
            await EventAsync($"accepted e{i} Payment {order.Live.ProviderRef} {order.Live.Id}");
        }

        await Shop.SendAsync();
        Assert.Equal((OrderState.Refunded, 1, 1), (await StateAsync(order), Shop.Sent.Count(OutboxKinds.Receipt), Shop.Sent.Count(OutboxKinds.Refund)));
    }

    [Fact]
    public async Task R09_GiftThatWaitsToBeClaimed_StandsStillWhileItsPaymentIsDisputed()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "paid1", recipient: "somebody@example.org");
        var delivery = await Shop.ReadAsync(db => db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(Cancel));
        var code = (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), delivery, Cancel)))!.Code;
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Open);
        await NewsAsync(order);
        var friend = await Shop.MemberAsync();
        Assert.IsType<ClaimResult.Gone>(await Shop.Get<Claims>().ClaimAsync(code, friend.Id, Cancel));
        Shop.Till.Dispute(order.Live.Id, DisputeOutcome.Won);
        await NewsAsync(order);
        Assert.IsType<ClaimResult.Claimed>(await Shop.Get<Claims>().ClaimAsync(code, friend.Id, Cancel));
    }

    [Theory]
    [InlineData(300, "1:300")]
    [InlineData(500, "2:500")]
    [InlineData(1000, "1:700 2:300")]
    [InlineData(1300, "")]
    public void R04_Amount_BelongsToTheLineOfItsSize_ElseToLinesInOrder(long amount, string shares) => Assert.Equal(
        shares,
        string.Join(' ', SeenRefunds.Spread([new LineLeft(1, 700, 0), new LineLeft(2, 500, 0)], amount, false).Select(s => $"{s.OrderLineId}:{s.AmountMinor}")));

    private static IEnumerable<int[]> Permutations(int[] rest) =>
        rest.Length == 0 ? [[]] : rest.SelectMany(first => Permutations([.. rest.Where(i => i != first)]).Select(others => (int[])[first, .. others]));
}

public sealed class SeenMoneyTests_Sqlite(SqliteDatabase database) : SeenMoneyTests(database), IClassFixture<SqliteDatabase>;

public sealed class SeenMoneyTests_Postgres(PostgresDatabase database) : SeenMoneyTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Refunding;

/// <summary>Refunds by staff: exact, within limits, shown before, never half done (DW-70, DW-71, R01 to R11).</summary>
public abstract class RefundDeskTests(TestDatabase database) : RefundCase(database)
{
    [Fact]
    public async Task R01_TwentyRefundsOfSixOfTenAtOnceByStaffAndAtTheProvider_OneWins()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        Person[] staff = [await Shop.MemberAsync(), await Shop.MemberAsync()];
        var here = 0;
        Shop.Till.Refunding = () =>
        {
            // somebody at the provider is quicker than its answer to us, once
            if (Interlocked.Exchange(ref here, 1) == 0)
            {
                Shop.Till.RefundsAre = RefundOutcome.Failed;
                Shop.Till.RefundHere(order.Live.Id, 600);
            }
        };
        var results = await ShopUnderTest.AtOnceAsync(20, i => GiveBackAsync(Wish(order, First(order, 600)), staff[i % 2], nodes[i % 2]));
        Assert.Equal((600L, 1), (await ReservedAsync(), (await RefundsAsync()).Count(r => r.State == RefundState.Succeeded)));
        Assert.DoesNotContain(results, r => r is StaffRefundResult.Made { State: RefundState.Succeeded });
        Assert.Equal(-600 + 1000, await BookedAsync("clearing:"));
    }

    [Fact]
    public async Task R01_TwentyRefundsOfMostPointsAtOnce_OneWins()
    {
        var buyer = await Shop.MemberAsync(points: 100);
        var order = await PaidAsync(buyer, "paid1", usePoints: true);
        var most = (order.Order.DuePoints * 6 / 10) + 1;
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        Person[] staff = [await Shop.MemberAsync(), await Shop.MemberAsync()];
        var before = await Shop.PointsAsync(buyer.Id);
        var results = await ShopUnderTest.AtOnceAsync(20, i => GiveBackAsync(Wish(order, First(order, 0, most)), staff[i % 2], nodes[i % 2]));
        Assert.Single(results.OfType<StaffRefundResult.Made>());
        Assert.Equal((before + most, 0), (await Shop.PointsAsync(buyer.Id), Shop.Till.RefundCalls));
    }

    [Fact]
    public async Task R02_ThirdsAndARest_AreExact_AndTooMuchIsRefusedBeforeTheCall()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, First(order, 1001))));
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, First(order, 0))));
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, First(order, -1))));
        Assert.Equal(0, Shop.Till.RefundCalls);
        foreach (var part in new long[] { 333, 333, 333 })
        {
            Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, part))));
        }

        Assert.Equal((OrderState.Fulfilled, DeliveryState.Applied), (await StateAsync(order), (await DeliveriesAsync(order))[0]));
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, First(order, 2))));
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, 1))));
        Assert.Equal((OrderState.Refunded, 1000L), (await StateAsync(order), (await SeenAsync(order)).Refunded.Minor));
    }

    [Fact]
    public async Task R03_AnswerIsLost_UnknownBlocksASecondOne_AndIsBookedOnce()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        Shop.Till.LoseRefundAnswer = true;
        Assert.Equal(RefundState.Unknown, await MadeAsync(Wish(order, First(order, 600))));
        Shop.Till.LoseRefundAnswer = false;
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, First(order, 600))));
        await NewsAsync(order); // the provider's list of the payment tells of it
        Assert.Equal((RefundState.Succeeded, 1), (Assert.Single(await RefundsAsync()).State, Shop.Till.RefundCalls));
    }

    [Fact]
    public async Task C01_SentTwiceWithTheSameForm_IsOneRefund()
    {
        var (order, staff) = (await PaidAsync(await Shop.MemberAsync(), "points", 100), await Shop.MemberAsync());
        var wish = Wish(order, First(order, 100));
        var results = await ShopUnderTest.AtOnceAsync(5, _ => GiveBackAsync(wish, staff));
        Assert.All(results, r => Assert.IsType<StaffRefundResult.Made>(r));
        Assert.Equal((1, 1), ((await RefundsAsync()).Count, Shop.Till.Refunded.Count));
    }

    [Fact]
    public async Task C01_SameFormWithOtherContent_IsRefused_AndNothingOfItIsDone()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 500 });
        var (order, staff) = (await PaidAsync(await Shop.MemberAsync(), "points", 100), await Shop.MemberAsync());
        var (small, large) = (Wish(order, First(order, 100)), Wish(order, First(order, 900)));
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(small, staff));
        Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(large, staff));
        StaffRefund[] others =
        [
            small with { Shares = [First(order, 101)] }, small with { Reason = "another" }, small with { PaidAs = RefundPaidAs.Points }, small with { Used = UsedGoods.Keep },
            large with { Shares = [First(order, 899)] }, large with { Key = small.Key },
        ];
        foreach (var other in others)
        {
            Assert.Equal(RefundRefusal.OtherContent, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(other, staff)).Reason);
        }

        Assert.Equal(RefundRefusal.OtherContent, await RefusedAsync(small)); // somebody else's form
        Assert.Equal((1, 100L), ((await RefundsAsync()).Count, await ReservedAsync()));
    }

    [Fact]
    public async Task R07_ProviderRefuses_ItsReasonIsTold_AndNothingHasChanged()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid1");
        var before = await Shop.MembershipAsync(buyer.Id);
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        var made = Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(order)));
        Assert.Equal((RefundState.Failed, "card_closed"), (made.State, made.Failure));
        Assert.Equal((OrderState.Fulfilled, 0L, before), (await StateAsync(order), await ReservedAsync(), await Shop.MembershipAsync(buyer.Id)));
        Assert.Equal([OrderFlagKind.RefundFailed], await FlagsAsync(order));
    }

    [Fact]
    public async Task R08_RefundThatTheBankSendsBack_IsReversedAndFlagged_PointsStayGiven_AndTheMoneyCanGoOnceMore()
    {
        var buyer = await Shop.MemberAsync(points: 20);
        var order = await PaidAsync(buyer, "paid2", usePoints: true);
        Assert.True(order.Order is { DueMinor: > 0, DuePoints: > 0 });
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order)));
        var refund = Assert.Single(await RefundsAsync());
        Shop.Till.Set(refund.Id, RefundOutcome.Failed);
        await Shop.Get<Inbox>().ReceiveAsync(
            new ProviderId(Till.Id), new WebhookRequest(System.Text.Encoding.UTF8.GetBytes($"accepted e1 Refund {refund.ProviderRef} {refund.Id}"), new Dictionary<string, string>(), Shop.Clock.GetUtcNow()),
            Cancel);
        await Shop.Get<InboxRun>().PassAsync(Cancel);
        Assert.Equal((RefundState.Failed, 0L, 20L), (Assert.Single(await RefundsAsync()).State, await ReservedAsync(), await Shop.PointsAsync(buyer.Id)));
        Assert.Equal((order.Order.DueMinor, 0L), (await BookedAsync("clearing:"), await BookedAsync("refunds:")));
        Assert.Equal((OrderState.Refunded, OrderFlagKind.RefundFailed), (await StateAsync(order), Assert.Single(await FlagsAsync(order))));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.RefundFailed));

        // once more, in money alone: the points are not given twice
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order)));
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, order.Order.DueMinor))));
        Assert.Equal((order.Order.DueMinor, 20L), (await ReservedAsync(), await Shop.PointsAsync(buyer.Id)));
    }

    [Fact]
    public async Task R10_OneLineToTheCardAndAsPointsAtOnce_OneWins()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid2");
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        Person[] staff = [await Shop.MemberAsync(), await Shop.MemberAsync()];
        var results = await ShopUnderTest.AtOnceAsync(
            2, i => GiveBackAsync(Wish(order) with { PaidAs = i == 0 ? RefundPaidAs.Points : RefundPaidAs.Source }, staff[i], nodes[i]));
        Assert.Single(results.OfType<StaffRefundResult.Made>());
        var points = await Shop.PointsAsync(buyer.Id);
        Assert.Equal(order.Order.DueMinor, (points * order.Order.PointValueMinor) + Shop.Till.Refunded.Sum(r => r.Amount.Minor));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    [Fact]
    public async Task R10_MoneyAsPoints_CallsNobody_CountsAgainstThePayment_AndTheBooksHold()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid2");
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order) with { PaidAs = RefundPaidAs.Points }));
        Assert.Equal((order.Order.DueMinor / order.Order.PointValueMinor, 0, order.Order.DueMinor), (await Shop.PointsAsync(buyer.Id), Shop.Till.RefundCalls, await ReservedAsync()));
        Assert.Equal((0L, order.Order.DueMinor), (await BookedAsync("clearing:"), await BookedAsync("settlement:")));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task R11_HalfOfAMixedLineThenTheRest_EachUnitToItsOwnSource()
    {
        var buyer = await Shop.MemberAsync(points: 20);
        var order = await PaidAsync(buyer, "paid2", usePoints: true, second: "icons");
        var mixed = order.Order.Lines.Single(l => l is { DueMinor: > 0, DuePoints: > 0 });
        await MadeAsync(Wish(order, new LineShare(mixed.Id, 100, 5)));
        Assert.Equal((5L, 100L, OrderState.Fulfilled), (await Shop.PointsAsync(buyer.Id), Shop.Till.Refunded.Sum(r => r.Amount.Minor), await StateAsync(order)));
        Assert.Equal(RefundRefusal.TooMuch, await RefusedAsync(Wish(order, new LineShare(mixed.Id, mixed.DueMinor - 100, mixed.DuePoints))));
        await MadeAsync(Wish(order, new LineShare(mixed.Id, mixed.DueMinor - 100, mixed.DuePoints - 5)));
        Assert.Equal((20L, mixed.DueMinor), (await Shop.PointsAsync(buyer.Id), Shop.Till.Refunded.Sum(r => r.Amount.Minor)));
        Assert.Equal([DeliveryState.Revoked, DeliveryState.Applied], await DeliveriesAsync(order));
    }

    [Fact]
    public async Task DW_70_PreviewIsWhatHappens_AndWritesNothing()
    {
        var (buyer, friend, staff) = (await Shop.MemberAsync(points: 20), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(friend.Id, "paid", 1);
        var order = await PaidAsync(buyer, "paid2", recipient: friend.Name, usePoints: true, second: "rename");
        var wish = Wish(order);
        var (preview, refusal) = await Shop.Get<RefundDesk>().PreviewAsync(wish, staff.Id, Cancel);
        Assert.Null(refusal);
        Assert.Equal((0, OrderState.Fulfilled, 0L), ((await RefundsAsync()).Count, await StateAsync(order), await ReservedAsync()));
        Assert.Equal([GoodsEnd.TakenBack, GoodsEnd.TakenBack], preview!.Lines.Select(l => l.End));
        Assert.Equal((20L, 0), (preview.Accounts.Single(a => a.Id == buyer.Id).After.Points, preview.Accounts.Single(a => a.Id == buyer.Id).After.Tokens));

        await GiveBackAsync(wish, staff);
        Assert.Equal(preview.Accounts.Single(a => a.Id == friend.Id).After.Membership, await Shop.MembershipAsync(friend.Id));
        Assert.Equal(preview.Accounts.Single(a => a.Id == buyer.Id).After.Points, await Shop.PointsAsync(buyer.Id));
        await Shop.SendAsync();
        Assert.Equal((1, 1), (Shop.Sent.Count(OutboxKinds.Refund), Shop.Sent.Count(OutboxKinds.GoodsTaken)));
    }

    [Fact]
    public async Task DW_70_PartOfThePriceBackBeforeItsDay_IsStillDeliveredOnItsDay()
    {
        var (buyer, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var day = Days.Text(Days.Of(Shop.Clock.GetUtcNow().AddDays(2)));
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(buyer.Buyer, new AddToCart("paid1", 1, friend.Name, null) { DeliverOn = day }));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer.Buyer)).Number);
        await Shop.PayAsync(order);
        await MadeAsync(Wish(order, First(order, 100)));
        Assert.Equal(OrderState.Paid, await StateAsync(order));
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal((OrderState.Fulfilled, DeliveryState.Applied), (await StateAsync(order), Assert.Single(await DeliveriesAsync(order))));
    }

    [Fact]
    public async Task DF_48_TwelveMonthsRefundedOnDayTen_GoExactly_WhatWasBoughtBetweenStands()
    {
        await PublishTermsAsync(terms => terms with { Seasons = [] });
        var buyer = await Shop.MemberAsync(points: 40);
        var order = await PaidAsync(buyer, "paid12", usePoints: true);
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await PaidAsync(buyer, "paid1");
        var alone = Shop.Clock.GetUtcNow().AddMonths(1);
        Shop.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order)));
        Assert.Equal((alone, 40L, order.Order.DueMinor), ((await Shop.MembershipAsync(buyer.Id)).Until!.Value, await Shop.PointsAsync(buyer.Id), Shop.Till.Refunded.Sum(r => r.Amount.Minor)));
        var states = await Shop.ReadAsync(db => db.OrderEvents.Where(e => e.OrderId == order.Order.Id).OrderBy(e => e.Seq).Select(e => e.ToState).ToListAsync(Cancel));
        Assert.Equal([OrderState.AwaitingPayment, OrderState.Paid, OrderState.Fulfilled, OrderState.RefundPending, OrderState.Refunded], states);
    }

    [Fact]
    public async Task DF_49_SpentPoints_AreRefusedUntilSomebodyDecides_AndNothingIsHalfDone()
    {
        var (buyer, order) = await SpentAsync();
        var had = await Shop.PointsAsync(buyer.Id);
        var (preview, refusal) = await Shop.Get<RefundDesk>().PreviewAsync(Wish(order), (await Shop.MemberAsync()).Id, Cancel);
        Assert.Equal((null, GoodsEnd.Used, RevokeRefusal.PointsGone), (refusal, Assert.Single(preview!.Lines).End, preview.Lines[0].Why));
        Assert.Equal(RefundRefusal.UsedUp, await RefusedAsync(Wish(order)));
        Assert.Equal((0, had, 0L, OrderState.Fulfilled), ((await RefundsAsync()).Count, await Shop.PointsAsync(buyer.Id), await ReservedAsync(), await StateAsync(order)));
    }

    [Fact]
    public async Task DF_49_DecidedToOwe_TakesWhatIsThere_AndTheRestFromPointsThatComeBack()
    {
        var (buyer, order) = await SpentAsync();
        var had = await Shop.PointsAsync(buyer.Id);
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order) with { Used = UsedGoods.Owe }));
        Assert.Equal((0L, 100 - had), (await Shop.PointsAsync(buyer.Id), await Shop.ReadAsync(db => PointsAccounts.OwedAsync(db, buyer.Id, Cancel))));
        Assert.Equal((OrderState.Refunded, OrderFlagKind.PointsShort), (await StateAsync(order), Assert.Single(await FlagsAsync(order))));

        var spent = await Shop.OrderAsync(await Shop.ReadAsync(db => db.Orders.Where(o => o.BuyerId == buyer.Id && o.DuePoints > 0).Select(o => o.Number).SingleAsync(Cancel)));
        await MadeAsync(Wish(spent));
        Assert.Equal((had + spent.Order.DuePoints - 100, 0L), (await Shop.PointsAsync(buyer.Id), await Shop.ReadAsync(db => PointsAccounts.OwedAsync(db, buyer.Id, Cancel))));
    }

    [Fact]
    public async Task R05_DecidedToKeep_GivesTheMoney_LeavesTheGoods_AndFlags()
    {
        var (buyer, order) = await SpentAsync();
        var had = await Shop.PointsAsync(buyer.Id);
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order) with { Used = UsedGoods.Keep }));
        Assert.Equal((had, DeliveryState.Applied, OrderState.Refunded), (await Shop.PointsAsync(buyer.Id), Assert.Single(await DeliveriesAsync(order)), await StateAsync(order)));
        Assert.Equal([OrderFlagKind.Irrevocable], await FlagsAsync(order));
        await PublishSectionAsync<RefundTerms>(terms => terms with { KeepUsed = false });
        Assert.Equal(RefundRefusal.DecisionNotAllowed, await RefusedAsync(Wish((await SpentAsync()).Order) with { Used = UsedGoods.Keep }));
    }

    [Fact]
    public async Task S32_OwnOrderAndOwnGift_NeedAnotherPerson()
    {
        var (clerk, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(Wish(await PaidAsync(clerk, "paid1")), clerk)).Reason);
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(Wish(await PaidAsync(friend, "paid1", recipient: clerk.Name)), clerk)).Reason);
        Assert.Empty(await RefundsAsync());
    }

    [Fact]
    public async Task M11_AboveTheSum_ASecondPersonApproves_NotWhoAskedNorWhoBought()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 500 });
        var (buyer, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await PaidAsync(buyer, "points", 100);
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(order, First(order, 400)), one)); // below it
        var proposal = Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(Wish(order, First(order, 200)), one)).Approval; // in parts it is the same sum
        Assert.Equal((400L, OrderFlagKind.RefundProposed), (await ReservedAsync(), Assert.Single(await FlagsAsync(order))));
        var desk = Shop.Get<RefundDesk>();
        Assert.Equal(RefundRefusal.SamePerson, Assert.IsType<StaffRefundResult.Refused>(await desk.DecideAsync(proposal, one.Id, true, Cancel)).Reason);
        Assert.Equal(RefundRefusal.Own, Assert.IsType<StaffRefundResult.Refused>(await desk.DecideAsync(proposal, buyer.Id, true, Cancel)).Reason);
        var results = await ShopUnderTest.AtOnceAsync(6, _ => desk.DecideAsync(proposal, two.Id, true, Cancel));
        Assert.Single(results.OfType<StaffRefundResult.Made>());
        Assert.Equal((600L, 0), (await ReservedAsync(), (await FlagsAsync(order)).Count));
        Assert.Equal($"{one.Name} + {two.Name}", (await RefundsAsync())[^1].By);
    }

    [Fact]
    public async Task M11_TwoColleagues_TogetherNoMoreThanOne_OfAnOrderAndOfItsBuyer()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 500 });
        var (buyer, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var (order, next) = (await PaidAsync(buyer, "points", 100), await PaidAsync(buyer, "points", 100));
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(order, First(order, 300)), one));
        Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(Wish(order, First(order, 201)), two));
        Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(Wish(next, First(next, 201)), two));
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(next, First(next, 200)), two));

        // what is long ago counts for the order itself, and no longer for others of the buyer
        Shop.Clock.Advance(TimeSpan.FromHours(25));
        Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(Wish(order, First(order, 201)), one));
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(next, First(next, 300)), one));
    }

    /// <summary>Several orders of one buyer, each with another colleague, at the same moment: counted one after the other.</summary>
    [Fact]
    public async Task M11_ColleaguesAtOnceOnOrdersOfOneBuyer_AreCountedOneAfterTheOther()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 500 });
        var buyer = await Shop.MemberAsync();
        var (staff, orders) = (new List<Person>(), new List<PlacedOrder>());
        for (var i = 0; i < 6; i++)
        {
            staff.Add(await Shop.MemberAsync());
            orders.Add(await PaidAsync(buyer, "points", 100));
        }

        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(6, i => GiveBackAsync(Wish(orders[i], First(orders[i], 300)), staff[i], nodes[i % 2]));
        Assert.Single(results.OfType<StaffRefundResult.Made>());
        Assert.Equal(5, results.OfType<StaffRefundResult.Proposed>().Count());
    }

    [Fact]
    public async Task M11_TakenBackByWhoAsked_OrDeclinedByAnother_StaysOnRecord()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { ApprovalMinor = 0 });
        var (order, one, two) = (await PaidAsync(await Shop.MemberAsync(), "points", 100), await Shop.MemberAsync(), await Shop.MemberAsync());
        var (first, second) = (Wish(order, First(order, 100)), Wish(order, First(order, 200)));
        var mine = Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(first, one)).Approval;
        var theirs = Assert.IsType<StaffRefundResult.Proposed>(await GiveBackAsync(second, one)).Approval;
        Assert.IsType<StaffRefundResult.Ended>(await Shop.Get<RefundDesk>().DecideAsync(mine, one.Id, false, Cancel));
        Assert.Equal([OrderFlagKind.RefundProposed], await FlagsAsync(order));
        Assert.IsType<StaffRefundResult.Ended>(await Shop.Get<RefundDesk>().DecideAsync(theirs, two.Id, false, Cancel));
        Assert.Empty(await FlagsAsync(order));
        var seen = await Shop.ReadAsync(db => Shop.Get<OrderDesk>().ReadAsync(db, order.Order.Number, Cancel));
        Assert.Equal([(ApprovalState.Withdrawn, one.Name, 100L), (ApprovalState.Declined, two.Name, 200L)], seen!.Proposals.Select(p => (p.Approval.State, p.DecidedBy!, p.Content.Shares[0].AmountMinor)));
        Assert.IsType<StaffRefundResult.Ended>(await GiveBackAsync(first, one)); // the same form once more
        Assert.Empty(await RefundsAsync());
    }

    [Fact]
    public async Task M11_LimitsOfOnePerson_CountAndSum()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { PerHour = 2, PerDayMinor = 250 });
        var (order, staff) = (await PaidAsync(await Shop.MemberAsync(), "points", 100), await Shop.MemberAsync());
        var results = await ShopUnderTest.AtOnceAsync(6, _ => GiveBackAsync(Wish(order, First(order, 100)), staff));
        Assert.Equal((2, 4), (results.OfType<StaffRefundResult.Made>().Count(), results.Count(r => r is StaffRefundResult.Refused { Reason: RefundRefusal.TooMany })));
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(RefundRefusal.TooMuchToday, Assert.IsType<StaffRefundResult.Refused>(await GiveBackAsync(Wish(order, First(order, 60)), staff)).Reason);
        Assert.IsType<StaffRefundResult.Made>(await GiveBackAsync(Wish(order, First(order, 50)), staff));
    }

    [Fact]
    public async Task DW_71_BuyerGivesBackWithinTheDays_OnlyWhatIsWholeAndTheirs()
    {
        var (buyer, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Null(await OfferAsync(buyer, await PaidAsync(buyer, "rename"))); // switched off
        await PublishSectionAsync<RefundTerms>(terms => terms with { BuyerDays = 3 });
        var order = await PaidAsync(buyer, "paid2", recipient: friend.Name, second: "paid1");
        var line = Assert.Single((await OfferAsync(buyer, order))!.Lines); // not the friend's
        Assert.Equal(RefundRefusal.TooLate, await BuyerRefusedAsync(friend, order, line.Id));
        Assert.IsType<BuyerRefundResult.Asked>(await Shop.Get<BuyerRefunds>().RefundAsync(new OrderViewer(buyer.Buyer, null), order.Order.Id, [line.Id], Cancel));
        Assert.Equal((MembershipState.Never, 1), (await Shop.MembershipAsync(buyer.Id), Shop.Till.Refunded.Count));
        var (other, spent) = await SpentAsync();
        Assert.Equal(RefundRefusal.UsedUp, await BuyerRefusedAsync(other, spent, spent.Order.Lines[0].Id));
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Null(await OfferAsync(other, spent));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DW_71_BuyerWithoutAccount_GivesBackFromTheSessionOrByTheReceiptsLink_ToWhereTheMoneyCameFrom(bool byLink)
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { BuyerDays = 3 });
        var (visitor, order) = await VisitedAsync("guest@example.org");
        var token = await Shop.Get<LinkTokens>().ReceiptAsync(order.Order.Number, 0, Cancel);
        OrderViewer viewer = byLink ? new(Buyer.Nobody, token) : new(visitor, null), stranger = new((await Shop.MemberAsync()).Buyer, token + "x");
        Assert.Null(await Shop.ReadAsync(db => Shop.Get<BuyerRefunds>().FindAsync(db, order.Order.Number, stranger, Cancel)));
        var line = Assert.Single((await Shop.ReadAsync(db => Shop.Get<BuyerRefunds>().FindAsync(db, order.Order.Number, viewer, Cancel)))!.Lines).Id;
        var (preview, refusal) = await Shop.Get<BuyerRefunds>().PreviewAsync(viewer, order.Order.Id, [line], Cancel);
        Assert.Equal((null, Till.Id, order.Order.DueMinor), (refusal, preview!.Provider, preview.Money.Minor));
        Assert.Equal(RefundRefusal.TooLate, Assert.IsType<BuyerRefundResult.Refused>(await Shop.Get<BuyerRefunds>().RefundAsync(stranger, order.Order.Id, [line], Cancel)).Reason);
        Assert.IsType<BuyerRefundResult.Asked>(await Shop.Get<BuyerRefunds>().RefundAsync(viewer, order.Order.Id, [line], Cancel));
        Assert.Equal((OrderState.Refunded, DeliveryState.Cancelled), (await StateAsync(order), Assert.Single(await DeliveriesAsync(order))));
        Assert.Equal(order.Order.DueMinor, Assert.Single(Shop.Till.Refunded).Amount.Minor);
    }

    [Fact]
    public async Task DW_71_BuyerWithoutAccount_SoManyInAYear_ForTheAddress_AlsoAtOnce_AndALinkDoesNotSufficeForAMembersOrder()
    {
        await PublishSectionAsync<RefundTerms>(terms => terms with { BuyerDays = 3, BuyerPerYear = 1 });
        (Buyer Visitor, PlacedOrder Order)[] orders = [await VisitedAsync("guest@example.org"), await VisitedAsync("guest@example.org")];
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var results = await ShopUnderTest.AtOnceAsync(2, i => nodes[i].Get<BuyerRefunds>().RefundAsync(
            new OrderViewer(orders[i].Visitor, null), orders[i].Order.Order.Id, [orders[i].Order.Order.Lines[0].Id], Cancel));
        Assert.Single(results.OfType<BuyerRefundResult.Asked>());
        Assert.Equal(RefundRefusal.TooMany, Assert.Single(results.OfType<BuyerRefundResult.Refused>()).Reason);

        var own = await PaidAsync(await Shop.MemberAsync(), "paid1");
        var link = new OrderViewer(Buyer.Nobody, await Shop.Get<LinkTokens>().ReceiptAsync(own.Order.Number, 0, Cancel));
        Assert.Null(await Shop.ReadAsync(db => Shop.Get<BuyerRefunds>().FindAsync(db, own.Order.Number, link, Cancel)));
    }

    /// <summary>A visitor's gift by mail that nobody has claimed yet.</summary>
    private async Task<(Buyer Visitor, PlacedOrder Order)> VisitedAsync(string email)
    {
        var visitor = Buyer.Of(null, Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid1", recipient: "somebody@example.org")).NewCartKey);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(visitor, email: email)).Number);
        await Shop.PayAsync(order);
        return (visitor, await Shop.AgainAsync(order));
    }

    private Task<BuyerRefundOffer?> OfferAsync(Person buyer, PlacedOrder order) =>
        Shop.ReadAsync(db => Shop.Get<BuyerRefunds>().FindAsync(db, order.Order.Number, new OrderViewer(buyer.Buyer, null), Cancel));

    private async Task<RefundRefusal> BuyerRefusedAsync(Person who, PlacedOrder order, long line) =>
        Assert.IsType<BuyerRefundResult.Refused>(await Shop.Get<BuyerRefunds>().RefundAsync(new OrderViewer(who.Buyer, null), order.Order.Id, [line], Cancel)).Reason;

    /// <summary>A hundred points bought, most of them spent.</summary>
    private async Task<(Person Buyer, PlacedOrder Order)> SpentAsync()
    {
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "points", 100);
        await PaidAsync(buyer, "paid2", usePoints: true);
        Assert.InRange(await Shop.PointsAsync(buyer.Id), 1, 99);
        return (buyer, order);
    }
}

public sealed class RefundDeskTests_Sqlite(SqliteDatabase database) : RefundDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class RefundDeskTests_Postgres(PostgresDatabase database) : RefundDeskTests(database), IClassFixture<PostgresDatabase>;

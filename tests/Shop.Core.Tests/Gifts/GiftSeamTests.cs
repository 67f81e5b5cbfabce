using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Gifts;

/// <summary>Where promotions, gifts that go back, mailed and random gifts, points and stock meet: found by attacking the shop.</summary>
public abstract class GiftSeamTests(TestDatabase database) : ShopTests(database)
{
    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private Promotion Plain => new() { Key = "spring", Name = "Spring", On = true, From = Days.Of(Now), Until = Days.Of(Now).AddDays(30) };

    private Task PublishPromotionsAsync(params Promotion[] promotions) => PublishAsync((object)new PromotionTerms { Promotions = promotions });

    private Task<List<Delivery>> DeliveriesAsync(PlacedOrder order) =>
        Shop.ReadAsync(db => db.Deliveries.AsNoTracking().Where(d => d.OrderId == order.Order.Id).OrderBy(d => d.Id).ToListAsync(Cancel));

    private async Task<Delivery> OfAsync(PlacedOrder order, Person who) => (await DeliveriesAsync(order)).Single(d => d.RecipientId == who.Id);

    private Task<List<Refund>> RefundsAsync() => Shop.ReadAsync(db => db.Refunds.AsNoTracking().OrderBy(r => r.CreatedAt).ThenBy(r => r.Id).ToListAsync(Cancel));

    private Task<List<OrderFlagKind>> FlagsAsync() => Shop.ReadAsync(db => db.OrderFlags.Where(f => f.ClearedAt == null).Select(f => f.Kind).OrderBy(k => k).ToListAsync(Cancel));

    private Task<GiftReturnResult> ReturnAsync(Person who, Delivery delivery) => Shop.Get<GiftReturns>().ReturnAsync(who.Id, delivery.Id, Cancel);

    private async Task<OrderState> StateAsync(PlacedOrder order) => (await Shop.AgainAsync(order)).Order.State;

    private async Task<string> BrokenAsync() => string.Join(' ', (await Shop.ReadAsync(db => new Core.Books(db, Shop.Clock).CheckAsync(Cancel))).Where(v => v.Invariant != "I15").Select(v => v.Invariant));

    private async Task<PlacedOrder> CheckOutAsync(Person giver)
    {
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        return order;
    }

    private async Task BanAsync(Person who, Person giver) =>
        await Shop.Get<Writes>().RunAsync((unit, token) => GiftWishes.BanAsync(unit.Db, who.Id, giver.Name, Now, token), Cancel);

    private Task<GiftChangeResult> ChangeAsync(Person giver, long delivery, string recipient, string? note = null, string? day = null) =>
        Shop.Get<Core.Gifts>().ChangeAsync(giver.Id, delivery, new GiftChange(recipient, note, day, false, false, null), Cancel);

    /// <summary>Points from nothing: time nobody paid for backs the conversion of a gift that is then given back.</summary>
    [Theory]
    [InlineData(MembershipEventKind.Given)]
    [InlineData(MembershipEventKind.Staff)]
    public async Task R05_GiftTurnedIntoPoints_CannotBeGivenBack_AlsoWhereTheSiteGaveTime(MembershipEventKind given)
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<MembershipLedger>().GrantAsync(
                unit.Db, new GrantRequest(friend.Id, "given:" + friend.Name, given, new TimeGrant("paid", 13, 0), Now, 1), token),
            Cancel);
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        var offer = Assert.IsType<ConversionResult.Possible>(await Shop.ReadAsync(db => Shop.Get<TimeToPoints>().ViewAsync(db, friend.Id, Cancel))).Offer;
        Assert.IsType<ConversionResult.Converted>(await Shop.Get<TimeToPoints>().ConvertAsync(friend.Id, offer.MostBlocks, offer.Points(offer.MostBlocks), Codes.New(26), Cancel));
        var result = await ReturnAsync(friend, await OfAsync(order, friend));
        var (points, back) = (await Shop.PointsAsync(friend.Id), Shop.Till.Refunded.Sum(r => r.Amount.Minor));
        Assert.True(result is GiftReturnResult.Used, $"{result.GetType().Name}: {points} points stay, {back} minor units went back of {order.Order.DueMinor}");
    }

    /// <summary>The same with a promotion's extra months instead of a code for signing up.</summary>
    [Fact]
    public async Task R05_GiftTurnedIntoPoints_CannotBeGivenBack_AlsoWhereAPromotionGaveTime()
    {
        await PublishPromotionsAsync(Plain with { Months = 12, Product = "paid12" });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(friend.Buyer, "paid12");
        await CheckOutAsync(friend);
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        var offer = Assert.IsType<ConversionResult.Possible>(await Shop.ReadAsync(db => Shop.Get<TimeToPoints>().ViewAsync(db, friend.Id, Cancel))).Offer;
        await Shop.Get<TimeToPoints>().ConvertAsync(friend.Id, offer.MostBlocks, offer.Points(offer.MostBlocks), Codes.New(26), Cancel);
        var result = await ReturnAsync(friend, await OfAsync(order, friend));
        var points = await Shop.PointsAsync(friend.Id);
        Assert.True(result is GiftReturnResult.Used, $"{result.GetType().Name}: {points} points stay of {offer.MostBlocks} blocks, while only 2500 stay paid");
    }

    /// <summary>Bonus of a line whose refund was on its way when another one succeeded, and that failed then: the money stays, so does the bonus.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DW_93_BonusOfALineWhoseRefundFails_StaysWithItsMoney(bool promotion)
    {
        if (promotion)
        {
            await PublishPromotionsAsync(Plain with { Points = 60, MinimumMinor = 5000 });
        }
        else
        {
            await PublishTermsAsync(t => t with { TimeRates = [], Seasons = [new BonusSeason { Key = "moon", From = Days.Of(Now), Until = Days.Of(Now).AddDays(3), MinorPerPoint = 100 }] });
        }

        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: two.Name);
        var order = await CheckOutAsync(giver);
        var had = await Shop.PointsAsync(giver.Id);
        Assert.True(had > 0);
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(one, await OfAsync(order, one)));
        Shop.Till.RefundsAre = RefundOutcome.Succeeded;
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(two, await OfAsync(order, two)));
        var pending = (await RefundsAsync()).Single(r => r.State == RefundState.Pending);
        Shop.Till.Set(pending.Id, RefundOutcome.Failed);
        await Shop.Get<RefundRun>().DriveAsync(pending.Id, Cancel);
        Assert.Equal(RefundState.Failed, (await RefundsAsync()).Single(r => r.Id == pending.Id).State);
        Assert.Equal(had / 2, await Shop.PointsAsync(giver.Id));
    }

    /// <summary>Whatever promotions take off, each line keeps something that can be given back: nobody has to ask what a line that cost nothing comes to.</summary>
    [Fact]
    public async Task DW_70_Discounts_LeaveSomethingOfEachLine()
    {
        await PublishPromotionsAsync(
            Plain with { Key = "a", Percent = 90, Product = "icons" }, Plain with { Key = "b", AmountMinor = 90, Product = "icons" });
        var member = await Shop.MemberAsync();
        await Shop.GrantAsync(member.Id, "paid", 12);
        await Shop.AddAsync(member.Buyer, "paid12");
        await Shop.AddAsync(member.Buyer, "icons");
        Assert.All((await Shop.CartAsync(member.Buyer)).Lines, line => Assert.True(line.Price.Minor > 0));
    }

    /// <summary>Another line's refund takes days at the bank: what is due on its day comes on its day, or at least the books do not complain.</summary>
    [Fact]
    public async Task DW_70_GiftWhoseDayComes_WhileAnotherLinesRefundIsAtTheBank()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, two.Name, null) { DeliverOn = Days.Text(Days.Of(Now).AddDays(2)) });
        var order = await CheckOutAsync(giver);
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(one, await OfAsync(order, one)));
        for (var i = 0; i < 3; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromDays(1));
            await Shop.Get<RefundRun>().PassAsync(Cancel);
            await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        }

        var line = await OfAsync(order, two);
        var broken = await BrokenAsync();
        Shop.Till.Set((await RefundsAsync()).Single().Id, RefundOutcome.Succeeded);
        await Shop.Get<RefundRun>().DriveAsync((await RefundsAsync()).Single().Id, Cancel);
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.True(line.State == DeliveryState.Applied && broken == "", $"delivery {line.State}, due {Now - line.DueAt} ago, broken: {broken}; afterwards {(await OfAsync(order, two)).State}");
    }

    /// <summary>The page of a code shows what claiming does, extra months of a promotion among it.</summary>
    [Fact]
    public async Task DW_5_ClaimPage_ShowsWhatIsGiven_WithExtraMonths()
    {
        await PublishPromotionsAsync(Plain with { Months = 2, Product = "paid12" });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: "somebody@example.org");
        var order = await CheckOutAsync(giver);
        var code = (await Shop.ReadAsync(async db => await GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), (await DeliveriesAsync(order))[0].Id, Cancel)))!.Code;
        var shown = Assert.IsType<LineEffect.RunsUntil>((await Shop.ReadAsync(db => Shop.Get<Claims>().FindAsync(db, code, friend.Id, Cancel)))!.Effect).Until;
        Assert.IsType<ClaimResult.Claimed>(await Shop.Get<Claims>().ClaimAsync(code, friend.Id, Cancel));
        Assert.Equal((await Shop.MembershipAsync(friend.Id)).Until, shown);
    }

    /// <summary>Agreed days are the days that are given: a dated gift of paid time moved to a premium account.</summary>
    [Fact]
    public async Task DW_41_ChangedToAPremiumAccount_TheDaysAgreedToAreThoseGiven()
    {
        await PublishPromotionsAsync(Plain with { Months = 1, Product = "paid1" });
        var (giver, friend, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.GrantAsync(other.Id, "premium", 0, 10);
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, friend.Name, null) { DeliverOn = Days.Text(Days.Of(Now).AddDays(2)) });
        var order = await CheckOutAsync(giver);
        var delivery = (await OfAsync(order, friend)).Id;
        var asks = Assert.IsType<GiftChangeResult.Refused>(await ChangeAsync(giver, delivery, other.Name)).Why;
        Assert.Equal(LineRefusal.ConsentNeeded, asks.Reason);
        var before = (await Shop.MembershipAsync(other.Id)).Until!.Value;
        Assert.IsType<GiftChangeResult.Changed>(await Shop.Get<Core.Gifts>().ChangeAsync(
            giver.Id, delivery, new GiftChange(other.Name, null, null, false, false, asks.Consent!.Days), Cancel));
        Assert.Equal((int)((await Shop.MembershipAsync(other.Id)).Until!.Value - before).TotalDays, asks.Consent!.Days);
    }

    /// <summary>The same mail may be sent at most ten times; a mail with another note as well.</summary>
    [Fact]
    public async Task M07_MailedGift_MailsToStrangers_AreBounded()
    {
        var giver = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", "a@example.org");
        await Shop.PayAsync(order);
        var delivery = (await DeliveriesAsync(order))[0].Id;
        for (var i = 0; i < 30; i++)
        {
            await ChangeAsync(giver, delivery, $"victim{i}@example.org", "buy my stuff " + i);
            await Shop.SendAsync();
        }

        var sent = Shop.Sent.Count(OutboxKinds.Claim);
        Assert.True(sent <= 12, $"{sent} mails to strangers in a minute for one gift");
    }

    /// <summary>A refund of a stuck gift fails, its giver chooses somebody else, who cannot take it either: the mail says that the money comes back by itself.</summary>
    [Fact]
    public async Task M06_StuckAgain_AfterARefundThatFailed_GoesBackByItself()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", one.Name);
        await BanAsync(one, giver);
        await Shop.PayAsync(order);
        var delivery = (await DeliveriesAsync(order))[0].Id;
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        Assert.True(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel));
        Shop.Till.RefundsAre = RefundOutcome.Succeeded;
        var other = await Shop.MemberAsync();
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(giver, delivery, other.Name, day: Days.Text(Days.Of(Now).AddDays(2))));
        await BanAsync(other, giver);
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        var stuck = (await DeliveriesAsync(order))[0];
        Assert.Equal(DeliveryState.Stuck, stuck.State);
        Shop.Clock.Advance(TimeSpan.FromDays(30));
        await Shop.Get<GiftReturns>().PassAsync(Cancel);
        Assert.True(await StateAsync(order) == OrderState.Refunded, $"{await StateAsync(order)}; was to go back {stuck.DueAt:u}, now {Now:u}; flags [{string.Join(' ', await FlagsAsync())}], broken: '{await BrokenAsync()}'");
    }

    /// <summary>A stuck gift whose own refund failed: nothing is promised any more, a person is called, and its giver may try once more.</summary>
    [Fact]
    public async Task M06_PageNeverPromisesMoneyThatDoesNotCome()
    {
        var (giver, one) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", one.Name);
        await BanAsync(one, giver);
        await Shop.PayAsync(order);
        var delivery = (await DeliveriesAsync(order))[0].Id;
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel);
        Shop.Till.RefundsAre = RefundOutcome.Succeeded;
        Shop.Clock.Advance(TimeSpan.FromDays(15));
        await Shop.Get<GiftReturns>().PassAsync(Cancel);
        var seen = await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().FindAsync(db, giver.Id, delivery, Cancel));
        Assert.Null(seen!.BackAt);
        Assert.Equal("I10", await BrokenAsync());
        Assert.True(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, delivery, Cancel));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    /// <summary>A token of a gift that was passed on is somebody else's.</summary>
    [Fact]
    public async Task DW_13_TokenThatWasPassedOn_IsNotTakenFromWhoeverHasIt()
    {
        var (giver, friend, third) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "rename", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        var token = (await Shop.ReadAsync(db => RenameTokens.OfAsync(db, friend.Id, Cancel))).Single();
        Assert.IsType<RenameResult.Done>(await Shop.Get<RenameTokens>().GiveAsync(friend.Id, token.Code, third.Name, Cancel));
        var result = await ReturnAsync(friend, await OfAsync(order, friend));
        Assert.True(result is GiftReturnResult.Used, $"{result.GetType().Name}: the third one's token is {(await Shop.ReadAsync(db => RenameTokens.OfAsync(db, third.Id, Cancel))).Single().State}");
    }

    /// <summary>Two lines at once, both answers lost.</summary>
    [Fact]
    public async Task R03_TwoLinesGivenBack_BothAnswersLost_OneFailsThenAllIsWell()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid2", recipient: two.Name);
        var order = await CheckOutAsync(giver);
        Shop.Till.LoseRefundAnswer = true;
        var deliveries = await DeliveriesAsync(order);
        await ShopUnderTest.AtOnceAsync(2, i => Shop.Get<GiftReturns>().ReturnAsync(i == 0 ? one.Id : two.Id, deliveries.Single(d => d.RecipientId == (i == 0 ? one.Id : two.Id)).Id, Cancel));
        Assert.Equal(OrderState.RefundPending, await StateAsync(order));
        Shop.Till.LoseRefundAnswer = false;
        Shop.Till.Set((await RefundsAsync())[0].Id, RefundOutcome.Failed);
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, await StateAsync(order));
        Assert.Equal([OrderFlagKind.RefundFailed], await FlagsAsync());
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("", await BrokenAsync());
    }

    /// <summary>A mailed gift moved to a member and a day while its order is fulfilled; the member then wants nothing; the days are over.</summary>
    [Fact]
    public async Task M06_MailedGiftMovedToADay_StuckThere_GoesBack()
    {
        var (giver, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", "a@example.org");
        await Shop.PayAsync(order);
        Assert.Equal(OrderState.Fulfilled, await StateAsync(order));
        var delivery = (await DeliveriesAsync(order))[0].Id;
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(giver, delivery, other.Name, day: Days.Text(Days.Of(Now).AddDays(5))));
        await BanAsync(other, giver);
        Shop.Clock.Advance(TimeSpan.FromDays(6));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(DeliveryState.Stuck, (await DeliveriesAsync(order))[0].State);
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("", await BrokenAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(15));
        Assert.Equal(1, await Shop.Get<GiftReturns>().PassAsync(Cancel));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    /// <summary>A seed account as a gift, with stock: given back, its piece is free once.</summary>
    [Fact]
    public async Task DW_18_SeedGivenBack_ItsPieceIsFreeOnce_AlsoWhereTheRefundFails()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "seed", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        Shop.Till.RefundsAre = RefundOutcome.Failed;
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, await OfAsync(order, friend)));
        Assert.Equal(0, await Shop.ReadAsync(db => db.Limits.SumAsync(l => l.Used, Cancel)));
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(friend.Id));
    }

    /// <summary>A hidden random gift given back: what its giver can read has no name.</summary>
    [Fact]
    public async Task DW_7_HiddenGiftGivenBack_GiverLearnsNoName()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.ActiveAsync(friend);
        var added = await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, null, null) { Random = RandomChoice.HiddenPerson });
        Assert.IsType<CartResult.Changed>(added);
        var order = await CheckOutAsync(giver);
        var delivery = await OfAsync(order, friend);
        Assert.Equal(DeliveryState.Applied, delivery.State);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, delivery));
        var given = await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().GivenAsync(db, giver.Id, 1, Cancel));
        var view = await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel));
        Assert.DoesNotContain(friend.Name, System.Text.Json.JsonSerializer.Serialize(given));
        Assert.DoesNotContain(friend.Name, System.Text.Json.JsonSerializer.Serialize(view));
        Assert.Null(view.Lines[0].RecipientId);
        // a second hidden gift to the same (only) one, after it was given back
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    /// <summary>A gift refused by its code while the bank takes its time: its giver cannot send a code that does not work.</summary>
    [Fact]
    public async Task DW_5_RefusedAtTheBank_IsNotSentOnceMore()
    {
        var giver = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(giver.Buyer, "paid1", "a@example.org");
        await Shop.PayAsync(order);
        var delivery = (await DeliveriesAsync(order))[0].Id;
        var code = (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), delivery, Cancel)))!.Code;
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        Assert.True(await Shop.Get<GiftReturns>().RefuseAsync(code, Cancel));
        Shop.Clock.Advance(TimeSpan.FromMinutes(20));
        var sent = await Shop.Get<Core.Gifts>().ResendAsync(giver.Id, delivery, Cancel);
        Assert.Equal(ResendResult.TooLate, sent);
    }

    /// <summary>Another line's refund is at the bank: the code of a mailed gift of the same order works, or says something true.</summary>
    [Fact]
    public async Task DW_5_CodeOfAMailedGift_WhileAnotherLinesRefundIsAtTheBank()
    {
        var (giver, one, claimer) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: "a@example.org");
        var order = await CheckOutAsync(giver);
        var mailed = (await DeliveriesAsync(order)).Single(d => d.RecipientEmail != null);
        var code = (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), mailed.Id, Cancel)))!.Code;
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        await ReturnAsync(one, await OfAsync(order, one));
        Assert.NotNull(await Shop.ReadAsync(db => Shop.Get<Claims>().FindAsync(db, code, claimer.Id, Cancel)));
    }

    /// <summary>A line that was paid in points goes back, the other stays: the order says so.</summary>
    [Fact]
    public async Task DW_70_PointsLineGivenBack_OrderIsPartiallyRefunded()
    {
        var (giver, one, two) = (await Shop.MemberAsync(points: 60), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: two.Name);
        await Shop.Get<Carts>().UsePointsAsync(giver.Buyer, true, Cancel);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer, PayMethod.Points)).Number);
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(one, await OfAsync(order, one)));
        Assert.Equal(30, await Shop.PointsAsync(giver.Id));
        Assert.Equal("partially_refunded", (await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel))).StateWord);
    }

    /// <summary>Two stuck lines, of which only one waits for its giver: solved, nobody holds the order any more.</summary>
    [Fact]
    public async Task M06_HeldByTheGiver_OnlyWhileAGiverHasToChoose()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: two.Name);
        var placed = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await BanAsync(one, giver);
        await BanAsync(two, giver);
        await Shop.PayAsync(placed);
        var deliveries = await DeliveriesAsync(placed);
        // the second one failed too often instead: nobody but the shop can help
        await Shop.Get<Writes>().RunAsync((unit, token) => unit.Db.Deliveries.Where(d => d.Id == deliveries[1].Id).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.DueAt, (DateTimeOffset?)null).SetProperty(d => d.StuckReason, "failed_too_often"), token), Cancel);
        Assert.True(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, deliveries[0].Id, Cancel));
        Assert.Equal([OrderFlagKind.DeliveryStuck], await FlagsAsync());
    }

    /// <summary>0 days to choose, 0 days to give back.</summary>
    [Fact]
    public async Task DW_70_ZeroDays()
    {
        await PublishSectionAsync<GiftTerms>(terms => terms with { ReturnDays = 0, StuckDays = 0 });
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: one.Name);
        await Shop.AddAsync(giver.Buyer, "paid1", recipient: two.Name);
        var placed = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await BanAsync(one, giver);
        await Shop.PayAsync(placed);
        Assert.IsType<GiftReturnResult.TooLate>(await ReturnAsync(two, await OfAsync(placed, two)));
        Assert.Equal(1, await Shop.Get<GiftReturns>().PassAsync(Cancel));
        Assert.Equal(OrderState.Fulfilled, await StateAsync(placed));
    }

    /// <summary>A hidden gift for which there was nobody: once there is somebody, its giver lets chance draw again.</summary>
    [Fact]
    public async Task DW_7_HiddenGiftStuck_DrawnAgain_StaysHidden()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.ActiveAsync(friend);
        Assert.IsType<CartResult.Changed>(await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, null, null) { Random = RandomChoice.HiddenPerson }));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await BanAsync(friend, giver);
        await Shop.PayAsync(order);
        var stuck = (await DeliveriesAsync(order))[0];
        Assert.Equal(DeliveryState.Stuck, stuck.State);
        var other = await Shop.MemberAsync();
        await Shop.ActiveAsync(other);
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(giver, stuck.Id, friend.Name));
        var after = (await DeliveriesAsync(order))[0];
        Assert.Equal((DeliveryState.Applied, other.Id), (after.State, after.RecipientId));
        var given = await Shop.ReadAsync(db => Shop.Get<Core.Gifts>().GivenAsync(db, giver.Id, 1, Cancel));
        Assert.DoesNotContain(other.Name, System.Text.Json.JsonSerializer.Serialize(given));
        Assert.False(await Shop.ReadAsync(db => db.DeliveryChanges.AnyAsync(c => c.Field == DeliveryField.Recipient, Cancel)));
    }

    /// <summary>A hidden gift sent to an address, claimed by a member of the giver's circle: no name.</summary>
    [Fact]
    public async Task DW_7_HiddenGiftStuck_SentToAnAddress_IsClaimedAndGivenBack()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.ActiveAsync(friend);
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, null, null) { Random = RandomChoice.HiddenPerson });
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await BanAsync(friend, giver);
        await Shop.PayAsync(order);
        var id = (await DeliveriesAsync(order))[0].Id;
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(giver, id, "a@example.org"));
        var code = (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), id, Cancel)))!.Code;
        Assert.IsType<ClaimResult.Claimed>(await Shop.Get<Claims>().ClaimAsync(code, friend.Id, Cancel));
        Assert.IsType<GiftReturnResult.Returned>(await ReturnAsync(friend, (await DeliveriesAsync(order))[0]));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
        Assert.DoesNotContain(friend.Name, System.Text.Json.JsonSerializer.Serialize(await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel))));
    }

    /// <summary>A gift that was given back at the very moment at which its time is turned into points, on two nodes.</summary>
    [Fact]
    public async Task R10_GivenBackAndConvertedAtOnce_OneOfThemWins()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        var (delivery, other) = (await OfAsync(order, friend), await NodeAsync());
        await ShopUnderTest.AtOnceAsync(6, async i => i % 2 == 0
            ? await ReturnAsync(friend, delivery) is GiftReturnResult.Returned
            : await other.Get<TimeToPoints>().ConvertAsync(friend.Id, 12, 240, Codes.New(26), Cancel) is ConversionResult.Converted);
        var (points, back) = (await Shop.PointsAsync(friend.Id), Shop.Till.Refunded.Count);
        Assert.True((points == 0) == (back == 1), $"{points} points and {back} refunds");
    }

    /// <summary>Bonus points that are spent: the money goes back whole.</summary>
    [Fact]
    public async Task DF_49_BonusSpent_GiftGivenBack()
    {
        await PublishPromotionsAsync(Plain with { Points = 200, MinimumMinor = 2500 });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        Assert.Equal(200, await Shop.PointsAsync(giver.Id));
        await Shop.AddAsync(giver.Buyer, "paid6");
        await Shop.Get<Carts>().UsePointsAsync(giver.Buyer, true, Cancel);
        var second = await Shop.PlaceAsync(giver.Buyer, PayMethod.Points);
        Assert.IsType<PlaceResult.Placed>(second);
        await ReturnAsync(friend, await OfAsync(order, friend));
        Assert.Contains(OrderFlagKind.PointsShort, await FlagsAsync());
        var had = await Shop.PointsAsync(giver.Id);
        Assert.True(had == 0, $"{had} bonus points were left and stay, {Shop.Till.Refunded.Sum(r => r.Amount.Minor)} went back of {order.Order.DueMinor}");
    }

    /// <summary>A discount for a large cart, whose large line is given back.</summary>
    [Fact]
    public async Task DW_70_DiscountForALeastAmount_LargeLineGivenBack()
    {
        await PublishPromotionsAsync(Plain with { Percent = 90, MinimumMinor = 20_000 });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "seed", recipient: friend.Name);
        await Shop.AddAsync(giver.Buyer, "prem12");
        var order = await CheckOutAsync(giver);
        Assert.IsType<GiftReturnResult.Bound>(await ReturnAsync(friend, await OfAsync(order, friend)));
        Assert.Empty(await RefundsAsync());
    }

    /// <summary>The worker looks again at once as long as a pass found something (BackgroundWork.LoopAsync): a pass that can do nothing must find nothing.</summary>
    [Fact]
    public async Task DW_72_WorkerRests_WhileNothingCanBeDelivered()
    {
        var (giver, one) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, new AddToCart("paid1", 1, one.Name, null));
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await BanAsync(one, giver);
        await Shop.PayAsync(order);
        Shop.Till.RefundsAre = RefundOutcome.Pending;
        Assert.True(await Shop.Get<GiftReturns>().TakeBackAsync(giver.Id, (await OfAsync(order, one)).Id, Cancel));
        await Shop.Get<Writes>().RunAsync((unit, token) => unit.Db.Deliveries.ExecuteUpdateAsync(set => set.SetProperty(d => d.State, DeliveryState.Scheduled), token), Cancel);
        Assert.Equal(0, await Shop.Get<DeliveryRun>().PassAsync(Cancel));
        await Shop.Get<Writes>().RunAsync((unit, token) => unit.Db.Deliveries.ExecuteUpdateAsync(set => set.SetProperty(d => d.State, DeliveryState.Stuck), token), Cancel);
    }

    /// <summary>The last use went to somebody else while an attempt had failed; its money comes late all the same.</summary>
    [Fact]
    public async Task C08_LateMoney_WhenTheUseIsGone_GoesBack()
    {
        await PublishPromotionsAsync(Plain with { Percent = 50, MaxUses = 1 });
        var (one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var first = await Shop.BuyAsync(one.Buyer, "paid1");
        Shop.Till.Set(first.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, "no"));
        await Shop.SettleAsync(first);
        var second = await Shop.BuyAsync(two.Buyer, "paid1");
        Assert.Equal(150, second.Order.DueMinor);
        await Shop.PayAsync(second);
        Shop.Till.Pay(first.Live.Id);
        var proof = await Shop.Get<PaymentGateway>().GetAsync(new ProviderId(Till.Id), Locate(first.Live), Cancel);
        var late = await Shop.Get<Settlement>().SettleAsync(first.Live.Id, proof, Cancel);
        var seen = await Shop.ReadAsync(db => db.ProviderPayments.AsNoTracking().ToListAsync(Cancel));
        Assert.True(seen.Count == 2, $"{late} {string.Join(' ', seen.Select(p => p.Disposition))}; attempt {(await Shop.AgainAsync(first)).Live.State}");
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        Assert.Equal(1, await Shop.ReadAsync(db => db.Limits.SumAsync(l => l.Used, Cancel)));
        Assert.Equal(OrderState.Fulfilled, await StateAsync(second));
        Assert.NotEqual(OrderState.Fulfilled, await StateAsync(first));
        Assert.Equal(first.Order.DueMinor, Shop.Till.Refunded.Sum(r => r.Amount.Minor));
    }

    /// <summary>A virtual gift that nobody wants any more on its day: its giver chooses somebody else; sent by mail it cannot be.</summary>
    [Fact]
    public async Task DW_13_RenameGiftStuck_OtherRecipient_ThenGivenBackTwiceAtOnce()
    {
        var (giver, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "rename", one.Name);
        await BanAsync(one, giver);
        await Shop.PayAsync(order);
        var id = (await DeliveriesAsync(order))[0].Id;
        Assert.Equal(LineRefusal.NotByMail, Assert.IsType<GiftChangeResult.Refused>(await ChangeAsync(giver, id, "a@example.org")).Why.Reason);
        Assert.IsType<GiftChangeResult.Changed>(await ChangeAsync(giver, id, two.Name));
        var token = (await Shop.ReadAsync(db => RenameTokens.OfAsync(db, two.Id, Cancel))).Single();
        var other = await NodeAsync();
        await ShopUnderTest.AtOnceAsync(4, async i => i % 2 == 0
            ? await Shop.Get<GiftReturns>().ReturnAsync(two.Id, id, Cancel) is GiftReturnResult.Returned
            : await other.Get<RenameTokens>().UseAsync(two.Id, token.Code, "newname" + i, Cancel) is RenameResult.Done);
        var state = (await Shop.ReadAsync(db => RenameTokens.OfAsync(db, two.Id, Cancel))).Single().State;
        Assert.True((state == RenameTokenState.Revoked) == (Shop.Till.Refunded.Count == 1), $"{state}, {Shop.Till.Refunded.Count} refunds");
    }

    /// <summary>Bonus points lent to a friend for a moment: passed on before the gift is given back, so that nothing can be taken off again.</summary>
    [Fact]
    public async Task DF_49_BonusPassedOn_GiftGivenBack_NobodyIsRicher()
    {
        await PublishPromotionsAsync(Plain with { Points = 200, MinimumMinor = 2500 });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid12", recipient: friend.Name);
        var order = await CheckOutAsync(giver);
        await Shop.AddAsync(giver.Buyer, "paid6", recipient: friend.Name);
        await Shop.Get<Carts>().UsePointsAsync(giver.Buyer, true, Cancel);
        var parked = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer, PayMethod.Points)).Number);
        await ReturnAsync(friend, await OfAsync(order, friend));
        await ReturnAsync(friend, await OfAsync(parked, friend));
        var (points, money) = (await Shop.PointsAsync(giver.Id), 2500 - Shop.Till.Refunded.Sum(r => r.Amount.Minor));
        Assert.True(points * 10 <= money, $"{points} points for {money} minor units, flags [{string.Join(' ', await FlagsAsync())}]");
    }

    private static PaymentLocator Locate(PaymentAttempt attempt) => new(
        new AttemptId(attempt.Id), attempt.ProviderRef is { } r ? new ProviderReference(r) : null, new IdempotencyKey(attempt.IdemKey), new Money(attempt.AmountMinor, Currency.Of(attempt.Currency)));

    /// <summary>Late money of an order with a limited promotion and a limited product: the piece is gone, the use must be free again.</summary>
    [Fact]
    public async Task C08_LateMoney_WhenThePieceIsGone_LeavesNoUseTaken()
    {
        await PublishAsync(p => p.Sku == "seed" ? p with { Stock = 1 } : p);
        await PublishPromotionsAsync(Plain with { Key = "few", Code = "few", Percent = 10, MaxUses = 2 });
        var (one, two, three) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.AddAsync(one.Buyer, "seed");
        await Shop.Get<Carts>().EnterCodeAsync(one.Buyer, "few", Cancel);
        var first = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(one.Buyer)).Number);
        Shop.Till.Set(first.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, "no"));
        await Shop.SettleAsync(first);
        Assert.Equal(0, await Shop.ReadAsync(db => db.Limits.SumAsync(l => l.Used, Cancel)));
        await Shop.PayAsync(await Shop.BuyAsync(two.Buyer, "seed"));
        Shop.Till.Pay(first.Live.Id);
        var proof = await Shop.Get<PaymentGateway>().GetAsync(new ProviderId(Till.Id), Locate(first.Live), Cancel);
        await Shop.Get<Settlement>().SettleAsync(first.Live.Id, proof, Cancel);
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        var used = await Shop.ReadAsync(db => db.Limits.Where(l => l.Code.StartsWith("promo")).SumAsync(l => l.Used, Cancel));
        Assert.True(used == 0, $"{used} use is taken by order {await StateAsync(first)}, whose money went back ({Shop.Till.Refunded.Sum(r => r.Amount.Minor)})");
    }
}

public sealed class GiftSeamTests_Sqlite(SqliteDatabase database) : GiftSeamTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftSeamTests_Postgres(PostgresDatabase database) : GiftSeamTests(database), IClassFixture<PostgresDatabase>;

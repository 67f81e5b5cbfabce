using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>From the cart to an order with a live attempt.</summary>
public abstract class PlacingTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task Place_FreezesLinesPricesAndRules_AndKeepsTheCart()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        var line = Assert.Single(placed.Order.Lines);
        Assert.Equal((OrderState.AwaitingPayment, 300L, 300L, 0L), (placed.Order.State, placed.Order.PriceMinor, placed.Order.DueMinor, placed.Order.DuePoints));
        Assert.Equal((member.Id, "1 month of paid time"), (line.RecipientId, line.Title));
        Assert.Equal(AttemptState.Action, placed.Live.State);
        Assert.NotNull(placed.Live.ProviderRef);
        Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_29_SameCartPlacedAgain_LeadsToTheSameOrder()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Assert.Equal(placed.Order.Number, Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        Assert.Single((await Shop.AgainAsync(placed)).Attempts);
    }

    [Fact]
    public async Task C01_FiftyClicksAtOnce_MakeOneOrderAndOneAttempt()
    {
        var member = await Shop.MemberAsync(points: 100);
        await Shop.AddAsync(member.Buyer, "paid12");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        var results = await ShopUnderTest.AtOnceAsync(50, _ => Shop.PlaceAsync(member.Buyer, shown: shown));
        var number = Assert.Single(results.Select(r => Assert.IsType<PlaceResult.Placed>(r).Number).Distinct());
        Assert.Single((await Shop.OrderAsync(number)).Attempts);
        Assert.Equal(1, await Shop.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == member.Id, Cancel)));
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task P11_ChangedCart_EndsTheEarlierAttemptAtTheProviderFirst()
    {
        var member = await Shop.MemberAsync();
        var first = await Shop.BuyAsync(member.Buyer, "paid1");
        var second = await Shop.BuyAsync(member.Buyer, "paid2");
        Assert.NotEqual(first.Order.Number, second.Order.Number);
        Assert.Equal((OrderState.Cancelled, AttemptState.Cancelled), Stand(await Shop.AgainAsync(first)));
        Assert.Equal(1, Shop.Till.Cancels);
        Assert.Equal(2, second.Order.Lines.Count);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task P11_ChangedCartWhileTheFirstTabPays_SettlesTheFirstOrder()
    {
        var member = await Shop.MemberAsync();
        var first = await Shop.BuyAsync(member.Buyer, "paid1");
        await Shop.AddAsync(member.Buyer, "paid2");
        Shop.Till.Pay(first.Live.Id);
        Assert.Equal(first.Order.Number, Assert.IsType<PlaceResult.EarlierPaid>(await Shop.PlaceAsync(member.Buyer)).Number);
        Assert.Equal((OrderState.Fulfilled, AttemptState.Captured), Stand(await Shop.AgainAsync(first)));
        Assert.Equal("paid2", Assert.Single((await Shop.CartAsync(member.Buyer)).Lines).Sku);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task P03_WhileItIsUnknown_NothingElseCanBePaid()
    {
        var member = await Shop.MemberAsync();
        Shop.Till.LoseStartAnswer = true;
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Assert.Equal(AttemptState.Unknown, placed.Live.State);
        Assert.Null(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Action);
        Assert.IsType<PlaceResult.Busy>(await Shop.PlaceAsync(member.Buyer, "other"));
        await Shop.AddAsync(member.Buyer, "paid2");
        Assert.IsType<PlaceResult.Busy>(await Shop.PlaceAsync(member.Buyer));
        Assert.Single((await Shop.AgainAsync(placed)).Attempts);
    }

    [Fact]
    public async Task DECISIONS_4_AnotherMethod_CancelsAtTheProviderAndMakesANewAttempt()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Assert.Equal(placed.Order.Number, Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, "other")).Number);
        var after = await Shop.AgainAsync(placed);
        Assert.Equal([AttemptState.Cancelled, AttemptState.Action], after.Attempts.Select(a => a.State));
        Assert.NotEqual(after.Attempts[0].IdemKey, after.Attempts[1].IdemKey);
    }

    [Fact]
    public async Task P10_PricePublishedWhileThePageIsOpen_NothingIsPlaced()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "prem12");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        await PublishAsync(p => p.Sku == "prem12" ? p with { PriceMinor = 4100, Points = 410 } : p);
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(member.Buyer, shown: shown));
        Assert.Equal(0, await Shop.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == member.Id, Cancel)));
    }

    [Fact]
    public async Task P10_PricePublishedAfterPlacing_ChargesWhatWasPlaced()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "prem6");
        await PublishAsync(p => p.Sku == "prem6" ? p with { PriceMinor = 2100, Points = 210 } : p);
        await Shop.PayAsync(placed);
        Assert.Equal(2000, (await Shop.ReadAsync(db => db.ProviderPayments.FirstAsync(p => p.AttemptId == placed.Live.Id, Cancel))).AmountMinor);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task P12_MadeUpDigest_PlacesNothing()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(member.Buyer, shown: "0123456789abcdef0123456789abcdef"));
    }

    [Theory]
    [InlineData(null, PlaceRefusal.EmailMissing)]
    [InlineData("nonsense", PlaceRefusal.EmailInvalid)]
    [InlineData("a@b.example\r\nBcc: x@y.example", PlaceRefusal.EmailInvalid)]
    [InlineData("a@b.example, c@d.example", PlaceRefusal.EmailInvalid)]
    public async Task DW_56_VisitorWithoutAGoodAddress_IsAskedForOne(string? email, PlaceRefusal reason)
    {
        var visitor = await VisitorWithGiftAsync();
        var refused = Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(visitor, email: email));
        Assert.Equal((CheckoutField.Email, reason), (refused.Field, refused.Reason));
    }

    [Fact]
    public async Task DW_56_VisitorWithAnAddress_CanBuyForAMember()
    {
        var visitor = await VisitorWithGiftAsync();
        var number = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(visitor, email: "Buyer@Example.org ")).Number;
        Assert.Equal("buyer@example.org", (await Shop.OrderAsync(number)).Order.BuyerEmail);
    }

    [Fact]
    public async Task Place_ForOneselfWithoutSigningIn_IsRefused()
    {
        var key = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid1")).NewCartKey;
        var refused = Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(Buyer.Of(null, key), email: "a@b.example"));
        Assert.Equal(PlaceRefusal.SignInForYourself, refused.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData(PayMethod.Points)]
    public async Task DW_52_MethodThatIsNotOffered_IsRefused(string provider)
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal(CheckoutField.Method, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(member.Buyer, provider)).Field);
    }

    [Fact]
    public async Task DW_45_OrderCoveredByPoints_IsPaidAndDeliveredAtOnceWithoutAnAttempt()
    {
        var member = await Shop.MemberAsync(points: 30);
        await Shop.AddAsync(member.Buyer, "paid1");
        var number = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, PayMethod.Points)).Number;
        var placed = await Shop.OrderAsync(number);
        Assert.Equal(OrderState.Fulfilled, placed.Order.State);
        Assert.Empty(placed.Attempts);
        Assert.Equal(0, Shop.Till.Starts);
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
        Assert.Equal(placed.Order.PaidAt!.Value.AddMonths(1), (await Shop.MembershipAsync(member.Id)).Until);
        Assert.True((await Shop.CartAsync(member.Buyer)).IsEmpty);
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task P18_TwentyClicksOnAnOrderForPoints_SpendOnce()
    {
        var member = await Shop.MemberAsync(points: 60);
        await Shop.AddAsync(member.Buyer, "paid1");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        await ShopUnderTest.AtOnceAsync(20, _ => Shop.PlaceAsync(member.Buyer, PayMethod.Points, shown: shown));
        Assert.Equal(1, await Shop.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == member.Id, Cancel)));
        Assert.Equal(30, await Shop.PointsAsync(member.Id));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_46_MixedOrder_HoldsThePointsUntilPaid()
    {
        var member = await Shop.MemberAsync(points: 100);
        var placed = await Shop.BuyAsync(member.Buyer, "paid12");
        Assert.Equal((1500L, 100L), (placed.Order.DueMinor, placed.Order.DuePoints));
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DF_8_TwoOrdersOfTheWholeBalanceAtOnce_OneSucceeds()
    {
        var (a, b) = (await Shop.MemberAsync(points: 30), await Shop.MemberAsync());
        await Shop.AddAsync(a.Buyer, "paid1");
        var shown = (await Shop.CartAsync(a.Buyer)).Shown;
        Assert.NotEqual(a.Id, b.Id);
        var results = await ShopUnderTest.AtOnceAsync(2, _ => Shop.PlaceAsync(a.Buyer, PayMethod.Points, shown: shown));
        Assert.Contains(results, r => r is PlaceResult.Placed);
        Assert.Equal(0, await Shop.PointsAsync(a.Id));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DF_27_CartEmptiedAfterPlacing_TheOrderIsCancelledAtItsProvider()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        await Shop.Get<Carts>().DiscardAsync(member.Buyer, Cancel);
        Assert.Equal((OrderState.Cancelled, AttemptState.Cancelled), Stand(await Shop.AgainAsync(placed)));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_29_OrderNeverPaid_ExpiresAfterTheProviderConfirmed()
    {
        var member = await Shop.MemberAsync(points: 100);
        var placed = await Shop.BuyAsync(member.Buyer, "paid12");
        Shop.Clock.Advance(TimeSpan.FromDays(8));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal((OrderState.Expired, AttemptState.Cancelled), Stand(await Shop.AgainAsync(placed)));
        Assert.Equal(100, await Shop.PointsAsync(member.Id));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task S14_MoreThanTenOrdersInTenMinutes_AreRefused()
    {
        var member = await Shop.MemberAsync();
        for (var i = 0; i < CheckoutLimits.OrdersInTenMinutes; i++)
        {
            await Shop.BuyAsync(member.Buyer, "paid1");
        }

        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal(PlaceRefusal.TooMany, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(member.Buyer)).Reason);
        Shop.Clock.Advance(TimeSpan.FromMinutes(61)); // ten minutes for the orders, an hour for the tries at paying them
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer));
    }

    [Fact]
    public async Task S14_MoreThanTenTriesOfAnAccountInAnHour_AreRefused()
    {
        var member = await Shop.MemberAsync();
        for (var i = 0; i < CheckoutLimits.TriesOfAccountInAnHour; i++)
        {
            await Shop.BuyAsync(member.Buyer, "paid1");
            Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        }

        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal(PlaceRefusal.TooManyTries, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(member.Buyer)).Reason);
    }

    [Fact]
    public async Task S14_MoreThanFiveTriesOfAnOrder_AreRefused()
    {
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "paid1");
        for (var i = 1; i < CheckoutLimits.TriesOfOrder; i++)
        {
            await DeclineAsync(order);
            Assert.IsType<PlaceResult.Placed>(await Shop.Get<Checkout>().ChangeMethodAsync(order.Order.Id, Till.Id, null, Cancel));
        }

        await DeclineAsync(order);
        var refused = Assert.IsType<PlaceResult.Refused>(await Shop.Get<Checkout>().ChangeMethodAsync(order.Order.Id, Till.Id, null, Cancel));
        Assert.Equal(PlaceRefusal.TooManyTries, refused.Reason);
    }

    [Fact]
    public async Task S14_MoreThanTwentyTriesFromOneAddressInAnHour_AreRefused()
    {
        for (var i = 0; i < CheckoutLimits.TriesOfAddressInAnHour; i++)
        {
            var member = await Shop.MemberAsync();
            await Shop.AddAsync(member.Buyer, "paid1");
            Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, address: "here"));
        }

        var last = await Shop.MemberAsync();
        await Shop.AddAsync(last.Buyer, "paid1");
        Assert.Equal(PlaceRefusal.TooManyTries, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(last.Buyer, address: "here")).Reason);
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(last.Buyer, address: "elsewhere"));
    }

    /// <summary>The dates that a page shows go by the rules of accounts: when those change meanwhile, it is shown anew, like a price.</summary>
    [Fact]
    public async Task M05_RulesOfAccountsChangedMeanwhile_AreShownBeforeItIsPaid()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "prem12");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        Assert.IsType<PublishResult.Published>(await PublishSectionAsync<AccountTerms>(terms => terms with { GuardDays = 20 }));
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(member.Buyer, shown: shown));
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer));
    }

    [Fact]
    public async Task C01_PointsOrderSentTwice_LeadsToTheOrderOfTheFirstSending()
    {
        var member = await Shop.MemberAsync(points: 1_000);
        await Shop.AddAsync(member.Buyer, "paid1");
        await Shop.Get<Carts>().UsePointsAsync(member.Buyer, true, Cancel);
        var first = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, provider: PayMethod.Points));
        var second = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, provider: PayMethod.Points));
        Assert.Equal(first.Number, second.Number);
    }

    [Fact]
    public async Task DW_28_SignInBetweenPlacingAndPaying_EndsTheVisitorsOrder()
    {
        var visitor = await VisitorWithGiftAsync();
        var placed = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(visitor, email: "a@b.example")).Number);
        var member = await Shop.MemberAsync();
        Assert.Equal(1, (await Shop.Get<Carts>().MergeAsync(visitor.SessionHash!, member.Id, Cancel)).Moved);
        Assert.Equal((OrderState.Cancelled, AttemptState.Cancelled), Stand(await Shop.AgainAsync(placed)));
    }

    [Fact]
    public async Task DW_28_SignInWhileAnOrderIsInDoubt_LeavesTheVisitorsCartWhereItIs()
    {
        var visitor = await VisitorWithGiftAsync();
        Shop.Till.LoseStartAnswer = true;
        await Shop.PlaceAsync(visitor, email: "a@b.example");
        var member = await Shop.MemberAsync();
        Assert.True((await Shop.Get<Carts>().MergeAsync(visitor.SessionHash!, member.Id, Cancel)).Waits);
        Assert.Single((await Shop.CartAsync(visitor)).Lines);
        Assert.True((await Shop.CartAsync(member.Buyer)).IsEmpty);
    }

    [Fact]
    public async Task DECISIONS_4_CreatedAttempt_IsNotCancelled_BecauseItsKeyMayBeSentAgain()
    {
        var member = await Shop.MemberAsync();
        Shop.Till.LoseStartAnswer = true;
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Shop.Till.Forget(placed.Live.Id);
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal(AttemptState.Created, (await Shop.AgainAsync(placed)).Live.State);
        await Shop.Get<Carts>().DiscardAsync(member.Buyer, Cancel);
        Assert.Equal((OrderState.AwaitingPayment, AttemptState.Created), Stand(await Shop.AgainAsync(placed)));
    }

    [Fact]
    public async Task P20_OrderThatCannotBeEndedYet_IsPutOffAndKeepsNobodyWaiting()
    {
        var member = await Shop.MemberAsync();
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Shop.Till.Set(placed.Live.Id, new PaymentOutcome.Processing(null));
        await Shop.SettleAsync(placed);
        Shop.Clock.Advance(TimeSpan.FromDays(8));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal(0, await Shop.Get<Janitor>().PassAsync(Cancel));
        Assert.Equal(OrderState.AwaitingPayment, (await Shop.AgainAsync(placed)).Order.State);
        Assert.True((await Shop.AgainAsync(placed)).Order.ExpiresAt > Shop.Clock.GetUtcNow());
    }

    [Fact]
    public async Task DF_24_ThreePressesDuringAnOutage_AreOneChargeAfterIt()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid1");
        Shop.Till.Fault = new HttpRequestException();
        var number = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number;
        var placed = await Shop.OrderAsync(number);
        for (var press = 2; press <= 3; press++)
        {
            Assert.Equal(number, Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
            await Shop.Get<Checkout>().PayAsync(placed.Order.Id, Cancel); // the page that it leads to
        }

        Assert.Equal((OrderState.AwaitingPayment, AttemptState.Unknown), Stand(await Shop.AgainAsync(placed)));

        Shop.Till.Fault = null;
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal(number, Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await Shop.Get<Checkout>().PayAsync(placed.Order.Id, Cancel);
        await Shop.PayAsync(placed);
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
        Assert.Equal((1, 1), await Shop.ReadAsync(async db => (await db.PaymentAttempts.CountAsync(Cancel), await db.ProviderPayments.CountAsync(Cancel))));

        // sent by the first press, and once more when it was certain that nothing had arrived; the others only asked
        Assert.Equal(2, Shop.Till.Starts);
    }

    private async Task DeclineAsync(PlacedOrder order)
    {
        var live = (await Shop.AgainAsync(order)).Live;
        Shop.Till.Set(live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null));
        await Shop.Get<Settlement>().SettleAsync(live.Id, null, Cancel);
    }

    internal static (OrderState, AttemptState) Stand(PlacedOrder placed) => (placed.Order.State, placed.Live.State);

    private async Task<Buyer> VisitorWithGiftAsync()
    {
        var friend = await Shop.MemberAsync();
        var key = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid1", recipient: friend.Name)).NewCartKey;
        return Buyer.Of(null, key);
    }
}

public sealed class PlacingTests_Sqlite(SqliteDatabase database) : PlacingTests(database), IClassFixture<SqliteDatabase>;

public sealed class PlacingTests_Postgres(PostgresDatabase database) : PlacingTests(database), IClassFixture<PostgresDatabase>;

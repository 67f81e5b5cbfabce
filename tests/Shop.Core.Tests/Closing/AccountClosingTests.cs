using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Core.Tests.Renewing;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Closing;

/// <summary>Members close their accounts (docs/adr/0033).</summary>
public abstract class AccountClosingTests(TestDatabase database) : RenewingTests(database)
{
    private AccountClosings Closings => Node.Get<AccountClosings>();

    private Task<ClosingResult> CloseAsync(Person member) => Closings.CloseAsync(member.Id, Cancel);

    /// <summary>Sends what is due until nothing is, again and again for so long.</summary>
    private async Task WaitAsync(TimeSpan time)
    {
        for (var i = 0; i < 8; i++, Node.Clock.Advance(time / 8))
        {
            await Node.SendAsync();
        }
    }

    private Task<AccountClosing> ClosingAsync(Person member) => Node.ReadAsync(db => db.AccountClosings.AsNoTracking().FirstAsync(c => c.MemberId == member.Id, Cancel));

    private Task<Member> MemberAsync(Person member) => Node.ReadAsync(db => db.Users.AsNoTracking().FirstAsync(m => m.Id == member.Id, Cancel));

    /// <summary>Bought at the till, where money can go back, and paid.</summary>
    private async Task<PlacedOrder> PaidAsync(Person payer, AddToCart wish)
    {
        Assert.IsType<CartResult.Changed>(await Node.AddAsync(payer.Buyer, wish));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer, Till.Id)).Number);
        await Node.PayAsync(order);
        return await Node.AgainAsync(order);
    }

    [Fact]
    public async Task MZ_61_ST_32_Closed_NothingIsCharged_MethodsAreGoneThere_NobodyIsNamed_AndMoneyStaysInTheBooks()
    {
        var (payer, friend) = (await Node.MemberAsync(), await Node.MemberAsync());
        var (own, gift) = (await SubscribeAsync(payer), await SubscribeAsync(payer, recipient: friend.Name));
        await Node.Get<Writes>().RunAsync((unit, token) => PointsAccounts.GrantAsync(unit.Db, "test", payer.Id, 50, "test", null, Now, token), Cancel);
        var (journals, payments) = await Node.ReadAsync(async db => (await db.Journals.CountAsync(Cancel), await db.ProviderPayments.CountAsync(Cancel)));

        Assert.Equal(ClosingResult.Closed, await CloseAsync(payer));
        Assert.Equal(ClosingResult.NotFound, await CloseAsync(payer));
        await WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AccountClosingState.Closed, 50L), ((await ClosingAsync(payer)).State, (await ClosingAsync(payer)).Points));
        Assert.Empty(Cards.Methods);
        foreach (var subscription in new[] { own, gift })
        {
            var after = await ReadAsync(subscription.Id);
            Assert.Equal((SubscriptionState.Ending, null, subscription.PaidThrough), (after.State, after.NextChargeAt, after.PaidThrough));
        }

        var member = await MemberAsync(payer);
        Assert.Equal((AccountStatus.Purged, null, null, null), (member.Status, member.Email, member.NormalizedEmail, member.PasswordHash));
        Assert.StartsWith("closed_", member.UserName, StringComparison.Ordinal);
        Assert.Equal(0L, await Node.PointsAsync(payer.Id));
        Assert.Equal(0, await Node.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == payer.Id && o.BuyerEmail != null, Cancel)));
        Assert.Equal((journals + 1, payments), await Node.ReadAsync(async db => (await db.Journals.CountAsync(Cancel), await db.ProviderPayments.CountAsync(Cancel)))); // the points' own
        Assert.DoesNotContain(payer.Name, await Node.ReadAsync(async db => string.Join('\n', await db.Outbox.Where(r => r.Kind == OutboxKinds.AccountClosed).Select(r => r.Payload).ToListAsync(Cancel))), StringComparison.Ordinal);
        Assert.Equal(1, Node.Sent.Count(OutboxKinds.AccountClosed));

        await GoToAsync(own.PaidThrough!.Value.AddDays(3));
        await PassAsync();
        Assert.Equal((SubscriptionState.Ended, 1), ((await ReadAsync(own.Id)).State, await ChargesAsync(own.Id)));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_MF_14_ServiceIsAway_TheAccountIsClosedAtOnce_AndTheServiceIsAskedUntilItHasForgotten()
    {
        var (payer, _) = await SubscriberAsync();
        Cards.Fault = new TimeoutException();
        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((AccountStatus.Purged, AccountClosingState.Closing, 1), ((await MemberAsync(payer)).Status, (await ClosingAsync(payer)).State, Cards.Methods.Count));
        Assert.Empty(await MethodsAsync(payer)); // nothing can be charged by it here

        Cards.Fault = null;
        await WaitAsync(TimeSpan.FromMinutes(30));
        Assert.Equal((AccountClosingState.Closed, 0), ((await ClosingAsync(payer)).State, Cards.Methods.Count));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_ChargeUnderWay_TheMethodGoesWhenItIsOver()
    {
        var payer = await Node.MemberAsync();
        var subscription = await SubscribeAsync(payer, recipient: (await Node.MemberAsync()).Name);
        Cards.Charged = () => new PaymentOutcome.Processing(null);
        await RenewAsync(subscription);
        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(AccountClosingState.Closing, (await ClosingAsync(payer)).State);

        Cards.Pay((await AttemptsAsync(subscription.Id))[^1].Id);
        await Node.Get<Settlement>().SettleAsync((await AttemptsAsync(subscription.Id))[^1].Id, null, Cancel);
        await WaitAsync(TimeSpan.FromMinutes(30));
        Assert.Equal((AccountClosingState.Closed, 0, 2), ((await ClosingAsync(payer)).State, Cards.Methods.Count, await ChargesAsync(subscription.Id)));
        Assert.Contains((await ReadAsync(subscription.Id)).State, new[] { SubscriptionState.Ending, SubscriptionState.Ended });
    }

    [Fact]
    public async Task MZ_61_Refund_OfAPart_AfterClosing_GoesBackToTheCard()
    {
        var (payer, staff) = (await Node.MemberAsync(), await Node.MemberAsync());
        var order = await PaidAsync(payer, new AddToCart("paid2", 1, null, null));
        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(1));
        var line = order.Order.Lines.Single();
        var made = await Node.Get<RefundDesk>().RefundAsync(
            new StaffRefund { Key = Guid.NewGuid(), OrderId = order.Order.Id, Reason = "asked by mail", Shares = [new LineShare(line.Id, 100, 0)] }, staff.Id, Cancel);
        Assert.Equal(RefundState.Succeeded, Assert.IsType<StaffRefundResult.Made>(made).State);
        Assert.Equal([100L], Shop.Till.Refunded.Select(r => r.Amount.Minor));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_OpenOrder_IsEndedAtItsService_AndItsPointsAreLost()
    {
        var payer = await Node.MemberAsync(points: 30);
        await Node.Get<Carts>().UsePointsAsync(payer.Buyer, true, Cancel);
        Assert.IsType<CartResult.Changed>(await Node.AddAsync(payer.Buyer, "paid2"));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer, Till.Id)).Number);
        Assert.True(order.Order.DuePoints > 0);
        Assert.Equal(order.Order.DuePoints, (await Node.ReadAsync(db => Closings.PreviewAsync(db, payer.Id, Cancel))).HeldPoints);

        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((OrderState.Cancelled, 1), ((await Node.AgainAsync(order)).Order.State, Shop.Till.Cancels));
        Assert.Equal((AccountClosingState.Closed, 30L, 0L), ((await ClosingAsync(payer)).State, (await ClosingAsync(payer)).Points, await Node.PointsAsync(payer.Id)));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_OpenOrderThatTurnsOutPaid_ItsMoneyGoesBack()
    {
        var payer = await Node.MemberAsync();
        Assert.IsType<CartResult.Changed>(await Node.AddAsync(payer.Buyer, "paid2"));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer, Till.Id)).Number);
        Shop.Till.Pay(order.Live.Id);
        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(1));
        await ReturnAsync();
        Assert.Equal((OrderState.Refunded, AccountClosingState.Closed), ((await Node.AgainAsync(order)).Order.State, (await ClosingAsync(payer)).State));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_GiftWithADay_ArrivesFromSomeone_AndWhatWasForTheAccountComesBackAtOnce()
    {
        var (payer, friend) = (await Node.MemberAsync(), await Node.MemberAsync());
        var day = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(20);
        var gift = await PaidAsync(payer, new AddToCart("paid2", 1, friend.Name, null) { DeliverOn = Days.Text(day) });
        var own = await PaidAsync(payer, new AddToCart("paid1", 1, null, null) { DeliverOn = Days.Text(day) });
        var seen = await Node.ReadAsync(db => Closings.PreviewAsync(db, payer.Id, Cancel));
        Assert.Equal([(friend.Name, false), (payer.Name, true)], seen.Deliveries.Select(d => (d.To!, d.IsOwn)));

        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(1));
        await ReturnAsync();
        Assert.Equal((OrderState.Refunded, OrderState.Paid), ((await Node.AgainAsync(own)).Order.State, (await Node.AgainAsync(gift)).Order.State));

        await GoToAsync(new DateTimeOffset(day.AddDays(1), default, TimeSpan.Zero));
        await Node.Get<DeliveryRun>().PassAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, (await Node.AgainAsync(gift)).Order.State);
        var received = Assert.Single((await Node.ReadAsync(db => Core.Gifts.ReceivedAsync(db, friend.Id, 1, Cancel))).Rows);
        Assert.Null(received.From);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_MethodThatIsKeptAfterwards_IsForgottenAtOnce()
    {
        var payer = await Node.MemberAsync();
        var act = Assert.IsType<SetupResult.Act>(await Node.Get<SavedMethods>().StartAsync(payer.Id, CardService.Id, Cancel));
        await CloseAsync(payer);
        await WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AccountClosingState.Closed, (await ClosingAsync(payer)).State);
        Cards.FinishSetups();
        await Node.Get<SavedMethods>().ContinueAsync(payer.Id, act.Setup, Cancel);
        await WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (Cards.Methods.Count, (await MethodsAsync(payer)).Count));
    }

    [Fact]
    public async Task MZ_61_ClosedTwiceAtOnce_OneIsThere()
    {
        var payer = await Node.MemberAsync();
        var results = await ShopUnderTest.AtOnceAsync(6, _ => CloseAsync(payer));
        Assert.Equal(1, results.Count(r => r == ClosingResult.Closed));
        Assert.Equal(5, results.Count(r => r == ClosingResult.NotFound));
    }

    [Fact]
    public async Task MZ_61_Staff_KeepTheirAccountWhileTheyHaveARole()
    {
        var staff = await Node.MemberAsync();
        await Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var role = await unit.Db.Roles.FirstOrDefaultAsync(r => r.Name == StaffRoles.Clerk, token) ?? new StaffRole { Name = StaffRoles.Clerk, NormalizedName = "CLERK" };
                unit.Db.Update(role);
                await unit.Db.SaveChangesAsync(token);
                unit.Db.UserRoles.Add(new Microsoft.AspNetCore.Identity.IdentityUserRole<long> { UserId = staff.Id, RoleId = role.Id });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel);
        Assert.Equal(ClosingResult.Staff, await CloseAsync(staff));
        Assert.Equal(AccountStatus.Visible, (await MemberAsync(staff)).Status);
    }

    /// <summary>Delivers, gives back and refunds what is due.</summary>
    private async Task ReturnAsync()
    {
        while (await Node.Get<DeliveryRun>().PassAsync(Cancel) + await Node.Get<GiftReturns>().PassAsync(Cancel) + await Node.Get<RefundRun>().PassAsync(Cancel) > 0)
        {
        }
    }
}

public sealed class AccountClosingTests_Sqlite(SqliteDatabase database) : AccountClosingTests(database), IClassFixture<SqliteDatabase>;

public sealed class AccountClosingTests_Postgres(PostgresDatabase database) : AccountClosingTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Renewing;

/// <summary>Subscriptions are bought at the checkout and charged again by the scheduler: each period once.</summary>
public abstract class RenewalTests(TestDatabase database) : RenewingTests(database)
{
    [Fact]
    public async Task MZ_17_Bought_IsActiveWithItsFirstPaymentAndChargedADayBeforeTheEnd()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal((SubscriptionState.Active, 1, Now, Now.AddMonths(1)), (subscription.State, subscription.Period, subscription.AnchorAt, subscription.PaidThrough));
        Assert.Equal(Now.AddMonths(1).AddDays(-1), subscription.NextChargeAt);
        Assert.Equal(subscription.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
        await RenewAsync(subscription);
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Active, 2, subscription.AnchorAt!.Value.AddMonths(2)), (after.State, after.Period, after.PaidThrough));
        Assert.Equal(after.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
        Assert.Equal((2, BuyerPresence.Absent), (await ChargesAsync(subscription.Id), Cards.Starts[^1].Buyer));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_17_Order_OfARenewalIsOneLikeAnyOther()
    {
        var (payer, subscription) = await SubscriberAsync();
        await RenewAsync(subscription);
        var period = (await PeriodsAsync(subscription.Id))[^1];
        var order = await Node.ReadAsync(db => db.Orders.AsNoTracking().Include(o => o.Lines).FirstAsync(o => o.Id == period.OrderId, Cancel));
        Assert.Equal((OrderState.Fulfilled, payer.Id, 300L, "paid1"), (order.State, order.BuyerId!.Value, order.DueMinor, order.Lines[0].Sku));
        Assert.NotNull(await Node.ReadAsync(db => Node.Get<OrderReader>().FindAsync(db, order.Number, new OrderViewer(payer.Buyer, null), Cancel)));
    }

    [Fact]
    public async Task C12_TwoYears_MonthEndsLeapDaySummerTimeRestartsAndTwoSchedulers_OneChargeForEachPeriod()
    {
        // a day that February does not have; over two ends of February, one of them with a leap day, and every change to summer time
        Node.Clock.Advance(new DateTimeOffset(2027, 1, 31, 9, 30, 0, TimeSpan.Zero) - Now);
        var (payer, subscription) = await SubscriberAsync();
        var anchor = subscription.AnchorAt!.Value;
        var (one, other) = (await OneMoreAsync(), await OneMoreAsync());
        for (var period = 2; period <= 25; period++)
        {
            await GoToAsync((await ReadAsync(subscription.Id)).DueAt!.Value);
            if (period % 6 == 0)
            {
                other = await OneMoreAsync(); // a restart: nothing is remembered but rows
            }

            await ShopUnderTest.AtOnceAsync(2, async i =>
            {
                await PassAsync(i == 0 ? one : other);
                return i;
            });
            var now = await ReadAsync(subscription.Id);
            Assert.Equal((period, anchor.AddMonths(period), SubscriptionState.Active), (now.Period, now.PaidThrough!.Value, now.State));
            Assert.Equal(now.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
        }

        Assert.Equal(25, await ChargesAsync(subscription.Id));
        Assert.Equal(Enumerable.Range(1, 25), (await PeriodsAsync(subscription.Id)).Select(p => p.Number));
        Assert.Equal(new DateTimeOffset(2028, 2, 29, 9, 30, 0, TimeSpan.Zero), (await PeriodsAsync(subscription.Id))[12].EndsAt);
        await BooksAsync();
    }

    [Fact]
    public async Task C12_ClockBackAnHour_ChargesNothingTwice()
    {
        var (_, subscription) = await SubscriberAsync();
        await RenewAsync(subscription);
        var behind = await OneMoreAsync(TimeSpan.FromHours(-1));
        await PassAsync(behind);
        await PassAsync();
        Assert.Equal(2, await ChargesAsync(subscription.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(730)]
    public async Task C17_ClockThatJumps_ChargesNobodyUntilStaffConfirm(int days)
    {
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.DueAt!.Value.AddHours(-1));
        await PassAsync();
        var wrong = await OneMoreAsync(TimeSpan.FromDays(days));
        Assert.Equal(0, await wrong.Get<Renewals>().PassAsync(Cancel));
        Assert.True((await wrong.ReadAsync(db => wrong.Get<Renewals>().StateAsync(db, Cancel))).Stopped);
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        Node.Clock.Advance(TimeSpan.FromHours(1));
        await PassAsync();
        Assert.Equal(2, await ChargesAsync(subscription.Id));
    }

    [Fact]
    public async Task C17_AfterAJump_StaffLetItGoOn()
    {
        var (payer, subscription) = await SubscriberAsync();
        await PassAsync();
        Node.Clock.Advance(subscription.DueAt!.Value - Now);
        await PassAsync();
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        Assert.True(await Node.Get<Renewals>().ConfirmAsync(payer.Id, Cancel));
        Assert.False(await Node.Get<Renewals>().ConfirmAsync(payer.Id, Cancel));
        await PassAsync();
        Assert.Equal(2, await ChargesAsync(subscription.Id));
    }

    [Fact]
    public async Task Downtime_OfWeeks_ChargesOnePeriodThatBeginsWhenItIsPaid()
    {
        var (payer, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(15));
        await PassAsync();
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((2, Now.AddMonths(1), 2), (after.Period, after.PaidThrough!.Value, await ChargesAsync(subscription.Id)));
        Assert.Equal(after.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
    }

    [Fact]
    public async Task Downtime_LongerThanARenewalIsTried_ChargesNobodyAndSaysSo()
    {
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(24));
        await PassAsync();
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Lapsed, 1), (after.State, after.EndReason, await ChargesAsync(subscription.Id)));
        Assert.Equal(1, await MailsAsync(OutboxKinds.SubscriptionEnded));
    }

    [Fact]
    public async Task K15_KilledBetweenPeriodAndAttempt_IsChargedOnceAndNotSkipped()
    {
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.DueAt!.Value);
        Cards.Continuing = _ => throw new InvalidOperationException("killed");
        await PassAsync();

        // what a kill between the two leaves: the row of the period, its order, and no attempt
        var order = (await PeriodsAsync(subscription.Id))[^1].OrderId;
        await Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                await unit.Db.ProviderExchanges.ExecuteDeleteAsync(token);
                await unit.Db.OrderFlags.Where(f => f.OrderId == order).ExecuteDeleteAsync(token);
                await unit.Db.PaymentAttempts.Where(a => a.OrderId == order).ExecuteDeleteAsync(token);
            },
            Cancel);
        Cards.Continuing = _ => Task.CompletedTask;
        await GoToAsync(Now.AddHours(1));
        await PassAsync(await OneMoreAsync());
        Assert.Equal((2, 2), ((await ReadAsync(subscription.Id)).Period, await ChargesAsync(subscription.Id)));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_17_AnswerLost_IsNeverANewCharge()
    {
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.DueAt!.Value);
        Cards.Continuing = request =>
        {
            Cards.Pay(request.Payment.Attempt.Value); // it happened, and nobody heard
            throw new TimeoutException();
        };
        await PassAsync();
        var attempt = (await AttemptsAsync(subscription.Id))[^1];
        Assert.Equal(AttemptState.Unknown, attempt.State);
        for (var hour = 0; hour < 3; hour++)
        {
            await GoToAsync(Now.AddHours(1));
            await PassAsync();
        }

        Assert.Equal((2, 2, AttemptState.Captured), (await ChargesAsync(subscription.Id), (await AttemptsAsync(subscription.Id)).Count, (await AttemptsAsync(subscription.Id))[^1].State));
        Assert.Equal(0, await MailsAsync(OutboxKinds.RenewalFailed));
    }

    [Fact]
    public async Task MZ_16_SecondLiveOneOfTheSame_IsRefused_AndAllowedAfterTheFirstHasEnded()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal((CartField.Renew, LineRefusal.RenewalRunning), Assert.IsType<CartResult.Refused>(await AddAsync(payer, "paid12")) is var no ? (no.Field, no.Reason) : default);
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: true, Cancel));
        var method = Assert.Single(await MethodsAsync(payer));
        Assert.IsType<CartResult.Changed>(await AddAsync(payer));
        Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer, saved: method.Handle));
        Assert.Equal(1, await Node.ReadAsync(db => db.Subscriptions.CountAsync(s => s.MemberId == payer.Id && s.State == SubscriptionState.Active, Cancel)));
    }

    [Fact]
    public async Task MZ_16_SecondLiveOne_IsRefusedByTheSchema()
    {
        var (payer, subscription) = await SubscriberAsync();
        var refused = await Assert.ThrowsAnyAsync<DbUpdateException>(() => Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                unit.Db.Subscriptions.Add(new Subscription
                {
                    Handle = "second", MemberId = payer.Id, RecipientId = payer.Id, Product = subscription.Product, Sku = "paid12", Months = 12, PriceMinor = 2500, Currency = "USD", CreatedAt = Now,
                });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel));
        Assert.True(Violations.IsUnique(refused, "subscriptions"));
    }

    [Fact]
    public async Task MZ_17_SecondRowOfAPeriod_IsRefusedByTheSchema()
    {
        var (_, subscription) = await SubscriberAsync();
        var first = Assert.Single(await PeriodsAsync(subscription.Id));
        var line = await OtherLineAsync();
        var refused = await Assert.ThrowsAnyAsync<DbUpdateException>(() => Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                unit.Db.SubscriptionPeriods.Add(new SubscriptionPeriod
                {
                    SubscriptionId = subscription.Id, Number = first.Number, Months = 1, PriceMinor = 300, OrderId = line.OrderId, OrderLineId = line.Id, CreatedAt = Now,
                });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel));
        Assert.True(Violations.IsUnique(refused, "number"));
    }

    private async Task<OrderLine> OtherLineAsync() => (await Node.BuyAsync((await Node.MemberAsync()).Buyer, "paid1")).Order.Lines[0];

    [Fact]
    public async Task MZ_16_FirstOrderNeverPaid_LeavesNothingInTheWay()
    {
        var payer = await Node.MemberAsync();
        await AddAsync(payer);
        await PlaceAsync(payer);
        Assert.True(await Node.Get<Carts>().DiscardAsync(payer.Buyer, Cancel));
        var dead = await Node.ReadAsync(db => db.Subscriptions.AsNoTracking().SingleAsync(Cancel));
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.NeverPaid), (dead.State, dead.EndReason));
        Assert.Equal(SubscriptionState.Active, (await SubscribeAsync(payer)).State);
        Assert.Single(await Node.ReadAsync(db => Node.Get<Subscriptions>().ListAsync(db, payer.Id, Cancel)));
    }

    [Fact]
    public async Task Renew_NeedsAMethodThatIsKept()
    {
        var payer = await Node.MemberAsync(points: 100);
        await AddAsync(payer);
        Assert.Equal(PlaceRefusal.RenewalNeedsMoney, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(payer, PayMethod.Points)).Reason);
        await Node.Get<Carts>().UsePointsAsync(payer.Buyer, false, Cancel);
        Assert.Equal(PlaceRefusal.MethodDisabled, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(payer, Till.Id)).Reason);
        Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer));
        Assert.Equal(new PaymentSource.Fresh(true), Cards.Starts[^1].Source); // kept without a tick of its own: the page says so
    }

    [Fact]
    public async Task Renew_WithAKeptMethod_ItIsAgreedThatItIsChargedWhileItsOwnerIsAway()
    {
        var payer = await Node.MemberAsync();
        var first = await SubscribeAsync(payer);
        var method = Assert.Single(await MethodsAsync(payer));
        await Node.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.StoredMethods.ExecuteUpdateAsync(set => set.SetProperty(m => m.Usage, MethodUsage.OnSession), token), Cancel);
        var friend = await Node.MemberAsync();
        await AddAsync(payer, recipient: friend.Name);
        await PlaceAsync(payer, saved: method.Handle);
        var row = await Node.ReadAsync(db => db.StoredMethods.AsNoTracking().SingleAsync(Cancel));
        Assert.Equal((MethodUsage.OffSession, Now), (row.Usage, row.ConsentAt));
        Assert.Equal(2, await Node.ReadAsync(db => db.Subscriptions.CountAsync(s => s.MethodId == first.MethodId && s.State == SubscriptionState.Active, Cancel)));
    }

    [Fact]
    public async Task Renew_CartSaysWhatIsChargedWhen_AndThatIsWhatHappens()
    {
        var payer = await Node.MemberAsync();
        await Node.GrantAsync(payer.Id, "paid", 2);
        await AddAsync(payer);
        var line = Assert.Single((await Node.CartAsync(payer.Buyer)).Lines);
        Assert.Equal(new LineRenewal(new Money(300, Currency.Usd), 1, Now.AddMonths(3).AddDays(-1)), line.Renewal);
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer)).Number);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        Assert.Equal(line.Renewal!.NextAt, (await Node.ReadAsync(db => db.Subscriptions.AsNoTracking().SingleAsync(Cancel))).NextChargeAt);
        Assert.Equal((line.Renewal.NextAt, line.Renewal.Price), Assert.Single(await Node.ReadAsync(db => Subscriptions.NextPaymentsAsync(db, order.Order.Id, Cancel))));
    }

    [Fact]
    public async Task Renew_StandingGift_GoesToItsRecipientEachTimeAndShowsNothingOfTheirTime()
    {
        var (payer, friend) = (await Node.MemberAsync(), await Node.MemberAsync());
        await Node.GrantAsync(friend.Id, "paid", 5);
        var subscription = await SubscribeAsync(payer, recipient: friend.Name, anonymous: true);
        Assert.Equal((friend.Id, Now.AddMonths(1)), (subscription.RecipientId, subscription.PaidThrough));
        await RenewAsync(subscription);
        Assert.Equal(subscription.AnchorAt!.Value.AddMonths(7), (await Node.MembershipAsync(friend.Id)).Until);
        Assert.True(await Node.ReadAsync(db => db.Deliveries.Where(d => d.RecipientId == friend.Id).AllAsync(d => d.Anonymous, Cancel)));
        Assert.Equal(2, await MailsAsync(OutboxKinds.Gift));
    }

    [Fact]
    public async Task Renew_IsRefusedWhereItCannotBe()
    {
        var payer = await Node.MemberAsync();
        async Task<LineRefusal> RefusedAsync(AddToCart wish) => Assert.IsType<CartResult.Refused>(await Node.AddAsync(payer.Buyer, wish with { Renew = true })).Reason;
        Assert.Equal(LineRefusal.RenewalNotOffered, await RefusedAsync(new AddToCart("paid2", 1, null, null)));
        Assert.Equal(LineRefusal.RenewalNotOffered, await RefusedAsync(new AddToCart("seed", 1, null, null)));
        Assert.Equal(LineRefusal.RenewalPlain, await RefusedAsync(new AddToCart("paid1", 2, null, null)));
        Assert.Equal(LineRefusal.RenewalPlain, await RefusedAsync(new AddToCart("paid1", 1, "somebody@example.org", null)));
        Assert.Equal(LineRefusal.RenewalPlain, await RefusedAsync(new AddToCart("paid1", 1, null, null) { DeliverOn = Days.Text(Days.Of(Now.AddDays(3))) }));
        Assert.Equal(LineRefusal.SignInFirst, Assert.IsType<CartResult.Refused>(await Node.AddAsync(new Buyer(null, null), new AddToCart("paid1", 1, payer.Name, null) { Renew = true })).Reason);
    }

    [Fact]
    public async Task TimeBoughtByHandBesides_IsKeptInFull()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Node.GrantAsync(payer.Id, "paid", 6);
        await RenewAsync(subscription);
        Assert.Equal(subscription.AnchorAt!.Value.AddMonths(8), (await Node.MembershipAsync(payer.Id)).Until);
        Assert.Equal(subscription.AnchorAt!.Value.AddMonths(2), (await ReadAsync(subscription.Id)).PaidThrough);
    }

    [Fact]
    public async Task Suspended_IsNotCharged_AndEndsWhenItStaysSo()
    {
        var (payer, subscription) = await SubscriberAsync();
        Task SetAsync(Accounts.AccountStatus status) => Node.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == payer.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, status), token), Cancel);
        await SetAsync(Accounts.AccountStatus.Suspended);
        await RenewAsync(subscription);
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        await SetAsync(Accounts.AccountStatus.Visible);
        await RenewAsync(subscription);
        Assert.Equal(2, await ChargesAsync(subscription.Id));
        await SetAsync(Accounts.AccountStatus.Suspended);
        while ((await ReadAsync(subscription.Id)).DueAt is not null)
        {
            await RenewAsync(subscription);
        }

        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Lapsed, 2), ((await ReadAsync(subscription.Id)).State, (await ReadAsync(subscription.Id)).EndReason, await ChargesAsync(subscription.Id)));
    }

    [Fact]
    public async Task PermanentByNow_IsNotCharged()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Node.GrantAsync(payer.Id, "seed", 0);
        await RenewAsync(subscription);
        Assert.Equal((1, SubscriptionState.Active), (await ChargesAsync(subscription.Id), (await ReadAsync(subscription.Id)).State));
    }

    [Fact]
    public async Task MZ_28_Receipts_AreOneForEachCharge()
    {
        var (_, subscription) = await SubscriberAsync();
        await RenewAsync(subscription);
        await Node.SendAsync();
        Assert.Equal((2, 0), (Node.Sent.Count(OutboxKinds.Receipt), Node.Sent.Count(OutboxKinds.RenewalFailed)));
    }

    [Fact]
    public async Task DF_47_WhatRenewsByItself_IsNotRemindedOf()
    {
        var (payer, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(-2));
        var message = new ExpiryMessage(payer.Id, subscription.PaidThrough.Value, Accounts.ExpiryStage.Last);
        Assert.Null(await Node.ReadAsync(db => Node.Get<ExpiryReader>().ReadAsync(db, message, Cancel)));
        await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        Assert.NotNull(await Node.ReadAsync(db => Node.Get<ExpiryReader>().ReadAsync(db, message, Cancel)));
    }

    [Fact]
    public async Task PriceChange_IsAnnouncedBeforeItActs_AndTheAnnouncedPriceIsCharged()
    {
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.DueAt!.Value.AddDays(-5));
        await PublishAsync(p => p.Sku == "paid1" ? p with { PriceMinor = 350, Points = 35 } : p);
        await PassAsync();
        await PassAsync();
        Assert.Equal(1, await MailsAsync(OutboxKinds.PriceChange));
        await RenewAsync(subscription); // told too late for this one
        await RenewAsync(subscription);
        Assert.Equal([300L, 300L, 350L], (await PeriodsAsync(subscription.Id)).Select(p => p.PriceMinor));
        Assert.Equal(1, await MailsAsync(OutboxKinds.PriceChange));
        Assert.Equal(350, (await ReadAsync(subscription.Id)).PriceMinor);
    }

    [Fact]
    public async Task PriceChange_ToldInTime_ActsWithTheNextCharge()
    {
        var (_, subscription) = await SubscriberAsync();
        await PublishAsync(p => p.Sku == "paid1" ? p with { PriceMinor = 350, Points = 35 } : p);
        await GoToAsync(subscription.DueAt!.Value.AddDays(-15));
        await PassAsync();
        await RenewAsync(subscription);
        Assert.Equal([300L, 350L], (await PeriodsAsync(subscription.Id)).Select(p => p.PriceMinor));
    }

    [Fact]
    public async Task PlanTakenOffSale_GoesOnAtItsPrice()
    {
        var (_, subscription) = await SubscriberAsync();
        await PublishAsync(p => p.Sku == "paid1" ? p with { On = false } : p);
        await RenewAsync(subscription);
        Assert.Equal((2, 0), (await ChargesAsync(subscription.Id), await MailsAsync(OutboxKinds.PriceChange)));
    }

    [Fact]
    public async Task MZ_42_RenewalGivenBack_IsNotChargedAgain()
    {
        var (_, subscription) = await SubscriberAsync();
        await RenewAsync(subscription);
        var period = (await PeriodsAsync(subscription.Id))[^1];
        var wish = new StaffRefund
        {
            Key = Guid.NewGuid(), OrderId = period.OrderId, Reason = "asked by letter", PaidAs = RefundPaidAs.Points, Shares = [new LineShare(period.OrderLineId, 300, 0)],
        };
        Assert.IsType<StaffRefundResult.Made>(await Node.Get<RefundDesk>().RefundAsync(wish, (await Node.MemberAsync()).Id, Cancel));
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.MoneyBack, null), (after.State, after.EndReason, after.DueAt));
        Assert.Equal(1, await MailsAsync(OutboxKinds.SubscriptionEnded));
    }
}

public sealed class RenewalTests_Sqlite(SqliteDatabase database) : RenewalTests(database), IClassFixture<SqliteDatabase>;

public sealed class RenewalTests_Postgres(PostgresDatabase database) : RenewalTests(database), IClassFixture<PostgresDatabase>;

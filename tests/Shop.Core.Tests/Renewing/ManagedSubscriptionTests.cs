using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Renewing;

/// <summary>What members do with their subscriptions: cancel, take back, pause, change plan and method, remove the method.</summary>
public abstract class ManagedSubscriptionTests(TestDatabase database) : RenewingTests(database)
{
    private Subscriptions Desk => Node.Get<Subscriptions>();

    [Fact]
    public async Task MZ_40_Cancelled_IsValidToItsEnd_IsNotChargedAndSendsNoMail()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal(SubscriptionResult.Done, await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel));
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((SubscriptionState.Ending, subscription.PaidThrough, null, Now), (view.State, view.PaidThrough, view.NextChargeAt, view.CancelledAt));
        await GoToAsync(subscription.PaidThrough!.Value);
        await PassAsync();
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Member, 1), ((await ReadAsync(subscription.Id)).State, (await ReadAsync(subscription.Id)).EndReason, await ChargesAsync(subscription.Id)));
        Assert.Equal(0, await MailsAsync(OutboxKinds.SubscriptionEnded));
        Assert.Equal(subscription.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
    }

    [Fact]
    public async Task MZ_34_CancelledNow_EndsAtOnceWithoutMail_AndThePaidTimeStays()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal(SubscriptionResult.Done, await Desk.CancelAsync(payer.Id, subscription.Handle, now: true, Cancel));
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Member, Now), (view.State, view.EndReason, view.EndedAt));
        Assert.Equal((0, subscription.PaidThrough), (await MailsAsync(OutboxKinds.SubscriptionEnded), (await Node.MembershipAsync(payer.Id)).Until));
        Assert.Equal(SubscriptionResult.NotNow, await Desk.CancelAsync(payer.Id, subscription.Handle, now: true, Cancel));
    }

    [Fact]
    public async Task MZ_41_TakenBackBeforeTheEnd_ChargesNothingNow()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        Assert.Equal(SubscriptionResult.Done, await Desk.TakeBackAsync(payer.Id, subscription.Handle, Cancel));
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((SubscriptionState.Active, subscription.NextChargeAt, null), (view.State, view.NextChargeAt, view.CancelledAt));
        Assert.Equal(new Money(300, Currency.Usd), view.Next.Price);
        await PassAsync();
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        await RenewAsync(subscription);
        Assert.Equal(2, await ChargesAsync(subscription.Id));
    }

    [Fact]
    public async Task MZ_41_TakenBackInItsLastHours_IsChargedBeforeTheEndAndNotAtOnce()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        await GoToAsync(subscription.PaidThrough!.Value.AddHours(-2));
        await Desk.TakeBackAsync(payer.Id, subscription.Handle, Cancel);
        await PassAsync();
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        await RenewAsync(subscription);
        Assert.Equal((2, subscription.AnchorAt!.Value.AddMonths(2)), (await ChargesAsync(subscription.Id), (await ReadAsync(subscription.Id)).PaidThrough!.Value));
    }

    [Fact]
    public async Task TakenBack_AfterAFailedRenewalWasCancelled_IsChargedByANewOrder()
    {
        var (payer, subscription) = await SubscriberAsync();
        Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.Unspecified, null);
        await RenewAsync(subscription);
        await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        Cards.Charged = () => new PaymentOutcome.Captured();
        Assert.Equal(SubscriptionResult.Done, await Desk.TakeBackAsync(payer.Id, subscription.Handle, Cancel));
        await RenewAsync(subscription);
        Assert.Equal((2, 2, SubscriptionState.Active), (await ChargesAsync(subscription.Id), (await ReadAsync(subscription.Id)).Period, (await ReadAsync(subscription.Id)).State));
    }

    [Fact]
    public async Task MF_2_CancelledAndOver_BoughtAgainWithTheSameCard_IsOneLiveSubscription()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        Assert.Equal(LineRefusal.RenewalRunning, Assert.IsType<CartResult.Refused>(await AddAsync(payer)).Reason); // it can be taken back
        await GoToAsync(subscription.PaidThrough!.Value);
        await PassAsync();
        Assert.IsType<CartResult.Changed>(await AddAsync(payer));
        Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer, saved: Assert.Single(await MethodsAsync(payer)).Handle));
        Assert.Equal([SubscriptionState.Active, SubscriptionState.Ended], (await Node.ReadAsync(db => Desk.ListAsync(db, payer.Id, Cancel))).Select(s => s.State));
    }

    [Fact]
    public async Task Paused_IsNotCharged_AndGoesOnWithoutAChargeWhileItIsValid()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal(SubscriptionResult.Done, await Desk.PauseAsync(payer.Id, subscription.Handle, Cancel));
        await GoToAsync(subscription.DueAt!.Value.AddHours(-1));
        await PassAsync();
        Assert.Equal(SubscriptionResult.Done, await Desk.ResumeAsync(payer.Id, subscription.Handle, Cancel));
        Assert.Equal((1, subscription.NextChargeAt), (await ChargesAsync(subscription.Id), (await ReadAsync(subscription.Id)).NextChargeAt));
        await RenewAsync(subscription);
        Assert.Equal(subscription.AnchorAt!.Value.AddMonths(2), (await ReadAsync(subscription.Id)).PaidThrough);
    }

    [Fact]
    public async Task Paused_BeyondItsEnd_IsChargedWhenItIsResumedAndBeginsThen()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Desk.PauseAsync(payer.Id, subscription.Handle, Cancel);
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(100));
        await PassAsync();
        Assert.Equal(1, await ChargesAsync(subscription.Id));
        Assert.Equal(SubscriptionResult.Done, await Desk.ResumeAsync(payer.Id, subscription.Handle, Cancel));
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((2, SubscriptionState.Active, Now.AddMonths(1)), (await ChargesAsync(subscription.Id), after.State, after.PaidThrough!.Value));
    }

    [Fact]
    public async Task MZ_11_MethodOfOne_IsChanged_TheOtherKeepsIts_AndNoMailGoes()
    {
        var (payer, friend) = (await Node.MemberAsync(), await Node.MemberAsync());
        var (own, gift) = (await SubscribeAsync(payer), await SubscribeAsync(payer, recipient: friend.Name));
        var third = await KeepAsync(payer);
        await Node.SendAsync();
        var mails = await Node.ReadAsync(db => db.Outbox.CountAsync(Cancel));
        Assert.Equal(SubscriptionResult.Done, await Desk.ChangeMethodAsync(payer.Id, gift.Handle, third.Handle, Cancel));
        Assert.Equal(mails, await Node.ReadAsync(db => db.Outbox.CountAsync(Cancel))); // MZ-26
        Assert.Equal(own.MethodId, (await ReadAsync(own.Id)).MethodId);
        await RenewAsync(gift);
        Assert.Equal((await ReadAsync(gift.Id)).MethodId, (await AttemptsAsync(gift.Id))[^1].SavedMethodId);
        Assert.NotEqual(own.MethodId, (await ReadAsync(gift.Id)).MethodId);
    }

    [Fact]
    public async Task Method_OfSomebodyElse_IsNotThere()
    {
        var (payer, subscription) = await SubscriberAsync();
        var (other, _) = await SubscriberAsync();
        var theirs = Assert.Single(await MethodsAsync(other));
        Assert.Equal(SubscriptionResult.NoSuchMethod, await Desk.ChangeMethodAsync(payer.Id, subscription.Handle, theirs.Handle, Cancel));
    }

    [Fact]
    public async Task S01_SomebodyElses_IsNotThere()
    {
        var (_, subscription) = await SubscriberAsync();
        var other = await Node.MemberAsync();
        Assert.Null(await Node.ReadAsync(db => Desk.FindAsync(db, other.Id, subscription.Handle, Cancel)));
        Assert.Equal(
            [SubscriptionResult.NotFound, SubscriptionResult.NotFound, SubscriptionResult.NotFound, SubscriptionResult.NotFound, SubscriptionResult.NotFound],
            [
                await Desk.CancelAsync(other.Id, subscription.Handle, now: true, Cancel), await Desk.PauseAsync(other.Id, subscription.Handle, Cancel),
                await Desk.ResumeAsync(other.Id, subscription.Handle, Cancel), await Desk.TakeBackAsync(other.Id, subscription.Handle, Cancel),
                await Desk.ChangePlanAsync(other.Id, subscription.Handle, "paid12", Cancel),
            ]);
    }

    [Fact]
    public async Task Plan_MonthlyToYearlyAndBack_FromTheNextPeriodWithoutLosingTheDay()
    {
        Node.Clock.Advance(new DateTimeOffset(2027, 1, 31, 8, 0, 0, TimeSpan.Zero) - Now);
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal(["paid12", "paid6"], (await Node.ReadAsync(db => Desk.PlansAsync(db, payer.Id, subscription.Handle, Cancel))).Select(p => p.Sku));
        Assert.Equal(SubscriptionResult.Done, await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "paid12", Cancel));
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((new Money(300, Currency.Usd), new Money(2500, Currency.Usd), true), (view.Price, view.Next.Price, view.Changes));
        await RenewAsync(subscription);
        Assert.Equal((SubscriptionResult.Done, 2), (await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "paid1", Cancel), await ChargesAsync(subscription.Id)));
        await RenewAsync(subscription);
        Assert.Equal([300L, 2500L, 300L], (await PeriodsAsync(subscription.Id)).Select(p => p.PriceMinor));
        Assert.Equal(
            [(2027, 2, 28), (2028, 2, 29), (2028, 3, 31)], (await PeriodsAsync(subscription.Id)).Select(p => (p.EndsAt!.Value.Year, p.EndsAt.Value.Month, p.EndsAt.Value.Day)));
        Assert.Equal((await ReadAsync(subscription.Id)).PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
    }

    [Fact]
    public async Task Plan_ChosenAndUndone_StaysAsItWas()
    {
        var (payer, subscription) = await SubscriberAsync();
        Assert.Equal(SubscriptionResult.NoSuchPlan, await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "prem12", Cancel));
        await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "paid12", Cancel);
        await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "paid1", Cancel);
        Assert.False((await ViewAsync(payer, subscription)).Changes);
        await RenewAsync(subscription);
        Assert.Equal([300L, 300L], (await PeriodsAsync(subscription.Id)).Select(p => p.PriceMinor));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    [InlineData("plan")]
    [InlineData("method")]
    public async Task M08_InTheSecondOfRenewal_OnePeriodIsOneCharge(string wish)
    {
        var (payer, subscription) = await SubscriberAsync();
        var other = await KeepAsync(payer);
        await GoToAsync(subscription.DueAt!.Value);
        await ShopUnderTest.AtOnceAsync(3, async i =>
        {
            if (i < 2)
            {
                await PassAsync();
                return SubscriptionResult.Done;
            }

            return wish switch
            {
                "cancel" => await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel),
                "pause" => await Desk.PauseAsync(payer.Id, subscription.Handle, Cancel),
                "plan" => await Desk.ChangePlanAsync(payer.Id, subscription.Handle, "paid12", Cancel),
                _ => await Desk.ChangeMethodAsync(payer.Id, subscription.Handle, other.Handle, Cancel),
            };
        });
        await PassAsync();
        var (after, charges) = (await ReadAsync(subscription.Id), await ChargesAsync(subscription.Id));
        Assert.Equal(charges, after.Period);
        Assert.True(wish is "plan" or "method" ? charges == 2 : charges <= 2, $"{charges} charges");
        Assert.Equal(
            after.PaidThrough, after.AnchorAt!.Value.AddMonths(after.PaidMonths));
        Assert.Equal(after.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_58_RemovingTheMethodOfASubscription_AsksWhatBecomesOfIt()
    {
        var (payer, subscription) = await SubscriberAsync();
        var used = Assert.Single(await MethodsAsync(payer));
        var methods = Node.Get<SavedMethods>();
        Assert.Equal(ForgetResult.Renewing, await methods.ForgetAsync(payer.Id, used.Handle, Cancel));
        Assert.Equal(ForgetResult.NoReplacement, await methods.ForgetAsync(payer.Id, used.Handle, Cancel, replacement: used.Handle));
        var other = await KeepAsync(payer);
        Assert.Equal(ForgetResult.Forgotten, await methods.ForgetAsync(payer.Id, used.Handle, Cancel, replacement: other.Handle));
        Assert.Equal((SubscriptionState.Active, other.Handle), ((await ViewAsync(payer, subscription)).State, (await ViewAsync(payer, subscription)).Method!.Handle));
        Assert.Equal(ForgetResult.Forgotten, await methods.ForgetAsync(payer.Id, other.Handle, Cancel, ends: true));
        Assert.Equal((SubscriptionState.Ending, subscription.PaidThrough), ((await ViewAsync(payer, subscription)).State, (await ViewAsync(payer, subscription)).PaidThrough));
    }

    [Fact]
    public async Task MZ_22_Events_AreOneForEachHappening()
    {
        var (payer, subscription) = await SubscriberAsync();
        var other = await KeepAsync(payer);
        await Desk.ChangeMethodAsync(payer.Id, subscription.Handle, other.Handle, Cancel);
        Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.Expired, null);
        await RenewAsync(subscription);
        Cards.Charged = () => new PaymentOutcome.Captured();
        await RenewAsync(subscription);
        await Node.Get<Settlement>().SettleAsync((await AttemptsAsync(subscription.Id))[^1].Id, null, Cancel, news: true); // told again by the provider
        await Desk.CancelAsync(payer.Id, subscription.Handle, now: false, Cancel);
        await GoToAsync((await ReadAsync(subscription.Id)).PaidThrough!.Value);
        await PassAsync();
        Assert.Equal(
            [
                ShopEventKind.SubscriptionCreated, ShopEventKind.ChargeSucceeded, ShopEventKind.MethodUpdated, ShopEventKind.ChargeFailed, ShopEventKind.ChargeSucceeded,
                ShopEventKind.CancelledByMember,
            ],
            await EventsAsync(subscription));
        Assert.Equal((2, 1), (await MailsAsync(OutboxKinds.Receipt), await MailsAsync(OutboxKinds.RenewalFailed)));
    }

    [Fact]
    public async Task MZ_35_RouteSwitchedOff_NoMailAndStillTheEvent()
    {
        await PublishSectionAsync<EventTerms>(terms => terms with { CancelledBySystem = Accounts.Words.Of(EventRoute.Nowhere) });
        var (_, subscription) = await SubscriberAsync();
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(30));
        await PassAsync();
        Assert.Equal((0, ShopEventKind.CancelledBySystem), (await MailsAsync(OutboxKinds.SubscriptionEnded), (await EventsAsync(subscription))[^1]));
    }

    [Fact]
    public async Task MF_19_NeverCancelled_HasNoDateOfCancelling()
    {
        var (payer, subscription) = await SubscriberAsync();
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((null, null, null), (view.CancelledAt, view.EndedAt, view.EndReason));
    }
}

public sealed class ManagedSubscriptionTests_Sqlite(SqliteDatabase database) : ManagedSubscriptionTests(database), IClassFixture<SqliteDatabase>;

public sealed class ManagedSubscriptionTests_Postgres(PostgresDatabase database) : ManagedSubscriptionTests(database), IClassFixture<PostgresDatabase>;

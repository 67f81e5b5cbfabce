using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Renewing;

/// <summary>A renewal that is not paid: tried again on its days, told once for each try, set right by its link, and over after its grace.</summary>
public abstract class FailedRenewalTests(TestDatabase database) : RenewingTests(database)
{
    private void Decline(DeclineReason reason = DeclineReason.InsufficientFunds) => Cards.Charged = () => new PaymentOutcome.Declined(reason, null);

    private void Accept() => Cards.Charged = () => new PaymentOutcome.Captured();

    private async Task<(Person Payer, Subscription Subscription)> FailedAsync(DeclineReason reason = DeclineReason.InsufficientFunds)
    {
        var (payer, subscription) = await SubscriberAsync();
        Decline(reason);
        await RenewAsync(subscription);
        return (payer, await ReadAsync(subscription.Id));
    }

    private async Task<string> TokenAsync(Subscription subscription)
    {
        var order = (await PeriodsAsync(subscription.Id))[^1].OrderId;
        return await Node.Get<LinkTokens>().FixAsync(await Node.ReadAsync(db => db.Orders.Where(o => o.Id == order).Select(o => o.Number).FirstAsync(Cancel)), Cancel);
    }

    private async Task<RenewalFix?> FixAsync(Subscription subscription, long? member)
    {
        var token = await TokenAsync(subscription);
        return await Node.ReadAsync(db => Node.Get<RenewalFixes>().FindAsync(db, token, member, Cancel));
    }

    [Fact]
    public async Task MZ_43_TriesOnDays0_10And20_ThenTheSystemCancels()
    {
        var (payer, subscription) = await FailedAsync();
        var first = Now;
        var tried = new List<double>();
        for (var pass = 0; pass < 4; pass++)
        {
            var before = (await AttemptsAsync(subscription.Id)).Count;
            if (pass > 0)
            {
                await RenewAsync(subscription);
            }

            if (pass == 0 || (await AttemptsAsync(subscription.Id)).Count > before)
            {
                tried.Add((Now - first).TotalDays);
                Assert.Equal(SubscriptionState.PastDue, (await ViewAsync(payer, subscription)).State);
            }
        }

        Assert.Equal([0, 10, 20], tried);
        Assert.Equal(23, (Now - first).TotalDays);
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Unpaid, 1), (after.State, after.EndReason, await ChargesAsync(subscription.Id)));
        Assert.Equal((3, 1), (await MailsAsync(OutboxKinds.RenewalFailed), await MailsAsync(OutboxKinds.SubscriptionEnded)));
        await BooksAsync();
    }

    [Fact]
    public async Task SuspendedWhileAFailedRenewalWaits_IsNotTriedAgain_UntilItIsLifted_AndEndsWhenItStaysSo()
    {
        var (payer, subscription) = await FailedAsync();
        Task SetAsync(Accounts.AccountStatus status) => Node.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == payer.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, status), token), Cancel);
        await SetAsync(Accounts.AccountStatus.Suspended);
        await RenewAsync(subscription);
        Assert.Equal(2, (await AttemptsAsync(subscription.Id)).Count);
        await SetAsync(Accounts.AccountStatus.Visible);
        await RenewAsync(subscription);
        Assert.Equal(3, (await AttemptsAsync(subscription.Id)).Count);
        await SetAsync(Accounts.AccountStatus.Suspended);
        while ((await ReadAsync(subscription.Id)).DueAt is not null)
        {
            await RenewAsync(subscription);
        }

        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ended, 3, 1), (after.State, (await AttemptsAsync(subscription.Id)).Count, await ChargesAsync(subscription.Id)));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_43_Rule_SaysTheDays()
    {
        await PublishSectionAsync<SubscriptionTerms>(terms => terms with { SecondTryDays = 3, ThirdTryDays = 0, GraceDays = 1 });
        var (_, subscription) = await FailedAsync();
        var first = Now;
        await RenewAsync(subscription);
        Assert.Equal(3, (Now - first).TotalDays);
        await RenewAsync(subscription);
        Assert.Equal((4.0, SubscriptionState.Ended), ((Now - first).TotalDays, (await ReadAsync(subscription.Id)).State));
    }

    [Fact]
    public async Task MZ_43_PaidOnALaterTry_BeginsThenAndIsGivenInFull()
    {
        var (payer, subscription) = await FailedAsync();
        Accept();
        await RenewAsync(subscription);
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Active, Now.AddMonths(1), 2), (after.State, after.PaidThrough!.Value, after.Period));
        Assert.Equal(after.PaidThrough, (await Node.MembershipAsync(payer.Id)).Until);
    }

    [Fact]
    public async Task MZ_30_Mail_IsOneForEachAttempt_WithNameAmountMethodAndLink()
    {
        var (_, subscription) = await FailedAsync();
        await PassAsync();
        await Node.Get<Settlement>().SettleAsync((await AttemptsAsync(subscription.Id))[^1].Id, null, Cancel, news: true); // told again by the provider
        Assert.Equal(1, await MailsAsync(OutboxKinds.RenewalFailed));
        var period = (await PeriodsAsync(subscription.Id))[^1];
        var mail = (await Node.ReadAsync(async db => await Node.Get<RenewalFixes>().FailedAsync(db, new RenewalFailedMessage(period.Id, (await AttemptsAsync(subscription.Id))[^1].Id), Cancel)))!;
        Assert.Equal(("4242", new Money(300, Currency.Usd), "insufficient_funds", await TokenAsync(subscription)), (mail.Method!.Last4, mail.Amount, mail.Reason, mail.Token));
        Assert.NotNull(mail.NextTryAt);
    }

    [Fact]
    public async Task ST_28_AuthenticationRequired_FailsAndIsPaidByItsPayerThroughTheLink()
    {
        var (payer, subscription) = await FailedAsync(DeclineReason.AuthenticationRequired);
        var fix = (await FixAsync(subscription, payer.Id))!;
        Assert.Equal(("authentication_required", true), (fix.Reason, fix.IsOpen));
        Cards.Charged = () => new PaymentOutcome.ActionRequired(Cards.NextStep, null);
        var placed = Assert.IsType<PlaceResult.Placed>(await Node.Get<RenewalFixes>().PayAsync(fix, null, fix.Used!.Handle, null, Cancel));
        Assert.Equal((Cards.NextStep, BuyerPresence.Present), (placed.Action, Cards.Starts[^1].Buyer));
        Cards.Pay((await AttemptsAsync(subscription.Id))[^1].Id);
        await Node.Get<Settlement>().SettleAsync((await AttemptsAsync(subscription.Id))[^1].Id, null, Cancel);
        Assert.Equal((2, SubscriptionState.Active, 1), (await ChargesAsync(subscription.Id), (await ReadAsync(subscription.Id)).State, await MailsAsync(OutboxKinds.RenewalFailed)));
    }

    [Fact]
    public async Task ST_28_BankThatAsksForTheAbsentPayer_IsEndedAtTheProviderAndTold()
    {
        var (_, subscription) = await SubscriberAsync();
        Cards.Charged = () => new PaymentOutcome.ActionRequired(Cards.NextStep, null);
        await RenewAsync(subscription);
        Assert.Equal((AttemptState.Cancelled, "cancel"), ((await AttemptsAsync(subscription.Id))[^1].State, Cards.Calls[^1]));
        Assert.Equal((SubscriptionState.PastDue, 1), ((await ReadAsync(subscription.Id)).State, await MailsAsync(OutboxKinds.RenewalFailed)));
    }

    [Fact]
    public async Task MZ_31_SameMethodAgain_Pays()
    {
        var (payer, subscription) = await FailedAsync();
        Accept();
        var fix = (await FixAsync(subscription, payer.Id))!;
        Assert.Equal(new Money(300, Currency.Usd), fix.Amount);
        await Node.Get<RenewalFixes>().PayAsync(fix, null, fix.Used!.Handle, null, Cancel);
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Active, subscription.AnchorAt!.Value.AddMonths(2)), (after.State, after.PaidThrough));
        Assert.False((await FixAsync(subscription, payer.Id))!.IsOpen);
    }

    [Fact]
    public async Task MZ_32_AnotherStoredMethod_PaysAndIsChargedFromThenOn()
    {
        var (payer, subscription) = await FailedAsync();
        var other = await KeepAsync(payer);
        Accept();
        var fix = (await FixAsync(subscription, payer.Id))!;
        Assert.Equal(other.Handle, Assert.Single(fix.Others).Handle);
        await Node.Get<RenewalFixes>().PayAsync(fix, null, other.Handle, null, Cancel);
        Assert.Equal((other.Handle, SubscriptionState.Active), ((await ViewAsync(payer, subscription)).Method!.Handle, (await ReadAsync(subscription.Id)).State));
    }

    [Fact]
    public async Task MZ_33_NewMethod_IsKeptAndPays()
    {
        var (payer, subscription) = await FailedAsync();
        var fix = (await FixAsync(subscription, payer.Id))!;
        Assert.Null(Assert.Single(fix.New, m => m.Provider == CardService.Id).Disabled);
        Assert.Equal(MethodRefusal.NotForRenewals, Assert.Single(fix.New, m => m.Provider == Till.Id).Disabled);
        Assert.IsType<PlaceResult.Placed>(await Node.Get<RenewalFixes>().PayAsync(fix, CardService.Id, null, null, Cancel));
        var attempt = (await AttemptsAsync(subscription.Id))[^1];
        Cards.Pay(attempt.Id);
        await Node.Get<Settlement>().SettleAsync(attempt.Id, null, Cancel);
        var view = await ViewAsync(payer, subscription);
        Assert.Equal((SubscriptionState.Active, 2), (view.State, (await MethodsAsync(payer)).Count));
        Assert.NotEqual(fix.Used!.Handle, view.Method!.Handle);
    }

    [Fact]
    public async Task Fix_IsNotThereForAnybodyElse_AndShowsTheSignedOutNoMethods()
    {
        var (_, subscription) = await FailedAsync();
        Assert.Null(await FixAsync(subscription, (await Node.MemberAsync()).Id));
        var signedOut = (await FixAsync(subscription, null))!;
        Assert.Equal((null, 0, 0), (signedOut.Used, signedOut.Others.Count, signedOut.New.Count));
        Assert.Null(await Node.ReadAsync(db => Node.Get<RenewalFixes>().FindAsync(db, "made-up", null, Cancel)));
    }

    [Fact]
    public async Task Fix_WhileItsPayerIsAtIt_TheSchedulerChargesNothing()
    {
        var (payer, subscription) = await FailedAsync();
        await GoToAsync(subscription.DueAt!.Value.AddMinutes(-10));
        await Node.Get<RenewalFixes>().PayAsync((await FixAsync(subscription, payer.Id))!, CardService.Id, null, null, Cancel);
        Accept();
        await RenewAsync(subscription);
        Assert.Equal((1, AttemptState.Action), (await ChargesAsync(subscription.Id), (await AttemptsAsync(subscription.Id))[^1].State));

        // given up, it is ended at the provider before the scheduler charges
        await RenewAsync(subscription);
        Assert.Equal([AttemptState.Failed, AttemptState.Cancelled, AttemptState.Captured], (await AttemptsAsync(subscription.Id)).Skip(1).Select(a => a.State));
    }

    [Fact]
    public async Task MethodGone_IsAFailedTryWithItsMail_AndTheLinkStillWorks()
    {
        var (payer, subscription) = await SubscriberAsync();
        await Node.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.StoredMethods.ExecuteUpdateAsync(set => set.SetProperty(m => m.ForgottenAt, Now), token), Cancel); // removed at the provider
        await RenewAsync(subscription);
        var period = (await PeriodsAsync(subscription.Id))[^1];
        var mail = (await Node.ReadAsync(db => Node.Get<RenewalFixes>().FailedAsync(db, new RenewalFailedMessage(period.Id, null), Cancel)))!;
        Assert.Equal(("4242", "method_gone", 1), (mail.Method!.Last4, mail.Reason, await MailsAsync(OutboxKinds.RenewalFailed)));
        Assert.True((await ViewAsync(payer, subscription)).MethodGone);
        await RenewAsync(subscription);
        Assert.Equal(2, await MailsAsync(OutboxKinds.RenewalFailed));
        Assert.Null((await FixAsync(subscription, payer.Id))!.Used);
        Assert.Equal(1, await ChargesAsync(subscription.Id));
    }

    [Fact]
    public async Task MF_17_CancelledAfterAFailure_NobodyIsWrittenToAboutIt()
    {
        var (payer, subscription) = await FailedAsync();
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: false, Cancel));
        var period = (await PeriodsAsync(subscription.Id))[^1];
        Assert.Null(await Node.ReadAsync(db => Node.Get<RenewalFixes>().FailedAsync(db, new RenewalFailedMessage(period.Id, null), Cancel)));
        Assert.Equal(SubscriptionState.Ending, (await ReadAsync(subscription.Id)).State);
        await RenewAsync(subscription);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Member, 0), ((await ReadAsync(subscription.Id)).State, (await ReadAsync(subscription.Id)).EndReason, await MailsAsync(OutboxKinds.SubscriptionEnded)));
    }

    [Fact]
    public async Task MF_4_FailedThenFoundSucceeded_IsPaidOnce()
    {
        var (_, subscription) = await FailedAsync();
        var attempt = (await AttemptsAsync(subscription.Id))[^1];
        Cards.Pay(attempt.Id);
        await Node.Get<Settlement>().SettleAsync(attempt.Id, null, Cancel, news: true);
        Assert.Equal((SubscriptionState.Active, 2, 2), ((await ReadAsync(subscription.Id)).State, (await ReadAsync(subscription.Id)).Period, await ChargesAsync(subscription.Id)));
    }

    [Fact]
    public async Task P20_ServicePaused_WaitsAndCatchesUp()
    {
        var all = new List<Subscription>();
        for (var i = 0; i <= ProviderCircuit.MostFailures; i++)
        {
            all.Add((await SubscriberAsync()).Subscription);
        }

        Cards.Continuing = _ => throw new TimeoutException();
        await GoToAsync(all[^1].DueAt!.Value);
        await PassAsync();
        Cards.Continuing = _ => Task.CompletedTask;
        for (var hour = 0; hour < 8; hour++)
        {
            await GoToAsync(Now.AddHours(1));
            await PassAsync();
            while (await Node.Get<Janitor>().PassAsync(Cancel) > 0)
            {
            }
        }

        foreach (var one in all)
        {
            Assert.Equal(2, await ChargesAsync(one.Id));
        }

        Assert.Equal(0, await MailsAsync(OutboxKinds.RenewalFailed));
    }
}

public sealed class FailedRenewalTests_Sqlite(SqliteDatabase database) : FailedRenewalTests(database), IClassFixture<SqliteDatabase>;

public sealed class FailedRenewalTests_Postgres(PostgresDatabase database) : FailedRenewalTests(database), IClassFixture<PostgresDatabase>;

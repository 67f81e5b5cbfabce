using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>What a seller's program may charge by its interface, and what it may not.</summary>
public abstract class SellerChargeTests(TestDatabase database) : SellingTests(database)
{
    private SellerBuyers Buyers => Node.Get<SellerBuyers>();

    private SellerSubscriptions Begun => Node.Get<SellerSubscriptions>();

    private SellerTransactions Charges => Node.Get<SellerTransactions>();

    private void Decline() => Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null);

    private async Task<SellerBuyer> NamedAsync(string? email = null) => (await Buyers.NameAsync(SellerId, Fresh("uuid"), email, Cancel)).Buyer;

    private Task<SellerMethodResult> BringAsync(SellerBuyer buyer, string token) => Node.Get<SellerMethods>().BringAsync(SellerId, buyer.Handle, CardService.Id, token, Cancel);

    private async Task<string> CardAsync(SellerBuyer buyer) => Assert.IsType<SellerMethodResult.Ok>(await BringAsync(buyer, Fresh("tok"))).Method.Handle;

    private async Task<SellerSubscriptionResult> WishAsync(SellerBuyer buyer, string? card = null, string? code = null) =>
        await Begun.BeginAsync(new BeginSubscription(SellerId, buyer.Handle, code ?? await SellAsync(Monthly()), card ?? await CardAsync(buyer), null, "en"), resume: false, Cancel);

    /// <summary>Begun by the interface; its first payment waits.</summary>
    private async Task<Subscription> BeginAsync(SellerBuyer buyer, string? card = null)
    {
        var made = Assert.IsType<SellerSubscriptionResult.Ok>(await WishAsync(buyer, card));
        return await ReadAsync(made.Subscription.Id);
    }

    private async Task<TransactionView> StartAsync(Subscription subscription) =>
        Assert.IsType<TransactionResult.Ok>(await Charges.StartAsync(SellerId, subscription.Handle, resume: false, Cancel)).Transaction;

    private async Task<TransactionState> ChargeAsync(Subscription subscription) =>
        Assert.IsType<TransactionResult.Ok>(await Charges.ChargeAsync(SellerId, (await StartAsync(subscription)).Id, Cancel)).Transaction.State;

    private async Task<(SellerBuyer Buyer, Subscription Subscription)> PaidAsync()
    {
        var buyer = await NamedAsync();
        var subscription = await BeginAsync(buyer);
        Assert.Equal(TransactionState.Succeeded, await ChargeAsync(subscription));
        return (buyer, await ReadAsync(subscription.Id));
    }

    /// <summary>One whose renewal was refused on its first day, at the end of what was paid for.</summary>
    private async Task<(SellerBuyer Buyer, Subscription Subscription)> FailedAsync()
    {
        var (buyer, subscription) = await PaidAsync();
        Decline();
        await RenewAsync(subscription);
        return (buyer, await ReadAsync(subscription.Id));
    }

    private Task<IReadOnlyList<SavedMethodView>> KeptAsync(Person member) => Node.ReadAsync(db => Node.Get<SavedMethods>().KeptAsync(db, member.Id, Cancel));

    private Task<StoredMethod> MethodAsync(long? id) => Node.ReadAsync(db => db.StoredMethods.AsNoTracking().FirstAsync(m => m.Id == id, Cancel));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MZ_10_MethodChangedWhileACharge_IsInDoubt_Stays_WhenTheOldOneTurnsOutToHavePaid(bool isFirst)
    {
        var buyer = await NamedAsync();
        var subscription = await BeginAsync(buyer);
        Cards.Charged = () => new PaymentOutcome.Unknown("silent");
        if (isFirst)
        {
            Assert.Equal(TransactionState.Unknown, await ChargeAsync(subscription));
        }
        else
        {
            Cards.Charged = () => new PaymentOutcome.Captured();
            Assert.Equal(TransactionState.Succeeded, await ChargeAsync(subscription));
            Cards.Charged = () => new PaymentOutcome.Unknown("silent");
            await RenewAsync(subscription);
        }

        var old = (await ReadAsync(subscription.Id)).MethodId;
        var card = await CardAsync(buyer);
        Assert.Equal(card, Assert.IsType<SellerSubscriptionResult.Ok>(await Begun.ChangeMethodAsync(SellerId, subscription.Handle, card, Cancel)).Subscription.Payment);
        var chosen = (await ReadAsync(subscription.Id)).MethodId;
        var changes = (await EventsAsync(subscription)).Count(e => e == ShopEventKind.MethodUpdated);
        var attempt = (await AttemptsAsync(subscription.Id))[^1];
        Cards.Pay(attempt.Id);
        await Node.Get<Settlement>().SettleAsync(attempt.Id, null, Cancel, news: true);
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((isFirst ? 1 : 2, old), (after.Period, attempt.SavedMethodId));
        Assert.NotEqual(old, chosen);
        Assert.Equal(chosen, after.MethodId);
        Assert.Equal(changes, (await EventsAsync(subscription)).Count(e => e == ShopEventKind.MethodUpdated));
        Cards.Charged = () => new PaymentOutcome.Captured();
        await RenewAsync(subscription);
        Assert.Equal(chosen, (await AttemptsAsync(subscription.Id))[^1].SavedMethodId);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_43_TriesOfTheSellersOwn_UseUpNoneOfTheSchedules()
    {
        var (_, subscription) = await FailedAsync();
        var first = Now;
        Assert.Equal(TransactionState.Failed, await ChargeAsync(subscription));
        Assert.Equal(TransactionState.Failed, await ChargeAsync(subscription));
        var days = new List<double>();
        while ((await ReadAsync(subscription.Id)).State == SubscriptionState.PastDue)
        {
            await RenewAsync(subscription);
            days.Add((Now - first).TotalDays);
        }

        Assert.Equal([10, 20, 23], days);
        Assert.Equal((SubscriptionEnd.Unpaid, 1), ((await ReadAsync(subscription.Id)).EndReason, await ChargesAsync(subscription.Id)));
        Assert.Equal(5, await MailsAsync(OutboxKinds.RenewalFailed)); // MZ-30: one for each
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_43_TransactionThatWasNeverCharged_BringsNoTryForward()
    {
        var (_, subscription) = await FailedAsync();
        var due = subscription.DueAt;
        await StartAsync(subscription);
        await LetGoAsync(subscription);
        Assert.Equal(due, (await ReadAsync(subscription.Id)).DueAt);
    }

    [Theory]
    [InlineData(AccountStatus.Suspended)]
    [InlineData(AccountStatus.Purged)]
    public async Task AccountThatIsSuspendedOrClosed_BeginsNothing_AndIsNotCharged(AccountStatus status)
    {
        var (buyer, member) = (await NamedAsync(), await Node.MemberAsync());
        Assert.Equal(TieResult.Tied, await TieAsync(buyer, member));
        var (waiting, held, card) = (await BeginAsync(buyer), await BeginAsync(buyer), await CardAsync(buyer));
        var transaction = await StartAsync(held);
        await Node.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, status), token), Cancel);
        Assert.Equal("BuyerUnavailable", Assert.IsType<SellerSubscriptionResult.Refused>(await WishAsync(buyer, card)).Reason.ToString());
        Assert.Equal(Nothing, await Charges.StartAsync(SellerId, waiting.Handle, resume: false, Cancel));
        Assert.Equal(Nothing, await Charges.ChargeAsync(SellerId, transaction.Id, Cancel));
        Assert.Empty(Cards.Starts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MZ_12_HeldTransaction_StopsNoCancelling_AndIsNotChargedAfterIt(bool isTimeOver)
    {
        var (_, subscription) = await FailedAsync();
        if (isTimeOver)
        {
            await GoToAsync(subscription.PaidThrough!.Value.AddMinutes(1));
        }

        var transaction = await StartAsync(subscription);
        var asked = Cards.Starts.Count;
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(subscription.MemberId, subscription.Handle, now: false, Cancel));
        var cancelled = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ending, Now, null), (cancelled.State, cancelled.CancelledAt!.Value, cancelled.NextChargeAt));
        Cards.Charged = () => new PaymentOutcome.Captured();
        Assert.Equal(Nothing, await Charges.ChargeAsync(SellerId, transaction.Id, Cancel));
        await PassAsync();
        await LetGoAsync(subscription);
        await GoToAsync(subscription.PaidThrough!.Value.AddDays(1));
        await PassAsync();
        await GoToAsync(Now.AddMinutes(11));
        await PassAsync();
        var after = await ReadAsync(subscription.Id);
        Assert.Equal((SubscriptionState.Ended, SubscriptionEnd.Member, 1, asked), (after.State, after.EndReason, await ChargesAsync(subscription.Id), Cards.Starts.Count));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_HeldTransaction_IsNotChargedAfterItsMemberClosedTheAccount()
    {
        var (buyer, member) = (await NamedAsync(), await Node.MemberAsync());
        Assert.Equal(TieResult.Tied, await TieAsync(buyer, member));
        var subscription = await BeginAsync(buyer);
        await ChargeAsync(subscription);
        Decline();
        await RenewAsync(subscription);
        await GoToAsync((await ReadAsync(subscription.Id)).PaidThrough!.Value.AddMinutes(1));
        var transaction = await StartAsync(subscription);
        Assert.Equal(ClosingResult.Closed, await Node.Get<AccountClosings>().CloseAsync(member.Id, Cancel));
        Cards.Charged = () => new PaymentOutcome.Captured();
        Assert.Equal(Nothing, await Charges.ChargeAsync(SellerId, transaction.Id, Cancel));
        Assert.Equal((SubscriptionState.Ending, 1), ((await ReadAsync(subscription.Id)).State, await ChargesAsync(subscription.Id)));
    }

    [Fact]
    public async Task MZ_67_WhoKnowsTheHandle_SpendsNoCardThatWasEnteredBefore_AndTheSubscriptionGoesOn()
    {
        var (buyer, subscription) = await PaidAsync();
        var card = await MethodAsync(subscription.MethodId);
        var member = await Node.MemberAsync();
        await BuyAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        var (unpaid, _) = await OrderAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        Assert.Equal(member.Id, (await ReadAsync(subscription.Id)).MemberId);
        Assert.Empty(await MethodsAsync(member));
        Assert.IsNotType<PlaceResult.Placed>(await PlaceAsync(member, saved: card.Handle));
        Assert.Equal(card.MemberId, (await MethodAsync(card.Id)).MemberId);
        Assert.Equal(EndingResult.Ended, await Node.Get<OrderEnding>().CancelAsync(unpaid.Order.Id, "changed_mind", Cancel));

        // it goes on paying what it pays, under the payer's id that the service knows it by
        var payer = Cards.Starts[^1].Payer.Customer;
        await RenewAsync(subscription);
        Assert.Equal((2, payer), (await ChargesAsync(subscription.Id), Cards.Starts[^1].Payer.Customer));
        Assert.NotNull(payer);

        // what the member enters is a payer of their own
        await KeepAsync(member);
        Assert.Single(await MethodsAsync(member));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_57_CardOfATiedBuyer_IsSeenAndRemovedByItsMember_AndMZ_31_PaysAgainWhatItPays()
    {
        var (buyer, subscription) = await FailedAsync();
        await CardAsync(buyer); // pays nothing
        var member = await Node.MemberAsync();
        Assert.Equal(TieResult.Tied, await TieAsync(buyer, member));
        var card = Assert.Single(await KeptAsync(member));
        Assert.Equal(((await MethodAsync(subscription.MethodId)).Handle, true, false), (card.Handle, card.PaysOnly, card.IsDefault));
        Assert.Equal(2, (await Node.ReadAsync(db => Node.Get<MemberExport>().ReadAsync(db, member.Id, Cancel))).PaymentMethods.Count);

        Cards.Charged = () => new PaymentOutcome.Captured();
        var order = (await PeriodsAsync(subscription.Id))[^1].OrderId;
        var link = await Node.Get<LinkTokens>().FixAsync(await Node.ReadAsync(db => db.Orders.Where(o => o.Id == order).Select(o => o.Number).FirstAsync(Cancel)), Cancel);
        var fix = (await Node.ReadAsync(db => Node.Get<RenewalFixes>().FindAsync(db, link, member.Id, Cancel)))!;
        Assert.Equal((card.Handle, 0), (fix.Used?.Handle, fix.Others.Count));
        Assert.IsType<PlaceResult.Placed>(await Node.Get<RenewalFixes>().PayAsync(fix, null, card.Handle, null, Cancel));
        Assert.Equal((SubscriptionState.Active, 2), ((await ReadAsync(subscription.Id)).State, await ChargesAsync(subscription.Id)));

        var other = await SubscribeAsync(member);
        Assert.Equal(SubscriptionResult.NoSuchMethod, await Node.Get<Subscriptions>().ChangeMethodAsync(member.Id, other.Handle, card.Handle, Cancel));
        Assert.Equal(ForgetResult.Renewing, await Node.Get<SavedMethods>().ForgetAsync(member.Id, card.Handle, Cancel));
        Assert.Equal(ForgetResult.Forgotten, await Node.Get<SavedMethods>().ForgetAsync(member.Id, card.Handle, Cancel, ends: true));
        Assert.Equal(SubscriptionState.Ending, (await ReadAsync(subscription.Id)).State);
        Assert.DoesNotContain(await KeptAsync(member), m => m.PaysOnly);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_61_MF_14_ClosedAccount_LeavesNoCardOfATiedBuyer_NorAnAddress()
    {
        var buyer = await NamedAsync("ann@example.org");
        var subscription = await BeginAsync(buyer);
        Assert.Equal(TransactionState.Succeeded, await ChargeAsync(subscription));
        await CardAsync(buyer);
        var member = await Node.MemberAsync();
        Assert.Equal(TieResult.Tied, await TieAsync(buyer, member));
        Assert.Null(await Node.ReadAsync(db => db.Users.Where(m => m.Id == buyer.MemberId).Select(m => m.Email).FirstAsync(Cancel)));
        Assert.Equal(2, Cards.Methods.Count);
        Cards.Fault = new TimeoutException();
        Assert.Equal(ClosingResult.Closed, await Node.Get<AccountClosings>().CloseAsync(member.Id, Cancel));
        await Node.SendAsync();
        await Assert.ThrowsAsync<NotSentException>(() => Node.Get<AccountClosings>().ContinueAsync(member.Id, Cancel)); // it waits for the service
        Cards.Fault = null;
        Node.Clock.Advance(TimeSpan.FromHours(1));
        await Node.SendAsync();
        await Node.Get<AccountClosings>().ContinueAsync(member.Id, Cancel);
        Assert.Empty(Cards.Methods);
        Assert.Equal((AccountClosingState.Closed, 0, AccountStatus.Purged), await Node.ReadAsync(async db => (
            await db.AccountClosings.Where(c => c.MemberId == member.Id).Select(c => c.State).FirstAsync(Cancel),
            await db.StoredMethods.CountAsync(m => m.ForgottenAt == null, Cancel),
            await db.Users.Where(m => m.Id == buyer.MemberId).Select(m => m.Status).FirstAsync(Cancel))));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_67_TokenSentAgainForAnotherNameOfTheMember_IsNoSecondGesture()
    {
        var (one, two, member) = (await NamedAsync(), await NamedAsync(), await Node.MemberAsync());
        Assert.Equal(TieResult.Tied, await TieAsync(one, member));
        var token = Fresh("tok");
        var card = Assert.IsType<SellerMethodResult.Ok>(await BringAsync(one, token)).Method.Handle;
        await BeginAsync(one, card);
        Assert.Equal(TieResult.Tied, await TieAsync(two, member));
        var again = Assert.IsType<SellerMethodResult.Ok>(await BringAsync(two, token)).Method.Handle;
        Assert.Equal(new SellerSubscriptionResult.Refused(SellerSubscriptionRefusal.GestureMissing), await WishAsync(two, again));
        Assert.Equal(1, await Node.ReadAsync(db => db.Subscriptions.CountAsync(s => s.SellerId == SellerId, Cancel)));
    }

    [Fact]
    public async Task MZ_67_Gesture_IsAsOldAsTheToken_WhateverTheServiceTookToAnswer()
    {
        var (buyer, token) = (await NamedAsync(), Fresh("tok"));
        Cards.Fault = new TimeoutException();
        Assert.Equal(new SellerMethodResult.Refused(SellerMethodRefusal.NoAnswer), await BringAsync(buyer, token));
        Cards.Fault = null;
        Node.Clock.Advance(SellerSubscriptions.GestureHolds + TimeSpan.FromHours(1));
        var card = Assert.IsType<SellerMethodResult.Ok>(await BringAsync(buyer, token)).Method.Handle;
        Assert.Equal(new SellerSubscriptionResult.Refused(SellerSubscriptionRefusal.GestureMissing), await WishAsync(buyer, card));
    }

    [Fact]
    public async Task MF_18_S14_CardsTestedThroughAKey_WithABuyerEach_AreStoppedForTheSellerAlone_AndItIsFlagged()
    {
        Decline();
        for (var i = 0; i < SellerLimits.FailuresInTenMinutes; i++)
        {
            Assert.Equal(TransactionState.Failed, await ChargeAsync(await BeginAsync(await NamedAsync())));
        }

        var (buyer, waiting) = (await NamedAsync(), await Node.ReadAsync(db => db.Subscriptions.AsNoTracking().FirstAsync(s => s.SellerId == SellerId, Cancel)));
        Assert.Equal(new TransactionResult.Refused(TransactionRefusal.TooMany), await Charges.StartAsync(SellerId, waiting.Handle, resume: false, Cancel));
        Assert.Equal(new SellerMethodResult.Refused(SellerMethodRefusal.TooMany), await BringAsync(buyer, Fresh("tok")));
        Assert.Equal([SellerId], await Node.ReadAsync(db => SellerLimits.FlaggedAsync(db, Now, Cancel)));
        var other = await SellerAsync("Other");
        var theirs = (await Buyers.NameAsync(other, "uuid", null, Cancel)).Buyer;
        Assert.IsType<SellerMethodResult.Ok>(await Node.Get<SellerMethods>().BringAsync(other, theirs.Handle, CardService.Id, Fresh("tok"), Cancel));
        Node.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.IsType<SellerMethodResult.Ok>(await BringAsync(buyer, Fresh("tok")));
    }

    private static readonly TransactionResult Nothing = new TransactionResult.Refused(TransactionRefusal.NothingDue);

    /// <summary>Time passes until it is certain that nobody sent the last transaction.</summary>
    private async Task LetGoAsync(Subscription subscription)
    {
        await GoToAsync(Now.AddHours(6));
        await Node.Get<Settlement>().SettleAsync((await AttemptsAsync(subscription.Id))[^1].Id, null, Cancel, news: true);
        Assert.Equal("never_happened", (await AttemptsAsync(subscription.Id))[^1].Reason);
    }
}

public sealed class SellerChargeTests_Sqlite(SqliteDatabase database) : SellerChargeTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerChargeTests_Postgres(PostgresDatabase database) : SellerChargeTests(database), IClassFixture<PostgresDatabase>;

using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>What sellers sell again and again renews by the shop's own subscriptions.</summary>
public abstract class SellerSubscriptionTests(TestDatabase database) : SellingTests(database)
{
    private async Task<Subscription> SubscribedAsync(Person payer, string code, long? amount = null)
    {
        var (order, _) = await OrderAsync(payer.Buyer, code, amount, provider: CardService.Id);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        return await Node.ReadAsync(db => db.SubscriptionPeriods.Where(p => p.OrderId == order.Order.Id).Join(db.Subscriptions.AsNoTracking(), p => p.SubscriptionId, s => s.Id, (_, s) => s).SingleAsync(Cancel));
    }

    private Task<SellerBuyer> BuyerAsync(Subscription subscription) => Node.ReadAsync(db => db.SellerBuyers.AsNoTracking().FirstAsync(b => b.Id == subscription.SellerBuyerId, Cancel));

    [Fact]
    public async Task MF_8_MZ_52_CustomAmount_IsWhatEachPeriodCosts_AndEntitlementAndSubscriptionRunToTheSameInstant()
    {
        var payer = await Node.MemberAsync();
        var subscription = await SubscribedAsync(payer, await SellAsync(Custom(SellerSale.Recurring)), 700);
        Assert.Equal((SubscriptionState.Active, 700L, "Support us"), (subscription.State, subscription.PriceMinor, (await ViewAsync(payer, subscription)).Title));
        for (var i = 0; i < 3; i++)
        {
            await RenewAsync(subscription);
        }

        var after = await ReadAsync(subscription.Id);
        Assert.Equal((4, after.AnchorAt!.Value.AddMonths(4)), (after.Period, after.PaidThrough!.Value));
        Assert.Equal(after.PaidThrough, Assert.Single(await HasAsync(await BuyerAsync(after))).Until);
        Assert.All(await PeriodsAsync(after.Id), p => Assert.Equal(700, p.PriceMinor));
        Assert.Equal(("Harbour Radio", 700L), ((await ViewAsync(payer, after)).Seller!.Name, (await ViewAsync(payer, after)).Price.Minor));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_16_SecondLiveOneOfTheSameProduct_IsRefused_AnotherProductIsNot_AndAgainAfterTheEnd()
    {
        var (payer, code) = (await Node.MemberAsync(), await SellAsync(Monthly()));
        var first = await SubscribedAsync(payer, code);
        Assert.Equal(LineRefusal.RenewalRunning, Assert.IsType<CartResult.Refused>(await AddAsync(payer.Buyer, code)).Reason);
        await SubscribedAsync(payer, await SellAsync(Monthly()));
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, first.Handle, now: true, Cancel));
        Assert.NotEqual(first.Id, (await SubscribedAsync(payer, code)).Id);
    }

    [Fact]
    public async Task MZ_40_Cancelled_IsHadToItsEnd_AndNotCharged()
    {
        var payer = await Node.MemberAsync();
        var subscription = await SubscribedAsync(payer, await SellAsync(Monthly()));
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: false, Cancel));
        await GoToAsync(subscription.PaidThrough!.Value.AddMinutes(-1));
        await PassAsync();
        Assert.True(Assert.Single(await HasAsync(await BuyerAsync(subscription))).Has);
        await GoToAsync(subscription.PaidThrough!.Value.AddMinutes(1));
        await PassAsync();
        Assert.False(Assert.Single(await HasAsync(await BuyerAsync(subscription))).Has);
        Assert.Equal(1, await ChargesAsync(subscription.Id));
    }

    private async Task<List<ShopEvent>> ToldOfEndsAsync() => [.. (await ToldAsync(SellerId)).Where(e => e.Kind == ShopEventKind.SubscriptionCancelled)];

    [Fact]
    public async Task MZ_69_CancelledByItsBuyer_TellsTheSellerOnceUntilWhen_AndOnceMoreWhenItEndsAtOnce()
    {
        var (payer, code) = (await Node.MemberAsync(), await SellAsync(Monthly()));
        var subscription = await SubscribedAsync(payer, code);
        for (var clicks = 0; clicks < 2; clicks++)
        {
            Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: false, Cancel));
        }

        var (facts, buyer) = (Assert.Single(await ToldOfEndsAsync()).Facts, await BuyerAsync(subscription));
        Assert.Equal((code, 400L, "USD", subscription.PaidThrough, "asked"), (facts.Sku, facts.AmountMinor, facts.Currency, facts.Until, facts.Reason));
        Assert.Equal((subscription.Handle, buyer.Handle, buyer.Uuid), (facts.Subscription, facts.Buyer, facts.BuyerUuid));
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, subscription.Handle, now: true, Cancel));
        Assert.Equal([subscription.PaidThrough, null], (await ToldOfEndsAsync()).Select(e => e.Facts.Until));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_69_CancelledAfterFailedRenewals_TellsTheSellerOnce()
    {
        var subscription = await SubscribedAsync(await Node.MemberAsync(), await SellAsync(Monthly()));
        Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null);
        while ((await ReadAsync(subscription.Id)).State != SubscriptionState.Ended)
        {
            Assert.Empty(await ToldOfEndsAsync());
            await RenewAsync(subscription);
        }

        var facts = Assert.Single(await ToldOfEndsAsync()).Facts;
        Assert.Equal(("unpaid", null, subscription.Handle), (facts.Reason, facts.Until, facts.Subscription));
    }

    [Fact]
    public async Task MZ_69_BuyersAccountClosed_TellsTheSeller_WhoKnowsTheBuyerByItsOwnIdAlone()
    {
        var payer = await Node.MemberAsync();
        var subscription = await SubscribedAsync(payer, await SellAsync(Monthly()));
        Assert.Equal(ClosingResult.Closed, await Node.Get<AccountClosings>().CloseAsync(payer.Id, Cancel));
        var facts = Assert.Single(await ToldOfEndsAsync()).Facts;
        Assert.Equal(("account_closed", subscription.PaidThrough, (await BuyerAsync(subscription)).Uuid), (facts.Reason, facts.Until, facts.BuyerUuid));
    }

    [Fact]
    public async Task MZ_69_MethodTakenAway_TellsTheSeller()
    {
        var payer = await Node.MemberAsync();
        var subscription = await SubscribedAsync(payer, await SellAsync(Monthly()));
        Assert.Equal(ForgetResult.Forgotten, await Node.Get<SavedMethods>().ForgetAsync(payer.Id, Assert.Single(await MethodsAsync(payer)).Handle, Cancel, ends: true));
        var facts = Assert.Single(await ToldOfEndsAsync()).Facts;
        Assert.Equal(("method_removed", subscription.PaidThrough), (facts.Reason, facts.Until));
    }

    [Fact]
    public async Task MZ_69_Cancelled_IsTheSellersNewsAlone_AndGoesToItsProgramWhateverTheRulesSay()
    {
        var payer = await Node.MemberAsync();
        var other = await SellerAsync("Other");
        await Node.Get<EventDesk>().NameAsync(SellerId, "https://radio.example/hook", false, Staff.Id, Cancel);
        await Node.Get<EventDesk>().NameAsync(other, "https://other.example/hook", false, Staff.Id, Cancel);
        var (ours, shops) = (await SubscribedAsync(payer, await SellAsync(Monthly())), await SubscribeAsync(payer));
        await Node.SendAsync();
        var before = await Node.ReadAsync(db => db.Outbox.CountAsync(r => r.Kind == OutboxKinds.EventHook, Cancel));
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, ours.Handle, now: false, Cancel));
        Assert.Equal(SubscriptionResult.Done, await Node.Get<Subscriptions>().CancelAsync(payer.Id, shops.Handle, now: false, Cancel));
        await Node.SendAsync();
        Assert.Equal(before + 1, await Node.ReadAsync(db => db.Outbox.CountAsync(r => r.Kind == OutboxKinds.EventHook, Cancel)));
        Assert.Equal(ours.Handle, Assert.Single(await ToldOfEndsAsync()).Facts.Subscription);
        Assert.Empty(await ToldAsync(other));
    }

    [Fact]
    public async Task MZ_70_PriceThatNoServiceCharges_IsRefusedAtPublishing_AndFoundAtStart()
    {
        var tooMuch = Monthly(SellerDesk.MostAmount);
        Cards.Most = new Money(100_000, Currency.Usd);
        Assert.Equal(new SellerProblem(SellerFormField.Amount, SellerRefusal.NoService), Assert.Single(Assert.IsType<SellerResult.Refused>(await Desk.AddProductAsync(SellerId, tooMuch, Staff.Id, Cancel)).Problems));
        Assert.IsType<SellerResult.Done>(await Desk.AddProductAsync(SellerId, tooMuch with { OnSale = false }, Staff.Id, Cancel));
        var code = await SellAsync(Monthly());
        Assert.Empty(await Node.ReadAsync(db => Desk.UnchargeableAsync(db, Cancel)));

        // a node whose services keep no methods
        Assert.Equal([code], await Shop.ReadAsync(db => Shop.Get<SellerDesk>().UnchargeableAsync(db, Cancel)));
    }

    [Fact]
    public async Task Recurring_NeedsAnAccountAndAPeriod()
    {
        var refused = Assert.IsType<SellerResult.Refused>(await Desk.AddProductAsync(SellerId, Monthly() with { SignIn = SellerSignIn.None, Months = null }, Staff.Id, Cancel));
        Assert.Equal([new(SellerFormField.SignIn, SellerRefusal.SignInForRecurring), new(SellerFormField.Months, SellerRefusal.Months)], refused.Problems);
    }
}

public sealed class SellerSubscriptionTests_Sqlite(SqliteDatabase database) : SellerSubscriptionTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerSubscriptionTests_Postgres(PostgresDatabase database) : SellerSubscriptionTests(database), IClassFixture<PostgresDatabase>;

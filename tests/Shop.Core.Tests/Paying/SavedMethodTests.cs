using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Methods that are kept at a provider, one click with them, and the provider's own fields.</summary>
public abstract class SavedMethodTests(TestDatabase database) : ShopTests(database)
{
    private ShopUnderTest? node;

    private ShopUnderTest Node => node!;

    private CardService Cards { get; set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Cards = new CardService(Shop.Clock);
        node = await NodeAsync(change: services => services.AddSingleton(new PaymentProviders([Cards, Shop.Till], [])));
    }

    private async Task<PlaceResult> PlaceAsync(Buyer buyer, string? provider = CardService.Id, string? saved = null, bool save = false) =>
        await Node.Get<Checkout>().PlaceAsync(
            new PlaceOrder { Buyer = buyer, Provider = provider, Shown = (await Node.CartAsync(buyer)).Shown, Culture = "en", Saved = saved, Save = save }, Cancel);

    private async Task<PlacedOrder> OrderAsync(Person member, string? saved = null, bool save = false, string sku = "paid1")
    {
        Assert.IsType<CartResult.Changed>(await Node.AddAsync(member.Buyer, sku));
        return await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(member.Buyer, saved: saved, save: save)).Number);
    }

    /// <summary>A member who has ticked, paid, and now has a kept method.</summary>
    private async Task<(Person Member, SavedMethodView Method)> OwnerAsync()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member, save: true);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        return (member, Assert.Single(await ListAsync(member)));
    }

    private Task<IReadOnlyList<SavedMethodView>> ListAsync(Person member) => Node.ReadAsync(db => Node.Get<SavedMethods>().ListAsync(db, member.Id, Cancel));

    [Fact]
    public async Task ST_15_NotTicked_NothingIsKeptAndNobodyIsNamed()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        var start = Assert.Single(Cards.Starts);
        Assert.Equal((new PaymentSource.Fresh(false), null), (start.Source, start.Payer.Customer));
        Assert.Equal((0, 0), (await Node.ReadAsync(db => db.StoredMethods.CountAsync(Cancel)), await Node.ReadAsync(db => db.ProviderCustomers.CountAsync(Cancel))));
    }

    /// <summary>A column more has to be added here, by somebody who says why.</summary>
    [Theory]
    [InlineData(typeof(StoredMethod), "id handle member_id provider mode reference brand last4 expires_on consent_at consent_version usage default_at used_at forgotten_at")]
    [InlineData(typeof(ProviderCustomer), "id member_id provider mode customer_id")]
    [InlineData(typeof(MethodSetup), "id member_id provider mode idem_key customer_id provider_ref consent_version seller_id created_at ended_at")]
    [InlineData(typeof(ProviderPayment), "id provider provider_id attempt_id amount_minor currency status disposition reserved_minor seen_at fee_minor fee_currency")]
    [InlineData(typeof(ProviderExchange), "id order_id attempt_id refund_id provider operation outcome why provider_ref amount_minor currency http_status at took_ms")]
    public async Task MZ_20_WhatIsStoredOfMethodsAndPayments_IsThisAndNoMore(Type row, string columns)
    {
        var entity = await Node.ReadAsync(db => Task.FromResult(db.Model.FindEntityType(row)!));
        Assert.Equal(columns.Split(' ').Order(StringComparer.Ordinal), entity.GetProperties().Select(p => p.GetColumnName()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task MZ_20_NoColumnAnywhere_IsForWhatACardHasBesides()
    {
        string[] ofCards = ["pan", "cvc", "cvv", "csc", "track", "holder", "pin", "iban", "card"];
        var columns = await Node.ReadAsync(db => Task.FromResult(db.Model.GetEntityTypes().SelectMany(e => e.GetProperties().Select(p => $"{e.GetTableName()}.{p.GetColumnName()}")).ToList()));
        Assert.DoesNotContain(columns, column => column.Split('.')[1].Split('_').Intersect(ofCards).Any());
    }

    [Fact]
    public async Task MZ_20_ServiceThatSaysMore_IsKeptByBrandLastFourAndExpiryAlone()
    {
        Cards.Keeps = new SavedMethod(new SavedMethodReference("pm_chatty"), new string('v', 90), "4242424242424242", new DateOnly(2028, 12, 31));
        var (member, method) = await OwnerAsync();
        Assert.Equal(("4242", 64, new DateOnly(2028, 12, 31)), (method.Last4, method.Brand.Length, method.ExpiresOn));
        Assert.Equal(0, await Node.ReadAsync(db => db.StoredMethods.CountAsync(m => m.MemberId == member.Id && m.Last4 != "4242", Cancel)));
    }

    [Fact]
    public async Task ST_16_TwoAtOnce_AreStillOnePayer()
    {
        var member = await Node.MemberAsync();
        Cards.ForgetsPayers = true;
        await ShopUnderTest.AtOnceAsync(6, _ => Node.Get<SavedMethods>().StartAsync(member.Id, CardService.Id, Cancel));
        Assert.Equal(1, await Node.ReadAsync(db => db.ProviderCustomers.CountAsync(c => c.MemberId == member.Id, Cancel)));
    }

    [Fact]
    public async Task ST_17_TickedAgain_ThePayerIsReused()
    {
        var (member, _) = await OwnerAsync();
        var known = await Node.ReadAsync(db => db.ProviderCustomers.Where(c => c.MemberId == member.Id).Select(c => c.CustomerId).SingleAsync(Cancel));
        await OrderAsync(member, save: true, sku: "paid2");
        Assert.Equal(known, Cards.Starts[^1].Payer.Customer?.Value);
    }

    [Fact]
    public async Task ST_18_Ticked_IsKeptOnlyWithTheMoney()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member, save: true);
        Assert.Equal(new PaymentSource.Fresh(true), Assert.Single(Cards.Starts).Source);
        Assert.Empty(await ListAsync(member));
        Cards.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null));
        await Node.SettleAsync(order);
        Assert.Empty(await ListAsync(member));
    }

    [Fact]
    public async Task ST_21_Kept_WithTimeTextAndUsage()
    {
        var (member, _) = await OwnerAsync();
        var row = await Node.ReadAsync(db => db.StoredMethods.AsNoTracking().SingleAsync(m => m.MemberId == member.Id, Cancel));
        Assert.Equal((Node.Clock.GetUtcNow(), SavedMethods.ConsentVersion, MethodUsage.OnSession, "test"), (row.ConsentAt, row.ConsentVersion, row.Usage, row.Mode));
    }

    [Fact]
    public async Task ST_20_KeptWithoutBuying_NothingIsChargedAndANewAnswerIsAskedFor()
    {
        var member = await Node.MemberAsync();
        Cards.Fault = new TimeoutException();
        var unknown = Assert.IsType<SetupResult.Unknown>(await Node.Get<SavedMethods>().StartAsync(member.Id, CardService.Id, Cancel));
        Cards.Fault = null;
        Assert.IsType<SetupResult.Act>(await Node.Get<SavedMethods>().ContinueAsync(member.Id, unknown.Setup, Cancel));
        Cards.FinishSetups();
        Assert.IsType<SetupResult.Saved>(await Node.Get<SavedMethods>().ContinueAsync(member.Id, unknown.Setup, Cancel));
        Assert.Equal("4242", Assert.Single(await ListAsync(member)).Last4);
        Assert.Empty(Cards.Starts);
    }

    [Fact]
    public async Task ST_20_SetupOfSomebodyElse_IsNotThere()
    {
        var member = await Node.MemberAsync();
        var act = Assert.IsType<SetupResult.Act>(await Node.Get<SavedMethods>().StartAsync(member.Id, CardService.Id, Cancel));
        Assert.IsType<SetupResult.NotFound>(await Node.Get<SavedMethods>().ContinueAsync((await Node.MemberAsync()).Id, act.Setup, Cancel));
    }

    [Fact]
    public async Task ST_24_Expired_IsShownAndCannotBeChosen_UntilTheNetworkSendsANewOne()
    {
        var (member, method) = await OwnerAsync();
        Node.Clock.Advance(new DateTimeOffset(2029, 1, 1, 0, 0, 0, TimeSpan.Zero) - Node.Clock.GetUtcNow());
        Assert.True(Assert.Single(await ListAsync(member)).IsExpired);
        await Node.AddAsync(member.Buyer, "paid2");
        Assert.Equal(PlaceRefusal.MethodExpired, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(member.Buyer, saved: method.Handle)).Reason);

        Cards.Renew(new DateOnly(2031, 5, 31));
        var customer = await Node.ReadAsync(db => db.ProviderCustomers.Select(c => c.CustomerId).SingleAsync(Cancel));
        await Node.Get<Inbox>().ReceiveAsync(
            new ProviderId(CardService.Id), new WebhookRequest(Encoding.UTF8.GetBytes($"evt_1 Customer {customer}"), new Dictionary<string, string>(), Node.Clock.GetUtcNow()), Cancel);
        await Node.Get<InboxRun>().PassAsync(Cancel);
        var now = Assert.Single(await ListAsync(member));
        Assert.Equal((false, new DateOnly(2031, 5, 31)), (now.IsExpired, now.ExpiresOn));
    }

    [Fact]
    public async Task ST_26_OneClick_CreatesStoresTheIdConfirmsAndDelivers()
    {
        var (member, method) = await OwnerAsync();
        var before = Cards.Calls.Count;
        string? stored = null;
        AttemptState? state = null;
        Cards.Continuing = async request =>
        {
            var attempt = await Node.ReadAsync(db => db.PaymentAttempts.AsNoTracking().SingleAsync(a => a.Id == request.Payment.Attempt.Value, Cancel));
            (stored, state) = (attempt.ProviderRef, attempt.State);
        };
        var order = await OrderAsync(member, saved: method.Handle, sku: "paid2");
        Assert.Equal(["start", "continue"], Cards.Calls.Skip(before));
        Assert.Equal((order.Live.ProviderRef, AttemptState.Sent), (stored, state));
        Assert.Equal((AttemptState.Captured, OrderState.Fulfilled), (order.Live.State, order.Order.State));
        var start = Cards.Starts[^1];
        Assert.Equal((BuyerPresence.Present, true), (start.Buyer, start.Source is PaymentSource.Saved && start.Payer.Customer is not null));
        await Node.BooksAreRightAsync();
    }

    [Fact]
    public async Task ST_26_AnswerToTheConfirmationLost_IsAskedForAndNotChargedAgain()
    {
        var (member, method) = await OwnerAsync();
        Cards.Continuing = async request =>
        {
            Cards.Pay(request.Payment.Attempt.Value);
            await Task.Yield();
            throw new TimeoutException();
        };
        var order = await OrderAsync(member, saved: method.Handle, sku: "paid2");
        Assert.Equal(AttemptState.Unknown, order.Live.State);
        await Node.SettleAsync(order);
        Assert.Equal(OrderState.Fulfilled, (await Node.AgainAsync(order)).Order.State);
        Assert.Equal(1, Cards.Calls.Count(c => c == "continue"));
    }

    [Fact]
    public async Task ST_10_SavedMethodNeedsAStep_TheBuyerIsSentThereAndNothingIsDelivered()
    {
        var (member, method) = await OwnerAsync();
        Cards.Charged = () => new PaymentOutcome.ActionRequired(Cards.NextStep, null);
        await Node.AddAsync(member.Buyer, "paid2");
        var placed = Assert.IsType<PlaceResult.Placed>(await PlaceAsync(member.Buyer, saved: method.Handle));
        Assert.Equal(Cards.NextStep, placed.Action);
        var order = await Node.OrderAsync(placed.Number);
        Assert.Equal((AttemptState.Action, OrderState.AwaitingPayment), (order.Live.State, order.Order.State));
    }

    [Fact]
    public async Task ST_27_MethodOfSomebodyElse_IsNotThereAndNobodyIsAsked()
    {
        var (_, method) = await OwnerAsync();
        var stranger = await Node.MemberAsync();
        await Node.AddAsync(stranger.Buyer, "paid1");
        var before = Cards.Calls.Count;
        Assert.IsType<PlaceResult.NoSuchMethod>(await PlaceAsync(stranger.Buyer, saved: method.Handle));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(stranger.Buyer, Till.Id)).Number);
        Assert.IsType<PlaceResult.NoSuchMethod>(await Node.Get<Checkout>().ChangeMethodAsync(order.Order.Id, null, null, Cancel, saved: method.Handle));
        Assert.Equal(ForgetResult.NotFound, await Node.Get<SavedMethods>().ForgetAsync(stranger.Id, method.Handle, Cancel));
        Assert.False(await Node.Get<SavedMethods>().MakeDefaultAsync(stranger.Id, method.Handle, Cancel));
        Assert.Equal(before, Cards.Calls.Count);
    }

    [Fact]
    public async Task DF_17_SavedMethodDeclined_TheOrderCanBePaidByAnotherAttempt()
    {
        var (member, method) = await OwnerAsync();
        Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null);
        var order = await OrderAsync(member, saved: method.Handle, sku: "paid2");
        Assert.Equal((AttemptState.Failed, "insufficient_funds", OrderState.AwaitingPayment), (order.Live.State, order.Live.Reason, order.Order.State));
        Assert.Single((await Node.CartAsync(member.Buyer)).Lines);

        Cards.Charged = () => new PaymentOutcome.Captured();
        await Node.Get<Checkout>().ChangeMethodAsync(order.Order.Id, null, null, Cancel, saved: method.Handle);
        var again = await Node.AgainAsync(order);
        Assert.Equal((2, OrderState.Fulfilled), (again.Attempts.Count, again.Order.State));
    }

    [Fact]
    public async Task DF_51_Duplicate_IsKeptAsSuch()
    {
        var (member, method) = await OwnerAsync();
        Cards.Charged = () => new PaymentOutcome.Declined(DeclineReason.Duplicate, "duplicate_transaction");
        var order = await OrderAsync(member, saved: method.Handle, sku: "paid2");
        Assert.Equal("duplicate", Assert.IsType<PayResult.Choose>(await Node.Get<Checkout>().PayAsync(order.Order.Id, Cancel)).LastReason);
    }

    [Fact]
    public async Task DF_16_FieldsLeft_CartStays_SameOrderAgain_AnotherMethodCancelsFirst()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member);
        Assert.Single((await Node.CartAsync(member.Buyer)).Lines);
        Assert.Equal(order.Order.Number, Assert.IsType<PlaceResult.Placed>(await PlaceAsync(member.Buyer)).Number);
        Assert.DoesNotContain("cancel", Cards.Calls);

        Assert.IsType<PlaceResult.Placed>(await PlaceAsync(member.Buyer, Till.Id));
        var other = await Node.AgainAsync(order);
        Assert.Equal([AttemptState.Cancelled, AttemptState.Action], other.Attempts.Select(a => a.State));
        Assert.Equal((1, Till.Id), (Cards.Calls.Count(c => c == "cancel"), other.Live.Provider));
    }

    [Fact]
    public async Task DW_59_DeclinedInTheFields_StaysThereForAnotherCard()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member);
        Cards.Set(order.Live.Id, new PaymentOutcome.ActionRequired(Cards.Fields, null));
        Assert.IsType<PayResult.Act>(await Node.Get<Checkout>().PayAsync(order.Order.Id, Cancel));
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        var after = await Node.AgainAsync(order);
        Assert.Equal((1, OrderState.Fulfilled), (after.Attempts.Count, after.Order.State));
    }

    [Fact]
    public async Task DW_59_WhileTheProviderDecides_AnotherMethodIsRefused()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member);
        Cards.Set(order.Live.Id, new PaymentOutcome.Processing(null));
        await Node.SettleAsync(order);
        Assert.IsType<PlaceResult.Busy>(await Node.Get<Checkout>().ChangeMethodAsync(order.Order.Id, Till.Id, null, Cancel));
    }

    [Fact]
    public async Task DW_57_HostedPageInstead_EndsTheFieldsAtTheProviderFirst()
    {
        var member = await Node.MemberAsync();
        var order = await OrderAsync(member, save: true);
        Assert.True(Assert.IsType<PayResult.Act>(await Node.Get<Checkout>().PayAsync(order.Order.Id, Cancel)).HasHostedPage);
        var placed = Assert.IsType<PlaceResult.Placed>(await Node.Get<Checkout>().HostedPageAsync(order.Order.Id, null, Cancel));
        Assert.IsType<BuyerAction.Redirect>(placed.Action);
        Assert.Equal(["cancel", "start"], Cards.Calls.Where(c => c is "cancel" or "start").TakeLast(2));
        Assert.Equal((PaymentFlow.Redirect, new PaymentSource.Fresh(true)), (Cards.Starts[^1].Flow, Cards.Starts[^1].Source));
        Assert.Equal([AttemptState.Cancelled, AttemptState.Action], (await Node.AgainAsync(order)).Attempts.Select(a => a.State));
    }

    [Theory]
    [InlineData(false, PaymentFlow.EmbeddedFields)]
    [InlineData(true, PaymentFlow.Redirect)]
    public async Task DW_57_Site_ChoosesBetweenFieldsAndHostedPage(bool hosted, PaymentFlow flow)
    {
        await PublishAsync(new CheckoutTerms { HostedPages = hosted });
        await OrderAsync(await Node.MemberAsync());
        Assert.Equal(flow, Assert.Single(Cards.Starts).Flow);
    }

    [Fact]
    public async Task MF_14_ST_29_Removed_IsChargedNoMoreAndForgottenThereUntilCertain()
    {
        var (member, method) = await OwnerAsync();
        Assert.Equal(ForgetResult.Forgotten, await Node.Get<SavedMethods>().ForgetAsync(member.Id, method.Handle, Cancel));
        Assert.Empty(await ListAsync(member));
        await Node.AddAsync(member.Buyer, "paid2");
        Assert.IsType<PlaceResult.NoSuchMethod>(await PlaceAsync(member.Buyer, saved: method.Handle));

        Cards.Fault = new TimeoutException();
        await Node.SendAsync();
        Assert.Single(Cards.Methods);
        Cards.Fault = null;
        Node.Clock.Advance(TimeSpan.FromMinutes(1));
        await Node.SendAsync();
        Assert.Empty(Cards.Methods);
    }

    [Fact]
    public async Task ST_29_RemovedDuringAPaymentWithIt_IsRefused()
    {
        var (member, method) = await OwnerAsync();
        Cards.Charged = () => new PaymentOutcome.Processing(null);
        await OrderAsync(member, saved: method.Handle, sku: "paid2");
        Assert.Equal(ForgetResult.InUse, await Node.Get<SavedMethods>().ForgetAsync(member.Id, method.Handle, Cancel));
        Assert.Single(await ListAsync(member));
    }

    [Fact]
    public async Task MZ_25_ST_30_Default_IsTheNewOneUntilAnotherIsChosen()
    {
        var (member, first) = await OwnerAsync();
        await Node.Get<SavedMethods>().StartAsync(member.Id, CardService.Id, Cancel);
        Cards.FinishSetups();
        var setup = await Node.ReadAsync(db => db.MethodSetups.Select(s => s.Id).SingleAsync(Cancel));
        await Node.Get<SavedMethods>().ContinueAsync(member.Id, setup, Cancel);
        var both = await ListAsync(member);
        Assert.Equal((first.Handle, true, false), (both[1].Handle, both[0].IsDefault, both[1].IsDefault));
        Node.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Node.Get<SavedMethods>().MakeDefaultAsync(member.Id, both[1].Handle, Cancel));
        Assert.Equal(both[1].Handle, Assert.Single(await ListAsync(member), m => m.IsDefault).Handle);
    }
}

public sealed class SavedMethodTests_Sqlite(SqliteDatabase database) : SavedMethodTests(database), IClassFixture<SqliteDatabase>;

public sealed class SavedMethodTests_Postgres(PostgresDatabase database) : SavedMethodTests(database), IClassFixture<PostgresDatabase>;

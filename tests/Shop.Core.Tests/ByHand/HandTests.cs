using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.Accounts;
using Shop.Payments;
using Shop.Payments.Offline;
using Shop.TestKit;

namespace Shop.Core.Tests.ByHand;

/// <summary>Cheques: the buyer is told where to send money, and staff say what came (DW-62, P19).</summary>
public abstract class HandTests(TestDatabase database) : ShopTests(database)
{
    private const string Cheque = "cheque";
    private static readonly TimeSpan Waiting = TimeSpan.FromDays(21);

    private ShopUnderTest? desk;

    /// <summary>The shop with cheques from $5.00 on.</summary>
    private ShopUnderTest Desk => desk ?? throw new InvalidOperationException();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        desk = await NodeAsync(change: WithCheques);
    }

    private static void WithCheques(IServiceCollection services)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Payments:cheque:PayTo"] = "Dream Shop Ltd", ["Payments:cheque:Address"] = "1 Harbour Street\n12345 Moonlit", ["Payments:cheque:MinimumMinor"] = "500",
        };
        services.AddOfflinePayments(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.Replace(ServiceDescriptor.Singleton(host => new PaymentProviders([host.GetRequiredService<Till>(), .. host.GetServices<IPaymentProvider>()], [])));
    }

    [Fact]
    public async Task DW_62_Cheque_ShowsWhereToSendIt_TellsBuyerAndStaff_AndIsPaidWhenItCame()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        var action = Assert.IsType<BuyerAction.SendFunds>(Assert.IsType<PayResult.Act>(await Desk.Get<Checkout>().PayAsync(placed.Order.Id, Cancel)).Action);
        Assert.Equal(("Dream Shop Ltd", placed.Order.Reference), (action.PayTo, action.Reference));
        await Desk.SendAsync();
        Assert.Equal((1, 1), (Desk.Sent.Count(OutboxKinds.SendFunds), Desk.Sent.Count(OutboxKinds.FundsExpected)));
        Assert.Equal(new HandResult.Done(OrderState.Fulfilled, true), await ReceiveAsync(placed, clerk));
        Assert.Equal("paid", (await Desk.MembershipAsync(member.Id)).Class);
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task DF_6_ChequeWithPoints_ThePointsAreHeldFromPlacing_AndTakenOnce()
    {
        var (member, clerk) = (await Desk.MemberAsync(points: 100), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid12");
        Assert.Equal(100, placed.Order.DuePoints);
        Assert.Equal(0, await Desk.PointsAsync(member.Id));
        await ReceiveAsync(placed, clerk);
        await ReceiveAsync(placed, clerk);
        Assert.Equal(1, await Desk.ReadAsync(db => db.Set<Journal>().CountAsync(j => j.OrderId == placed.Order.Id && j.Kind == "points_spend", Cancel)));
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task DF_42_DW_63_CraftedPostBelowTheMinimum_IsRefused()
    {
        var member = await Desk.MemberAsync();
        await Desk.AddAsync(member.Buyer, "paid1");
        Assert.Equal(PlaceRefusal.MethodDisabled, Assert.IsType<PlaceResult.Refused>(await Desk.PlaceAsync(member.Buyer, Cheque)).Reason);
    }

    [Fact]
    public async Task DW_63_MinimumByRule_CountsWhereItIsMore_AndAtOnce()
    {
        var member = await Desk.MemberAsync();
        await Desk.AddAsync(member.Buyer, "paid6");
        await PublishAsync(new PaymentTerms { Methods = [new MethodTerms { Method = Cheque, MinimumMinor = 5_000 }] });
        Assert.Equal(PlaceRefusal.MethodDisabled, Assert.IsType<PlaceResult.Refused>(await Desk.PlaceAsync(member.Buyer, Cheque)).Reason);
    }

    [Fact]
    public async Task DF_52_WaitingTimePasses_OrderExpires_PointsReturn_AndTheBuyerIsTold()
    {
        var member = await Desk.MemberAsync(points: 100);
        var placed = await ByChequeAsync(member, "paid12");
        Desk.Clock.Advance(Waiting - TimeSpan.FromHours(1));
        await WorkAsync();
        Assert.Equal(OrderState.AwaitingPayment, (await Desk.AgainAsync(placed)).Order.State);
        Desk.Clock.Advance(TimeSpan.FromHours(2));
        await WorkAsync();
        await Desk.SendAsync();
        Assert.Equal((OrderState.Expired, 100, 1), ((await Desk.AgainAsync(placed)).Order.State, await Desk.PointsAsync(member.Id), Desk.Sent.Count(OutboxKinds.OrderOver)));
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task P19_TwoStaffConfirmAtOnce_OneCaptureJournal_AndTheOtherIsToldWhoWasFirst()
    {
        var (member, staff) = (await Desk.MemberAsync(), new[] { await StaffAsync(), await StaffAsync() });
        var placed = await ByChequeAsync(member, "paid6");
        var results = await ShopUnderTest.AtOnceAsync(2, i => ReceiveAsync(placed, staff[i]));
        Assert.Single(results.OfType<HandResult.Done>());
        var told = Assert.Single(results.OfType<HandResult.Refused>());
        Assert.Equal(HandRefusal.AlreadyReceived, told.Why);
        Assert.Contains(told.Earlier!.Actor, staff.Select(s => s.Name));
        Assert.Equal(1, await Desk.ReadAsync(db => db.Set<Journal>().CountAsync(j => j.OrderId == placed.Order.Id && j.Kind == "capture", Cancel)));
        await Desk.BooksAreRightAsync();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task P19_WrongAmount_IsRefusedAndNothingIsWritten(long off)
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        var due = new Money(placed.Order.DueMinor, Currency.Usd);
        var result = await Desk.Get<HandDesk>().ReceiveAsync(placed.Live.Id, due + new Money(off, Currency.Usd), clerk.Id, "", Cancel);
        Assert.Equal(new HandResult.Refused(HandRefusal.WrongAmount, due), result);
        Assert.Equal((OrderState.AwaitingPayment, 0), ((await Desk.AgainAsync(placed)).Order.State, await Desk.ReadAsync(db => db.HandEntries.CountAsync(Cancel))));
    }

    [Fact]
    public async Task P19_PartPayment_LeavesTheOrderOpen_AndEveryStepIsLoggedWithItsActor()
    {
        var (member, one, other) = (await Desk.MemberAsync(), await StaffAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        var hand = Desk.Get<HandDesk>();
        await hand.NotePartAsync(placed.Live.Id, new Money(100, Currency.Usd), one.Id, "cheque 17", Cancel);
        Assert.Equal((OrderState.AwaitingPayment, AttemptState.Action), ((await Desk.AgainAsync(placed)).Order.State, (await Desk.AgainAsync(placed)).Live.State));
        await hand.ReturnPartsAsync(placed.Live.Id, other.Id, "sent back", Cancel);
        await hand.NotePartAsync(placed.Live.Id, new Money(200, Currency.Usd), one.Id, "", Cancel);
        await ReceiveAsync(placed, other);
        var notes = (await Desk.ReadAsync(db => hand.FindAsync(db, placed.Order.Reference.ToUpperInvariant(), Cancel)))!.Attempts.Single().Notes;
        Assert.Equal(
            [(HandEntryKind.Part, one.Name), (HandEntryKind.PartReturned, other.Name), (HandEntryKind.Part, one.Name), (HandEntryKind.Received, other.Name)],
            notes.Select(n => (n.Kind, n.Actor)));
        Assert.Equal(OrderState.Fulfilled, (await Desk.AgainAsync(placed)).Order.State);
        Assert.False(await Desk.ReadAsync(db => db.OrderFlags.AnyAsync(f => f.ClearedAt == null, Cancel)));
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task P19_PartThatIsAllOrMore_IsNoPart()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        var result = await Desk.Get<HandDesk>().NotePartAsync(placed.Live.Id, new Money(placed.Order.DueMinor, Currency.Usd), clerk.Id, "", Cancel);
        Assert.Equal(HandRefusal.NotAPart, Assert.IsType<HandResult.Refused>(result).Why);
    }

    [Fact]
    public async Task P19_ConfirmThenVoid_GoodsAndPointsGoBackAtOnce_Once()
    {
        var (member, one, other) = (await Desk.MemberAsync(points: 100), await StaffAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid12");
        await ReceiveAsync(placed, one);
        var results = await ShopUnderTest.AtOnceAsync(2, _ => Desk.Get<HandDesk>().VoidAsync(placed.Live.Id, other.Id, "bounced", Cancel));
        Assert.Single(results.OfType<HandResult.Done>());
        Assert.Equal(HandRefusal.NotReceived, Assert.Single(results.OfType<HandResult.Refused>()).Why);
        Assert.Equal((OrderState.Refunded, 100, MembershipState.Never), ((await Desk.AgainAsync(placed)).Order.State, await Desk.PointsAsync(member.Id), await Desk.MembershipAsync(member.Id)));
        Assert.Equal(0, await Desk.ReadAsync(async db => (await Desk.Get<HandDesk>().TasksAsync(db, Cancel)).Count));
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task P19_MoneyAfterTheEnd_IsSurplus_AndStaysATaskUntilSomebodySentItBack()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        Desk.Clock.Advance(Waiting + TimeSpan.FromHours(1));
        await WorkAsync();
        Assert.Equal(new HandResult.Done(OrderState.Expired, false), await ReceiveAsync(placed, clerk));
        await WorkAsync();
        Desk.Clock.Advance(TimeSpan.FromDays(2));
        await WorkAsync();
        var task = Assert.Single(await Desk.ReadAsync(db => Desk.Get<HandDesk>().TasksAsync(db, Cancel)));
        Assert.Equal(RefundState.Pending, await StateAsync(task.Refund));
        Assert.IsType<HandResult.Done>(await Desk.Get<HandDesk>().ReturnedAsync(task.Refund, clerk.Id, "", Cancel));
        Assert.Equal(HandRefusal.TaskOver, Assert.IsType<HandResult.Refused>(await Desk.Get<HandDesk>().ReturnedAsync(task.Refund, clerk.Id, "", Cancel)).Why);
        Assert.Equal(RefundState.Succeeded, await StateAsync(task.Refund));
        await Desk.SendAsync();
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task P19_PaidAnotherWayMeanwhile_TheChequeIsSurplusAndTheOrderIsPaidOnce()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        await Desk.Get<Checkout>().ChangeMethodAsync(placed.Order.Id, Till.Id, null, Cancel);
        await Desk.PayAsync(await Desk.AgainAsync(placed));
        var until = (await Desk.MembershipAsync(member.Id)).Until;
        Assert.Equal(new HandResult.Done(OrderState.Fulfilled, false), await ReceiveAsync(placed, clerk));
        Assert.Equal(until, (await Desk.MembershipAsync(member.Id)).Until);
        await WorkAsync();
        Assert.Single(await Desk.ReadAsync(db => Desk.Get<HandDesk>().TasksAsync(db, Cancel)));
        await Desk.BooksAreRightAsync();
    }

    [Fact]
    public async Task P19_MoneyAtAServiceThatCanBeAsked_IsNobodysWord()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await Desk.BuyAsync(member.Buyer, "paid6");
        Assert.Equal(HandRefusal.NotThere, Assert.IsType<HandResult.Refused>(await ReceiveAsync(placed, clerk)).Why);
        Assert.Null(await Desk.ReadAsync(db => Desk.Get<HandDesk>().FindAsync(db, placed.Order.Reference, Cancel)));
    }

    /// <summary>Whoever bought it, or gets it, does not say that its money came, went back or was none (S32).</summary>
    [Fact]
    public async Task S32_OwnOrder_IsConfirmedVoidedAndSentBackByAnotherPerson()
    {
        var (clerk, other) = (await StaffAsync(), await StaffAsync());
        var placed = await ByChequeAsync(clerk, "paid6");
        Assert.Equal(HandRefusal.Own, Assert.IsType<HandResult.Refused>(await ReceiveAsync(placed, clerk)).Why);
        Assert.Equal(HandRefusal.Own, Assert.IsType<HandResult.Refused>(await Desk.Get<HandDesk>().NotePartAsync(placed.Live.Id, new Money(100, Currency.Usd), clerk.Id, "", Cancel)).Why);
        Assert.Equal(OrderState.AwaitingPayment, (await Desk.AgainAsync(placed)).Order.State);
        Assert.IsType<HandResult.Done>(await ReceiveAsync(placed, other));
        Assert.Equal(HandRefusal.Own, Assert.IsType<HandResult.Refused>(await Desk.Get<HandDesk>().VoidAsync(placed.Live.Id, clerk.Id, "bounced", Cancel)).Why);
        Assert.Equal(OrderState.Fulfilled, (await Desk.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task DW_65_RetiredWay_TakesNoNewOrders_AndItsOldOnesAreReadPaidAndSentBack()
    {
        var (member, clerk) = (await Desk.MemberAsync(), await StaffAsync());
        var placed = await ByChequeAsync(member, "paid6");
        var later = await NodeAsync(change: services =>
        {
            WithCheques(services);
            services.Replace(ServiceDescriptor.Singleton(host => new PaymentProviders(
                [host.GetRequiredService<Till>(), .. host.GetServices<IPaymentProvider>()], [new PaymentPluginRegistration(new ProviderId(Cheque), Retired: true)])));
        });
        Assert.DoesNotContain(await MethodsAsync(later, member), m => m.Provider == Cheque);
        await later.Get<HandDesk>().ReceiveAsync(placed.Live.Id, new Money(placed.Order.DueMinor, Currency.Usd), clerk.Id, "", Cancel);
        Assert.Equal(OrderState.Fulfilled, (await later.AgainAsync(placed)).Order.State);
        Assert.IsType<HandResult.Done>(await later.Get<HandDesk>().VoidAsync(placed.Live.Id, clerk.Id, "", Cancel));
        await later.BooksAreRightAsync();
    }

    [Fact]
    public async Task DW_65_HiddenByRule_IsNotOffered_AndTheOrderOfMethodsIsTheRules()
    {
        var member = await Desk.MemberAsync();
        Assert.Equal([Till.Id, Cheque], (await MethodsAsync(Desk, member)).Select(m => m.Provider));
        await PublishAsync(new PaymentTerms { Methods = [new MethodTerms { Method = Cheque, Position = 1 }] });
        Assert.Equal([Cheque, Till.Id], (await MethodsAsync(Desk, member)).Select(m => m.Provider));
        await PublishAsync(new PaymentTerms { Methods = [new MethodTerms { Method = Cheque, Offered = false }] });
        Assert.Equal([Till.Id], (await MethodsAsync(Desk, member)).Select(m => m.Provider));
    }

    private async Task<IReadOnlyList<PayMethod>> MethodsAsync(ShopUnderTest shop, Person member)
    {
        if ((await shop.CartAsync(member.Buyer)).IsEmpty)
        {
            await shop.AddAsync(member.Buyer, "paid6");
        }

        return (await shop.ReadAsync(db => shop.Get<Checkout>().ViewAsync(db, member.Buyer, Cancel))).Methods;
    }

    private async Task<PlacedOrder> ByChequeAsync(Person member, string sku)
    {
        Assert.IsType<CartResult.Changed>(await Desk.AddAsync(member.Buyer, sku));
        return await Desk.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Desk.PlaceAsync(member.Buyer, Cheque)).Number);
    }

    private Task<HandResult> ReceiveAsync(PlacedOrder placed, Person clerk) =>
        Desk.Get<HandDesk>().ReceiveAsync(placed.Attempts[0].Id, new Money(placed.Order.DueMinor, Currency.Usd), clerk.Id, "", Cancel);

    private Task<RefundState> StateAsync(Guid refund) => Desk.ReadAsync(db => db.Refunds.Where(r => r.Id == refund).Select(r => r.State).FirstAsync(Cancel));

    private async Task WorkAsync()
    {
        while (await Desk.Get<Janitor>().PassAsync(Cancel) + await Desk.Get<RefundRun>().PassAsync(Cancel) > 0)
        {
        }
    }

    private async Task<Person> StaffAsync()
    {
        var person = await Desk.MemberAsync();
        await Desk.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                if (await unit.Db.Roles.FirstOrDefaultAsync(r => r.Name == StaffRoles.Refunder, token) is not { } role)
                {
                    role = new StaffRole { Name = StaffRoles.Refunder, NormalizedName = "REFUNDER" };
                    unit.Db.Roles.Add(role);
                    await unit.Db.SaveChangesAsync(token);
                }

                unit.Db.UserRoles.Add(new Microsoft.AspNetCore.Identity.IdentityUserRole<long> { UserId = person.Id, RoleId = role.Id });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel);
        return person;
    }
}

public sealed class HandTests_Sqlite(SqliteDatabase database) : HandTests(database), IClassFixture<SqliteDatabase>;

public sealed class HandTests_Postgres(PostgresDatabase database) : HandTests(database), IClassFixture<PostgresDatabase>;

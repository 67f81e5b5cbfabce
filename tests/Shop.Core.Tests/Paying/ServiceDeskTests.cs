using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>How payment services stand at the desk, what a pause means for buyers, and events with a second chance.</summary>
public abstract class ServiceDeskTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task P20_ServiceDown_IsPausedForNewPaymentsWithWords_AndAnotherWayWorks()
    {
        var open = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await FailAsync(open);
        var buyer = (await Shop.MemberAsync()).Buyer;
        await Shop.AddAsync(buyer, "paid1");
        Assert.Equal(PlaceRefusal.MethodDisabled, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(buyer)).Reason);
        var methods = (await Shop.ReadAsync(db => Shop.Get<Checkout>().ViewAsync(db, buyer, Cancel))).Methods;
        Assert.Equal([(Till.Id, (MethodRefusal?)MethodRefusal.Paused), ("other", null)], methods.Select(m => (m.Provider, m.Disabled)));
        Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer, "other"));
    }

    [Fact]
    public async Task P20_ServiceIsBack_EverythingOpenThereIsDueWithinAMinute_AndCatchesUpByItself()
    {
        var (one, other) = (await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1"), await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1"));
        Shop.Till.Pay(one.Live.Id);
        Shop.Till.Pay(other.Live.Id);
        await FailAsync(one);
        Shop.Till.Fault = null;
        await Shop.SettleAsync(one);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal((OrderState.Fulfilled, OrderState.Fulfilled), ((await Shop.AgainAsync(one)).Order.State, (await Shop.AgainAsync(other)).Order.State));
    }

    [Fact]
    public async Task P06_KeyRefused_PausesNewPaymentsAtOnce()
    {
        var open = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Fault = new HttpRequestException(null, null, System.Net.HttpStatusCode.Unauthorized);
        await Shop.SettleAsync(open);
        var seen = await ServiceAsync();
        Assert.Equal((FaultKind.Permanent, 1, 1), (seen.Paused?.Fault, seen.Open, seen.Unknown));
    }

    [Fact]
    public async Task W15_DeadEvent_IsSeen_AndHasAllItsTriesAgain()
    {
        await SendAsync("ignored evt_0");
        await SendAsync($"accepted evt_1 Payment pay_1 {Guid.Empty}");
        await SendAsync("forged");
        await SendAsync("forged");
        await SendAsync("unverifiable");
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.WebhookInbox.Where(e => e.EventId == "evt_1").ExecuteUpdateAsync(set => set.SetProperty(e => e.Dead, true).SetProperty(e => e.Attempts, 12), token), Cancel);
        var tally = (await ServiceAsync()).Webhooks;
        Assert.Equal((1, 1, 0, 1), (tally.Accepted, tally.Ignored, tally.Waiting, tally.Dead));
        Assert.Equal([(WebhookAnswer.Rejected, "signature", 2L), (WebhookAnswer.NotNow, "certificate service away", 1L)], tally.TurnedAway);
        var dead = Assert.Single(await Shop.ReadAsync(db => Shop.Get<PaymentDesk>().DeadAsync(db, Cancel)));
        Assert.Equal((true, false), (await Shop.Get<PaymentDesk>().RetryAsync(dead.Id, Cancel), await Shop.Get<PaymentDesk>().RetryAsync(dead.Id, Cancel)));
        await Shop.Get<InboxRun>().PassAsync(Cancel);
        var again = await Shop.ReadAsync(db => db.WebhookInbox.AsNoTracking().FirstAsync(e => e.Id == dead.Id, Cancel));
        Assert.Equal((1, true), (again.Attempts, again.ProcessedAt != null));
    }

    [Fact]
    public async Task P20_PauseThatOneNodeLearnt_HoldsOnTheOthers_UntilAnyOfThemGetsAnAnswer()
    {
        var other = await NodeAsync();
        var open = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await FailAsync(open);
        Assert.Null((await ServiceAsync(other)).Paused);
        await TellAsync(Shop, other);
        Assert.Equal((await ServiceAsync()).Paused!.Since, (await ServiceAsync(other)).Paused?.Since);

        Shop.Till.Fault = null;
        await other.Get<Settlement>().SettleAsync(open.Live.Id, null, Cancel);
        Assert.NotNull((await ServiceAsync()).Paused);
        await TellAsync(other, Shop);
        Assert.Equal((null, null), ((await ServiceAsync()).Paused, (await ServiceAsync(other)).Paused));

        // and what was over stays over, whoever tells it once more
        await TellAsync(Shop, other, Shop);
        Assert.Equal((null, null), ((await ServiceAsync()).Paused, (await ServiceAsync(other)).Paused));
    }

    [Fact]
    public async Task P20_PauseHeardOf_EndsByItself_AndANewOneIsHeardAgain()
    {
        var other = await NodeAsync();
        var open = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await FailAsync(open);
        await TellAsync(Shop, other);
        Shop.Clock.Advance(ProviderCircuit.Pause);
        Assert.Null((await ServiceAsync(other)).Paused);
        await FailAsync(open);
        await TellAsync(Shop, other);
        Assert.NotNull((await ServiceAsync(other)).Paused);
    }

    [Fact]
    public async Task P20_NothingToTell_WritesNothing()
    {
        await Shop.PayAsync(await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1"));
        var open = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Assert.Equal(0, await Shop.Get<ProviderStands>().PassAsync(Cancel));
        Shop.Till.Fault = new HttpRequestException(null, null, System.Net.HttpStatusCode.Unauthorized);
        await Shop.SettleAsync(open);
        Assert.Equal((1, 0), (await Shop.Get<ProviderStands>().PassAsync(Cancel), await Shop.Get<ProviderStands>().PassAsync(Cancel)));
    }

    [Fact]
    public async Task W05_TurnedAway_IsCountedForAllNodes_AndSurvivesThem_WithFewWrites()
    {
        var other = await NodeAsync();
        foreach (var node in new[] { Shop, other })
        {
            for (var i = 0; i < 30; i++)
            {
                await SendAsync("forged", node);
            }
        }

        Assert.Equal([(WebhookAnswer.Rejected, "signature", 30L)], (await ServiceAsync()).Webhooks.TurnedAway); // what waits is seen where it waits
        Assert.Equal((1, 1, 0), (await Shop.Get<ProviderStands>().PassAsync(Cancel), await other.Get<ProviderStands>().PassAsync(Cancel), await Shop.Get<ProviderStands>().PassAsync(Cancel)));
        Assert.Equal([(WebhookAnswer.Rejected, "signature", 60L)], (await ServiceAsync(await NodeAsync())).Webhooks.TurnedAway);
    }

    [Fact]
    public async Task DW_66_Services_AreAskedNowAndThenByOneNode_AndTheDeskShowsWhenTheyWereWell()
    {
        var doctor = new Patient();
        ShopUnderTest[] nodes = [await WithAsync(doctor), await WithAsync(doctor)];
        await ShopUnderTest.AtOnceAsync(4, i => nodes[i % 2].Get<HealthRun>().PassAsync(Cancel));
        await nodes[0].Get<HealthRun>().PassAsync(Cancel);
        var well = Shop.Clock.GetUtcNow();
        Assert.Equal((1, (well, well, null)), (doctor.Asked, await HealthAsync()));
        Shop.Clock.Advance(TimeSpan.FromMinutes(10)); // whoever asked is long done, and it is not time again
        Assert.Equal(0, await nodes[1].Get<HealthRun>().PassAsync(Cancel));

        Shop.Clock.Advance(TimeSpan.FromMinutes(6));
        doctor.Health = new ProviderHealth(false, false, "key revoked");
        await nodes[1].Get<HealthRun>().PassAsync(Cancel);
        Assert.Equal((2, (Shop.Clock.GetUtcNow(), well, "key revoked")), (doctor.Asked, await HealthAsync()));
        Assert.Equal(FaultKind.Permanent, (await nodes[1].ReadAsync(db => nodes[1].Get<PaymentDesk>().ListAsync(db, Cancel))).Single(s => s.Provider == "patient").Paused?.Fault);
        Assert.Equal(0, await Shop.Get<HealthRun>().PassAsync(Cancel)); // switched off there

        async Task<(DateTimeOffset, DateTimeOffset, string?)> HealthAsync() =>
            (await nodes[0].ReadAsync(db => nodes[0].Get<PaymentDesk>().ListAsync(db, Cancel))).Single(s => s.Provider == "patient").Health is var health
                ? (health.AskedAt!.Value, health.HealthyAt!.Value, health.Trouble) : default;
    }

    [Fact]
    public async Task P22_MoneyOfTheOtherMode_IsRefusedAndNotBooked_AndSoNoted()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Pay(placed.Live.Id, live: true);
        Assert.Equal(AttemptState.Failed, (await Shop.SettleAsync(placed)).Attempt);
        Assert.Equal((0, "other_mode"), (await Shop.ReadAsync(db => db.ProviderPayments.CountAsync(Cancel)), (await Shop.AgainAsync(placed)).Live.Reason));
        Assert.Equal("captured", (await Shop.ReadAsync(db => Exchanges.OfAsync(db, placed.Order.Id, Cancel)))[^1].Outcome);
    }

    private async Task FailAsync(PlacedOrder open)
    {
        Shop.Till.Fault = new HttpRequestException();
        await Shop.SettleAsync(open);
        for (var others = 1; others < ProviderCircuit.MostFailures; others++)
        {
            var other = new PaymentLocator(new AttemptId(Guid.NewGuid()), null, new IdempotencyKey("other"), new Money(300, Currency.Usd));
            await Shop.Get<PaymentGateway>().GetAsync(new ProviderId(Till.Id), other, Cancel);
        }
    }

    private async Task<ServiceView> ServiceAsync(ShopUnderTest? node = null) =>
        (await Shop.ReadAsync(db => (node ?? Shop).Get<PaymentDesk>().ListAsync(db, Cancel))).Single(s => s.Provider == Till.Id);

    /// <summary>Each in turn tells what it knows and hears what is known.</summary>
    private async Task TellAsync(params ShopUnderTest[] nodes)
    {
        foreach (var node in nodes)
        {
            await node.Get<ProviderStands>().PassAsync(Cancel);
        }
    }

    private Task<ShopUnderTest> WithAsync(IPaymentProvider provider) => NodeAsync(change: services =>
    {
        services.AddSingleton(new PaymentProviders([provider], []));
        services.AddSingleton(new HealthInterval(TimeSpan.FromMinutes(15)));
    });

    private Task<WebhookAnswer> SendAsync(string body, ShopUnderTest? node = null) => (node ?? Shop).Get<Inbox>().ReceiveAsync(
        new ProviderId(Till.Id), new WebhookRequest(Encoding.UTF8.GetBytes(body), new Dictionary<string, string>(), Shop.Clock.GetUtcNow()), Cancel);
}

/// <summary>A service that can be asked how it is, and nothing else.</summary>
public sealed class Patient : IPaymentProvider, IReportsHealth
{
    private int asked;

    public int Asked => asked;

    public ProviderHealth Health { get; set; } = new(true, true, null);

    public ProviderId Id => new("patient");

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "Patient", Live = false, Payee = Till.Us, Flows = [PaymentFlow.Redirect], Currencies = Currency.All,
    };

    public Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref asked);
        return Task.FromResult(Health);
    }

    public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => throw new NotSupportedException();
}

public sealed class ServiceDeskTests_Sqlite(SqliteDatabase database) : ServiceDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class ServiceDeskTests_Postgres(PostgresDatabase database) : ServiceDeskTests(database), IClassFixture<PostgresDatabase>;

using System.Text;
using Microsoft.EntityFrameworkCore;
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

    private async Task<ServiceView> ServiceAsync() => (await Shop.ReadAsync(db => Shop.Get<PaymentDesk>().ListAsync(db, Cancel))).Single(s => s.Provider == Till.Id);

    private Task<WebhookAnswer> SendAsync(string body) => Shop.Get<Inbox>().ReceiveAsync(
        new ProviderId(Till.Id), new WebhookRequest(Encoding.UTF8.GetBytes(body), new Dictionary<string, string>(), Shop.Clock.GetUtcNow()), Cancel);
}

public sealed class ServiceDeskTests_Sqlite(SqliteDatabase database) : ServiceDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class ServiceDeskTests_Postgres(PostgresDatabase database) : ServiceDeskTests(database), IClassFixture<PostgresDatabase>;

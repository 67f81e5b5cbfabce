using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Webhooks;

/// <summary>Webhooks are stored once, answered at once, and worked off by asking the provider.</summary>
public abstract class InboxTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task W02_EventBeforeTheBrowserReturns_SettlesTheOrder()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        Assert.Equal(WebhookAnswer.Taken, await SendAsync(About("evt_1", placed)));
        Assert.Equal(OrderState.AwaitingPayment, (await Shop.AgainAsync(placed)).Order.State);
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task W02_EventBeforeTheAnswerToTheStart_IsMatchedByOurId()
    {
        var member = await Shop.MemberAsync();
        Shop.Till.LoseStartAnswer = true;
        var placed = await Shop.BuyAsync(member.Buyer, "paid1");
        Assert.Null(placed.Live.ProviderRef);
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(About("evt_1", placed));
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task W01_TheSameEventFiftyTimesAtOnce_IsOneRowAndOneEffect()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        var answers = await ShopUnderTest.AtOnceAsync(50, _ => SendAsync(About("evt_1", placed)));
        Assert.All(answers, answer => Assert.Equal(WebhookAnswer.Taken, answer));
        Assert.Equal(1, await RowsAsync());
        await WorkAsync();
        Assert.Equal(1, await Shop.ReadAsync(db => db.ProviderPayments.CountAsync(Cancel)));
    }

    [Fact]
    public async Task W04_TwoEventsForOneFact_AreOneEffect()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(About("evt_1", placed));
        await SendAsync(About("evt_2", placed));
        await WorkAsync();
        Assert.Equal(2, await RowsAsync());
        Assert.Equal(1, await Shop.ReadAsync(db => db.ProviderPayments.CountAsync(Cancel)));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task W04_EventOfACaptureThatIsBooked_IsDoneWithoutAsking()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await Shop.AgainAsync(placed);
        await Shop.Get<Settlement>().SettleAsync(placed.Live.Id, null, Cancel);
        var asked = Shop.Till.Gets;
        await SendAsync(OfCapture("evt_1", placed));
        await WorkAsync();
        Assert.Equal((asked, 0), (Shop.Till.Gets, await Shop.ReadAsync(db => db.WebhookInbox.CountAsync(r => r.ProcessedAt == null, Cancel))));
    }

    [Fact]
    public async Task W02_EventOfACaptureThatIsNotBooked_IsAskedAbout()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(OfCapture("evt_1", placed));
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task W04_IgnoredEventTwice_IsOneRowThatIsDone()
    {
        Assert.Equal(WebhookAnswer.Taken, await SendAsync("ignored evt_9"));
        Assert.Equal(WebhookAnswer.Taken, await SendAsync("ignored evt_9"));
        Assert.Equal(1, await RowsAsync());
        Assert.Equal(0, await Shop.Get<InboxRun>().PassAsync(Cancel));
    }

    [Theory]
    [InlineData("forged", WebhookAnswer.Rejected)]
    [InlineData("unverifiable", WebhookAnswer.NotNow)]
    [InlineData("breaks", WebhookAnswer.NotNow)]
    public async Task W05_W11_WhatCannotBeBelieved_LeavesNoRow(string body, WebhookAnswer answer)
    {
        Assert.Equal(answer, await SendAsync(body));
        Assert.Equal(0, await RowsAsync());
    }

    [Fact]
    public async Task UnknownProvider_IsNotFound() =>
        Assert.Equal(
            WebhookAnswer.NoSuchProvider,
            await Shop.Get<Inbox>().ReceiveAsync(new ProviderId("nobody"), Request("ignored evt_1"), Cancel));

    [Fact]
    public async Task W07_EventAboutNothingOfOurs_IsStoredAndDone()
    {
        await SendAsync($"accepted evt_1 Payment pay_unknown {Guid.NewGuid()}");
        await WorkAsync();
        Assert.Equal(0, await Shop.ReadAsync(db => db.WebhookInbox.CountAsync(r => r.ProcessedAt == null, Cancel)));
    }

    [Fact]
    public async Task W09_EventThatNamesAnotherOrder_IsLinkedByTheStoredReferenceOnly()
    {
        var theirs = await PlacedAsync();
        var ours = await PlacedAsync();
        Shop.Till.Pay(theirs.Live.Id);
        Shop.Till.Pay(ours.Live.Id);

        // their payment with our attempt in its metadata
        await SendAsync($"accepted evt_1 Payment {theirs.Live.ProviderRef} {ours.Live.Id}");
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(theirs)).Order.State);
        Assert.Equal(OrderState.AwaitingPayment, (await Shop.AgainAsync(ours)).Order.State);
    }

    [Fact]
    public async Task W09_ForeignPaymentWithOurMetadata_IsLinkedToNothing()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync($"accepted evt_1 Payment pay_foreign {placed.Live.Id}");
        await WorkAsync();
        Assert.Equal(OrderState.AwaitingPayment, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task P15_EventOfALateSuccess_IsAskedAboutThoughTheAttemptHadEnded()
    {
        var placed = await PlacedAsync();
        Shop.Till.Set(placed.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(placed);
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(About("evt_1", placed));
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task W16_PaymentWhoseEventNeverCame_IsFoundByTheNextLookAtTheProvider()
    {
        var placed = await PlacedAsync();
        await Shop.Get<GapFill>().PassAsync(Cancel);
        Shop.Till.Pay(placed.Live.Id);
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(1, await Shop.Get<GapFill>().PassAsync(Cancel));
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(0, await Shop.Get<GapFill>().PassAsync(Cancel));
    }

    [Fact]
    public async Task W16_MovementThatIsListedHoursLater_IsFoundOnce()
    {
        Shop.Till.ListsAfter = TimeSpan.FromHours(2);
        var placed = await PlacedAsync();
        await Shop.Get<GapFill>().PassAsync(Cancel);
        Shop.Till.Pay(placed.Live.Id);
        var found = 0;
        for (var minutes = 0; minutes < 240; minutes += 16)
        {
            Shop.Clock.Advance(TimeSpan.FromMinutes(16));
            found += await Shop.Get<GapFill>().PassAsync(Cancel);
        }

        Assert.Equal((1, OrderState.Fulfilled), (found, (await Shop.AgainAsync(placed)).Order.State));
    }

    [Fact]
    public async Task W16_ManyNodesAtOnce_OneAsks()
    {
        await ShopUnderTest.AtOnceAsync(10, _ => Shop.Get<GapFill>().PassAsync(Cancel));
        Assert.Equal(1, Shop.Till.Lists);
    }

    [Fact]
    public async Task K12_RowLeasedByAWorkerThatDied_IsTakenWhenTheLeaseIsOver()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(About("evt_1", placed));
        await Shop.Get<Writes>().RunAsync((unit, token) => Leases.ClaimAsync(unit.Db, "webhook_inbox", "processed_at", 20, Shop.Get<LeaseClock>(), token), Cancel);
        Assert.Equal(0, await Shop.Get<InboxRun>().PassAsync(Cancel));
        Shop.Clock.Advance(Leases.Time + TimeSpan.FromSeconds(1));
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task W15_RowThatNeverWorks_IsDeadAfterTwelveTriesAndTheOthersFlowOn()
    {
        var placed = await PlacedAsync();
        Shop.Till.Pay(placed.Live.Id);
        await SendAsync(About("evt_1", placed));
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.WebhookInbox.ExecuteUpdateAsync(set => set.SetProperty(r => r.Subject, "no json"), token), Cancel);
        await SendAsync(About("evt_2", placed));
        await WorkAsync();
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
        for (var i = 1; i < Leases.MaxTries; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromHours(2));
            await Shop.Get<InboxRun>().PassAsync(Cancel);
        }

        var row = await Shop.ReadAsync(db => db.WebhookInbox.AsNoTracking().SingleAsync(r => r.EventId == "evt_1", Cancel));
        Assert.Equal((true, Leases.MaxTries), (row.Dead, row.Attempts));

        // a dead row is an alarm in the books until a person deals with it
        await Shop.Get<Writes>().RunAsync((unit, token) => unit.Db.WebhookInbox.Where(r => r.Dead).ExecuteDeleteAsync(token), Cancel);
    }

    private async Task<PlacedOrder> PlacedAsync() => await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");

    private static string OfCapture(string id, PlacedOrder placed) => $"{About(id, placed)} cap_{placed.Live.Id:N}";

    private static string About(string id, PlacedOrder placed) => $"accepted {id} Payment pay_{placed.Live.Id:N} {placed.Live.Id}";

    private WebhookRequest Request(string body) => new(Encoding.UTF8.GetBytes(body), new Dictionary<string, string>(), Shop.Clock.GetUtcNow());

    private Task<WebhookAnswer> SendAsync(string body) => Shop.Get<Inbox>().ReceiveAsync(new ProviderId(Till.Id), Request(body), Cancel);

    private async Task WorkAsync()
    {
        while (await Shop.Get<InboxRun>().PassAsync(Cancel) > 0)
        {
        }
    }

    private Task<int> RowsAsync() => Shop.ReadAsync(db => db.WebhookInbox.CountAsync(Cancel));
}

public sealed class InboxTests_Sqlite(SqliteDatabase database) : InboxTests(database), IClassFixture<SqliteDatabase>;

public sealed class InboxTests_Postgres(PostgresDatabase database) : InboxTests(database), IClassFixture<PostgresDatabase>;

using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Payments;

/// <summary>Paying with a Taler wallet as the whole shop meets it: the real plug-in, pages, inbox and workers. The back end and the wallet are the simulator's.</summary>
public abstract class TalerCheckoutTests(TestDatabase database) : BuyingTests(database)
{
    private const string Secret = TalerDouble.Secret;

    private TalerDouble taler = null!;

    protected override ShopSettings Settings => new() { Values = taler.Settings };

    public override async ValueTask InitializeAsync()
    {
        taler = await TalerDouble.OfAsync(GetType());
        await base.InitializeAsync();
    }

    [Fact]
    public async Task TP_1_TF_43_Checkout_ShowsTheWalletsAddressAndIsPaidByIt()
    {
        var (visitor, name) = await MemberAsync();
        var page = await PlaceAsync(visitor);
        var wallet = page.Find("wallet")!.GetAttribute("href")!;
        Assert.StartsWith("taler+http://pay/127.0.0.1:", wallet, StringComparison.Ordinal);
        Assert.Equal(wallet, page.Text("wallet-text"));
        Assert.NotNull(page.Document.QuerySelector("svg.qr path"));
        Assert.NotNull(page.Document.QuerySelector("[data-again]"));

        var waiting = await visitor.GetAsync(page.Address.PathAndQuery);
        Assert.Equal(wallet, waiting.Find("wallet")!.GetAttribute("href"));

        Assert.Equal("paid", await UseWalletAsync(wallet));
        var after = await visitor.GetAsync(page.Address.PathAndQuery);
        Assert.Equal("fulfilled", after.Find("order-state")?.GetAttribute("data-state"));
        var order = await OrderAsync(name);
        var payment = await ReadAsync(db => db.ProviderPayments.SingleAsync(p => db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == order.Id), Cancel));
        Assert.Equal(("taler", Disposition.Matched, order.DueMinor, "USD"), (payment.Provider, payment.Disposition, payment.AmountMinor, payment.Currency));
    }

    [Fact]
    public async Task TP_6_TF_50_BoughtTwiceWithOneWallet_IsPaidAndDeliveredTwice()
    {
        var (visitor, name) = await MemberAsync();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var page = await PlaceAsync(visitor);
            Assert.Equal("paid", await UseWalletAsync(page.Find("wallet")!.GetAttribute("href")!, name));
            Assert.Equal("fulfilled", (await visitor.GetAsync(page.Address.PathAndQuery)).Find("order-state")?.GetAttribute("data-state"));
        }

        Assert.Equal(2, await ReadAsync(db => db.Orders.CountAsync(o => db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name) && o.State == OrderState.Fulfilled, Cancel)));
    }

    // the event names the order only: what happened, the back end says when it is asked
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TP_4_BuyerNeverComesBack_TheEventIsAHintAndTheBackEndDecides(bool isPaid)
    {
        var (visitor, name) = await MemberAsync();
        var page = await PlaceAsync(visitor);
        if (isPaid)
        {
            await UseWalletAsync(page.Find("wallet")!.GetAttribute("href")!);
        }

        var order = await OrderAsync(name);
        var reference = await ReadAsync(db => db.PaymentAttempts.Where(a => a.OrderId == order.Id).Select(a => a.ProviderRef).SingleAsync(Cancel));
        Assert.Equal(HttpStatusCode.OK, await TellAsync(reference!["orders/".Length..], Secret));
        await Shop.Services.GetRequiredService<InboxRun>().PassAsync(Cancel);
        Assert.Equal(isPaid ? OrderState.Fulfilled : OrderState.AwaitingPayment, (await OrderAsync(name)).State);
    }

    [Fact]
    public async Task TP_4_EventWithoutOurSecret_Is400() => Assert.Equal(HttpStatusCode.BadRequest, await TellAsync(new string('0', 32), "another secret of the same length"));

    [Fact]
    public async Task TP_5_NeitherBuyerNorEvent_TheSweepFindsThePayment()
    {
        var (visitor, name) = await MemberAsync();
        await UseWalletAsync((await PlaceAsync(visitor)).Find("wallet")!.GetAttribute("href")!);
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await Shop.WorkAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, (await OrderAsync(name)).State);
    }

    [Fact]
    public async Task TP_5_AnotherMethodChosen_TheWalletsOrderIsDeletedThere()
    {
        var (visitor, _) = await MemberAsync();
        var page = await PlaceAsync(visitor);
        var wallet = page.Find("wallet")!.GetAttribute("href")!;
        await visitor.SubmitAsync(page, "form[action$='/pay']", null, ("Provider", "sandbox"));
        Assert.Null(await UseWalletAsync(wallet));
    }

    [Fact]
    public async Task TP_5_NobodyPaysForFourHours_TheWalletsOrderIsDeletedThere_AndOursCanBePaidAnew()
    {
        Shop.Clock.Advance(await taler.NowAsync() - Now);
        var (visitor, name) = await MemberAsync();
        var wallet = (await PlaceAsync(visitor)).Find("wallet")!.GetAttribute("href")!;
        Shop.Clock.Advance(TimeSpan.FromHours(3.5));
        await Shop.WorkAsync(Cancel);
        Assert.Equal([AttemptState.Action], await AttemptsAsync(name));
        Shop.Clock.Advance(TimeSpan.FromMinutes(25));
        await Shop.WorkAsync(Cancel);
        Assert.Equal([AttemptState.Cancelled], await AttemptsAsync(name));
        Assert.Null(await UseWalletAsync(wallet));
        Assert.Equal(OrderState.AwaitingPayment, (await OrderAsync(name)).State);
    }

    // a wallet that has the contract may pay it as long as the back end lets it
    [Fact]
    public async Task TP_5_ClaimedByAWallet_IsNotDeletedThere_AndItsPaymentStillCounts()
    {
        Shop.Clock.Advance(await taler.NowAsync() - Now);
        var (visitor, name) = await MemberAsync();
        var wallet = (await PlaceAsync(visitor)).Find("wallet")!.GetAttribute("href")!;
        Assert.Equal("claimed", await taler.UseWalletAsync(wallet, onlyClaims: true));
        Shop.Clock.Advance(TimeSpan.FromHours(5));
        await Shop.WorkAsync(Cancel);
        Assert.Equal([AttemptState.Action], await AttemptsAsync(name));
        Assert.Equal("paid", await UseWalletAsync(wallet));
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        await Shop.WorkAsync(Cancel);
        Assert.Equal(OrderState.Fulfilled, (await OrderAsync(name)).State);
    }

    [Fact]
    public async Task TP_5_OrderIsOver_TheWalletsOrderIsDeletedThereFirst()
    {
        var (visitor, name) = await MemberAsync();
        var wallet = (await PlaceAsync(visitor)).Find("wallet")!.GetAttribute("href")!;
        Assert.Equal(EndingResult.Ended, await Shop.Services.GetRequiredService<OrderEnding>().CancelAsync((await OrderAsync(name)).Id, "test", Cancel));
        Assert.Null(await UseWalletAsync(wallet));
        Assert.Equal((OrderState.Cancelled, AttemptState.Cancelled), ((await OrderAsync(name)).State, Assert.Single(await AttemptsAsync(name))));
    }

    [Fact]
    public async Task TP_5_PaidAfterAll_IsSurplus_Flagged_AndGivenBackToTheWallet()
    {
        var (visitor, name) = await MemberAsync();
        await PlaceAsync(visitor);
        var order = await OrderAsync(name);
        var reference = await ReadAsync(db => db.PaymentAttempts.Where(a => a.OrderId == order.Id).Select(a => a.ProviderRef).SingleAsync(Cancel));
        await Shop.Services.GetRequiredService<OrderEnding>().CancelAsync(order.Id, "test", Cancel);
        await taler.RestoreAsync(reference!);
        Assert.Equal("paid", await UseWalletAsync(await taler.PayUriAsync(reference!)));
        Assert.Equal(HttpStatusCode.OK, await TellAsync(TalerDouble.Id(reference!), Secret));
        await Shop.Services.GetRequiredService<InboxRun>().PassAsync(Cancel);
        await Shop.WorkAsync(Cancel);

        Assert.Equal(OrderState.Cancelled, (await OrderAsync(name)).State);
        Assert.Equal(Disposition.Surplus, await DispositionAsync(order.Id));
        Assert.NotEmpty(await ReadAsync(db => db.OrderFlags.Where(f => f.OrderId == order.Id && f.ClearedAt == null).ToListAsync(Cancel)));
        var page = await visitor.GetAsync($"/orders/{order.Number}");
        Assert.Equal("fetched", await UseWalletAsync(page.Find("refund-wallet")!.GetAttribute("href")!));
        Shop.Clock.Advance(RefundPickups.Pause);
        Assert.Null((await visitor.GetAsync($"/orders/{order.Number}")).Find("refund-to-fetch"));
        Assert.Equal(Disposition.Returned, await DispositionAsync(order.Id));
    }

    private Task<Disposition> DispositionAsync(long order) =>
        ReadAsync(db => db.ProviderPayments.Where(p => db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == order)).Select(p => p.Disposition).SingleAsync(Cancel));

    private Task<List<AttemptState>> AttemptsAsync(string name) => ReadAsync(db => db.PaymentAttempts
        .Where(a => db.Orders.Any(o => o.Id == a.OrderId && db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name))).Select(a => a.State).ToListAsync(Cancel));

    private async Task<Page> PlaceAsync(Visitor visitor)
    {
        await visitor.AddAsync("paid1");
        return await visitor.PlaceAsync(("Provider", "taler"));
    }

    private Task<Order> OrderAsync(string name) => ReadAsync(db => db.Orders.AsNoTracking().Where(o => db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name)).SingleAsync(Cancel));

    private Task<string?> UseWalletAsync(string uri, string? wallet = null) => taler.UseWalletAsync(uri, wallet);

    private async Task<HttpStatusCode> TellAsync(string order, string secret) => (await Shop.NewVisitor().SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/hooks/taler") { Content = JsonContent.Create(new { @event = "pay", order_id = order }), Headers = { { "Webhook-Secret", secret } } })).Status;
}

public sealed class TalerCheckoutTests_Sqlite(SqliteDatabase database) : TalerCheckoutTests(database), IClassFixture<SqliteDatabase>;

public sealed class TalerCheckoutTests_Postgres(PostgresDatabase database) : TalerCheckoutTests(database), IClassFixture<PostgresDatabase>;

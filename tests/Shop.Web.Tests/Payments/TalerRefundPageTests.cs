using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments.Taler;
using Shop.TestKit;
using Shop.Web.Tests.Api;
using Shop.Web.Tests.Paywall;

namespace Shop.Web.Tests.Payments;

/// <summary>Refunds that buyers fetch with their wallet: where the order's page leads them, and what the shop tells them. The back end and the wallet are the simulator's.</summary>
public abstract class TalerRefundPageTests(TestDatabase database) : PaywallTests(database)
{
    private const string Site = "https://site.example/moon";

    private TalerDouble taler = null!;

    protected override ShopSettings Settings => new() { Values = taler.Settings };

    public override async ValueTask InitializeAsync()
    {
        taler = await TalerDouble.OfAsync(GetType());
        await base.InitializeAsync();
    }

    private readonly string session = "s" + Codes.New(12);

    /// <summary>Another site's page for $1.50, paid for the session with a wallet. The address is its order's page.</summary>
    private async Task<(string Order, string Wall)> SoldAsync()
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var made = await seller.SendAsync(HttpMethod.Post, "/private/orders", new { summary = "A page", amount = "USD:1.50", fulfillment_url = Site, session_id = session }, null);
        var (payer, order) = (Shop.NewVisitor(), made.Text("order_id")!);
        await PayByWalletAsync(payer, await payer.GetAsync(new Uri(made.Text("order_status_url")!).PathAndQuery));
        var status = await seller.GetAsync($"/private/orders/{order}?session_id={session}");
        Assert.Equal("paid", status.Text("order_status"));
        return (order, new Uri(status.Text("order_status_url")!).PathAndQuery);
    }

    private async Task PayByWalletAsync(Visitor payer, Page wall)
    {
        var pay = await payer.SubmitAsync(await payer.SubmitAsync(wall, "form:has([data-testid=pay-here])", null), ("Provider", "taler"));
        Assert.Equal("paid", await taler.UseWalletAsync(pay.Find("wallet")!.GetAttribute("href")!));
        await payer.GetAsync(pay.Address.PathAndQuery);
    }

    private async Task<string> FetchAsync(Page page)
    {
        var uri = page.Find("refund-wallet")!.GetAttribute("href")!;
        Assert.Equal("fetched", await taler.UseWalletAsync(uri));
        Shop.Clock.Advance(RefundPickups.Pause);
        return uri;
    }

    [Fact]
    public async Task TF_30_PaidAndGivenBack_ShowsTheWalletsAddressAsCodeLinkAndText_AndHowMuchUntilWhen()
    {
        var (order, wall) = await SoldAsync();
        await RefundAsync(order, 50);
        await RefundAsync(order, 70);
        var page = await Shop.NewVisitor().GetAsync(wall);
        Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
        var uri = page.Response.Headers.GetValues("Taler").Single();
        Assert.IsType<TalerUri.Refund>(TalerUri.TryParse(uri));
        Assert.StartsWith("taler+http://refund/127.0.0.1:", uri, StringComparison.Ordinal);
        Assert.Equal((uri, uri), (page.Find("refund-wallet")!.GetAttribute("href"), page.Text("refund-text")));
        Assert.Equal(uri, page.Document.QuerySelector("head meta[name=taler-uri]")!.GetAttribute("content"));
        Assert.NotNull(page.Find("refund-qr")!.QuerySelector("path"));
        Assert.Equal("$1.20", page.Text("refund-amount"));
        Assert.NotNull(page.Find("refund-until")!.QuerySelector("time"));
        Assert.Null(page.Find("pay-here"));
        var text = await AskAsync(Shop.NewVisitor(), wall, "text/plain");
        Assert.Equal(uri + "\n", await text.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task TF_30_WrongHash_IsToldNothing()
    {
        var (order, wall) = await SoldAsync();
        await RefundAsync(order, 50);
        var wrong = $"/orders/{order}?h_contract={new string('0', Query(new Uri("https://a.example" + wall), "h_contract").Length)}&session_id={session}";
        Assert.Equal(HttpStatusCode.Forbidden, (await Shop.NewVisitor().GetAsync(wrong)).Status);
    }

    [Fact]
    public async Task TF_30_Waiting_WorksWithoutScriptToo()
    {
        var (order, wall) = await SoldAsync();
        await RefundAsync(order, 50);
        var page = await Shop.NewVisitor().GetAsync(wall);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>", page.Body, StringComparison.Ordinal);
        Assert.Equal(wall, page.Find("check-again")!.GetAttribute("href"));
        var note = page.Document.QuerySelector("[data-order-wait][data-refund]")!;
        Assert.Equal(wall, note.GetAttribute("data-order-wait"));
    }

    [Fact]
    public async Task TF_30_Json_SaysWhatWaitsAndWhatWasTaken()
    {
        var (order, wall) = await SoldAsync();
        await RefundAsync(order, 50);
        await FetchAsync(await Shop.NewVisitor().GetAsync(wall));
        await RefundAsync(order, 70);
        var (status, body) = await JsonAsync(Shop.NewVisitor(), wall);
        Assert.Equal((200, true, true, "USD:1.2", "USD:0.5"), (status, body.GetProperty("refunded").GetBoolean(), body.GetProperty("refund_pending").GetBoolean(),
            body.GetProperty("refund_amount").GetString(), body.GetProperty("refund_taken").GetString()));
        Assert.IsType<TalerUri.Refund>(TalerUri.TryParse(body.GetProperty("taler_refund_uri").GetString()));
    }

    [Fact]
    public async Task TF_31_FetchedAndPaidUnderTheSession_LeadsToWhatWasBought()
    {
        var (order, wall) = await SoldAsync();
        await RefundAsync(order, 50);
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(wall);
        var waiting = JsonAsync(visitor, wall + "&timeout_ms=20000&await_refund_obtained=yes");
        await FetchAsync(page);
        var (status, body) = await waiting;
        Assert.Equal((200, Site, false, "USD:0.5"), (status, body.GetProperty("fulfillment_url").GetString(), body.GetProperty("refund_pending").GetBoolean(), body.GetProperty("refund_taken").GetString()));
        Assert.False(body.TryGetProperty("taler_refund_uri", out _));
        var led = await AskAsync(visitor, wall);
        Assert.Equal((HttpStatusCode.Redirect, Site), (led.StatusCode, led.Headers.Location!.AbsoluteUri));
    }

    // D5: of a resource of the shop any refund is one of its own line
    [Fact]
    public async Task TF_31_RefundOfTheResourcesOwnLine_LeadsToTheRefundPage_WhichLeadsToTheWalletBefore()
    {
        var code = await TextAsync();
        var visitor = Shop.NewVisitor();
        await PayByWalletAsync(visitor, await visitor.GetAsync(AddressOf(code)));
        Assert.Contains(Secret, (await visitor.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
        var order = await LastOrderAsync(code);
        await RefundAsync(order, 50);
        var closed = await visitor.GetAsync($"{AddressOf(code)}?o={order}");
        Assert.Equal("Refunded", closed.Find("resource-state")!.GetAttribute("data-state"));
        var wall = new Uri(closed.Find("fetch-refund")!.GetAttribute("href")!).PathAndQuery;
        await FetchAsync(await visitor.GetAsync(wall));
        var led = await AskAsync(visitor, wall);
        Assert.Equal(AddressOf(code), led.Headers.Location!.AbsolutePath);
        closed = await visitor.GetAsync($"{AddressOf(code)}?o={order}");
        Assert.Equal("Refunded", closed.Find("resource-state")!.GetAttribute("data-state"));
        Assert.Null(closed.Find("fetch-refund"));
    }

    [Fact]
    public async Task TF_32_FetchedAndNotPaidUnderTheSession_ThePromptIsToPayWithoutAToken()
    {
        var (order, wall) = await SoldAsync();
        var other = wall.Replace(session, "s2", StringComparison.Ordinal);
        await RefundAsync(order, 50);
        var page = await Shop.NewVisitor().GetAsync(other);
        Assert.NotNull(page.Find("refund-wallet"));
        var before = await JsonAsync(Shop.NewVisitor(), other);
        Assert.Equal((402, true), (before.Status, before.Body.GetProperty("refund_pending").GetBoolean()));
        await FetchAsync(page);
        var (status, body) = await JsonAsync(Shop.NewVisitor(), other + "&timeout_ms=1000&await_refund_obtained=yes");
        Assert.Equal((402, false), (status, body.GetProperty("refund_pending").GetBoolean()));
        var pay = Assert.IsType<TalerUri.Pay>(TalerUri.TryParse(body.GetProperty("taler_pay_uri").GetString()));
        Assert.Equal((order, "s2", null), (pay.Order, pay.Session, pay.Token));
        page = await Shop.NewVisitor().GetAsync(other);
        Assert.Equal((HttpStatusCode.PaymentRequired, pay.ToString()), (page.Status, page.Text("wallet-text")));
        Assert.Null(page.Find("refund-wallet"));
    }

    private async Task<(Visitor Visitor, string Name, string Order)> BoughtAsync()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var page = await visitor.PlaceAsync(("Provider", "taler"));
        Assert.Equal("paid", await taler.UseWalletAsync(page.Find("wallet")!.GetAttribute("href")!));
        return (visitor, name, (await visitor.GetAsync(page.Address.PathAndQuery)).Number());
    }

    [Fact]
    public async Task TP_3_OrderOfTheCart_ItsBuyerFetchesOnTheOrdersPage()
    {
        var (visitor, _, order) = await BoughtAsync();
        await RefundAsync(order, 300);
        var page = await visitor.GetAsync($"/orders/{order}");
        Assert.Equal((HttpStatusCode.OK, "$3.00"), (page.Status, page.Text("refund-amount")));
        Assert.NotNull(page.Find("refund-qr")!.QuerySelector("path"));
        var (_, body) = await JsonAsync(visitor, $"/orders/{order}");
        Assert.Equal((page.Text("refund-text"), 300), (body.GetProperty("refund_to_fetch").GetProperty("uri").GetString(), body.GetProperty("refund_to_fetch").GetProperty("amount_minor").GetInt64()));
        var waiting = JsonAsync(visitor, $"/orders/{order}?timeout_ms=20000&await_refund_obtained=yes");
        await FetchAsync(page);
        Assert.Equal(JsonValueKind.Null, (await waiting).Body.GetProperty("refund_to_fetch").ValueKind);
        page = await visitor.GetAsync($"/orders/{order}");
        Assert.Null(page.Find("refund-to-fetch"));
        Assert.Equal("refunded", page.Find("order-state")!.GetAttribute("data-state"));
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync($"/orders/{order}")).Status);
    }

    [Fact]
    public async Task TP_3_BuyerIsToldByMail_AndRemindedBeforeItIsTooLate()
    {
        var (_, name, order) = await BoughtAsync();
        await RefundAsync(order, 100);
        var mail = Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("A refund waits", StringComparison.Ordinal));
        Assert.Contains("$1.00", mail.Text, StringComparison.Ordinal);
        Assert.NotNull((await Shop.NewVisitor().GetAsync(mail.Link)).Find("refund-wallet"));
        Shop.Clock.Advance(TimeSpan.FromDays(26));
        Assert.DoesNotContain(await MailsAsync(Address(name)), m => m.Subject.StartsWith("A refund still waits", StringComparison.Ordinal));
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("A refund still waits", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TP_3_Fetched_IsRemindedOfNoMore()
    {
        var (visitor, name, order) = await BoughtAsync();
        await RefundAsync(order, 100);
        await FetchAsync(await visitor.GetAsync($"/orders/{order}"));
        await visitor.GetAsync($"/orders/{order}");
        Shop.Clock.Advance(TimeSpan.FromDays(29));
        Assert.DoesNotContain(await MailsAsync(Address(name)), m => m.Subject.StartsWith("A refund still waits", StringComparison.Ordinal));
        Assert.Equal(RefundState.Succeeded, await ReadAsync(db => db.Refunds.Where(r => db.Orders.Any(o => o.Id == r.OrderId && o.Number == order)).Select(r => r.State).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task TP_3_NotFetchedInTime_IsOfferedNoMoreAndCallsAPerson()
    {
        var (visitor, _, order) = await BoughtAsync();
        await RefundAsync(order, 100);
        Assert.NotNull((await visitor.GetAsync($"/orders/{order}")).Find("refund-wallet"));
        await taler.PayOutAsync((await ReadAsync(db => db.PaymentAttempts.Where(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == order)).Select(a => a.ProviderRef).SingleAsync(Cancel)))!);
        Shop.Clock.Advance(RefundPickups.Pause);
        Assert.Null((await visitor.GetAsync($"/orders/{order}")).Find("refund-wallet"));
        Assert.Contains(OrderFlagKind.RefundFailed, await ReadAsync(db => db.OrderFlags.Where(f => db.Orders.Any(o => o.Id == f.OrderId && o.Number == order) && f.ClearedAt == null).Select(f => f.Kind).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task D13_RefundByAServiceWithoutPickup_PromptsNothing()
    {
        var code = await TextAsync();
        var (visitor, _) = await BuyerAsync(code);
        var order = await LastOrderAsync(code);
        await RefundAsync(order, 50);
        var closed = await visitor.GetAsync($"{AddressOf(code)}?o={order}");
        Assert.Equal("Refunded", closed.Find("resource-state")!.GetAttribute("data-state"));
        Assert.Null(closed.Find("fetch-refund"));
        Assert.Null((await visitor.GetAsync($"/orders/{order}")).Find("refund-to-fetch"));
    }
}

public sealed class TalerRefundPageTests_Sqlite(SqliteDatabase database) : TalerRefundPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class TalerRefundPageTests_Postgres(PostgresDatabase database) : TalerRefundPageTests(database), IClassFixture<PostgresDatabase>;

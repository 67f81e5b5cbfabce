using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Paywall;
using Shop.Web.Tests.Api;

namespace Shop.Web.Tests.Paywall;

/// <summary>/private/orders as another storefront's program meets it, and a site that protects its pages by it.</summary>
public abstract class PrivateOrderTests(TestDatabase database) : PaywallTests(database)
{
    private const string Orders = "/private/orders";

    private Task<SellerProgram> OpenAsync() => SellerProgram.OpenAsync(Shop, Cancel);

    private static object Wish(string? url = null, string? orderId = null) => orderId is null
        ? new { summary = "A page", amount = "USD:1.50", fulfillment_url = url ?? $"https://site.example/{Codes.New(8)}", session_id = "s1" }
        : new { summary = "A page", amount = "USD:1.50", fulfillment_url = url ?? "https://site.example/one", session_id = "s1", order_id = orderId };

    private static Task<Answered> MakeAsync(SellerProgram seller, object wish) => seller.SendAsync(HttpMethod.Post, Orders, wish, null);

    [Fact]
    public async Task D12_ResourceOrThreeFieldsAreEnough_AlsoInsideOrder()
    {
        var (seller, code) = (await OpenAsync(), await TextAsync());
        var three = new { summary = "A page", amount = "USD:1.50", fulfillment_url = "https://site.example/a" };
        foreach (var (wish, amount) in new (object, string)[] { (new { resource = code }, "USD:2"), (three, "USD:1.5"), (new { order = three, create_token = true }, "USD:1.5") })
        {
            var made = await MakeAsync(seller, wish);
            Assert.Equal(200, made.Status);
            var status = await seller.GetAsync($"{Orders}/{made.Text("order_id")}?session_id=s1");
            Assert.Equal(("unpaid", amount), (status.Text("order_status"), status.Text("amount")));
        }
    }

    [Fact]
    public async Task TF_12_TF_24_StatusAddress_IsThatOfTheSessionThatAsks_ByteForByte()
    {
        var seller = await OpenAsync();
        var made = await MakeAsync(seller, Wish());
        var status = await seller.GetAsync($"{Orders}/{made.Text("order_id")}?session_id=a%2Bb%26c");
        Assert.Equal($"https://localhost/orders/{made.Text("order_id")}?token={made.Text("token")}&session_id=a%2Bb%26c", status.Text("order_status_url"));
    }

    [Fact]
    public async Task TF_23_UnknownOrder_IsNotFound_AndSoIsAnothersOne()
    {
        var (seller, other) = (await OpenAsync(), await OpenAsync());
        var made = await MakeAsync(seller, Wish());
        foreach (var (program, id) in new[] { (seller, "22222222222222222222222222"), (other, made.Text("order_id")) })
        {
            var answer = await program.GetAsync($"{Orders}/{id}?session_id=s1");
            Assert.Equal((404, "not_found"), (answer.Status, answer.Code));
            Assert.Equal(404, (await program.SendAsync(HttpMethod.Delete, $"{Orders}/{id}", null, null)).Status);
        }
    }

    [Fact]
    public async Task TF_18_OwnOrderId_MakesItRepeatable_AndAnotherContentIsAConflict()
    {
        var (seller, id) = (await OpenAsync(), Codes.New(20));
        var (one, two) = (await MakeAsync(seller, Wish(orderId: id)), await MakeAsync(seller, Wish(orderId: id)));
        Assert.Equal((200, one.Text("order_id")), (two.Status, two.Text("order_id")));
        var other = await MakeAsync(seller, Wish("https://site.example/two", id));
        Assert.Equal((409, "other_order"), (other.Status, other.Code));
        Assert.NotEqual(one.Text("order_id"), (await MakeAsync(await OpenAsync(), Wish(orderId: id))).Text("order_id"));
    }

    [Theory]
    [InlineData("{}", "summary")]
    [InlineData("""{"summary":"A","amount":"1.50","fulfillment_url":"https://a.example/"}""", "amount")]
    [InlineData("""{"summary":"A","amount":"EUR:1.50","fulfillment_url":"https://a.example/"}""", "amount")]
    [InlineData("""{"summary":"A","amount":"USD:0","fulfillment_url":"https://a.example/"}""", "amount")]
    [InlineData("""{"summary":"A","amount":"USD:0.001","fulfillment_url":"https://a.example/"}""", "amount")]
    [InlineData("""{"summary":"A","amount":"USD:1","fulfillment_url":"javascript:alert(1)"}""", "fulfillment_url")]
    [InlineData("""{"summary":"A","amount":"USD:1","fulfillment_url":"https://a.example/","public_reorder_url":"/here"}""", "public_reorder_url")]
    [InlineData("""{"resource":"a","summary":"A"}""", "summary")]
    [InlineData("""{"summary":"A","amount":"USD:1","fulfillment_url":"https://a.example/","order":{"summary":"B"}}""", "order.summary")]
    [InlineData("""{"summary":"A","amount":"USD:1","fulfillment_url":"https://a.example/","refund_delay":1}""", "refund_delay")]
    [InlineData("""{"summary":"A","amount":"USD:1","fulfillment_url":"https://a.example/","create_token":"yes"}""", "create_token")]
    public async Task WrongFields_AreNamed(string body, string field)
    {
        var answer = await MakeAsync(await OpenAsync(), body);
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Body.GetProperty("errors").TryGetProperty(field, out _), $"{answer.Body}");
    }

    [Fact]
    public async Task UnknownResource_IsNotFound()
    {
        var answer = await MakeAsync(await OpenAsync(), new { resource = "nothing-like-this" });
        Assert.Equal((404, "not_found"), (answer.Status, answer.Error("resource")));
    }

    [Fact]
    public async Task List_IsOfThisSeller_NewestFirst_AndByPaid()
    {
        var seller = await OpenAsync();
        await MakeAsync(await OpenAsync(), Wish());
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Insert(0, (await MakeAsync(seller, Wish())).Text("order_id")!);
        }

        var page = await seller.GetAsync($"{Orders}?limit=2");
        Assert.Equal(ids[..2], Ids(page));
        Assert.Equal(ids[2..], Ids(await seller.GetAsync($"{Orders}?before={ids[1]}")));
        Assert.Empty(Ids(await seller.GetAsync($"{Orders}?paid=yes")));
        Assert.Equal(400, (await seller.GetAsync($"{Orders}?paid=perhaps")).Status);
    }

    private static List<string> Ids(Answered page) => [.. page.Body.GetProperty("orders").EnumerateArray().Select(o => o.GetProperty("order_id").GetString()!)];

    [Fact]
    public async Task Delete_EndsAnUnpaidOrder_AndItsPageSaysSo()
    {
        var seller = await OpenAsync();
        var made = await MakeAsync(seller, Wish());
        Assert.Equal(200, (await seller.SendAsync(HttpMethod.Delete, $"{Orders}/{made.Text("order_id")}", null, null)).Status);
        var status = await seller.GetAsync($"{Orders}/{made.Text("order_id")}?session_id=s1");
        Assert.Equal("expired", status.Text("order_status"));
        var page = await Shop.NewVisitor().GetAsync(new Uri(made.Text("order_status_url")!).PathAndQuery);
        Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
        Assert.NotNull(page.Find("buy-anew"));
        Assert.Null(page.Find("pay-here"));
    }

    [Fact]
    public async Task Key_NeedsTheScope_AndWithoutOneNobodyIsAnswered()
    {
        var seller = await OpenAsync();
        var reader = seller.With(await SellerProgram.IssueAsync(Shop, seller.SellerId, KeyScopes.Read, null, Cancel));
        Assert.Equal((403, "scope_missing"), (await MakeAsync(reader, Wish())) is var answer ? (answer.Status, answer.Code) : default);
        Assert.Equal(401, (await MakeAsync(seller.With("nothing"), Wish())).Status);
        var put = await seller.SendAsync(HttpMethod.Put, Orders, null, null);
        Assert.Equal((405, "method_not_allowed"), (put.Status, put.Code));
    }

    /// <summary>A session is in addresses, so somebody else's program may know it: it is given no order that another storefront has made for it, nor does that one get its.</summary>
    [Fact]
    public async Task S25_ResourceOrderOfASession_IsItsOwnStorefrontsAlone()
    {
        var (one, two, code, reader) = (await OpenAsync(), await OpenAsync(), await TextAsync(), Shop.NewVisitor());
        var session = SessionIn((await AskAsync(reader, AddressOf(await TextAsync()))).Headers.Location!);
        var wish = new { resource = code, session_id = session };
        var first = (await MakeAsync(one, wish)).Text("order_id");
        var own = await reader.GetAsync(AddressOf(code));
        string?[] orders = [first, own.Address.Segments[^1], (await MakeAsync(two, wish)).Text("order_id")];
        Assert.Distinct(orders);
        Assert.Equal(first, (await MakeAsync(one, wish)).Text("order_id"));

        await PayAsync(reader, own);
        var again = (await MakeAsync(one, wish)).Text("order_id");
        Assert.Equal(first, again);
        Assert.Equal(orders[1], (await one.GetAsync($"{Orders}/{again}?session_id={session}")).Text("already_paid_order_id"));
    }

    /// <summary>What a reader has paid to another seller, who may name any address, pays for nothing here.</summary>
    [Fact]
    public async Task D7_SameAddressAtAnotherSeller_IsNotPaidAlready()
    {
        var (seller, other, url, session) = (await OpenAsync(), await OpenAsync(), $"https://site.example/{Codes.New(8)}", "s" + Codes.New(10));
        var wish = new { summary = "A page", amount = "USD:1", fulfillment_url = url, session_id = session };
        var paid = await MakeAsync(other, wish);
        var payer = Shop.NewVisitor();
        await PayAsync(payer, await payer.GetAsync(new Uri(paid.Text("order_status_url")!).PathAndQuery));
        var again = await MakeAsync(other, wish);
        Assert.Equal(paid.Text("order_id"), (await other.GetAsync($"{Orders}/{again.Text("order_id")}?session_id={session}")).Text("already_paid_order_id"));

        var made = await MakeAsync(seller, wish);
        Assert.False((await seller.GetAsync($"{Orders}/{made.Text("order_id")}?session_id={session}")).Body.TryGetProperty("already_paid_order_id", out _));
    }

    [Fact]
    public async Task D12_Description_HasTheCallsAtTheirAddress()
    {
        var description = JsonDocument.Parse(await Shop.NewVisitor().Http.GetStringAsync("/openapi/private-orders.json", Cancel)).RootElement;
        Assert.Equal(Orders, description.GetProperty("servers")[0].GetProperty("url").GetString());
        var calls = description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(call => $"{call.Name} {path.Name}"));
        Assert.Equal(["delete /{id}", "get /", "get /{id}", "post /", "post /{id}/refund"], calls.Order(StringComparer.Ordinal));
    }

    /// <summary>Three lines of another site, and its page is paid for at the shop.</summary>
    [Fact]
    public async Task AnotherSite_ProtectsItsPageByTheShop()
    {
        var seller = await OpenAsync();
        await using var site = await SiteAsync(seller, Shop.Server.CreateHandler());
        var reader = ReaderOf(site);

        foreach (var trick in new[] { "/.//moon", "/moon/", "/moon//", "/MOON", "/%6Doon", "/.//moon//" })
        {
            Assert.DoesNotContain(Secret, await (await AskAsync(reader, trick)).Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        Assert.Equal(Secret, await (await AskAsync(reader, "/free")).Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.PaymentRequired, (await AskAsync(reader, "/moon", agent: "Slackbot")).StatusCode);
        var first = await AskAsync(reader, "/moon");
        Assert.Equal((HttpStatusCode.Redirect, ShopHost.Address.Host), (first.StatusCode, first.Headers.Location!.Host));
        Assert.Equal("", await first.Content.ReadAsStringAsync(Cancel));
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        reader.Http.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal(first.Headers.Location, (await AskAsync(reader, "/moon")).Headers.Location); // the same order again

        var payer = Shop.NewVisitor();
        await PayAsync(payer, await payer.GetAsync(first.Headers.Location.PathAndQuery));
        Assert.Equal(Secret, await (await AskAsync(reader, "/moon/and/below")).Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>A key may make few orders in a minute: readers who have paid and come again when the minute is over are asked about, and use none of them up.</summary>
    [Fact]
    public async Task TF_18_ReaderWhoComesAgain_MakesNoFurtherCallThatMakesAnOrder()
    {
        var calls = new Recorded(Shop.Server.CreateHandler());
        await using var site = await SiteAsync(await OpenAsync(), calls, keptFor: TimeSpan.FromTicks(1));
        var reader = ReaderOf(site);
        var first = await AskAsync(reader, "/moon");
        reader.Http.DefaultRequestHeaders.Add("Cookie", first.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        var payer = Shop.NewVisitor();
        await PayAsync(payer, await payer.GetAsync(first.Headers.Location!.PathAndQuery));
        for (var visit = 0; visit < 3; visit++)
        {
            Assert.Equal(Secret, await (await AskAsync(reader, "/moon")).Content.ReadAsStringAsync(Cancel));
        }

        Assert.Equal(["POST", "GET", "GET", "GET", "GET"], calls.Methods);
    }

    /// <summary>A form on another site that sends to a protected address brings no cookie along: the reader's session stays.</summary>
    [Fact]
    public async Task TF_8_FormOfAnotherSite_IsSentRoundWithoutANewSession()
    {
        await using var site = await SiteAsync(await OpenAsync(), Shop.Server.CreateHandler());
        var answer = await AskAsync(ReaderOf(site), "/moon?a=1", method: HttpMethod.Post);
        Assert.Equal((HttpStatusCode.SeeOther, "/moon?a=1", false), (answer.StatusCode, $"{answer.Headers.Location}", answer.Headers.Contains("Set-Cookie")));
    }

    private static async Task<WebApplication> SiteAsync(SellerProgram seller, HttpMessageHandler shop, TimeSpan? keptFor = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddPaywall(o =>
        {
            (o.BackEnd, o.Key, o.PublicBaseUrl, o.KeptFor) = (ShopHost.Address, seller.Key, new Uri("https://site.example/"), keptFor ?? o.KeptFor);
            o.Add("/moon", "About the moon", "USD:1.50");
        });
        builder.Services.AddHttpClient(nameof(IOrderBackEnd)).ConfigurePrimaryHttpMessageHandler(() => shop);
        var site = builder.Build();
        site.UsePaywall();
        site.MapGet("/{**path}", () => Secret);
        await site.StartAsync(Cancel);
        return site;
    }

    private static Visitor ReaderOf(WebApplication site)
    {
        var reader = new Visitor(site.GetTestServer().CreateClient());
        reader.Http.BaseAddress = new Uri("https://site.example/");
        return reader;
    }

    private sealed class Recorded(HttpMessageHandler shop) : DelegatingHandler(shop)
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> methods = new();

        public IEnumerable<string> Methods => methods;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            methods.Enqueue(request.Method.Method);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

public sealed class PrivateOrderTests_Sqlite(SqliteDatabase database) : PrivateOrderTests(database), IClassFixture<SqliteDatabase>;

public sealed class PrivateOrderTests_Postgres(PostgresDatabase database) : PrivateOrderTests(database), IClassFixture<PostgresDatabase>;

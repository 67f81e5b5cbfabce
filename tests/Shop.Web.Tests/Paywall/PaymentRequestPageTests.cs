using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Api;

namespace Shop.Web.Tests.Paywall;

/// <summary>Staff and sellers ask somebody to pay, by mail or by words for a chat (TF-44).</summary>
public abstract class PaymentRequestPageTests(TestDatabase database) : PaywallTests(database)
{
    private const string Requests = "/admin/orders/requests";

    private static (string, string)[] Fields(string to = "", string summary = "A picture of the moon", string amount = "15.00") => [("Summary", summary), ("Amount", amount), ("SendTo", to)];

    private static async Task<Page> PreviewAsync(Visitor staff, params (string, string)[] fields) => await staff.SubmitAsync(await staff.GetAsync(Requests), "#request", null, fields);

    private static async Task<Page> MadeAsync(Visitor staff, params (string, string)[] fields) => await staff.SubmitAsync(await PreviewAsync(staff, fields), "#make", null);

    private static string Somebody() => $"payer-{Codes.New(8)}@example.org";

    /// <summary>The newest row of the list.</summary>
    private static AngleSharp.Dom.IElement First(Page page) => page.All("request")[0];

    private static string LinkIn(string text) => new Uri(text.Trim().Split(' ')[^1]).PathAndQuery;

    private Task<int> AllOrdersAsync() => ReadAsync(db => db.Orders.CountAsync(Cancel));

    [Fact]
    public async Task TF_44_Preview_ShowsTheMailAndToWhom_AndMakesNothing()
    {
        var (staff, to, before) = (await Shop.SignInAsync("admin"), Somebody(), await AllOrdersAsync());
        var page = await PreviewAsync(staff, Fields(to));
        Assert.Equal((HttpStatusCode.OK, to, "To be paid: A picture of the moon, $15.00"), (page.Status, page.Text("preview-to"), page.Text("preview-subject")));
        Assert.Contains("asks you to pay $15.00 for “A picture of the moon”", page.Text("preview-text"), StringComparison.Ordinal);
        Assert.Equal("A picture of the moon", page.Value("Summary"));
        Assert.Equal(before, await AllOrdersAsync());
        Assert.Empty(await Shop.MailsToAsync(to, Cancel));
    }

    [Fact]
    public async Task TF_44_Mail_IsSentOnceInTextAndHtml_AndItsLinkIsPaidByWhoeverHasIt()
    {
        var (staff, to) = (await Shop.SignInAsync("admin"), Somebody());
        var preview = await PreviewAsync(staff, [.. Fields(to), ("Language", "en-GB")]);
        var made = await staff.SubmitAsync(preview, "#make", null);
        await staff.SubmitAsync(preview, "#make", null); // sent twice
        Assert.Equal((HttpStatusCode.OK, "Open", 1), (made.Status, First(made).GetAttribute("data-state"), (await staff.GetAsync(Requests)).All("request").Count(r => r.TextContent.Contains(to, StringComparison.Ordinal))));
        var mail = Assert.Single(await Shop.MailsToAsync(to, Cancel));
        Assert.Equal("To be paid: A picture of the moon, US$15.00", mail.Subject);
        foreach (var part in new[] { mail.Text, mail.Html })
        {
            Assert.Contains("US$15.00", part, StringComparison.Ordinal);
            Assert.Contains("Nothing is charged before you have chosen.", part, StringComparison.Ordinal);
        }

        var payer = Shop.NewVisitor();
        var wall = await payer.GetAsync(new Uri(mail.Link).PathAndQuery);
        Assert.Equal((HttpStatusCode.PaymentRequired, true), (wall.Status, wall.Find("pay-here") is not null));
        Assert.Contains(wall.Response.Headers.GetValues("Set-Cookie"), value => value.Contains("session=", StringComparison.Ordinal));
        var paid = await PayAsync(payer, wall);
        Assert.Contains("A picture of the moon", paid.Text("paid"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await payer.GetAsync(paid.Find("receipt")!.GetAttribute("href")!)).Status);
        Assert.Equal("Paid", First(await staff.GetAsync(Requests + "?show=all")).GetAttribute("data-state"));
    }

    [Fact]
    public async Task TF_44_WordsForAChat_HaveAmountWhatLinkAndUntil_AndAPreviewsLookChangesNothing()
    {
        var (staff, code) = (await Shop.SignInAsync("admin"), await TextAsync());
        var made = await MadeAsync(staff, ("Resource", code));
        var text = First(made).QuerySelector("[data-testid=request-text]")!.TextContent;
        Assert.Matches($@"asks you to pay \$2\.00 for “About {code}”\. It can be paid until .+ UTC, here: https://localhost/orders/[0-9a-z]{{26}}\?token=[0-9a-z]{{32}}$", text);
        foreach (var (agent, method) in new[] { ("Slackbot 1.0", HttpMethod.Get), ("Mozilla/5.0", HttpMethod.Head) })
        {
            HttpResponseMessage? looked = null;
            await Shop.UnchangedAsync(async () => looked = await AskAsync(Shop.NewVisitor(), LinkIn(text), agent: agent, method: method), Cancel);
            Assert.Equal(HttpStatusCode.PaymentRequired, looked!.StatusCode);
            Assert.DoesNotContain(looked.Headers.TryGetValues("Set-Cookie", out var set) ? set : [], value => value.Contains("session=", StringComparison.Ordinal));
        }

        var payer = Shop.NewVisitor();
        Assert.Contains(Secret, (await PayAsync(payer, await payer.GetAsync(LinkIn(text)))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_44_TakenBack_SaysSo_AndCannotBePaid()
    {
        var (staff, payer) = (await Shop.SignInAsync("admin"), Shop.NewVisitor());
        var made = await MadeAsync(staff, Fields());
        var link = LinkIn(First(made).QuerySelector("[data-testid=request-text]")!.TextContent);
        var before = await payer.GetAsync(link);
        var done = await staff.SubmitAsync(made, $"tr[data-number='{First(made).GetAttribute("data-number")}'] form", null);
        Assert.Contains("was taken back", $"{done.News}{done.Error}", StringComparison.Ordinal);
        var page = await payer.GetAsync(link);
        Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
        Assert.Null(page.Find("pay-here"));
        Assert.Null(page.Find("buy-anew"));
        Assert.Contains("taken back", page.Main(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await payer.SubmitAsync(before, "form:has([data-testid=pay-here])", null)).Status);
        Assert.Equal("Withdrawn", First(await staff.GetAsync(Requests + "?show=all")).GetAttribute("data-state"));
    }

    [Fact]
    public async Task TF_44_WrongFields_AreNamedBesideThem_AndWhatWasTypedStays()
    {
        var (staff, before) = (await Shop.SignInAsync("admin"), await AllOrdersAsync());
        var page = await PreviewAsync(staff, Fields("nobody", "", "nothing"));
        foreach (var field in new[] { "Summary", "Amount", "SendTo" })
        {
            IsWrong(page, field, "", HttpStatusCode.BadRequest);
        }

        Assert.Equal(("nothing", "nobody"), (page.Value("Amount"), page.Value("SendTo")));
        IsWrong(await PreviewAsync(staff, [.. Fields(), ("Resource", await TextAsync())]), "Summary", "title of its own", HttpStatusCode.BadRequest);
        Assert.Equal(before, await AllOrdersAsync());
    }

    [Fact]
    public async Task TF_44_MoreThanThreeToOneAddressInAnHour_AreRefused()
    {
        var (staff, to) = (await Shop.SignInAsync("admin"), Somebody());
        for (var i = 0; i < PaymentRequests.MostToAnAddress; i++)
        {
            await MadeAsync(staff, Fields(to));
        }

        var before = await AllOrdersAsync();
        IsWrong(await MadeAsync(staff, Fields(to)), "SendTo", "3 requests", HttpStatusCode.BadRequest);
        Assert.Equal((before, 3), (await AllOrdersAsync(), (await Shop.MailsToAsync(to, Cancel)).Count));
    }

    [Fact]
    public async Task TF_44_Paid_IsShownToTheBrowserThatWaited_AndToNobodyElse()
    {
        var staff = await Shop.SignInAsync("admin");
        var made = await MadeAsync(staff, Fields());
        var (number, link) = (First(made).GetAttribute("data-number"), LinkIn(First(made).QuerySelector("[data-testid=request-text]")!.TextContent));
        var (reader, telephone) = (Shop.NewVisitor(), Shop.NewVisitor());
        var device = new Uri((await reader.GetAsync(link)).Find("order-link")!.GetAttribute("href")!).PathAndQuery;
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync($"/orders/{number}/paid")).Status);
        await PayAsync(telephone, await telephone.GetAsync(device));
        var shown = await reader.GetAsync(device);
        Assert.Equal(($"/orders/{number}/paid", true, true), (shown.Address.AbsolutePath, shown.Find("paid") is not null, shown.Find("receipt") is null));
        Assert.Equal(HttpStatusCode.Forbidden, (await Shop.NewVisitor().GetAsync($"/orders/{number}/paid")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync("/orders/22222222222222222222222222/paid")).Status);
    }

    [Fact]
    public async Task TF_44_Seller_GetsWordsForAChat_AndOneMailWhereItIsAskedFor()
    {
        var (seller, to, id) = (await SellerProgram.OpenAsync(Shop, Cancel), Somebody(), Codes.New(12));
        object Wish(string? sendTo, string orderId) => new { summary = "A page", amount = "USD:1.50", fulfillment_url = "https://site.example/${ORDER_ID}", order_id = orderId, send_to = sendTo, language = "en-GB" };
        Task<Answered> MakeAsync(object wish) => seller.SendAsync(HttpMethod.Post, "/private/orders", wish, null);
        var (made, again) = (await MakeAsync(Wish(to, id)), await MakeAsync(Wish(to, id)));
        Assert.Equal((200, made.Text("order_id"), made.Text("payment_request_text")), (again.Status, again.Text("order_id"), again.Text("payment_request_text")));
        var text = made.Text("payment_request_text")!;
        Assert.StartsWith("Moon Wiki asks you to pay US$1.50 for “A page”.", text, StringComparison.Ordinal);
        Assert.EndsWith($"/orders/{made.Text("order_id")}?token={made.Text("token")}", text, StringComparison.Ordinal);
        var mail = Assert.Single(await Shop.MailsToAsync(to, Cancel));
        Assert.Contains("Moon Wiki asks you", mail.Text, StringComparison.Ordinal);
        Assert.Equal((409, "other_order"), (await MakeAsync(Wish(Somebody(), id))) is var other ? (other.Status, other.Code) : default);

        var payer = Shop.NewVisitor();
        var pay = await payer.SubmitAsync(await payer.GetAsync(LinkIn(text)), "form:has([data-testid=pay-here])", null);
        Assert.Equal(HttpStatusCode.OK, pay.Status);
        await MakeAsync(Wish(to, Codes.New(12)));
        await MakeAsync(Wish(to, Codes.New(12)));
        var most = await MakeAsync(Wish(to, Codes.New(12)));
        Assert.Equal((429, "too_many_mails", "3600"), (most.Status, most.Code, most.Header("Retry-After")));
    }

    [Theory]
    [InlineData("send_to", "nobody")]
    [InlineData("send_to", "a@example.org,b@example.org")]
    [InlineData("send_to", "")]
    [InlineData("language", "tlh")]
    [InlineData("language", "EN-gb")]
    public async Task TF_44_SellersWrongFields_AreNamed(string field, string value)
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var wish = new Dictionary<string, object> { ["summary"] = "A page", ["amount"] = "USD:1.50", ["fulfillment_url"] = "https://site.example/a", [field] = value };
        var answer = await seller.SendAsync(HttpMethod.Post, "/private/orders", wish, null);
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Body.GetProperty("errors").TryGetProperty(field, out _), $"{answer.Body}");
    }
}

public sealed class PaymentRequestPageTests_Sqlite(SqliteDatabase database) : PaymentRequestPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class PaymentRequestPageTests_Postgres(PostgresDatabase database) : PaymentRequestPageTests(database), IClassFixture<PostgresDatabase>;

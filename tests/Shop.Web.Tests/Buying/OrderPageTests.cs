using System.Net;
using System.Text.Json;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>An order's page and receipt: who sees it, what it says, and how a lost link comes back.</summary>
public abstract class OrderPageTests(TestDatabase database) : BuyingTests(database)
{
    private static async Task<Page> AcceptAsync(Visitor visitor, string address, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return await visitor.SendAsync(request);
    }

    private static string LinkOn(Page receipt) => receipt.Document.QuerySelector("main a[href*=token]")!.GetAttribute("href")!;

    [Fact]
    public async Task DW_74_TheBuyersReceipt_ShowsReferenceStateLineTotalAndItsLink()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.BuyAsync("paid1");
        Assert.Equal(
            ("fulfilled", "1 month of paid time", "$3.00", 8),
            (page.Find("order-state")?.GetAttribute("data-state"), page.Find("order-line")?.QuerySelector("h2").Words(), page.Text("order-total"), page.Text("order-reference")?.Length));
        Assert.Contains($"/orders/{page.Number()}?token=", LinkOn(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_74_TheLink_OpensTheReceiptSignedOutAgainAndAgain()
    {
        var (visitor, _) = await MemberAsync();
        var receipt = await visitor.BuyAsync("paid1");
        for (var i = 0; i < 2; i++)
        {
            var page = await Shop.NewVisitor().GetAsync(LinkOn(receipt));
            Assert.Equal((receipt.Number(), receipt.Instant("line-until")), (page.Number(), page.Instant("line-until")));
        }
    }

    [Fact]
    public async Task DW_74_TheLink_IsToldToNobody()
    {
        var (visitor, _) = await MemberAsync();
        var page = await Shop.NewVisitor().GetAsync(LinkOn(await visitor.BuyAsync("paid1")));
        Assert.Equal("no-referrer", page.Response.Headers.GetValues("Referrer-Policy").Single());
        Assert.DoesNotContain("token=", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_74_TheLinkOfAnUnpaidOrder_ShowsItsStateAndLetsNobodyPay()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var pay = await visitor.PressAsync(await visitor.PlaceAsync(), "abandon");
        var number = pay.Address.AbsolutePath.Split('/')[2];
        var link = new Uri(LinkOn(await visitor.GetAsync($"/orders/{number}")));

        var stranger = Shop.NewVisitor();
        var page = await stranger.GetAsync(link.PathAndQuery);
        Assert.Equal("awaiting_payment", page.Find("order-state")?.GetAttribute("data-state"));
        Assert.Null(page.Document.QuerySelector("main a[href*='/pay'], main form"));
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/checkout/{number}/pay{link.Query}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"/checkout/{number}/pay{link.Query}", ("Provider", "sandbox"))).Status);
    }

    [Fact]
    public async Task DW_74_UnpaidOrder_LeadsTheBuyerToPaymentAndCart()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var number = (await visitor.PressAsync(await visitor.PlaceAsync(), "abandon")).Address.AbsolutePath.Split('/')[2];
        var page = await visitor.GetAsync($"/orders/{number}");
        Assert.NotNull(page.Document.QuerySelector($"main a[href='/checkout/{number}/pay']"));
        Assert.NotNull(page.Document.QuerySelector("main a[href='/cart']"));
    }

    [Fact]
    public async Task DW_74_BuyingSession_SeesItsReceiptAlsoSignedIn()
    {
        var browser = Shop.NewVisitor();
        await browser.AddAsync("paid1", ("Recipient", "friend"));
        var receipt = await browser.PressAsync(await browser.PlaceAsync(("Email", "session@example.org")), "ok");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"/orders/{receipt.Number()}")).Status);
    }

    [Fact]
    public async Task S01_AnothersOrder_IsAsIfItDidNotExist()
    {
        var (owner, _) = await MemberAsync();
        await owner.AddAsync("paid1");
        var number = (await owner.PressAsync(await owner.PlaceAsync(), "abandon")).Address.AbsolutePath.Split('/')[2];
        var (stranger, _) = await MemberAsync();
        var mine = await stranger.BuyAsync("paid6");
        var mineToken = new Uri(LinkOn(mine)).Query;
        const string Nothing = "22222222222222222222222222";

        foreach (var visitor in new[] { stranger, Shop.NewVisitor() })
        {
            foreach (var form in new[] { "/orders/{0}", "/orders/{0}" + mineToken, "/orders/{0}?token=", "/orders/{0}?token=x", "/checkout/{0}/pay", "/checkout/{0}/return" })
            {
                var there = await visitor.GetAsync(form.Replace("{0}", number, StringComparison.Ordinal));
                var nowhere = await visitor.GetAsync(form.Replace("{0}", Nothing, StringComparison.Ordinal));
                Assert.Equal((form, HttpStatusCode.NotFound, nowhere.Status, nowhere.Main()), (form, there.Status, HttpStatusCode.NotFound, there.Main()));
            }
        }
    }

    [Fact]
    public async Task S01_AnothersOrder_CannotBePaidAnotherWay()
    {
        var (owner, _) = await MemberAsync();
        await owner.AddAsync("paid1");
        var number = (await owner.PressAsync(await owner.PlaceAsync(), "abandon")).Address.AbsolutePath.Split('/')[2];
        var (stranger, _) = await MemberAsync();
        await Shop.UnchangedAsync(
            async () => Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"/checkout/{number}/pay", ("Provider", "sandbox"))).Status), Cancel);
    }

    [Fact]
    public async Task S01_AnothersOrderAsJson_IsNotFoundLikeOneThatDoesNotExist()
    {
        var (owner, _) = await MemberAsync();
        var number = (await owner.BuyAsync("paid1")).Number();
        var (stranger, _) = await MemberAsync();
        var there = await AcceptAsync(stranger, $"/orders/{number}", "application/json");
        var nowhere = await AcceptAsync(stranger, "/orders/22222222222222222222222222", "application/json");
        Assert.Equal((HttpStatusCode.NotFound, nowhere.Body), (there.Status, there.Body));
    }

    [Fact]
    public async Task S01_RecipientOfAGift_DoesNotSeeTheGiversOrder()
    {
        var (friend, friendName) = await MemberAsync();
        var (giver, _) = await MemberAsync();
        var number = (await giver.BuyAsync("paid1", ("Recipient", friendName))).Number();
        Assert.Equal(HttpStatusCode.NotFound, (await friend.GetAsync($"/orders/{number}")).Status);
    }

    [Fact]
    public async Task DW_74_Json_IsGivenToWhoAsksForItAndHtmlToBrowsers()
    {
        var (visitor, _) = await MemberAsync();
        var receipt = await visitor.BuyAsync("paid1");
        var json = await AcceptAsync(visitor, $"/orders/{receipt.Number()}", "application/json");
        var html = await AcceptAsync(visitor, $"/orders/{receipt.Number()}", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

        var order = JsonDocument.Parse(json.Body).RootElement;
        Assert.Equal(
            (receipt.Number(), receipt.Text("order-reference"), "fulfilled", 300L, "USD", receipt.Instant("line-until")),
            (order.GetProperty("number").GetString(), order.GetProperty("reference").GetString(), order.GetProperty("state").GetString(),
                order.GetProperty("total_minor").GetInt64(), order.GetProperty("currency").GetString(), order.GetProperty("lines")[0].GetProperty("until").GetDateTimeOffset()));
        Assert.Equal("text/html", html.Response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Accept", html.Response.Headers.Vary);
    }

    [Fact]
    public async Task S27_Receipt_IsKeptByNoCacheAndGoneAfterSigningOut()
    {
        var (visitor, _) = await MemberAsync();
        var receipt = await visitor.BuyAsync("paid1");
        var json = await AcceptAsync(visitor, $"/orders/{receipt.Number()}", "application/json");
        await visitor.SignOutAsync();
        var after = await visitor.GetAsync($"/orders/{receipt.Number()}");

        Assert.Equal(["no-store", "no-store", "no-store"], new[] { receipt, json, after }.Select(p => p.Response.Headers.CacheControl?.ToString()));
        Assert.Equal(HttpStatusCode.NotFound, after.Status);
    }

    [Fact]
    public async Task DW_74_SendMeMyReceipts_OneAnswerForEveryAddress()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.PressAsync(await visitor.PlaceAsync(("Email", "bought@example.org")), "ok");
        var known = await visitor.SubmitAsync(await visitor.GetAsync("/receipts"), ("Email", "bought@example.org"));
        var unknown = await visitor.SubmitAsync(await visitor.GetAsync("/receipts"), ("Email", "never@example.org"));
        Assert.Equal((known.Address, known.Status, known.Main()), (unknown.Address, unknown.Status, unknown.Main()));
    }

    [Fact]
    public async Task DW_74_SendMeMyReceipts_MailsTheLinksToTheAddressThatHasSomeAndToNoOther()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(("Email", "lost@example.org")), "ok");
        await visitor.SubmitAsync(await visitor.GetAsync("/receipts"), ("Email", " LOST@example.org "));
        await visitor.SubmitAsync(await visitor.GetAsync("/receipts"), ("Email", "nothing@example.org"));

        var mail = Assert.Single(await MailsAsync("lost@example.org"), m => m.Subject == "Your receipts");
        Assert.Equal(receipt.Number(), (await Shop.NewVisitor().GetAsync(mail.Link)).Number());
        Assert.Empty(await MailsAsync("nothing@example.org"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("a@example.org,b@example.org")]
    [InlineData("a\u0001@example.org")]
    public async Task DW_74_SendMeMyReceipts_WhatIsNoAddressIsSaidBesideTheField(string typed)
    {
        var visitor = Shop.NewVisitor();
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.SubmitAsync(await visitor.GetAsync("/receipts"), ("Email", typed));
                IsWrong(page, "Email", "looks like name@example.org");
                Assert.Equal(typed, page.Value("Email"));
            },
            Cancel);
    }
}

public sealed class OrderPageTests_Sqlite(SqliteDatabase database) : OrderPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class OrderPageTests_Postgres(PostgresDatabase database) : OrderPageTests(database), IClassFixture<PostgresDatabase>;

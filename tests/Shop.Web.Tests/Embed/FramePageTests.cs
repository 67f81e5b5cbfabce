using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Embed;

/// <summary>The buy flow in a seller's frame, as a browser without any cookie has it.</summary>
public abstract class FramePageTests(TestDatabase database) : FramedTests(database)
{
    private const string Framed =
        "default-src 'none'; script-src 'self' 'nonce-N'; style-src 'self' 'nonce-N'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors A; base-uri 'none'; object-src 'none'; manifest-src 'self'; report-to csp; report-uri /csp-report";

    [Fact]
    public async Task MZ_66_S05_Frame_IsForTheSellersExactOriginsAlone()
    {
        var stall = await OpenStallAsync();
        var page = await OpenAsync(stall, await SellAsync(stall));
        Assert.Equal(Framed.Replace(" A;", $" {stall.Origin};", StringComparison.Ordinal), Policy(page));
        Assert.Null(Header(page, "X-Frame-Options"));
        Assert.Equal(stall.Origin, page.Document.Body!.GetAttribute("data-origins"));
        Assert.Equal("no-store", Header(page, "Cache-Control"));
    }

    [Theory]
    [InlineData("em_00000000000000000000")]
    [InlineData("")]
    [InlineData("x' https://evil.example")]
    [InlineData("em_\0")]
    public async Task S05_UnknownKey_IsNotFramedByAnybody_WhateverTheRefererSays(string key)
    {
        var stall = await OpenStallAsync();
        var request = new HttpRequestMessage(HttpMethod.Get, $"/embed/buy/{await SellAsync(stall)}?key={Uri.EscapeDataString(key)}");
        request.Headers.Referrer = new Uri(stall.Origin);
        var page = await Page.ReadAsync(await Shop.NewVisitor().AskAsync(request));
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Contains("frame-ancestors 'none'", Policy(page), StringComparison.Ordinal);
        Assert.Equal("DENY", Header(page, "X-Frame-Options"));
    }

    [Fact]
    public async Task S05_ProductOfAnotherSeller_IsNotSoldInThisFrame()
    {
        var (stall, other) = (await OpenStallAsync(), await OpenStallAsync());
        var page = await OpenAsync(stall, await SellAsync(other));
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Equal("error", Type(page));
        Assert.Contains($"frame-ancestors {stall.Origin};", Policy(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task S05_EveryOtherPage_IsFramedByNobody()
    {
        foreach (var address in new[] { "/", "/cart", "/checkout", "/embed/continue?t=x", "/account/login" })
        {
            Assert.Contains("frame-ancestors 'none'", Policy(await Shop.NewVisitor().GetAsync(address)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task MZ_48_WithoutAnyCookie_ChoosesPaysAndIsDone()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        Assert.Equal(("Buy", "Yours for good"), (page.Text("buy"), page.Text("length"))); // MF-11
        Assert.Equal(("ready", ""), (Type(page), page.Document.Body!.GetAttribute("data-ref")));

        var pay = await SendAsync(page, Choose);
        Assert.Equal("ready", Type(pay));
        var number = pay.Document.Body!.GetAttribute("data-ref")!;
        Assert.Equal(26, number.Length);
        Assert.Contains($"frame-ancestors {stall.Origin};", Policy(pay), StringComparison.Ordinal);
        await AtTheBankAsync(pay);

        var done = await SendAsync(pay, Look);
        Assert.Equal(("done", number), (Type(done), done.Document.Body!.GetAttribute("data-ref")));
        Assert.Contains("$7.00 was accepted", done.Text("embed-done"), StringComparison.Ordinal);
        Assert.Null(done.Find("embed-receipt")); // no address, no receipt
        Assert.Equal(1, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_53_Completion_NamesTheAddressOfTheReceipt_WhereThereIsOne()
    {
        var stall = await OpenStallAsync();
        var pay = await SendAsync(await OpenAsync(stall, await SellAsync(stall, SellerSignIn.Email)), Choose, fields: ("Email", "luna@example.org"));
        await AtTheBankAsync(pay);
        Assert.Equal("luna@example.org", (await SendAsync(pay, Look)).Text("embed-receipt"));
    }

    [Theory]
    [InlineData("luna@example.org", true)]
    [InlineData("", false)]
    public async Task MZ_53_Waiting_PromisesAMailToAKnownAddressAlone(string email, bool follows)
    {
        var stall = await OpenStallAsync();
        var pay = await SendAsync(await OpenAsync(stall, await SellAsync(stall)), Choose, fields: ("Email", email));
        await AtTheBankAsync(pay, "pending");
        Assert.Equal(follows, (await SendAsync(pay, Look)).Text("pay-wait")!.Contains("a mail follows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MZ_49_ModeEmail_AsksForAnAddress_AndKeepsWhatWasTyped()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, SellerSignIn.Email);
        var again = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Email", "not an address"));
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
        Assert.NotNull(again.Wrong("Email"));
        Assert.Equal("not an address", again.Value("Email"));
        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_49_ModeAccount_OffersTheWindowAndNothingElse_AndPostingBuysNothing()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, SellerSignIn.Account);
        var page = await OpenAsync(stall, product);
        Assert.Null(page.Document.QuerySelector(Choose));
        var window = page.Document.QuerySelector("form[action$='handler=Window']")!;
        Assert.Equal("_blank", window.GetAttribute("target"));

        var open = await OpenAsync(stall, await SellAsync(stall));
        var request = open.Submission(Choose, null, [("Token", page.Value("Token")!)]);
        request.RequestUri = new Uri(ShopHost.Address, Place(stall, product));
        request.Headers.Add("Origin", "https://localhost");
        await Shop.NewVisitor().AskAsync(request);
        Assert.Equal(0, await SoldAsync(product));
    }

    [Theory]
    [InlineData(false, "100")]
    [InlineData(false, "0")]
    [InlineData(false, "-700")]
    [InlineData(false, "x")]
    [InlineData(true, "1.99")]
    [InlineData(true, "50.01")]
    [InlineData(true, "")]
    public async Task MZ_52_AmountThatWasTamperedWith_OrOutOfBounds_IsRefused(bool custom, string amount)
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, custom: custom);
        var page = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Amount", amount));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Error);
        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_52_AmountOfTheBuyers_IsWhatIsCharged()
    {
        var stall = await OpenStallAsync();
        var pay = await SendAsync(await OpenAsync(stall, await SellAsync(stall, custom: true)), Choose, fields: ("Amount", "12.34"));
        Assert.Equal("$12.34", pay.Text("due-money"));
    }

    [Fact]
    public async Task MZ_54_SameFormTwice_AtOnceAndAfterPaying_IsOneOrderAndOneAttempt()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        var pays = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync(page, Choose)));
        var number = Assert.Single(pays.Select(pay => pay.Document.Body!.GetAttribute("data-ref")).Where(it => it!.Length > 0).Distinct());
        await AtTheBankAsync(await SendAsync(page, Choose));

        var reloaded = await SendAsync(page, Choose);
        Assert.Equal(("done", number), (Type(reloaded), reloaded.Document.Body!.GetAttribute("data-ref")));
        Assert.Equal(1, await SoldAsync(product));
        Assert.Equal(1, await Shop.ReadAsync((db, token) => db.PaymentAttempts.CountAsync(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == number), token), Cancel));
    }

    [Fact]
    public async Task Declined_SaysSo_AndTheSameOrderCanBePaidAgain()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var pay = await SendAsync(await OpenAsync(stall, product), Choose);
        await AtTheBankAsync(pay, "declined");
        var declined = await SendAsync(pay, Look);
        Assert.Equal("ready", Type(declined));
        Assert.NotNull(declined.Error);
        var again = await SendAsync(declined, "form[action$='handler=Method']", fields: ("Provider", "sandbox"));
        await AtTheBankAsync(again);
        Assert.Equal("done", Type(await SendAsync(again, Look)));
        Assert.Equal(1, await SoldAsync(product));
    }

    public static TheoryData<string?> ForeignOrigins => new("https://seller.example", "https://localhost.evil.example", "http://localhost", "null", null);

    [Theory]
    [MemberData(nameof(ForeignOrigins))]
    public async Task MZ_67_FormFromAnotherOrigin_IsRefused_AlsoTheSellers(string? origin)
    {
        var stall = await OpenStallAsync("https://seller-" + Codes.New(8) + ".example");
        var product = await SellAsync(stall);
        var page = await SendAsync(await OpenAsync(stall, product), Choose, origin == "https://seller.example" ? stall.Origin : origin);
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.Equal(0, await SoldAsync(product));
    }

    [Theory]
    [InlineData("")]
    [InlineData("made-up")]
    public async Task MZ_67_WithoutAToken_NothingIsBought(string token)
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Token", token));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_67_TokenOfAnotherSellersFrame_OrOfAReturnAddress_BuysNothing()
    {
        var (stall, other) = (await OpenStallAsync(), await OpenStallAsync());
        var product = await SellAsync(stall);
        var foreign = (await OpenAsync(other, await SellAsync(other))).Value("Token")!;
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Token", foreign))).Status);

        var tokens = Shop.Services.GetRequiredService<Web.Embed.EmbedTokens>();
        var id = await Shop.ReadAsync((db, token) => db.SellerProducts.Where(p => p.Code == product).Select(p => p.Id).SingleAsync(token), Cancel);
        var way = tokens.ReturnOf(Web.Embed.EmbedTokens.Begin(stall.Id, id));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Token", way))).Status);
        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_67_MemberWithMoneyInThePurse_SpendsNothingByAClickInTheFrame()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var member = await Shop.SignInAsync("member"); // holds points, and its cookies come along here
        var page = await member.GetAsync(Place(stall, product));
        var request = page.Submission(Choose, null, []);
        request.Headers.Add("Origin", "https://localhost");
        var pay = await Page.ReadAsync(await member.AskAsync(request));
        Assert.NotNull(pay.Find("embed-bank"));
        var order = await Shop.ReadAsync((db, token) => db.Orders.AsNoTracking().OrderByDescending(o => o.Id).FirstAsync(token), Cancel);
        Assert.Equal((null, 0L, 700L), (order.BuyerId, order.DuePoints, order.DueMinor));
        Assert.DoesNotContain("saved-method", pay.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stand_ChangesWhenSomethingHappens_AndAsksNobody()
    {
        var stall = await OpenStallAsync();
        var pay = await SendAsync(await OpenAsync(stall, await SellAsync(stall)), Choose);
        var look = pay.Document.QuerySelector(Look)!;
        var before = await StandAsync(look.GetAttribute("data-stand-at")!, pay.Value("Token")!);
        Assert.Equal(look.GetAttribute("data-stand"), before);
        await AtTheBankAsync(pay);
        Assert.NotEqual(before, await StandAsync(look.GetAttribute("data-stand-at")!, pay.Value("Token")!));
    }

    private async Task<string?> StandAsync(string address, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent([KeyValuePair.Create("Token", token)]) };
        request.Headers.Add("Origin", "https://localhost");
        using var answer = await Shop.NewVisitor().AskAsync(request);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("stand").GetString();
    }

    [Fact]
    public async Task Window_OpensOnceAndWithinTwoMinutes()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, SellerSignIn.Account);
        var page = await OpenAsync(stall, product);
        var (first, second) = (await WindowAsync(page), await WindowAsync(page));
        Assert.Equal($"/buy/{product}", (await LocationAsync(first)).OriginalString);
        Assert.NotNull((await Shop.NewVisitor().GetAsync(first)).Find("embed-too-old"));
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotNull((await Shop.NewVisitor().GetAsync(second)).Find("embed-too-old"));
    }

    [Fact]
    public async Task WindowOfAMember_PaysAtTheShop_AndTheFrameIsDone()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, SellerSignIn.Account);
        var page = await OpenAsync(stall, product);
        var way = await WindowAsync(page);
        var (member, name) = await Shop.RegisterAsync();
        using (await member.AskAsync(new HttpRequestMessage(HttpMethod.Get, way)))
        {
        }

        await Shop.Services.GetRequiredService<Carts>().AddAsync(new Buyer(await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(token), Cancel), null), new BuyFromSeller(product, null), Cancel);
        var bank = await member.SubmitAsync(await member.GetAsync("/checkout"), ("Provider", "sandbox"));
        Assert.Equal("ready", Type(await SendAsync(page, Look)));
        await member.SubmitAsync(bank, "main form", "ok");

        var done = await SendAsync(page, Look);
        Assert.Equal("done", Type(done));
        Assert.Equal(26, done.Document.Body!.GetAttribute("data-ref")!.Length);
        Assert.DoesNotContain(name, done.Body, StringComparison.Ordinal); // the frame says nothing of whoever bought
    }

    [Fact]
    public async Task Badge_IsForTheSellersOrigins_AndCountsOnlyForWhoeverHasACart()
    {
        var stall = await OpenStallAsync();
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var badge = await visitor.GetAsync($"/embed/cart?key={stall.Key}");
        Assert.Contains($"frame-ancestors {stall.Origin};", Policy(badge), StringComparison.Ordinal);
        Assert.Contains("1 item", badge.Text("embed-cart"), StringComparison.Ordinal);
        Assert.DoesNotContain("item", (await Shop.NewVisitor().GetAsync($"/embed/cart?key={stall.Key}")).Text("embed-cart"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/embed/cart?key=em_nobody")).Status);
    }

    [Fact]
    public async Task ReturnOfAnOrderOfTheShops_IsNotThereForStrangers()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.SubmitAsync(await visitor.GetAsync("/checkout"), ("Email", "luna@example.org"), ("Provider", "sandbox"));
        var number = await Shop.ReadAsync((db, token) => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(token), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync($"/checkout/{number}/return")).Status);
    }

    /// <summary>Whoever opens an address that somebody else sent is in no session of theirs.</summary>
    [Fact]
    public async Task WayBack_IsForAFrame_AndOnlyWhileItsOrderLives()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        var number = (await SendAsync(page, Choose)).Document.Body!.GetAttribute("data-ref")!;
        var tokens = Shop.Services.GetRequiredService<Web.Embed.EmbedTokens>();
        var id = await Shop.ReadAsync((db, token) => db.SellerProducts.Where(p => p.Code == product).Select(p => p.Id).SingleAsync(token), Cancel);
        var session = tokens.Read(page.Value("Token"), stall.Id, id)!;

        Assert.Equal(number, (await BackAsync("iframe")).Document.Body!.GetAttribute("data-ref"));
        Assert.Equal("", (await BackAsync("document")).Document.Body!.GetAttribute("data-ref"));
        await Shop.Services.GetRequiredService<OrderEnding>().CancelAsync((await OrderAsync(product)).Id, "test", Cancel);
        Assert.NotEqual(session.Key, tokens.Read((await BackAsync("iframe")).Value("Token"), stall.Id, id)!.Key);

        async Task<Page> BackAsync(string place)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"{Place(stall, product)}&back={Uri.EscapeDataString(tokens.ReturnOf(session))}");
            request.Headers.Add("Sec-Fetch-Dest", place);
            return await Page.ReadAsync(await Shop.NewVisitor().AskAsync(request));
        }
    }

    [Fact]
    public async Task SellerPausedWhileSomebodyPays_WhatWasBegunIsFinished_AndNothingBegins()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var (late, pay) = (await OpenAsync(stall, product), await SendAsync(await OpenAsync(stall, product), Choose));
        Assert.IsType<SellerResult.Done>(await Shop.Services.GetRequiredService<SellerDesk>().MoveAsync(stall.Id, SellerState.Paused, "on holiday", await StaffAsync(), Cancel));
        await AtTheBankAsync(pay);

        Assert.Equal("done", Type(await SendAsync(pay, Look)));
        Assert.Equal(HttpStatusCode.NotFound, (await OpenAsync(stall, product)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(late, Choose)).Status);
        Assert.Equal(1, await SoldAsync(product));
    }

    [Fact]
    public async Task Cookie_IsPartitioned_AndOnlySparesAReloadItsBeginning()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(Place(stall, product));
        var cookie = Assert.Single(page.Response.Headers.GetValues("Set-Cookie"), it => it.StartsWith("embed=", StringComparison.Ordinal));
        foreach (var part in new[] { "; secure", "; samesite=none", "; httponly", "; Partitioned", "; path=/", "; max-age=1800" })
        {
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        }

        var pay = await SendAsync(page, Choose);
        Assert.Equal(pay.Document.Body!.GetAttribute("data-ref"), (await visitor.GetAsync(Place(stall, product))).Document.Body!.GetAttribute("data-ref"));
        Assert.Equal("", (await OpenAsync(stall, product)).Document.Body!.GetAttribute("data-ref"));

        // once it is paid and was seen, the next opening is another purchase
        await AtTheBankAsync(pay);
        Assert.Equal("done", Type(await visitor.GetAsync(Place(stall, product))));
        var next = await visitor.GetAsync(Place(stall, product));
        Assert.Equal(("ready", ""), (Type(next), next.Document.Body!.GetAttribute("data-ref")));
    }
}

public sealed class FramePageTests_Sqlite(SqliteDatabase database) : FramePageTests(database), IClassFixture<SqliteDatabase>;

public sealed class FramePageTests_Postgres(PostgresDatabase database) : FramePageTests(database), IClassFixture<PostgresDatabase>;

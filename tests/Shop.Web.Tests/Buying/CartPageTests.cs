using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>The cart: what goes in, what comes out, whose it is, what it shows.</summary>
public abstract class CartPageTests(TestDatabase database) : BuyingTests(database)
{
    private static IEnumerable<string?> Skus(Page page) => page.All("cart-line").Select(line => line.GetAttribute("data-sku"));

    private static Task<Page> RemoveAsync(Visitor visitor, Page cart, params string[] lines) =>
        visitor.SubmitAsync(cart, "form[action*=Remove]", null, [.. lines.Select(line => ("Remove", line))]);

    private static string TickOf(Page cart, string sku) => cart.Document.QuerySelector($"[data-sku={sku}] [data-testid=line-remove]")!.GetAttribute("value")!;

    [Fact]
    public async Task DW_21_Form_PutsQuantityRecipientAndNoteIntoTheCart()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await visitor.AddAsync("paid1", ("Quantity", "3"), ("Recipient", "friend"), ("Note", "three for you"));
        var line = Assert.Single(cart.All("cart-line"));
        Assert.Equal(("3 × 1 month of paid time", "friend", "three for you"), (line.QuerySelector("h2").Words(), cart.Text("line-recipient"), line.Facts()["Note"]));
    }

    [Fact]
    public async Task DW_22_Cart_ShowsItemNoteDeliveryToFromPriceAndTotal()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Recipient", "friend"), ("Note", "hello"));
        var cart = await visitor.AddAsync("paid12");
        var line = cart.All("cart-line")[0];
        var facts = line.Facts();
        Assert.Equal(
            ("1 month of paid time", "hello", "as soon as possible", "friend", name, "$3.00", "$28.00"),
            (line.QuerySelector("h2").Words(), facts["Note"], facts["Delivery"], facts["For"], facts["From"], line.QuerySelector("[data-testid=line-price]").Words(), cart.Text("due-money")));
    }

    [Fact]
    public async Task DW_22_Cart_ShowsUntilWhenOnesOwnTimeRunsIfPaidNow()
    {
        var (visitor, _) = await MemberAsync();
        Assert.Equal(Now.AddMonths(6), (await visitor.AddAsync("paid6")).Instant("line-until"));
    }

    [Fact]
    public async Task DW_23_TickedLines_AreRemovedAndTheOthersStay()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid6");
        var cart = await visitor.AddAsync("paid12");
        cart = await RemoveAsync(visitor, cart, TickOf(cart, "paid1"), TickOf(cart, "paid12"));
        Assert.Equal(["paid6"], Skus(cart));
    }

    [Fact]
    public async Task DW_23_NothingTicked_SaysWhatToDoAndRemovesNothing()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await RemoveAsync(visitor, await visitor.AddAsync("paid1"));
        Assert.Equal(HttpStatusCode.BadRequest, cart.Status);
        Assert.Contains("Tick the items", cart.Error, StringComparison.Ordinal);
        Assert.Equal(["paid1"], Skus(cart));
    }

    [Fact]
    public async Task DW_24_Discard_ByGet_EmptiesNothing()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        Assert.Equal(["paid1"], Skus(await visitor.GetAsync("/cart?handler=Discard")));
    }

    [Fact]
    public async Task DW_24_Discard_ByItsButton_EmptiesTheCart()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var cart = await visitor.SubmitAsync(await visitor.AddAsync("paid6"), "form[action*=Remove]", "Discard the whole cart");
        Assert.Equal((0, "0 items"), (cart.All("cart-line").Count, cart.Text("cart-count")));
    }

    [Fact]
    public async Task DW_25_Summary_CountsItemsAndMoneyAndLeadsToTheCheckout()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Quantity", "2"));
        await visitor.AddAsync("paid12");
        var page = await visitor.GetAsync("/about/terms");
        Assert.Equal(("3 items", "$31.00", "/checkout"), (page.Text("cart-count"), page.Text("cart-total"), page.Find("cart-checkout")?.GetAttribute("href")));
    }

    [Fact]
    public async Task DW_25_Summary_OpensToLinesPointsPartAndMoneyPart()
    {
        var (visitor, _) = await MemberAsync(points: 240);
        await visitor.AddAsync("paid12");
        var details = (await visitor.GetAsync("/account")).Document.QuerySelector("header details")!;
        Assert.Equal(["12 months of paid time $25.00"], details.QuerySelectorAll("li").Select(Visits.Words));
        var sums = details.Facts();
        Assert.Equal(("$25.00", "220 points", "$3.00"), (sums["Together"], sums["Paid in points"], sums["To pay in money"]));
    }

    [Fact]
    public async Task DW_26_LookingAround_SetsNoCartCookieAndStoresNothing()
    {
        await Shop.UnchangedAsync(
            async () =>
            {
                foreach (var address in new[] { "/", "/shop/paid1", "/cart", "/checkout", "/receipts", "/about/terms" })
                {
                    var page = await Shop.NewVisitor().GetAsync(address);
                    Assert.DoesNotContain(Cookies(page), cookie => cookie.StartsWith("cart=", StringComparison.Ordinal));
                }
            },
            Cancel);
    }

    [Fact]
    public async Task DW_26_FirstLineOfAVisitor_GivesTheBrowserASecretOfWhichOnlyTheHashIsKept()
    {
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync("/shop/paid1");
        using var answer = await visitor.AskAsync(Form("/shop/paid1", [("Quantity", "1"), ("__RequestVerificationToken", form.Value("__RequestVerificationToken")!)]));
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("cart=", StringComparison.Ordinal));
        var secret = cookie["cart=".Length..cookie.IndexOf(';', StringComparison.Ordinal)];
        foreach (var word in new[] { "httponly", "secure", "samesite=lax" })
        {
            Assert.Contains(word, cookie, StringComparison.OrdinalIgnoreCase);
        }

        Assert.True(await ReadAsync(db => db.Carts.AnyAsync(c => c.KeyHash == Codes.Hash(secret), Cancel)));
        Assert.DoesNotContain((await Shop.ContentsAsync(Cancel)).Values, rows => rows.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DW_27_EachBuyer_HasOneCart()
    {
        var (visitor, name) = await MemberAsync();
        var id = await IdAsync(name);
        foreach (var sku in new[] { "paid1", "paid2", "paid6" })
        {
            await visitor.AddAsync(sku);
        }

        Assert.Equal(1, await ReadAsync(db => db.Carts.CountAsync(c => c.MemberId == id, Cancel)));
    }

    [Fact]
    public async Task DF_28_AnotherAccountInTheSameBrowser_LeavesTheFirstOnesCartIntact()
    {
        var (browser, first) = await MemberAsync();
        var (_, second) = await MemberAsync();
        await browser.AddAsync("paid1");
        await browser.SignOutAsync();
        await browser.SignInAsync(second);
        var other = await browser.AddAsync("paid6");
        await browser.SignOutAsync();
        await browser.SignInAsync(first);

        Assert.Equal(["paid6"], Skus(other));
        Assert.Equal(["paid1"], Skus(await browser.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_27_SigningOut_LeavesNoCartBehindInTheBrowser()
    {
        var (browser, _) = await MemberAsync();
        await browser.AddAsync("paid1");
        var after = await browser.SignOutAsync();
        Assert.Equal("0 items", after.Text("cart-count"));
    }

    [Fact]
    public async Task DF_29_TwoLinesOfAVisitor_AreInTheAccountsCartAfterSigningIn()
    {
        var (_, name) = await MemberAsync();
        var browser = Shop.NewVisitor();
        await browser.AddAsync("paid1");
        await browser.AddAsync("paid2", ("Recipient", "friend"));
        await browser.SignInAsync(name);
        Assert.Equal(["paid1", "paid2"], Skus(await browser.GetAsync("/cart")));
    }

    [Fact]
    public async Task DF_29_LinesOfAVisitorWhoRegisters_ComeAlong()
    {
        var browser = Shop.NewVisitor();
        await browser.AddAsync("paid1");
        await browser.SubmitAsync(
            await browser.GetAsync("/account/register?returnUrl=%2Fcheckout"),
            ("UserName", "comes_along"), ("Email", "comes_along@example.org"), ("Password", ShopHost.Password), ("ConfirmPassword", ShopHost.Password));
        Assert.Equal(["paid1"], Skus(await browser.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_28_LinesThatConflictAtSignIn_AreNamedWithTheReasonAndLeftOut()
    {
        var (member, name) = await MemberAsync();
        await member.AddAsync("paid1");
        var browser = Shop.NewVisitor();
        await browser.AddAsync("prem6");
        await browser.AddAsync("paid2", ("Recipient", "friend"));
        var news = (await browser.SignInAsync(name)).Error;

        Assert.Contains("6 months of premium time", news, StringComparison.Ordinal);
        Assert.Contains("already has time of another class", news, StringComparison.Ordinal);
        Assert.DoesNotContain("2 months", news, StringComparison.Ordinal);
        Assert.Equal(["paid1", "paid2"], Skus(await browser.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_29_UnpaidOrder_LeavesTheCartAsItIs()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.PlaceAsync();
        Assert.Equal(["paid1"], Skus(await visitor.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_29_PaidOrder_TakesExactlyItsOwnLines()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var bank = await visitor.PlaceAsync();
        await visitor.AddAsync("paid6");
        await visitor.PressAsync(bank, "ok");
        Assert.Equal(["paid6"], Skus(await visitor.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_30_PriceChangedSinceAdding_SaysWasAndNow()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("prem12");
        await PriceAsync("prem12", 4100);
        var cart = await visitor.GetAsync("/cart");
        Assert.Equal("$41.00", cart.Text("line-price"));
        Assert.Contains("was $40.00, now $41.00", cart.Find("cart-line").Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_30_PlacedOrder_KeepsItsPrice()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("prem6");
        var number = (await visitor.PressAsync(await visitor.PlaceAsync(), "abandon")).Address.AbsolutePath.Split('/')[2];
        var before = await visitor.GetAsync($"/orders/{number}");
        await PriceAsync("prem6", 2100);
        var after = await visitor.GetAsync($"/orders/{number}");
        Assert.Equal((before.Text("order-total"), before.Text("line-price")), (after.Text("order-total"), after.Text("line-price")));
    }

    [Fact]
    public async Task DW_31_AnotherClassForTheSameAccount_IsRefusedBesideTheName()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var page = await visitor.AddAsync("prem6", ("Recipient", "friend"), ("Note", "kept"));
        IsWrong(page, "Recipient", "already has time of another class");
        Assert.Equal(("friend", "kept", "1 item"), (page.Value("Recipient"), page.Value("Note"), page.Text("cart-count")));
    }

    [Theory]
    [InlineData("paid2", "friend")]
    [InlineData("prem6", "")]
    public async Task DW_31_SameClassAgainOrAnotherAccount_IsFine(string sku, string recipient)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        Assert.Equal(["paid1", sku], Skus(await visitor.AddAsync(sku, ("Recipient", recipient))));
    }

    [Fact]
    public async Task DW_33_Points_AreUsedByDefaultAndEachLineShowsItsParts()
    {
        var (visitor, _) = await MemberAsync(points: 240);
        var cart = await visitor.AddAsync("paid12");
        Assert.Equal(("220 points", "$3.00"), (cart.Text("due-points"), cart.Text("due-money")));
        Assert.Contains("$3.00 + 220 points", cart.Find("cart-line").Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_33_Points_AreNotUsedWhenTheBuyerSaysSo_AndAgainWhenTheySaySo()
    {
        var (visitor, _) = await MemberAsync(points: 240);
        var without = await visitor.SubmitAsync(WithoutTick(await visitor.AddAsync("paid12")), "aside form", null);
        var with = await visitor.SubmitAsync(without, "aside form", null, ("UsePoints", "true"));
        Assert.Equal((null, "$25.00", "220 points"), (without.Text("due-points"), without.Text("due-money"), with.Text("due-points")));
    }

    [Fact]
    public async Task DW_33_Split_FollowsEachView()
    {
        var (visitor, _) = await MemberAsync(points: 240);
        var one = await visitor.AddAsync("paid12");
        var two = await visitor.AddAsync("paid1");
        Assert.Equal(("220 points", "240 points"), (one.Text("due-points"), two.Text("due-points")));
    }

    [Fact]
    public async Task DF_3_AMonthAndTwentyNinePoints_CostsMoneyAndThePageSaysWhy()
    {
        var (visitor, _) = await MemberAsync(points: 29);
        var cart = await visitor.AddAsync("paid1");
        Assert.Equal((null, "$3.00"), (cart.Text("due-points"), cart.Text("due-money")));
        Assert.Contains("Your points are not used", cart.Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DF_30_HundredViewsWithoutCookies_MakeNoCart()
    {
        await Shop.UnchangedAsync(
            async () =>
            {
                for (var i = 0; i < 25; i++)
                {
                    foreach (var address in new[] { "/", "/shop/paid12", "/cart", "/checkout" })
                    {
                        await Shop.NewVisitor().GetAsync(address);
                    }
                }
            },
            Cancel);
    }

    [Fact]
    public async Task DF_31_TwoTabsAddAtOnce_BothItemsAreThere()
    {
        var (visitor, _) = await MemberAsync();
        var tabs = new[] { await visitor.GetAsync("/shop/paid1"), await visitor.GetAsync("/shop/paid6") };
        await Task.WhenAll(tabs.Select(tab => visitor.SubmitAsync(tab)));
        Assert.Equal(["paid1", "paid6"], Skus(await visitor.GetAsync("/cart")).Order());
    }

    [Fact]
    public async Task S01_AnothersLine_CannotBeRemoved()
    {
        var (owner, _) = await MemberAsync();
        var (stranger, _) = await MemberAsync();
        var line = TickOf(await owner.AddAsync("paid1"), "paid1");
        await RemoveAsync(stranger, await stranger.AddAsync("paid6"), line);
        Assert.Equal(["paid1"], Skus(await owner.GetAsync("/cart")));
    }

    [Fact]
    public async Task DW_26_MadeUpCartCookie_OpensNobodysCart()
    {
        var browser = Shop.NewVisitor();
        await browser.AddAsync("paid1");
        var hash = await ReadAsync(db => db.Carts.OrderByDescending(c => c.Id).Select(c => c.KeyHash).FirstAsync(Cancel));
        var request = new HttpRequestMessage(HttpMethod.Get, "/cart");
        request.Headers.Add("Cookie", $"cart={hash}");
        Assert.Equal("0 items", (await Shop.NewVisitor().SendAsync(request)).Text("cart-count"));
    }

    private static IEnumerable<string> Cookies(Page page) => page.Response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [];

    private static Page WithoutTick(Page page)
    {
        page.Document.QuerySelector("[name=UsePoints]")!.RemoveAttribute("checked");
        return page;
    }
}

public sealed class CartPageTests_Sqlite(SqliteDatabase database) : CartPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class CartPageTests_Postgres(PostgresDatabase database) : CartPageTests(database), IClassFixture<PostgresDatabase>;

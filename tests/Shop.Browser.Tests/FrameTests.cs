using System.Text.Json;
using Microsoft.Playwright;
using Shop.TestKit;

namespace Shop.Browser.Tests;

/// <summary>
/// Buying on a page of another origin, by the library, in a browser that refuses third-party cookies. The pages of the other origins are made up here; the shop, the
/// frame and the bank are real.
/// </summary>
public sealed class FrameTests(BrowserShop shop) : BrowserTests(shop)
{
    private const string Seller = "http://tea.test";
    private const string Stranger = "http://stranger.test";
    internal const string Key = "em_browser";

    private static readonly string Library = File.ReadAllText(Repository.Path("library", "dist", "dreamshop.js"));

    [Fact]
    public async Task MZ_48_Completed_InTheFrame_WithThirdPartyCookiesBlocked()
    {
        var (buyer, frame) = await OpenAsync();
        await frame.GetByTestId("buy").ClickAsync();
        await PayAsync(buyer, frame, "ok");
        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();
        var outcome = await OutcomeAsync(buyer);
        Assert.Equal("completed", outcome.GetProperty("result").GetString());
        Assert.Equal("fulfilled", await Shop.ExecuteAsync("SELECT state FROM orders WHERE number = $1", outcome.GetProperty("ref").GetString()!));

        await frame.GetByTestId("embed-close").ClickAsync();
        await Expect(buyer.Page.Locator("dialog")).ToHaveCountAsync(0);
        Assert.DoesNotContain(await buyer.Page.Context.CookiesAsync(), cookie => cookie.Name is "cart" or "xsrf");
    }

    /// <summary>The card goes into the service's own fields, a frame in the frame; the bank's second step leads the frame away and back.</summary>
    [Theory]
    [InlineData("pm_card_visa")]
    [InlineData("pm_card_authenticationRequired")]
    public async Task MZ_48_CardInTheServicesFields_PaysInsideTheFrame(string card)
    {
        var at = await Shop.CardShopAsync();
        await SellAsync(Shop.ExecuteAtCardShopAsync);
        var buyer = await SellerPageAsync(Seller, at);
        Watch(buyer);
        var frame = await PressAsync(buyer);
        await frame.GetByTestId("buy").ClickAsync();
        await frame.Locator("[name=Provider][value=stripe]").CheckAsync();
        await frame.GetByTestId("place-order").ClickAsync();

        await frame.FrameLocator("[data-mount] iframe").GetByTestId("card").SelectOptionAsync(ProviderPageTests.Declined);
        await frame.Locator("[data-pay]").ClickAsync();
        await Expect(frame.GetByTestId("card-wrong")).ToContainTextAsync("declined");

        await frame.FrameLocator("[data-mount] iframe").GetByTestId("card").SelectOptionAsync(card);
        await frame.Locator("[data-pay]").ClickAsync();
        if (card.EndsWith("Required", StringComparison.Ordinal))
        {
            await frame.Locator("button[value=pass]").ClickAsync();
        }

        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();
        Assert.Equal("completed", (await OutcomeAsync(buyer)).GetProperty("result").GetString());
        Assert.Single(buyer.Page.Context.Pages); // nothing opened beside the page
    }

    /// <summary>In a browser without third-party cookies; the service's answers are made up, as its test cards do not have them all.</summary>
    [Fact]
    public async Task MZ_50_CardErrors_StandBesideTheFieldsAndAreTiedToThem_AndAnythingElseHasOneBanner()
    {
        var at = await Shop.CardShopAsync();
        await SellAsync(Shop.ExecuteAtCardShopAsync);
        var buyer = Watch(await SellerPageAsync(Seller, at));
        var frame = await PressAsync(buyer);
        await frame.GetByTestId("buy").ClickAsync();
        await frame.Locator("[name=Provider][value=stripe]").CheckAsync();
        await frame.GetByTestId("place-order").ClickAsync();
        var (fields, beside, banner) = (frame.Locator("[data-mount]"), frame.GetByTestId("card-wrong"), frame.GetByTestId("card-banner"));
        await Expect(frame.FrameLocator("[data-mount] iframe").GetByTestId("card")).ToBeVisibleAsync();
        Assert.Null(await fields.GetAttributeAsync("aria-describedby"));
        foreach (var (type, code, words) in new[]
        {
            ("card_error", "card_declined", "Your card was declined."), ("card_error", "incorrect_number", "Your card number is incorrect."),
            ("card_error", "invalid_expiry_month", "Your card's expiration month is invalid."), ("card_error", "invalid_expiry_year", "Your card's expiration year is invalid."),
            ("card_error", "incorrect_cvc", "Your card's security code is incorrect."), ("validation_error", "incomplete_number", "Your card number is incomplete."),
            ("invalid_request_error", "payment_intent_authentication_failure", "We are unable to authenticate your card."),
        })
        {
            await AnswerAsync(type, code, words);
            await Expect(beside).ToHaveTextAsync(words);
            await Expect(beside).ToHaveRoleAsync(AriaRole.Alert);
            await Expect(fields).ToHaveAccessibleDescriptionAsync(words);
            await Expect(banner).ToBeHiddenAsync();
        }

        await AnswerAsync("api_error", null, "Something went wrong at the service.");
        await Expect(banner).ToContainTextAsync("Something went wrong at the service.");
        await Expect(banner).ToHaveRoleAsync(AriaRole.Alert);
        await Expect(beside).ToBeHiddenAsync();
        Assert.Null(await fields.GetAttributeAsync("aria-describedby"));

        await buyer.Context.UnrouteAsync("**/v3/confirm");
        await frame.FrameLocator("[data-mount] iframe").GetByTestId("card").SelectOptionAsync("pm_card_visa");
        await frame.Locator("[data-pay]").ClickAsync();
        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();

        async Task AnswerAsync(string type, string? code, string message)
        {
            await buyer.Context.UnrouteAsync("**/v3/confirm");
            await buyer.Context.RouteAsync("**/v3/confirm", route => route.FulfillAsync(new RouteFulfillOptions
            {
                Status = 402, ContentType = "application/json", Body = JsonSerializer.Serialize(new { error = new { type, code, message } }),
            }));
            await frame.Locator("[data-pay]").ClickAsync();
        }
    }

    /// <summary>What renews needs an account, and an account is used in a window of the shop's own: the frame only waits for it.</summary>
    [Fact]
    public async Task MZ_48_MZ_52_Recurring_IsBoughtInTheWindow_AndTheFrameGoesOnByItself()
    {
        var buyer = await SellerPageAsync(Seller, product: "tea-club", member: true);
        await buyer.Page.Locator("a[data-dreamshop-key]").ClickAsync();
        var frame = buyer.Page.FrameLocator("dialog iframe");
        await Expect(frame.GetByTestId("length")).ToHaveTextAsync("Every month");
        await Expect(frame.GetByTestId("buy")).ToHaveCountAsync(0); // nothing is sold by a click in the frame
        var window = await buyer.Page.Context.RunAndWaitForPageAsync(() => frame.GetByTestId("embed-window").ClickAsync());
        await window.GetByTestId("buy").ClickAsync();
        await Expect(window.GetByTestId("renewals")).ToContainTextAsync("$5.00 every month");
        await window.GetByTestId("place-order").ClickAsync();
        await Expect(frame.Locator("main")).ToContainTextAsync("other window");
        await window.Locator("button[value='ok']").ClickAsync();
        await Expect(window.GetByTestId("order-state")).ToHaveAttributeAsync("data-state", "fulfilled");
        await window.CloseAsync();

        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();
        var outcome = await OutcomeAsync(buyer);
        Assert.Equal("completed", outcome.GetProperty("result").GetString());
        Assert.Equal("active", await Shop.ExecuteAsync(
            "SELECT s.state FROM subscriptions s JOIN subscription_periods p ON p.subscription_id = s.id JOIN orders o ON o.id = p.order_id WHERE o.number = $1",
            outcome.GetProperty("ref").GetString()!));
    }

    [Fact]
    public async Task MZ_54_DoubleClick_SendsTheFormOnce()
    {
        var (buyer, frame) = await OpenAsync();
        var sent = 0;
        buyer.Page.Request += (_, request) => sent += request.Method == "POST" && !request.Url.Contains("handler=", StringComparison.Ordinal) ? 1 : 0;
        await buyer.Context.RouteAsync("**/embed/buy/**", async route =>
        {
            await Task.Delay(300); // time for a second click
            await route.ContinueAsync();
        });
        await frame.GetByTestId("buy").DblClickAsync();
        await Expect(frame.GetByTestId("embed-bank")).ToBeVisibleAsync();
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task MZ_45_Cancelled_ByTheButton_AndByTheKey()
    {
        var (buyer, frame) = await OpenAsync();
        await frame.GetByTestId("embed-close").ClickAsync();
        Assert.Equal("cancelled", (await OutcomeAsync(buyer)).GetProperty("result").GetString());

        frame = await PressAsync(buyer);
        await frame.GetByTestId("buy").FocusAsync();
        await buyer.Page.Keyboard.PressAsync("Escape");
        Assert.Equal("cancelled", (await OutcomeAsync(buyer)).GetProperty("result").GetString());
        Assert.True(await buyer.Page.Locator("a[data-dreamshop-key]").EvaluateAsync<bool>("link => link === document.activeElement"));
    }

    [Fact]
    public async Task Declined_ThenPaidWithTheSecondStep_OnTheSameOrder()
    {
        var (buyer, frame) = await OpenAsync();
        await frame.GetByTestId("buy").ClickAsync();
        await PayAsync(buyer, frame, "declined");
        await Expect(frame.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await frame.Locator("form[action$='handler=Method'] button").ClickAsync();
        await PayAsync(buyer, frame, "authenticate");
        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();
        Assert.Equal("completed", (await OutcomeAsync(buyer)).GetProperty("result").GetString());
    }

    [Fact]
    public async Task ClosedWindow_AtTheBank_NothingIsBought_AndTheFrameGoesOn()
    {
        var (buyer, frame) = await OpenAsync();
        await frame.GetByTestId("buy").ClickAsync();
        var bank = await buyer.Page.Context.RunAndWaitForPageAsync(() => frame.GetByTestId("embed-bank").ClickAsync());
        await bank.CloseAsync();
        await frame.GetByTestId("embed-look").ClickAsync();
        await Expect(frame.GetByTestId("embed-bank")).ToBeVisibleAsync();
        await PayAsync(buyer, frame, "ok");
        await Expect(frame.GetByTestId("embed-done")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task S05_MF_12_ForeignOrigin_CanNeitherFrameNorHear()
    {
        var buyer = await SellerPageAsync(Stranger);
        var page = buyer.Page;
        await page.Locator("a[data-dreamshop-key]").ClickAsync();
        Assert.Equal("unreachable", (await OutcomeAsync(buyer)).GetProperty("code").GetString());

        // a page that is opened from the seller's hears nothing of what the frame says to the seller's
        var (other, frame) = await OpenAsync();
        var spy = await other.Page.Context.RunAndWaitForPageAsync(() => other.Page.EvaluateAsync($"() => {{ window.spy = window.open('{Stranger}/') }}"));
        await spy.EvaluateAsync("() => { window.heard = []; addEventListener('message', event => window.heard.push(event.data)) }");
        await spy.EvaluateAsync("() => { for (const to of [opener, opener[0]]) for (const [type, ref] of [['done', 'x'], ['hello', '']]) to.postMessage({ v: 1, type, ref }, '*') }");
        await other.Page.BringToFrontAsync();
        await frame.GetByTestId("embed-close").ClickAsync();
        Assert.Equal("cancelled", (await OutcomeAsync(other)).GetProperty("result").GetString());
        Assert.Equal(0, await spy.EvaluateAsync<int>("() => window.heard.length"));
    }

    /// <summary>Who frames the seller's page is around the frame too, and is none of the seller's origins.</summary>
    [Fact]
    public async Task S05_SellersPageInsideAStrangers_ShowsNoFrame()
    {
        var buyer = await SellerPageAsync(Seller, Shop.Address); // its browser complains
        await buyer.Context.RouteAsync($"{Stranger}/around", route => route.FulfillAsync(
            new RouteFulfillOptions { ContentType = "text/html", Body = $"<!doctype html><title>Around</title><iframe src='{Seller}/' width='900' height='700'></iframe>" }));
        await buyer.GoAsync($"{Stranger}/around");
        var seller = buyer.Page.FrameLocator("iframe");
        await seller.Locator("a[data-dreamshop-key]").ClickAsync();
        await Expect(seller.Locator("#said")).ToContainTextAsync("does not answer");
        await Expect(seller.Locator("dialog")).ToHaveCountAsync(0);
    }

    /// <summary>The policy keeps strangers from framing it; were it lost on the way, the frame's script says nothing to them all the same.</summary>
    [Fact]
    public async Task MZ_47_MF_12_StrangerWhoCouldFrameIt_HearsNothing()
    {
        var buyer = await SellerPageAsync(Stranger);
        await buyer.Context.RouteAsync("**/embed/buy/**", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new RouteFulfillOptions
            {
                Response = answer, Headers = answer.Headers.Where(header => !header.Key.StartsWith("content-security-policy", StringComparison.OrdinalIgnoreCase)),
            });
        });
        await buyer.Page.EvaluateAsync("() => { window.heard = []; addEventListener('message', event => window.heard.push(event.data)) }");
        await buyer.Page.Locator("a[data-dreamshop-key]").ClickAsync();
        await Expect(buyer.Page.FrameLocator("dialog iframe").GetByTestId("embed-close")).ToBeVisibleAsync();
        Assert.Equal("unreachable", (await OutcomeAsync(buyer)).GetProperty("code").GetString());
        Assert.Equal(0, await buyer.Page.EvaluateAsync<int>("() => window.heard.length"));
    }

    [Fact]
    public async Task MZ_47_Frame_AnswersAGreetingAndNothingElse_AndOnlyTheWindowAround()
    {
        var (buyer, _) = await OpenAsync();
        await buyer.Page.EvaluateAsync(
            """
            async () => {
              window.heard = []
              addEventListener('message', event => { if (event.data.type) window.heard.push(event.data.type) })
              const frame = document.querySelector('dialog iframe').contentWindow
              const beside = document.body.appendChild(document.createElement('iframe')) // of the same origin, and not around the frame
              beside.contentWindow.eval(`parent.document.querySelector('dialog iframe').contentWindow.postMessage({ v: 1, type: 'hello', ref: '' }, '*')`)
              for (const what of [{ v: 2, type: 'hello', ref: '' }, { v: 1, type: 'hello', ref: 'x' }, { v: 1, type: 'hello', ref: '', more: 1 }, { v: 1, type: 'done', ref: '' }, 'hello', null, [1, 'hello', '']])
                frame.postMessage(what, '*')
              frame.postMessage({ v: 1, type: 'hello', ref: '' }, '*')
            }
            """);
        await buyer.Page.WaitForFunctionAsync("() => window.heard.length > 0");
        Assert.Equal("ready", string.Join(' ', await buyer.Page.EvaluateAsync<string[]>("() => window.heard")));
    }

    [Fact]
    public async Task ShopStopsMidway_TheDialogCanBeLeftByAClickBesideIt()
    {
        var buyer = await SellerPageAsync(Seller, Shop.Address); // its browser complains of the dead line
        var frame = await PressAsync(buyer);
        await buyer.Page.Mouse.ClickAsync(5, 5);
        await Expect(frame.GetByTestId("buy")).ToBeVisibleAsync(); // while the shop is there, a slip of the hand ends nothing
        await buyer.Context.RouteAsync("**/embed/**", route => route.AbortAsync());
        await frame.GetByTestId("buy").ClickAsync();
        await Expect(frame.GetByTestId("buy")).ToHaveCountAsync(0);
        for (var tries = 0; tries < 20 && await buyer.Page.Locator("dialog").CountAsync() > 0; tries++)
        {
            await buyer.Page.Mouse.ClickAsync(5, 5);
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.Equal("cancelled", (await OutcomeAsync(buyer)).GetProperty("result").GetString());
        await Expect(buyer.Page.Locator("h1")).ToHaveTextAsync("Tea house");
    }

    [Fact]
    public async Task ShopStopped_TheSellersPageStandsAndSaysSo()
    {
        var buyer = await SellerPageAsync(Seller, new Uri("http://127.0.0.1:9"));
        await Expect(buyer.Page.Locator("h1")).ToHaveTextAsync("Tea house");
        await buyer.Page.Locator("a[data-dreamshop-key]").ClickAsync();
        await Expect(buyer.Page.Locator("#said")).ToContainTextAsync("does not answer");
        await Expect(buyer.Page.Locator("dialog")).ToHaveCountAsync(0);
    }

    /// <summary>In a frame of a foreign origin, and where no shop answers, the browser complains; it has to.</summary>
    private async Task<Person> SellerPageAsync(string origin, Uri? at = null, string product = "tea-pot", bool member = false)
    {
        await SellAsync(Shop.ExecuteAsync);
        var person = await Shop.NewSellerVisitorAsync();
        if (at is null && origin == Seller)
        {
            Watch(person);
        }

        await person.Context.RouteAsync($"{origin}/**", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = Html(at ?? Shop.Address, product) }));
        if (origin != Stranger)
        {
            await person.Context.RouteAsync($"{Stranger}/**", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = "<!doctype html><title>Stranger</title>" }));
        }

        if (member)
        {
            await person.RegisterAsync();
        }

        await person.GoAsync(origin + "/");
        return person;
    }

    private async Task<(Person Buyer, IFrameLocator Frame)> OpenAsync()
    {
        var buyer = await SellerPageAsync(Seller);
        return (buyer, await PressAsync(buyer));
    }

    private static async Task<IFrameLocator> PressAsync(Person buyer)
    {
        await buyer.Page.EvaluateAsync("() => { window.outcome = undefined }");
        await buyer.Page.Locator("a[data-dreamshop-key]").ClickAsync();
        var frame = buyer.Page.FrameLocator("dialog iframe");
        await Expect(frame.GetByTestId("buy")).ToBeVisibleAsync();
        await Expect(frame.GetByTestId("embed-close")).ToBeVisibleAsync();
        return frame;
    }

    /// <summary>Pays in the bank's own window.</summary>
    private static async Task PayAsync(Person buyer, IFrameLocator frame, string outcome)
    {
        var bank = await buyer.Page.Context.RunAndWaitForPageAsync(() => frame.GetByTestId("embed-bank").ClickAsync());
        await bank.Locator($"button[value='{outcome}']").ClickAsync();
        if (outcome == "authenticate")
        {
            await bank.Locator("button[value='passed']").ClickAsync();
        }

        await Expect(bank.GetByTestId("embed-return")).ToBeVisibleAsync();
        await bank.CloseAsync();
    }

    private static async Task<JsonElement> OutcomeAsync(Person buyer)
    {
        await buyer.Page.WaitForFunctionAsync("() => window.outcome");
        return JsonDocument.Parse(await buyer.Page.EvaluateAsync<string>("() => JSON.stringify(window.outcome)")).RootElement;
    }

    private static string Html(Uri at, string product) =>
        $"""
        <!doctype html><html lang="en"><title>Tea house</title><h1>Tea house</h1>
        <a href="{new Uri(at, $"/buy/{product}")}" data-dreamshop-key="{Key}" data-dreamshop-http>Buy tea</a><p id="said" role="status"></p>
        <script>{Library}</script>
        <script>
        document.addEventListener('dreamshop', event => {'{'}
          window.outcome = event.detail
          if (event.detail.code === 'unreachable') document.getElementById('said').textContent = 'The shop does not answer.'
        {'}'})
        </script>
        """;

    /// <summary>A seller with a product that is bought once, and one that renews. There is one for all tests.</summary>
    internal static async Task SellAsync(Func<string, object[], Task<object?>> execute)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await execute(
            """
            INSERT INTO sellers (handle, name, contact, embed_key, state, made_by, made_at)
            SELECT 'tea', 'Tea house', 'help@tea.test', $1, 'active', id, $2 FROM members WHERE user_name = 'admin' ON CONFLICT DO NOTHING;
            INSERT INTO seller_origins (seller_id, origin, added_at) SELECT id, $3, $2 FROM sellers WHERE embed_key = $1 ON CONFLICT DO NOTHING;
            INSERT INTO seller_products (seller_id, code, title, sale, pricing, amount_minor, currency, sign_in, on_sale, revision, made_at)
            SELECT id, 'tea-pot', 'A pot of tea', 'one_off', 'fixed', 700, 'USD', 'none', 1, 1, $2 FROM sellers WHERE embed_key = $1 ON CONFLICT DO NOTHING;
            INSERT INTO seller_products (seller_id, code, title, sale, pricing, amount_minor, currency, months, sign_in, on_sale, revision, made_at)
            SELECT id, 'tea-club', 'The tea club', 'recurring', 'fixed', 500, 'USD', 1, 'account', 1, 1, $2 FROM sellers WHERE embed_key = $1 ON CONFLICT DO NOTHING
            """,
            [Key, now, Seller]);
    }
}

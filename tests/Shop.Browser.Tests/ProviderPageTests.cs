using System.Globalization;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>Stripe's and PayPal's ways through the shop, in a real browser. Both are played by the simulator, whose pages are of another origin.</summary>
public sealed class ProviderPageTests(BrowserShop shop) : BrowserTests(shop)
{
    private const string Visa = "pm_card_visa";
    internal const string Declined = "pm_card_chargeDeclined";
    private const string SecondStep = "pm_card_authenticationRequired";

    [Fact]
    public async Task ST_1_PayPage_HasNoFieldOfOursAndThoseOfTheOtherOrigin()
    {
        var buyer = await AtPayPageAsync();
        Assert.Empty(await buyer.Page.Locator("main input:visible, main select:visible, main textarea:visible").EvaluateAllAsync<string[]>(
            "all => all.filter(field => !['radio', 'checkbox'].includes(field.type)).map(field => field.outerHTML)"));
        await Expect(buyer.Page.FrameLocator("[data-mount] iframe").GetByTestId("card")).ToBeVisibleAsync();
        Assert.StartsWith(Shop.Simulator.Address.AbsoluteUri, await buyer.Page.Locator("[data-mount] iframe").GetAttributeAsync("src"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ST_3_WhatIsEnteredInTheFields_GoesToTheProviderAloneAndPays()
    {
        var buyer = await AtPayPageAsync();
        var sent = new List<IRequest>();
        buyer.Page.Request += (_, request) => sent.Add(request);
        await EnterAsync(buyer, Visa);
        await PaysAsync(buyer);
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");

        var receivers = sent.Where(request => $"{request.Url} {request.PostData}".Contains(Visa, StringComparison.Ordinal)).Select(request => new Uri(request.Url).Authority).Distinct();
        Assert.Equal(Shop.Simulator.Address.Authority, Assert.Single(receivers));
    }

    [Fact]
    public async Task ST_9_DeclinedInTheFields_AnotherCardPaysOnTheSameIntent()
    {
        var buyer = await AtPayPageAsync();
        var intent = await IntentAsync(buyer);
        await EnterAsync(buyer, Declined);
        await PaysAsync(buyer);
        await Expect(buyer.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("declined");
        Assert.EndsWith("/pay", buyer.Path, StringComparison.Ordinal);
        Assert.Equal(intent, await IntentAsync(buyer));

        await EnterAsync(buyer, Visa);
        await PaysAsync(buyer);
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        Assert.Equal(intent, $"{await Shop.ExecuteAtCardShopAsync("SELECT provider_ref FROM payment_attempts WHERE provider_ref = $1 AND state = 'captured'", intent)}");
    }

    [Fact]
    public async Task MZ_50_MistakeInAField_IsSaidBesideIt_ADeclineWithTheFields_AndBothAreSetRight()
    {
        var buyer = await AtPayPageAsync();
        var (fields, problem, banner) = (buyer.Page.FrameLocator("[data-mount] iframe"), buyer.Page.Locator("[data-problem]"), buyer.Page.Locator("[data-banner]"));
        foreach (var (mistake, field) in new[] { ("invalid_number", "number"), ("invalid_expiry_month", "expiry"), ("invalid_expiry_year_past", "expiry"), ("incomplete_cvc", "cvc") })
        {
            await EnterAsync(buyer, mistake);
            await PaysAsync(buyer);
            await Expect(fields.GetByTestId($"wrong-{field}")).Not.ToBeEmptyAsync();
            await Expect(buyer.Page.Locator("[data-pay]")).ToBeEnabledAsync();
            foreach (var other in new[] { "number", "expiry", "cvc" }.Where(it => it != field))
            {
                await Expect(fields.GetByTestId($"wrong-{other}")).ToBeEmptyAsync();
            }

            await Expect(problem).ToBeVisibleAsync();
            await Expect(banner).ToBeHiddenAsync();
        }

        await EnterAsync(buyer, Declined);
        await PaysAsync(buyer);
        await Expect(problem).ToContainTextAsync("declined");
        await Expect(banner).ToBeHiddenAsync();
        await Expect(fields.GetByTestId("wrong-cvc")).ToBeEmptyAsync();
        await EnterAsync(buyer, Visa);
        await PaysAsync(buyer);
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ST_10_SecondStep_FulfilsOrLeadsBackToTheFields(bool passes)
    {
        var buyer = await AtPayPageAsync();
        await EnterAsync(buyer, SecondStep);
        await PaysAsync(buyer);
        await buyer.Page.WaitForURLAsync("**/stripe/authenticate/**");
        await buyer.Page.Locator($"button[value={(passes ? "pass" : "fail")}]").ClickAsync();
        await (passes ? Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled") : Expect(buyer.Page.Locator("[data-mount] iframe")).ToBeVisibleAsync());
    }

    [Fact]
    public async Task DW_57_WithoutJavaScript_TheHostedPageTakesThePaymentAndLeadsBack()
    {
        var buyer = await AtPayPageAsync(scripts: false);
        await buyer.Page.Locator("[data-hosted] button").ClickAsync();
        await buyer.Page.Locator("main a.button").ClickAsync();
        await buyer.Page.WaitForURLAsync("**/stripe/pay/**");
        Assert.Equal(Shop.Simulator.Address.Authority, new Uri(buyer.Page.Url).Authority);
        await buyer.Page.SelectOptionAsync("#card", Visa);
        await buyer.Page.Locator("button").First.ClickAsync();
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    [Fact]
    public async Task DW_60_ApprovedAtPayPal_IsTakenOnTheWayBack()
    {
        var buyer = await AtPayPageAsync("paypal");
        await buyer.Page.Locator("main a.button").ClickAsync();
        await buyer.Page.WaitForURLAsync("**/checkoutnow?**");
        await buyer.Page.Locator("button[value=approve]").ClickAsync();
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await ComesAsync("paypal");
    }

    [Fact]
    public async Task ST_7_DoubleClick_TakesOnePayment()
    {
        var buyer = await AtPayPageAsync();
        var intent = await IntentAsync(buyer);
        await EnterAsync(buyer, Visa);
        await buyer.Page.Locator("[data-pay]").DblClickAsync();
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");

        var movements = (await Shop.Simulator.GetAsync("/_ledger?provider=stripe", TestContext.Current.CancellationToken)).GetProperty("movements").EnumerateArray();
        Assert.Single(movements, it => it.GetProperty("payment").GetString() == intent);
        Assert.Equal(1L, await Shop.ExecuteAtCardShopAsync("SELECT COUNT(*) FROM payment_attempts WHERE order_id = (SELECT order_id FROM payment_attempts WHERE provider_ref = $1)", intent));
    }

    /// <summary>The line breaks on the way back: what the provider tells the shop is enough.</summary>
    [Fact]
    public async Task ST_12_BuyerNeverComesBack_TheProvidersEventFulfilsTheOrder()
    {
        var buyer = await AtPayPageAsync();
        var pay = buyer.Path;
        await buyer.Page.RouteAsync("**/return?**", route => route.FulfillAsync(new RouteFulfillOptions { Body = "the line is dead", ContentType = "text/plain" }));
        await EnterAsync(buyer, Visa);
        await PaysAsync(buyer);
        await buyer.Page.WaitForURLAsync("**/return?**");
        await ComesAsync("stripe");
        await buyer.GoAsync($"/orders/{pay.Split('/')[2]}");
        for (var look = 0; look < 50 && await buyer["order-state"].GetAttributeAsync("data-state") != "fulfilled"; look++)
        {
            await buyer.Page.ReloadAsync();
        }

        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    [Fact]
    public async Task ST_26_CardKeptOnce_TheNextPurchaseIsOneClick()
    {
        var buyer = Watch(await PaidAsync(Shop));
        await buyer.GoAsync("/checkout");
        Assert.Matches("^Visa ending in 4242, expires [0-9]{2}/[0-9]{4}$", await buyer["saved-method"].Locator("b").InnerTextAsync()); // ST-23
        await buyer["place-order"].ClickAsync();
        await buyer.Page.WaitForURLAsync("**/orders/**");
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    /// <summary>A new member in front of the pay page of an order.</summary>
    internal static async Task<Person> ArriveAsync(BrowserShop shop, string provider = "stripe", bool scripts = true, bool keep = false)
    {
        var buyer = await shop.NewPersonAsync(scripts, await shop.CardShopAsync());
        await buyer.RegisterAsync();
        await buyer.AddAsync("paid1");
        await buyer.GoAsync("/checkout");
        await buyer.Page.Locator($"[name=Provider][value={provider}]").CheckAsync();
        if (keep)
        {
            await buyer["save-card"].CheckAsync();
        }

        await buyer["place-order"].ClickAsync();
        await buyer.Page.WaitForURLAsync("**/checkout/*/pay");
        return buyer;
    }

    /// <summary>A new member who kept the card of a first purchase and has something in the cart again.</summary>
    internal static async Task<Person> PaidAsync(BrowserShop shop)
    {
        var buyer = await ArriveAsync(shop, keep: true);
        await EnterAsync(buyer, Visa);
        await PaysAsync(buyer);
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await buyer.AddAsync("paid2");
        return buyer;
    }

    private async Task<Person> AtPayPageAsync(string provider = "stripe", bool scripts = true, bool keep = false) => Watch(await ArriveAsync(Shop, provider, scripts, keep));

    internal static Task EnterAsync(Person buyer, string card) => buyer.Page.FrameLocator("[data-mount] iframe").GetByTestId("card").SelectOptionAsync(card);

    internal static Task PaysAsync(Person buyer) => buyer.Page.Locator("[data-pay]").ClickAsync();

    /// <summary>The id of what the fields pay: the part of its secret that is no secret.</summary>
    private static async Task<string> IntentAsync(Person buyer) => (await buyer["card-fields"].GetAttributeAsync("data-secret"))!.Split("_secret_")[0];

    /// <summary>Waits until an event of a provider has been believed and dealt with.</summary>
    private async Task ComesAsync(string provider)
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        while (Convert.ToInt64(await Shop.ExecuteAtCardShopAsync("SELECT COUNT(*) FROM webhook_inbox WHERE provider = $1 AND processed_at IS NOT NULL AND dead = 0", provider), CultureInfo.InvariantCulture) == 0)
        {
            Assert.False(patience.IsCompleted, $"No event of {provider} was dealt with.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}

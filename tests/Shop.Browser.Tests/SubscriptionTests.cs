using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>A subscription in the hands of its payer, on the real pages: looked at, charged by another card, cancelled, taken back, bought again, and set right when a renewal failed.</summary>
public sealed class SubscriptionTests(BrowserShop shop) : BrowserTests(shop)
{
    /// <summary>Who keeps another card, at the bank's page for it. Leaves them at the payment methods.</summary>
    private static async Task KeepAnotherAsync(Person person, string card)
    {
        await person.GoAsync("/account/payment-methods");
        await person.SubmitAsync("#add button");
        await person.Page.WaitForURLAsync("**/sandbox/setup/**");
        await person.Page.Locator($"button[value='{card}']").ClickAsync();
        await person.Page.WaitForURLAsync(address => new Uri(address).AbsolutePath == "/account/payment-methods");
        await Expect(person["payment-method"]).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task MF_1_MZ_36_MZ_37_MZ_38_MZ_39_Cancel_SaysWhatWillHappenInTheseWords_AndIsTakenBack()
    {
        var person = Watch(await Scenes.SubscriberAsync(Shop));
        var manage = person.Path;
        var until = await person["subscription-until"].InnerTextAsync();
        await person["to-cancel"].ClickAsync();
        await person.Page.WaitForURLAsync("**/cancel");
        await Expect(person["not-charged"]).ToContainTextAsync("payment method is not going to be charged again");
        await Expect(person["valid-until"]).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^Your subscription will be valid until .*20[0-9]{2}"));
        await Expect(person["terminates"]).ToHaveTextAsync("Your subscription will instantly terminate");
        await Expect(person["cancel"]).ToHaveTextAsync("Cancel");
        await Expect(person["keep"]).ToHaveTextAsync("Keep my subscription");
        await person["keep"].ClickAsync();
        await person.Page.WaitForURLAsync("**" + manage);
        await Expect(person["subscription-state"]).ToHaveTextAsync("It renews");

        await person.GoAsync(manage + "/cancel");
        await person.SubmitAsync("[data-testid=cancel]");
        await Expect(person.Page.Locator("main [role=status]")).ToContainTextAsync("Your subscription will be valid until");
        await Expect(person["subscription-state"]).ToHaveTextAsync("Cancelled");
        await Expect(person["subscription-until"]).ToHaveTextAsync(until);
        await Expect(person["subscription-next"]).ToHaveCountAsync(0);
        await person.SubmitAsync("[data-testid=take-back]");
        await Expect(person["subscription-state"]).ToHaveTextAsync("It renews");
        await Expect(person["subscription-next"]).ToContainTextAsync("$3.00");
    }

    [Fact]
    public async Task MF_1_MZ_61_CloseAccount_SaysWhatGoes_AsksForThePassword_AndOpensNothingAfterwards()
    {
        var person = Watch(await Scenes.SubscriberAsync(Shop));
        await person.GoAsync("/account/data");
        await person.Page.Locator("a[href='/account/data/close']").First.ClickAsync();
        await person.Page.WaitForURLAsync("**/account/data/close");
        await Expect(person["close-methods"]).ToContainTextAsync("4242");
        await Expect(person["close-subscriptions"].Locator("li")).ToHaveCountAsync(1);
        await person.FillAsync("Password", "not-this-one-at-all");
        await person.SubmitAsync("[data-testid=close-account]");
        await Expect(person.Page.Locator("#Password")).ToHaveAttributeAsync("aria-invalid", "true");

        await person.FillAsync("Password", Person.Password);
        await person.SubmitAsync("[data-testid=close-account]");
        await Expect(person.Page.Locator("main [role=status]")).ToContainTextAsync("Your account is closed");
        await person.GoAsync("/account");
        Assert.Equal("/account/login", person.Path);
    }

    [Fact]
    public async Task MF_1_MZ_11_ChangeCard_IsTheOneThatIsChargedNext()
    {
        var person = Watch(await Scenes.SubscriberAsync(Shop));
        var manage = person.Path;
        await Expect(person["subscription-method"]).ToContainTextAsync("Visa ending in 4242");
        await KeepAnotherAsync(person, "declined");
        await person.GoAsync(manage);
        var other = await person.Page.Locator("select[name=Method] option:not(:checked)").GetAttributeAsync("value");
        await person.Page.Locator("select[name=Method]").SelectOptionAsync(other!);
        await person.SubmitAsync("form[action*='Method'] button");
        await Expect(person["subscription-method"]).Not.ToContainTextAsync("4242");
    }

    [Fact]
    public async Task MF_1_MZ_28_Receipt_IsViewedPrintedAndSaved()
    {
        var person = Watch(await Scenes.SubscriberAsync(Shop));
        await person.GoAsync("/account/orders");
        await person.Page.Locator("main a[href^='/orders/']").First.ClickAsync();
        await person.Page.Locator("main a[href$='/receipt']").First.ClickAsync();
        await person.Page.WaitForURLAsync("**/receipt");
        var number = await person["paper-number"].InnerTextAsync();
        await Expect(person["sum-total"]).ToHaveTextAsync("$3.00");

        await person.Page.EvaluateAsync("() => { window.print = () => { document.documentElement.dataset.printed = 'yes'; }; }");
        await person.Page.Locator("[data-print]").ClickAsync();
        await Expect(person.Page.Locator("html")).ToHaveAttributeAsync("data-printed", "yes");
        await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        await Expect(person["paper-number"]).ToBeVisibleAsync();
        await Expect(person["seller"]).ToBeVisibleAsync();
        await Expect(person.Page.Locator("nav[aria-label=You]")).ToBeHiddenAsync();
        await Expect(person["pdf"]).ToBeHiddenAsync();
        await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Screen });

        var file = await person.Page.RunAndWaitForDownloadAsync(() => person["pdf"].ClickAsync());
        Assert.EndsWith(".pdf", file.SuggestedFilename, StringComparison.Ordinal);
        Assert.Contains(number, file.SuggestedFilename, StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(await file.PathAsync(), TestContext.Current.CancellationToken);
        Assert.True(bytes.AsSpan().StartsWith("%PDF-"u8));
    }

    [Fact]
    public async Task MF_2_CancelledAndOver_SubscribedAgainWithTheSameCard_OneIsLive()
    {
        var person = Watch(await Scenes.SubscriberAsync(Shop));
        await person.GoAsync(person.Path + "/cancel");
        await person.Page.Locator("[name=When][value=now]").CheckAsync();
        await person.SubmitAsync("[data-testid=cancel]");
        await Expect(person["subscription-state"]).ToHaveTextAsync("Over");

        await person.GoAsync("/shop/paid1");
        await person.Page.Locator("#Renew").CheckAsync();
        await person["add-to-cart"].ClickAsync();
        await person.Page.WaitForURLAsync("**/cart");
        await person.GoAsync("/checkout");
        await Expect(person.Page.Locator("[name=Provider]:checked + span, label:has([name=Provider]:checked)").First).ToContainTextAsync("4242");
        await person["place-order"].ClickAsync();
        await Expect(person["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await person.GoAsync("/account/subscriptions");
        await Expect(person.Page.Locator("[data-testid=subscription][data-state=active]")).ToHaveCountAsync(1);
        await Expect(person.Page.Locator("[data-testid=subscription][data-state=ended]")).ToHaveCountAsync(1);
    }

    /// <summary>The link of a failed renewal: the same card is refused once more, and another one that is kept pays.</summary>
    [Fact]
    public async Task MF_1_MZ_31_MZ_32_Fix_SameMethodAgain_ThenAnotherStoredOne()
    {
        var person = Watch(await Scenes.FixAsync(Shop));
        var fix = person.Path;
        await Expect(person["fix-amount"]).ToHaveTextAsync("$3.00");
        await Expect(person["fix-same"]).ToContainTextAsync("Try again with the same method");
        await Expect(person["fix-why"]).ToContainTextAsync("declined");
        await person.SubmitAsync("[data-testid=fix-pay]");
        await Expect(person["error"]).ToContainTextAsync("declined");

        await KeepAnotherAsync(person, "ok");
        await person.GoAsync(fix);
        await person.Page.Locator("[data-testid=fix-other] input").CheckAsync();
        await person["fix-pay"].ClickAsync();
        await Expect(person["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await person.GoAsync("/account/subscriptions");
        await Expect(person["subscription"]).ToHaveAttributeAsync("data-state", "active");
        await Expect(person["subscription-method"]).ToContainTextAsync("4242");
        await person.GoAsync(fix);
        await Expect(person["fix-pay"]).ToHaveCountAsync(0);
    }

    /// <summary>What stands on the management pages is real: every link leads somewhere, every button sends a form (or prints), and no word waits to be written.</summary>
    [Fact]
    public async Task MF_1_ManagementPages_HaveNoDeadButtonAndNoPlaceholder()
    {
        var person = Watch(await Scenes.FixAsync(Shop));
        var fix = person.Path;
        await person.GoAsync("/account/subscriptions");
        var manage = await person.Page.Locator("[data-testid=subscription] h2 a").GetAttributeAsync("href");
        var links = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in new[] { "/account/subscriptions", manage!, manage + "/cancel", fix, "/account/payment-methods", "/account/orders" })
        {
            await person.GoAsync(path);
            Assert.DoesNotMatch(@"(?i)lorem|ipsum|todo|tbd|placeholder|coming soon|\{[0-9]\}|\[\w+\]", await person.Page.Locator("main").InnerTextAsync());
            var dead = await person.Page.EvaluateAsync<string[]>("""
                () => [...document.querySelectorAll('main button:not([data-print])')].filter(b => b.disabled || !b.form || !b.form.action || b.type !== 'submit')
                    .concat([...document.querySelectorAll('main a')].filter(a => !a.getAttribute('href') || a.getAttribute('href') === '#')).map(e => e.outerHTML)
                """);
            Assert.True(dead.Length == 0, $"{path}: {string.Join('\n', dead)}");
            links.UnionWith(await person.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('main a[href]')].map(a => a.href.split('#')[0])"));
        }

        foreach (var link in links)
        {
            var answer = await person.Page.APIRequest.GetAsync(link, new APIRequestContextOptions { MaxRedirects = 0 });
            Assert.True(answer.Status is 200 or 302, $"{link}: {answer.Status}");
        }
    }
}

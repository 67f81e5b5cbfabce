using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>Without a mouse: every stop can be seen, and all of it can be reached.</summary>
public sealed class KeyboardTests(BrowserShop shop) : BrowserTests(shop)
{
    private const int MostStops = 120;

    /// <summary>Why the element with the focus cannot be seen; empty when it can.</summary>
    private const string Unseen = """
        () => {
          const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
          const name = e.outerHTML.slice(0, 160);
          if (e === document.body) return ''; // between the page's end and its beginning
          if (box.width < 2 || box.height < 2 || box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight || box.left >= innerWidth) return 'off the screen: ' + name;
          if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return 'no outline: ' + name;
          return '';
        }
        """;

    [Fact]
    public async Task Purchase_ByKeyboardAlone()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        await buyer.GoAsync("/");
        await PressUntilAsync(buyer.Page, "[data-sku='paid1'] [data-testid='add-to-cart']");
        await buyer.Page.Keyboard.PressAsync("Enter");
        await buyer.Page.WaitForURLAsync("**/cart");
        await PressUntilAsync(buyer.Page, "main a[href='/checkout'].button");
        await buyer.Page.Keyboard.PressAsync("Enter");
        await buyer.Page.WaitForURLAsync("**/checkout");
        await PressUntilAsync(buyer.Page, "[name='Provider']");
        await buyer.Page.Keyboard.PressAsync("Space");
        await PressUntilAsync(buyer.Page, "[data-testid='place-order']");
        await buyer.Page.Keyboard.PressAsync("Enter");
        await buyer.Page.WaitForURLAsync("**/sandbox/pay/**");
        await PressUntilAsync(buyer.Page, "button[value='ok']");
        await buyer.Page.Keyboard.PressAsync("Enter");
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    [Fact]
    public async Task Resource_IsPaidByKeyboardAlone()
    {
        var reader = await NewPersonAsync();
        await reader.GoAsync($"/r/{await PaywallBrowserTests.TextAsync(Shop)}");
        await PressUntilAsync(reader.Page, "[data-testid=pay-here]");
        await reader.Page.Keyboard.PressAsync("Enter");
        await reader.Page.WaitForURLAsync("**/pay");
        await PressUntilAsync(reader.Page, "[name='Provider']");
        await reader.Page.Keyboard.PressAsync("Space");
        await PressUntilAsync(reader.Page, "main form .button");
        await reader.Page.Keyboard.PressAsync("Enter");
        await reader.Page.WaitForURLAsync("**/sandbox/pay/**");
        await PressUntilAsync(reader.Page, "button[value='ok']");
        await reader.Page.Keyboard.PressAsync("Enter");
        await Expect(reader["resource"]).ToBeVisibleAsync();
    }

    /// <summary>The form for a recovery code opens, is filled in and sent; what is wrong has the focus, and the form stays open.</summary>
    [Fact]
    public async Task RecoveryCode_IsEnteredByKeyboardAlone()
    {
        var reader = await NewPersonAsync();
        await reader.GoAsync($"/r/{await PaywallBrowserTests.TextAsync(Shop)}");
        await PressUntilAsync(reader.Page, "details:has(#recover) > summary");
        await reader.Page.Keyboard.PressAsync("Enter");
        await PressUntilAsync(reader.Page, "#Paid");
        await reader.Page.Keyboard.TypeAsync("2222");
        await PressUntilAsync(reader.Page, "#Code");
        await reader.Page.Keyboard.TypeAsync("no code");
        await reader.Page.Keyboard.PressAsync("Enter");
        await Expect(reader["error"]).ToBeFocusedAsync();
        await PressUntilAsync(reader.Page, "#Code");
        Assert.Equal("no code", await reader.Page.InputValueAsync("#Code"));
    }

    [Fact]
    public async Task ResourceForm_IsFilledInByKeyboardAlone()
    {
        var admin = await NewPersonAsync();
        await admin.SignInAsync("admin", TestKit.ShopHost.Password);
        await admin.GoAsync("/admin/catalogue/resources/new");
        foreach (var (field, text) in new[] { ("Name", "by-keys"), ("Form", "a text"), ("Title", "By keys"), ("Summary", "Typed."), ("Price", "1.50"), ("Points", "15"), ("Body", "# It is") })
        {
            await PressUntilAsync(admin.Page, $"#{field}");
            await admin.Page.Keyboard.TypeAsync(text);
        }

        await PressUntilAsync(admin.Page, "#OnSale");
        await admin.Page.Keyboard.PressAsync("Space");
        await PressUntilAsync(admin.Page, "#edit .button");
        await admin.Page.Keyboard.PressAsync("Enter");
        await admin.Page.WaitForURLAsync("**/resources/by-keys");
        Assert.True(await admin.Page.IsCheckedAsync("#OnSale"));
    }

    [Fact]
    public async Task SkipLink_IsTheFirstStopAndLeadsPastTheHeader()
    {
        var visitor = await NewPersonAsync();
        await visitor.GoAsync("/");
        await visitor.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("", await visitor.Page.EvaluateAsync<string>(Unseen));
        await Expect(visitor.Page.Locator(".skip")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.Keyboard.PressAsync("Tab");
        Assert.True(await visitor.Page.EvaluateAsync<bool>("() => document.querySelector('main').contains(document.activeElement)"));
    }

    /// <summary>The cart in the header opens and closes from the keyboard, and its lines are then reached.</summary>
    [Fact]
    public async Task CartSummary_OpensByKeyboard()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        await buyer.AddAsync("paid1");
        await PressUntilAsync(buyer.Page, ".cart summary");
        await buyer.Page.Keyboard.PressAsync("Enter");
        await PressUntilAsync(buyer.Page, ".cart .unfolded a");
        await Expect(buyer.Page.Locator(".cart .unfolded")).ToBeVisibleAsync();
    }

    /// <summary>A refused form puts the focus on what is wrong; each problem leads to its field.</summary>
    [Fact]
    public async Task RefusedForm_FocusIsOnTheSummary_WhichLeadsToTheField()
    {
        var visitor = await NewPersonAsync();
        await visitor.GoAsync("/shop/paid1");
        await visitor.FillAsync("Recipient", "nobody_of_that_name");
        await visitor.Page.Locator("main").GetByTestId("add-to-cart").ClickAsync();
        await Expect(visitor["error"]).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Tab");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.Locator("#Recipient")).ToBeFocusedAsync();
        Assert.Equal("nobody_of_that_name", await visitor.Page.InputValueAsync("#Recipient"));
    }

    /// <summary>Goes on with Tab until the element has the focus. Every stop on the way must be seen.</summary>
    private static async Task PressUntilAsync(IPage page, string selector)
    {
        for (var stop = 0; stop < MostStops; stop++)
        {
            await page.Keyboard.PressAsync("Tab");
            var unseen = await page.EvaluateAsync<string>(Unseen);
            Assert.True(unseen.Length == 0, $"{page.Url}: {unseen}");
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"{page.Url}: Tab never comes to {selector}");
    }
}

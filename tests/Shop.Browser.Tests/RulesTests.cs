using System.Globalization;
using Shop.TestKit;

namespace Shop.Browser.Tests;

/// <summary>What a new admin does first: change a price, look at what it would have done, schedule it, and take it back.</summary>
public sealed class RulesTests(BrowserShop shop) : BrowserTests(shop)
{
    [Fact]
    public async Task PriceOfAYear_IsChangedLookedAtScheduledForTomorrowAndTakenBack()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        await buyer.AddAsync("paid12");
        await buyer.PlaceAsync();
        await buyer.AtTheBankAsync("ok");

        var admin = await NewPersonAsync();
        await admin.SignInAsync("admin", ShopHost.Password);
        await admin.GoAsync("/admin/rules");
        await admin.SubmitAsync("button[formaction*='Begin']");
        var draft = admin.Path;
        await admin.GoAsync($"{draft}/shop.prices?list=products&row=paid12");
        await admin.FillAsync("Values[priceMinor]", "45.00");
        await admin.FillAsync("Values[points]", "450");
        await admin.SubmitAsync("#values .button:not(.second)");

        Assert.Equal(draft, admin.Path);
        await Expect(admin["changes"]).ToContainTextAsync("$45.00");
        var cells = await admin["product-effect"].Filter(new() { HasText = "paid12" }).Locator("td").AllInnerTextsAsync();
        Assert.Equal((int.Parse(cells[0], CultureInfo.InvariantCulture) * 45).ToString("$#,0.00", CultureInfo.InvariantCulture), cells[2]); // the shop is shared: others buy years, too
        await Expect(admin["orders-effect"]).ToBeVisibleAsync();
        await Expect(admin.Page.Locator("main svg").First).ToBeVisibleAsync();

        await admin.FillAsync("Reason", "A year costs more from tomorrow");
        await admin.FillAsync("At", TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
        await admin.SubmitAsync("button[formaction*='Publish']");
        Assert.Equal("/admin/rules", admin.Path);
        var scheduled = admin["revision"].Filter(new() { HasText = "A year costs more from tomorrow" });
        await Expect(scheduled.Locator("button[formaction*='Withdraw']")).ToBeVisibleAsync();
        await buyer.GoAsync("/shop/paid12");
        await Expect(buyer.Page.Locator("main")).Not.ToContainTextAsync("$45.00");

        await admin.SubmitAsync("button[formaction*='Withdraw']");
        await Expect(scheduled.Locator("button[formaction*='Withdraw']")).ToHaveCountAsync(0);
    }
}

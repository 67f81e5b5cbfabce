using Microsoft.Playwright;
using Shop.TestKit;

namespace Shop.Browser.Tests;

/// <summary>A paid resource with two browsers: one wants to read, the other pays.</summary>
public sealed class PaywallBrowserTests(BrowserShop shop) : BrowserTests(shop)
{
    private const string Secret = "Behind the moon it is quiet.";
    private static int resources;

    /// <summary>The code of the first browser is opened in the second and paid there; the first goes on by itself (TF-37), without scripts too (TF-48).</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TF_37_TF_48_PaidOnAnotherDevice_TheFirstBrowserShowsItUntouched(bool scripts)
    {
        var code = await TextAsync(Shop);
        var reader = await NewPersonAsync(scripts);
        await reader.GoAsync($"/r/{code}");
        await Expect(reader["order-qr"]).ToBeVisibleAsync();
        var link = await reader["order-link"].GetAttributeAsync("href") ?? "";

        var telephone = await NewPersonAsync(scripts);
        await telephone.GoAsync(link);
        await PayAsync(telephone);

        await Expect(reader["resource-text"]).ToContainTextAsync(Secret);
        await telephone.GoAsync($"/r/{code}");
        await Expect(telephone.Page.Locator("main")).Not.ToContainTextAsync(Secret);
    }

    [Fact]
    public async Task Reader_PaysInTheSameBrowser_AndIsLedStraightToIt()
    {
        var reader = Watch(await BoughtAsync(Shop, await TextAsync(Shop)));
        await Expect(reader["resource-text"]).ToContainTextAsync(Secret);
    }

    /// <summary>A text on sale, made at the desk; its name.</summary>
    public static async Task<string> TextAsync(BrowserShop shop)
    {
        var code = $"moon-{Interlocked.Increment(ref resources)}";
        await using var admin = await NewAsync(shop, code, "text", "Behind the moon");
        await admin.FillAsync("Points", "20");
        await admin.FillAsync("Body", $"## Quiet\n\n{Secret} Nobody has been there for **long**:\n\n- no wind\n- no water\n\n| Crater | km |\n|---|---|\n| Tsiolkovskiy | 185 |");
        await admin.Page.Locator("main [name='OnSale'][type='checkbox']").CheckAsync();
        await admin.SubmitAsync("#edit button");
        return code;
    }

    /// <summary>A file on sale, made at the desk; its name.</summary>
    public static async Task<string> FileAsync(BrowserShop shop)
    {
        var code = $"map-{Interlocked.Increment(ref resources)}";
        await using var admin = await NewAsync(shop, code, "file", "A map of the far side");
        await admin.SubmitAsync("#edit button");
        await admin.GoAsync($"/admin/catalogue/resources/{code}/file");
        await admin.Page.Locator("#Upload").SetInputFilesAsync(new FilePayload { Name = "far-side.pdf", MimeType = "application/pdf", Buffer = new byte[40_000] });
        await admin.SubmitAsync("#upload button");
        await admin.Page.Locator("main [name='OnSale'][type='checkbox']").CheckAsync();
        await admin.SubmitAsync("#edit button");
        return code;
    }

    /// <summary>Somebody who has just paid it and has it before them.</summary>
    public static async Task<Person> BoughtAsync(BrowserShop shop, string code)
    {
        var person = await shop.NewPersonAsync();
        await person.GoAsync($"/r/{code}");
        await PayAsync(person);
        await Assertions.Expect(person["resource"]).ToBeVisibleAsync();
        return person;
    }

    /// <summary>Pays what somebody asked for, from the page of the order.</summary>
    public static async Task<Person> PaidAsync(Person person)
    {
        await PayAsync(person);
        await Assertions.Expect(person["paid"]).ToBeVisibleAsync();
        return person;
    }

    public static async Task<string> LastOrderAsync(BrowserShop shop) => $"{await shop.ExecuteAsync("SELECT number FROM orders WHERE id = (SELECT MAX(order_id) FROM matrix_orders)")}";

    private static async Task PayAsync(Person person)
    {
        await person.SubmitAsync("[data-testid=pay-here]");
        await person.Page.Locator("[name='Provider'][value='sandbox']").CheckAsync();
        await person.SubmitAsync("main form button");
        await person.AtTheBankAsync("ok");
    }

    private static async Task<Person> NewAsync(BrowserShop shop, string code, string form, string title)
    {
        var admin = await shop.NewPersonAsync();
        await admin.SignInAsync("admin", ShopHost.Password);
        await admin.GoAsync("/admin/catalogue/resources/new");
        await admin.FillAsync("Name", code);
        await admin.Page.SelectOptionAsync("#Form", form);
        await admin.FillAsync("Title", title);
        await admin.FillAsync("Summary", "What the telescopes do not see, in four pages.");
        await admin.FillAsync("Price", "2.00");
        return admin;
    }
}

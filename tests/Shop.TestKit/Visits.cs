using System.Globalization;

namespace Shop.TestKit;

/// <summary>A buyer's usual ways through the shop, by its pages and forms alone.</summary>
public static class Visits
{
    /// <summary>Fills the product's form. Leads to the cart, or stays at the form with what is wrong.</summary>
    public static async Task<Page> AddAsync(this Visitor visitor, string sku, params (string Name, string Value)[] fields) =>
        await visitor.SubmitAsync(await visitor.GetAsync($"/shop/{sku}"), fields);

    /// <summary>Confirms the checkout page. Leads to the bank's page, to the receipt where points pay, or stays with what is wrong.</summary>
    public static async Task<Page> PlaceAsync(this Visitor visitor, params (string Name, string Value)[] fields) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/checkout"), fields);

    /// <summary>Presses a button of the sandbox bank's page.</summary>
    public static Task<Page> PressAsync(this Visitor visitor, Page bank, string outcome) => visitor.SubmitAsync(bank, "main form", outcome);

    /// <summary>Adds, places, pays: ends at the order's page.</summary>
    public static async Task<Page> BuyAsync(this Visitor visitor, string sku, params (string Name, string Value)[] fields)
    {
        await visitor.AddAsync(sku, fields);
        return await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
    }

    public static async Task<Page> SignOutAsync(this Visitor visitor) => await visitor.SubmitAsync(await visitor.GetAsync("/account/logout"));

    /// <summary>Signs this browser in, with the cookies that it has.</summary>
    public static async Task<Page> SignInAsync(this Visitor visitor, string userName) => await visitor.SubmitAsync(
        await visitor.GetAsync("/account/login"), ("UserName", userName), ("Password", ShopHost.Password));

    /// <summary>The number of the order that the visitor is paying or looking at, from the address or from the page.</summary>
    public static string Number(this Page page) => page.Text("order-number")
        ?? throw new InvalidOperationException($"{page.Address} ({(int)page.Status}) shows no order: {page.Error}");

    /// <summary>The instant of a time element by its hook; null when it is not there.</summary>
    public static DateTimeOffset? Instant(this Page page, string testId) =>
        page.Find(testId)?.GetAttribute("datetime") is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>The words of the page's main part.</summary>
    public static string Main(this Page page) => Words(page.Document.QuerySelector("main"));

    /// <summary>An element's words, without breaks and doubled blanks.</summary>
    public static string Words(this AngleSharp.Dom.IElement? element) =>
        string.Join(' ', (element?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The facts of a list of terms inside an element.</summary>
    public static IReadOnlyDictionary<string, string> Facts(this AngleSharp.Dom.IElement element) =>
        element.QuerySelectorAll("dt").ToDictionary(term => term.Words(), term => term.NextElementSibling.Words());
}

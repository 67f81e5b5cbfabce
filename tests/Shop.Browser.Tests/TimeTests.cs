namespace Shop.Browser.Tests;

/// <summary>The reader's own zone: the script writes the first page's times, the shop those of every later one.</summary>
public sealed class TimeTests(BrowserShop shop) : BrowserTests(shop)
{
    [Theory]
    [InlineData("Europe/Berlin", "UTC+")]
    [InlineData("America/St_Johns", "UTC\u2212")]
    [InlineData("Asia/Tehran", "UTC+3:30")]
    [InlineData("UTC", "UTC")]
    public async Task Times_OfTheFirstPage_ReadLikeThoseOfTheNext(string zone, string offset)
    {
        var reader = Watch(await Shop.NewPersonAsync(zone: zone));
        await reader.GoAsync("/about/terms");
        await Expect(reader.Page.Locator("main time")).ToContainTextAsync(offset);
        var first = await ReadAsync(reader);
        await reader.GoAsync("/about/terms");
        await Expect(reader.Page.Locator("html")).ToHaveAttributeAsync("data-zone", zone);
        Assert.Equal(first, await ReadAsync(reader));
    }

    private static async Task<string> ReadAsync(Person reader) =>
        string.Join(' ', (await reader.Page.Locator("main time").InnerTextAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

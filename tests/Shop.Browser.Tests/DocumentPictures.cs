using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>
/// The pictures in docs/pictures, called by the rows of mozilla.md that they show: eng/pictures.sh --docs. What differs from run to run (days, hours, names, numbers) is
/// put in the place of one fixed word each, so that a picture changes when the page does. No part of the usual run.
/// </summary>
public sealed partial class DocumentPictures(BrowserShop shop) : BrowserTests(shop)
{
    private const int Width = 1000;

    private static readonly string? Folder = Environment.GetEnvironmentVariable("SHOP_DOC_PICTURES");

    /// <summary>Names of pictures, and the scenes that they show.</summary>
    public static TheoryData<string, string> Pages { get; } = new()
    {
        { "MZ-36-to-39-cancel", "subscription-cancel" },
        { "MZ-59-subscriptions", "subscriptions" },
        { "MZ-31-to-33-fix", "renewal-fix" },
        { "MZ-28-receipt", "receipt" },
    };

    /// <summary>Names of pictures, and the mails that they show.</summary>
    public static TheoryData<string, string> Mails { get; } = new()
    {
        { "MZ-30-mail-renewal-failed", "mail.renewal_failed" },
        { "MZ-27-mail-receipt", "mail.receipt" },
        { "MZ-35-mail-cancelled-by-system", "mail.subscription_ended" },
    };

    [Theory(Explicit = true)]
    [MemberData(nameof(Pages))]
    public async Task TakePage(string name, string scene)
    {
        var person = Watch(await Scenes.All.Single(it => it.Name == scene).ArriveAsync(Shop));
        await TakeAsync(person.Page, name);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Mails))]
    public async Task TakeMail(string name, string kind)
    {
        await using var person = await Shop.NewPersonAsync();
        await person.SignInAsync("admin", TestKit.ShopHost.Password);
        var html = await (await person.Page.APIRequest.GetAsync(new Uri(Shop.Address, $"/admin/mails/{kind}/html").AbsoluteUri)).TextAsync();
        await person.Page.GotoAsync("about:blank");
        await person.Page.SetContentAsync(html);
        await TakeAsync(person.Page, name);
    }

    private static async Task TakeAsync(IPage page, string name)
    {
        var folder = Folder ?? throw new InvalidOperationException("SHOP_DOC_PICTURES names the folder for the pictures; eng/pictures.sh --docs sets it.");
        await page.SetViewportSizeAsync(Width, 400);
        await page.EvaluateAsync(Fix);
        Assert.DoesNotMatch(Varies(), await page.Locator("body").InnerTextAsync());
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true, Scale = ScreenshotScale.Css });
    }

    [GeneratedRegex("luna_[0-9a-f]|127\\.0\\.0\\.1:[0-9]")]
    private static partial Regex Varies();

    private const string Fix = """
        () => {
          const months = '(?:January|February|March|April|May|June|July|August|September|October|November|December)';
          const words = [
            [new RegExp(`(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, )?${months} [0-9]{1,2}, 20[0-9]{2}`, 'g'), 'January 15, 2027'],
            [new RegExp(`[0-9]{1,2} ${months} 20[0-9]{2}`, 'g'), '15 January 2027'],
            [/\b[0-9]{1,2}\/[0-9]{1,2}\/20[0-9]{2}\b/g, '1/15/2027'],
            [/\b[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(?=\s?[AP]M|\b)/g, '9:30'],
            [/\b([AP])M\b/g, 'AM'],
            [/luna_[0-9a-f]+/g, 'luna'],
            [/http:\/\/127\.0\.0\.1:[0-9]+/g, 'https://shop.example'],
            [/\bR?-?20[0-9]{2}-[0-9]{6}\b/g, text => text.replace(/20[0-9]{2}-[0-9]{6}/, '2027-000042')],
            [/\b(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{8}\b/g, 'K7M2Q9XD'],
            [/\b(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{8}\b/g, 'k7m2q9xd'],
            [/\b127\.0\.0\.1\b/g, 'shop.example'],
            [/UTC\+[0-9]/g, 'UTC+1'],
          ];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            for (const [what, by] of words) walk.currentNode.data = walk.currentNode.data.replace(what, by);
          }
        }
        """;
}

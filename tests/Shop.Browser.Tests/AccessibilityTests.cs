using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>
/// WCAG 2.2 AA as far as a program can see it, on every kind of page, light and dark, at a phone's width and a desk's. Every second scene stands in each of
/// two classes, which run side by side.
/// </summary>
public abstract class AccessibilityTests(BrowserShop shop) : BrowserTests(shop)
{
    private const int Narrow = 320;
    private const int Wide = 1280;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>What breaks a rule; the inside of a payment service's frame is its own affair. The wrapper of Deque.AxeCore.Playwright opens another tab for each run, which takes several times as long.</summary>
    private const string Violations = """
        async everything => (await axe.run(document, everything
          ? { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { 'target-size': { enabled: true } }, iframes: false, resultTypes: ['violations'] }
          : { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }, iframes: false, resultTypes: ['violations'] })).violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${rule.help}\n    ${node.html}`))
        """;

    /// <summary>The scenes of one class of <paramref name="classes"/>.</summary>
    protected static TheoryData<string> Share(int which, int classes) => [.. Scenes.All.Where((_, place) => place % classes == which).Select(scene => scene.Name)];

    /// <summary>All rules at both widths, once light and once dark; the colours, which are all that the scheme changes, in the other scheme of the wide page as well.</summary>
    protected async Task CheckAsync(string scene)
    {
        var person = await ArriveAsync(scene);
        var problems = new List<string>();
        await person.Page.EvaluateAsync(Axe);
        foreach (var (width, scheme, everything) in new[] { (Wide, ColorScheme.Light, true), (Wide, ColorScheme.Dark, false), (Narrow, ColorScheme.Dark, true) })
        {
            await person.Page.SetViewportSizeAsync(width, 900);
            await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            problems.AddRange((await person.Page.EvaluateAsync<string[]>(Violations, everything)).Select(violation => $"{scheme} {width}: {violation}"));
        }

        problems.AddRange((await person.Page.EvaluateAsync<string[]>(TooWide)).Select(element => $"wider than {Narrow}: {element}"));
        Assert.True(problems.Count == 0, string.Join('\n', problems.Prepend(person.Page.Url)));
    }

    /// <summary>
    /// Every mail's HTML as it is sent, in the frame of a shop. It runs no script, so it is put into an empty page; pictures are elsewhere and are not looked at. A mail has one
    /// style and no landmarks or headings, which only the rules for pages ask for.
    /// </summary>
    protected async Task CheckMailsAsync(Uri at)
    {
        var person = await Shop.NewPersonAsync(at: at);
        await using var _ = person;
        await person.SignInAsync("admin", TestKit.ShopHost.Password);
        await person.GoAsync("/admin/mails");
        var kinds = await person.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('[data-testid=mail-kind] a')].map(a => a.getAttribute('href'))");
        Assert.NotEmpty(kinds);
        var mails = new List<(string Kind, string Html)>();
        foreach (var kind in kinds)
        {
            mails.Add((kind, await (await person.Page.APIRequest.GetAsync(new Uri(at, kind + "/html").AbsoluteUri)).TextAsync()));
        }

        await person.Page.GotoAsync("about:blank");
        var problems = new List<string>();
        foreach (var (kind, html) in mails)
        {
            await person.Page.SetContentAsync(html, new PageSetContentOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
            await person.Page.EvaluateAsync(Axe);
            foreach (var width in new[] { Wide, Narrow })
            {
                await person.Page.SetViewportSizeAsync(width, 900);
                problems.AddRange((await person.Page.EvaluateAsync<string[]>(MailViolations)).Concat(await person.Page.EvaluateAsync<string[]>(TooWide)).Select(it => $"{kind} {width}: {it}"));
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private const string MailViolations = """
        async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }))
          .violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${rule.help}\n    ${node.html}`))
        """;

    private async Task<Person> ArriveAsync(string name)
    {
        var scene = Scenes.All.Single(scene => scene.Name == name);
        var person = Watch(await scene.ArriveAsync(Shop));
        if (scene.Route is { } route)
        {
            Assert.Matches("^" + Regex.Replace(route, @"\{[^}]*\}", "[^/]+") + "$", person.Path);
        }

        return person;
    }

    /// <summary>What reaches beyond the page's right edge, if the page scrolls sideways.</summary>
    private const string TooWide = """
        () => {
          const page = document.scrollingElement;
          if (page.scrollWidth <= page.clientWidth) return [];
          return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > page.clientWidth + 1)
            .map(e => e.outerHTML.slice(0, 120)).slice(-4).concat([`${page.scrollWidth}px`]);
        }
        """;
}

public sealed class AccessibilityTests_EvenScenes(BrowserShop shop) : AccessibilityTests(shop)
{
    public static TheoryData<string> SceneNames { get; } = Share(0, 2);

    [Theory]
    [MemberData(nameof(SceneNames))]
    public Task Page_HasNoViolationAndNoSidewaysScrolling(string scene) => CheckAsync(scene);

    /// <summary>With the site's name above.</summary>
    [Fact]
    public Task EveryMail_HasNoViolation() => CheckMailsAsync(Shop.Address);

    [Fact]
    public void EveryPage_IsAmongTheScenes() => Assert.Empty(Scenes.RoutesOfPages.Except(Scenes.All.Select(scene => scene.Route)));
}

public sealed class AccessibilityTests_OddScenes(BrowserShop shop) : AccessibilityTests(shop)
{
    public static TheoryData<string> SceneNames { get; } = Share(1, 2);

    [Theory]
    [MemberData(nameof(SceneNames))]
    public Task Page_HasNoViolationAndNoSidewaysScrolling(string scene) => CheckAsync(scene);

    /// <summary>With a logo above, and a light colour of the site's own.</summary>
    [Fact]
    public async Task EveryMail_InABrandOfItsOwn_HasNoViolation() => await CheckMailsAsync(await Shop.BrokenShopAsync());
}

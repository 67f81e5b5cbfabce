using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>WCAG 2.2 AA as far as a program can see it, on every kind of page, light and dark, at a phone's width and a desk's.</summary>
public sealed class AccessibilityTests(BrowserShop shop) : BrowserTests(shop)
{
    private const int Narrow = 320;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>What breaks a rule. The wrapper of Deque.AxeCore.Playwright opens another tab for each run, which takes several times as long.</summary>
    private const string Violations = """
        async () => (await axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
          rules: { 'target-size': { enabled: true } },
          resultTypes: ['violations'],
        })).violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${rule.help}\n    ${node.html}`))
        """;

    public static TheoryData<string> SceneNames { get; } = [.. Scenes.All.Select(scene => scene.Name)];

    [Theory]
    [MemberData(nameof(SceneNames))]
    public async Task Page_HasNoViolationAndNoSidewaysScrolling(string scene)
    {
        var person = await ArriveAsync(scene);
        var problems = new List<string>();
        await person.Page.EvaluateAsync(Axe);
        foreach (var width in new[] { 1280, Narrow })
        {
            await person.Page.SetViewportSizeAsync(width, 900);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                problems.AddRange((await person.Page.EvaluateAsync<string[]>(Violations)).Select(violation => $"{scheme} {width}: {violation}"));
            }
        }

        problems.AddRange((await person.Page.EvaluateAsync<string[]>(TooWide)).Select(element => $"wider than {Narrow}: {element}"));
        Assert.True(problems.Count == 0, string.Join('\n', problems.Prepend(person.Page.Url)));
    }

    [Fact]
    public void EveryPage_IsAmongTheScenes() => Assert.Empty(Scenes.RoutesOfPages.Except(Scenes.All.Select(scene => scene.Route)));

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

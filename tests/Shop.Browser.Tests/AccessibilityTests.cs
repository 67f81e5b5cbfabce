using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>WCAG 2.2 AA as far as a program can see it, on every kind of page, light and dark, at a phone's width and a desk's.</summary>
public sealed class AccessibilityTests(BrowserShop shop) : BrowserTests(shop)
{
    private const int Narrow = 320;

    private static readonly AxeRunOptions Rules = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
        Rules = new Dictionary<string, RuleOptions> { ["target-size"] = new() { Enabled = true } },
        ResultTypes = [ResultType.Violations],
    };

    public static TheoryData<string> SceneNames { get; } = [.. Scenes.All.Select(scene => scene.Name)];

    [Theory]
    [MemberData(nameof(SceneNames))]
    public async Task Page_HasNoViolationAndNoSidewaysScrolling(string scene)
    {
        var person = await ArriveAsync(scene);
        var problems = new List<string>();
        foreach (var width in new[] { 1280, Narrow })
        {
            await person.Page.SetViewportSizeAsync(width, 900);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                var found = await person.Page.RunAxe(Rules);
                problems.AddRange(found.Violations.SelectMany(rule => rule.Nodes.Select(node => $"{scheme} {width}: {rule.Id}: {rule.Help}\n    {node.Html}")));
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

using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>Takes a picture of every scene, for people to look at: eng/pictures.sh. No part of the usual run.</summary>
public sealed class Pictures(BrowserShop shop) : BrowserTests(shop)
{
    private const int Desk = 1280;
    private const int Phone = 360;
    private const int Tallest = 4000;

    private static readonly string? Folder = Environment.GetEnvironmentVariable("SHOP_PICTURES");

    /// <summary>Part of a scene's name; absent: all of them.</summary>
    private static readonly string Wanted = Environment.GetEnvironmentVariable("SHOP_PICTURES_OF") ?? "";

    public static TheoryData<string> SceneNames { get; } =
        [.. Scenes.All.Select(scene => scene.Name).Where(name => name.Contains(Wanted, StringComparison.Ordinal))];

    [Theory(Explicit = true)]
    [MemberData(nameof(SceneNames))]
    public async Task Take(string name)
    {
        var folder = Folder ?? throw new InvalidOperationException("SHOP_PICTURES names the folder for the pictures; eng/pictures.sh sets it.");
        var person = Watch(await Scenes.All.Single(scene => scene.Name == name).ArriveAsync(Shop));
        await TakeAsync(person, folder, $"{name}.light", Desk, ColorScheme.Light);
        await TakeAsync(person, folder, $"{name}.dark", Desk, ColorScheme.Dark);
        await TakeAsync(person, folder, $"{name}.phone", Phone, ColorScheme.Light);
        if (name.StartsWith("order", StringComparison.Ordinal))
        {
            await TakeAsync(person, folder, $"{name}.print", Desk, ColorScheme.Light, Media.Print);
        }
    }

    private static async Task TakeAsync(Person person, string folder, string name, int width, ColorScheme scheme, Media media = Media.Screen)
    {
        await person.Page.SetViewportSizeAsync(width, 800);
        await person.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, Media = media, ReducedMotion = ReducedMotion.Reduce });
        var height = await person.Page.EvaluateAsync<int>("() => document.documentElement.scrollHeight");
        await person.Page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(folder, name + ".png"),
            FullPage = true,
            Clip = new Clip { Width = width, Height = Math.Min(height, Tallest) },
        });
    }
}

namespace Shop.Benchmarks;

/// <summary>The bare limit of a page: Razor and the server with nothing behind them, in a process of its own.</summary>
internal static class BarePage
{
    public const string Command = "serve-page";

    public static async Task ServeAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRazorPages();
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        app.MapRazorPages();
        await app.RunAsync();
    }
}

namespace Shop.Benchmarks;

/// <summary>The bare limit of a page: Razor and the server with nothing behind them, in a process of its own.</summary>
internal static class BarePage
{
    public const string Command = "serve-page";

    public static async Task ServeAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddOwnPages();
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        app.MapRazorPages();
        await app.RunAsync();
    }

    /// <summary>The pages of this program: those of the shop, which it knows too, are none of its sites'.</summary>
    public static IMvcBuilder AddOwnPages(this IServiceCollection services) => services.AddRazorPages().ConfigureApplicationPartManager(manager =>
    {
        var own = typeof(BarePage).Assembly.GetName().Name;
        foreach (var part in manager.ApplicationParts.Where(part => part.Name != own).ToList())
        {
            manager.ApplicationParts.Remove(part);
        }
    });
}

using Microsoft.AspNetCore.DataProtection;
using Shop.Web.Paywall;

namespace Shop.Benchmarks;

/// <summary>
/// Another site whose page is paid for at the shop (docs/paywall.md), in a process of its own: the page of <see cref="BarePage"/>, once open to all at its own address and
/// once behind the paywall.
/// </summary>
internal static class GuardedSite
{
    public const string Command = "serve-guarded";

    /// <summary>Keys of one seller, with commas between.</summary>
    public const string KeysVariable = "SHOP_BENCH_KEYS";

    private const string Guarded = "/guarded";

    public static string PathOf(int bytes) => FormattableString.Invariant($"{Guarded}/{bytes}");

    public static string OpenPathOf(int bytes) => FormattableString.Invariant($"/bare/{bytes}");

    /// <param name="url">Where it listens.</param>
    /// <param name="shop">Where the shop does.</param>
    /// <param name="keyRing">The folder of the keys that its cookies are sealed with.</param>
    public static async Task ServeAsync(string url, string shop, string keyRing)
    {
        var keys = Environment.GetEnvironmentVariable(KeysVariable)!.Split(',');
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddOwnPages().AddRazorPagesOptions(pages => pages.Conventions.AddPageRoute("/Bare", Guarded + "/{bytes:int}"));
        builder.Services.AddPaywall(o =>
        {
            (o.BackEnd, o.Key, o.PublicBaseUrl) = (new Uri(shop), keys[0], new Uri(url));
            o.Add(Guarded, "Something to read", "USD:1.50");
        });
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(keyRing));
        builder.Services.AddHttpClient(nameof(IOrderBackEnd)).AddHttpMessageHandler(() => new AsAProxy(keys));
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        app.UsePaywall();
        app.MapRazorPages();
        await app.RunAsync();
    }

    /// <summary>What a proxy that ends TLS says; and each call by the next key, because a key may order only so often in a minute and hundreds of readers come in one.</summary>
    private sealed class AsAProxy(string[] keys) : DelegatingHandler
    {
        private int turn;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("X-Forwarded-For", "127.0.0.1");
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Authorization = new("Bearer", keys[(int)((uint)Interlocked.Increment(ref turn) % (uint)keys.Length)]);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

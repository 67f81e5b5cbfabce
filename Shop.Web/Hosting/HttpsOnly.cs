namespace Shop.Web.Hosting;

/// <summary>Outside Development nothing is answered over plain http: a page is led to https, everything else is refused. Monitors may ask.</summary>
internal sealed class HttpsOnly(RequestDelegate next, ShopAddress address, IHostEnvironment environment)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.IsHttps || environment.IsDevelopment() || request.Path.StartsWithSegments("/health") || IsOwnCall(context))
        {
            return next(context);
        }

        if (HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            context.Response.Redirect(address.Of(request).AbsoluteUri, permanent: true);
            return Task.CompletedTask;
        }

        return LastResort.RefuseHttpAsync(context);
    }

    /// <summary>The shop and the sandbox's bank in this same host speak with each other over the loopback interface, which no proxy and no network is on.</summary>
    private static bool IsOwnCall(HttpContext context) =>
        (context.Request.Path.StartsWithSegments("/sandbox/api") || context.Request.Path.StartsWithSegments("/hooks/sandbox"))
        && context.Connection.RemoteIpAddress is { } from && System.Net.IPAddress.IsLoopback(from);
}

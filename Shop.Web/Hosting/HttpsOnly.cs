namespace Shop.Web.Hosting;

/// <summary>Outside Development nothing is answered over plain http: a page is led to https, everything else is refused. Monitors may ask.</summary>
internal sealed class HttpsOnly(RequestDelegate next, ShopAddress address, IHostEnvironment environment)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.IsHttps || environment.IsDevelopment() || request.Path.StartsWithSegments("/health"))
        {
            return next(context);
        }

        if (HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            context.Response.Redirect(address.Link(request.PathBase + request.Path + request.QueryString).ToString(), permanent: true);
            return Task.CompletedTask;
        }

        return LastResort.RefuseHttpAsync(context);
    }
}

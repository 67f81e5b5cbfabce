using Microsoft.Extensions.Options;

namespace Shop.Web.Hosting;

/// <summary>
/// Leads from the site's other hosts to the shop's own, path and query kept, so that a gift link keeps whom it is for (DF-43). A form of another host has no
/// session here: it is led to its page and changes nothing. Monitors and providers are answered where they ask.
/// </summary>
internal sealed class OtherHosts(RequestDelegate next, ShopAddress address, IOptions<ShopOptions> options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!options.Value.OtherHosts.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase)
            || request.Path.StartsWithSegments("/health") || request.Path.StartsWithSegments("/hooks"))
        {
            return next(context);
        }

        context.Response.StatusCode = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            ? StatusCodes.Status302Found
            : StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = address.Of(request).AbsoluteUri;
        return Task.CompletedTask;
    }
}

using Microsoft.Net.Http.Headers;
using Shop.Web.Hosting;

namespace Shop.Web.Security;

/// <summary>
/// The headers of security.md section 2, written when the response starts, so that error pages have them too. HTML gets the pages'
/// policy, everything else that of data. What an endpoint has set itself stays.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, ShopAddress address, IHostEnvironment environment)
{
    private const string OfOneReader = "private, no-store";
    private const string NoStore = "no-store";
    private const string NoReferrer = "no-referrer";
    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(
            static state =>
            {
                var (self, context) = ((SecurityHeaders, HttpContext))state;
                self.Write(context);
                return Task.CompletedTask;
            },
            (this, context));
        return next(context);
    }

    private void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        if (context.Request.IsHttps || !environment.IsDevelopment())
        {
            headers.StrictTransportSecurity = "max-age=63072000; includeSubDomains";
        }

        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Opener-Policy"] = context.PageHeaders().OpenerPolicy();
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        headers["Permissions-Policy"] = context.PageHeaders().PermissionsPolicy();
        headers["Reporting-Endpoints"] = $"csp=\"{address.Link(CspReports.Path)}\"";
        headers.Remove(HeaderNames.Server);
        headers.Remove(HeaderNames.XPoweredBy);

        var isPrivate = context.PageHeaders().IsPrivate;
        if (isPrivate || headers["Referrer-Policy"] != NoReferrer)
        {
            headers["Referrer-Policy"] = isPrivate ? NoReferrer : "strict-origin-when-cross-origin";
        }

        if (string.IsNullOrEmpty(headers.ContentSecurityPolicy))
        {
            headers.ContentSecurityPolicy = context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true
                ? context.PageHeaders().ContentSecurityPolicy()
                : DataPolicy;
        }

        if (headers.ContentSecurityPolicy.ToString().Contains("frame-ancestors 'none'", StringComparison.Ordinal))
        {
            headers.XFrameOptions = "DENY";
        }

        // every page shows a session's cart; only files, and answers to programs of sellers, say that they may be kept
        if (!headers.CacheControl.ToString().StartsWith("public", StringComparison.Ordinal) && !headers.CacheControl.ToString().StartsWith("private, max-age=", StringComparison.Ordinal))
        {
            headers.CacheControl = context.PageHeaders().IsOfOneReader ? OfOneReader : NoStore;
            headers.Remove(HeaderNames.Pragma);
            headers.Remove(HeaderNames.Expires);
        }
    }
}

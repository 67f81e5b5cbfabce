using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Shop.Core;

namespace Shop.Web.Api;

/// <summary>
/// The outermost part of the sellers' interface: whatever goes wrong below it is answered with problem details. A key in an address is refused before anything looks
/// at it, because whoever keeps addresses (logs, proxies, histories) then has it.
/// </summary>
internal sealed partial class ApiErrors(RequestDelegate next, ILogger<ApiErrors> log)
{
    private static readonly string[] KeyNames = ["key", "api_key", "apikey", "access_token", "token_key", "authorization"];

    public static bool IsApi(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments(PrivateOrderCalls.Root);

    public async Task InvokeAsync(HttpContext context)
    {
        if (KeyInAddress(context.Request) is { } prefix)
        {
            Leaked(prefix);
            await new ApiProblem(StatusCodes.Status400BadRequest, "key_in_address", "A key stands in the address. It must be taken for known to others: revoke it, and send the next one in the header.")
                .WriteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var status = Hosting.ErrorPages.StatusOf(e);
            if (status >= StatusCodes.Status500InternalServerError)
            {
                Failed(e, context.Request.Method, context.Request.Path, context.TraceIdentifier);
            }

            context.Response.Clear();
            context.Response.StatusCode = status;
        }

        var answer = context.Response;
        if (answer.HasStarted || answer.StatusCode < StatusCodes.Status400BadRequest || answer.ContentType is not null)
        {
            return;
        }

        if (answer.StatusCode == StatusCodes.Status404NotFound && MethodsOf(context.Request.Path) is { Count: > 0 } methods && !methods.Contains(context.Request.Method))
        {
            answer.StatusCode = StatusCodes.Status405MethodNotAllowed;
            answer.Headers.Allow = string.Join(", ", methods);
        }

        await (ApiProblem.Of(answer.StatusCode) with { RetryAfter = answer.StatusCode == StatusCodes.Status503ServiceUnavailable ? 5 : null }).WriteAsync(context);
    }

    /// <summary>The methods that an address takes; the site's own answer to addresses that nobody has hides them from the router.</summary>
    private static List<string> MethodsOf(PathString path) =>
        [.. ApiCalls.All.Where(call => Matches(call.Address, path)).Select(call => call.Method).Distinct()];

    private static bool Matches(string address, PathString path) =>
        new TemplateMatcher(new RouteTemplate(RoutePatternFactory.Parse(address)), []).TryMatch(path, []);

    /// <summary>The public part of a key that stands in the address, or an empty text where only a field's name says that it is one.</summary>
    private static string? KeyInAddress(HttpRequest request)
    {
        var values = request.Query.SelectMany(field => field.Value.Append(field.Key)).Concat((request.Path.Value ?? "").Split('/'));
        return values.FirstOrDefault(SellerKeys.LooksLikeKey) is { } key ? key[..13]
            : request.Query.Keys.Any(name => KeyNames.Contains(name, StringComparer.OrdinalIgnoreCase)) ? ""
            : null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A seller's key came in an address ({Prefix}...): it must be taken for known to others, and revoked.")]
    private partial void Leaked(string prefix);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed. Reference {Reference}")]
    private partial void Failed(Exception exception, string method, string path, string reference);
}

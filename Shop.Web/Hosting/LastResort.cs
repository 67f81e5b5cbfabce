using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;

namespace Shop.Web.Hosting;

/// <summary>The answer when even the error page fails: no layout, no database, only words and a reference that stands in the log.</summary>
internal sealed partial class LastResort(RequestDelegate next, ILogger<LastResort> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // nobody above would answer
        catch (Exception e) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            Unhandled(context.Request.Method, context.Request.GetEncodedPathAndQuery().Split('?')[0], context.TraceIdentifier, e);
            await WriteAsync(context, StatusCodes.Status500InternalServerError);
        }
    }

    public static async Task WriteAsync(HttpContext context, int status)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        var text = status == StatusCodes.Status503ServiceUnavailable
            ? "The shop is starting or very busy. Nothing was changed; please try again in a few seconds."
            : string.Create(CultureInfo.InvariantCulture, $"Something went wrong here. Reference: {context.TraceIdentifier}");
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    public static async Task RefuseHttpAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("Use https.", context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed, and so did its error page. Reference {Reference}")]
    private partial void Unhandled(string method, string path, string reference, Exception exception);
}

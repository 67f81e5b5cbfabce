using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Security;

namespace Shop.Web.Pages;

/// <summary>Says what went wrong, in the shop's own layout. It stands in for the page that was asked for, whatever the method was.</summary>
[AllowAnonymous]
[IgnoreAntiforgeryToken]
internal sealed partial class ErrorModel(ILogger<ErrorModel> log) : PageModel
{
    private static readonly int[] WithWords = [400, 403, 404, 405, 413, 429, 500, 503];

    /// <summary>Which words to show: those of the status, or of a reason that has its own.</summary>
    public string Words { get; private set; } = "";

    /// <summary>Stands in the log too; only for our own mistakes.</summary>
    public string? Reference { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        HttpContext.PageHeaders().AllowFraming([]); // whoever may frame the page that failed, this one is the shop's own
        var failed = HttpContext.Features.Get<IExceptionHandlerPathFeature>();
        if (failed is null && HttpContext.Features.Get<IStatusCodeReExecuteFeature>() is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound; // somebody typed the address of this page
        }

        var status = Response.StatusCode;
        Words = failed is not null && Violations.IsNoRoom(failed.Error)
            ? "NoRoom"
            : (WithWords.Contains(status) ? status : status < 500 ? 400 : 500).ToString(CultureInfo.InvariantCulture);
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            Response.Headers.RetryAfter = "5";
        }

        if (failed is not null && status >= 500)
        {
            Reference = HttpContext.TraceIdentifier;
            Failed(failed.Error, Request.Method, failed.Path, Reference);
        }

        if (failed is not null && ErrorPages.IsForMachines(failed.Path))
        {
            context.Result = new StatusCodeResult(status);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed. Reference {Reference}")]
    private partial void Failed(Exception exception, string method, string path, string reference);
}

using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>
/// Base of every page with a form. A POST without a valid form token changes nothing: its handler does not run, and the page is shown
/// again with status 400, a message and everything that was typed. The framework's own check, which answers with an empty page, is
/// switched off here because this one stands in its place; the override is sealed so that no page can lose it.
/// </summary>
[IgnoreAntiforgeryToken]
public abstract class FormPage : PageModel
{
    /// <summary>Reads what the page shows besides its input, for GET and for showing it again. An answer other than null is sent instead of the page.</summary>
    protected virtual Task<IActionResult?> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IActionResult?>(null);

    protected async Task<IActionResult> ShowAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    /// <summary>Shows the page again with what was typed; the problems stand in <see cref="PageModel.ModelState"/>.</summary>
    protected Task<IActionResult> ShowAgainAsync(CancellationToken cancellationToken)
    {
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return ShowAsync(cancellationToken);
    }

    /// <summary>
    /// Shows the page again because the same form was sent before and said something else then: what was done stays done, and nothing of this was done. What was typed
    /// stays, in a form with a key of its own.
    /// </summary>
    protected async Task<IActionResult> ShowConflictAsync(CancellationToken cancellationToken)
    {
        var page = await ShowAgainAsync(cancellationToken);
        Response.StatusCode = StatusCodes.Status409Conflict;
        return page;
    }

    /// <summary>Says what is wrong with a field, or with the whole form when the field is "".</summary>
    protected void Problem(string field, string text) => ModelState.AddModelError(field, text);

    public sealed override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        bool valid;
        try
        {
            valid = await context.HttpContext.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context.HttpContext);
        }
        catch (AntiforgeryValidationException e)
        {
            // the form could not even be read, so there is nothing typed to show again
            context.Result = new StatusCodeResult(e.InnerException is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest);
            return;
        }

        if (valid)
        {
            await base.OnPageHandlerExecutionAsync(context, next);
            return;
        }

        Problem("", context.HttpContext.RequestServices.GetRequiredService<IStringLocalizer<LayoutTexts>>()["Form.NoToken"]);
        context.Result = await ShowAgainAsync(context.HttpContext.RequestAborted);
    }
}

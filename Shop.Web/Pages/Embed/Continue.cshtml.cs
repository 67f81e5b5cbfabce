using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Embed;
using Shop.Web.Security;

namespace Shop.Web.Pages.Embed;

/// <summary>
/// The window that a frame opened. Its token works once and for two minutes, and gives nothing but this: the frame will know of an order of its product that is placed in
/// this browser now. Following it uses it up, because nobody but the frame's own form leads here.
/// </summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class ContinueModel(EmbedWindows windows, EmbedCookies cookies) : PageModel
{
    public async Task<IActionResult> OnGetAsync(string? t, string? buyer, CancellationToken cancellationToken)
    {
        if (await windows.EnterAsync(t, cancellationToken) is not var (key, product))
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
            return Page();
        }

        cookies.KeepWindow(HttpContext, key);
        return LocalRedirect($"/buy/{Uri.EscapeDataString(product)}{(string.IsNullOrEmpty(buyer) ? "" : QueryString.Create("buyer", buyer))}");
    }
}

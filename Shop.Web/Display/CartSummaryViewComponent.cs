using System.Data.Common;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Web.Display;

/// <summary>The cart in the masthead of every page: items, money, points, the way to the checkout (DW-25).</summary>
public sealed partial class CartSummaryViewComponent(CurrentCart current, ILogger<CartSummaryViewComponent> log) : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync()
    {
        try
        {
            return View(await current.ViewAsync(HttpContext.RequestAborted));
        }
        catch (DbException e)
        {
            // a page that needs no database, and the page that says so, must not fail for its summary
            NotReadable(e);
            return View("Unreadable");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The cart summary could not be read.")]
    private partial void NotReadable(Exception e);
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Paywall;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>Where the browser goes that has paid what somebody asked it to pay, when there is nothing to open. Everybody else is led to the order's page, which answers as the matrix says.</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class PaidModel(ShopDbContext db, MatrixOrders orders, OrderReader reader, PaywallSession sessions) : PageModel
{
    public MatrixStatus Order { get; private set; } = null!;

    /// <summary>This browser has paid it itself, and not for another.</summary>
    public bool HasReceipt { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string number, CancellationToken cancellationToken)
    {
        if (!await orders.IsMatrixAsync(db, number, cancellationToken))
        {
            return NotFound();
        }

        if (sessions.Find(HttpContext) is not { } session || await orders.StatusAsync(number, session, cancellationToken) is not { State: MatrixState.Paid } status)
        {
            return LocalRedirect($"/orders/{number}");
        }

        Order = status;
        HasReceipt = await reader.FindAsync(db, number, new OrderViewer(HttpContext.Buyer(), null), cancellationToken) is not null;
        return Page();
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Papers;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>The receipt of a paid order.</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class ReceiptModel(ShopDbContext db, ReceiptReader receipts, PaperWriter writer) : PaperPage(writer)
{
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) =>
        Show(await receipts.FindAsync(db, Number, Viewer, cancellationToken));
}

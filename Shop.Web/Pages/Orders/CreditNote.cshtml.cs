using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Papers;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>What a refund took back of a receipt.</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class CreditNoteModel(ShopDbContext db, ReceiptReader receipts, PaperWriter writer) : PaperPage(writer)
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string note, CancellationToken cancellationToken) =>
        Show(await receipts.FindNoteAsync(db, Number, note, Viewer, cancellationToken));
}

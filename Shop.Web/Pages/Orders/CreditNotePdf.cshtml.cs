using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Papers;
using Shop.Web.Security;

namespace Shop.Web.Pages.Orders;

/// <summary>A credit note, as a file to keep.</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class CreditNotePdfModel(ShopDbContext db, ReceiptReader receipts, PaperWriter writer) : PaperPage(writer)
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string note, CancellationToken cancellationToken) =>
        Pdf(await receipts.FindNoteAsync(db, Number, note, Viewer, cancellationToken));
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Papers;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Orders;

/// <summary>A receipt or a credit note as its buyer has it, for staff.</summary>
[Authorize(StaffPolicies.Orders)]
[PrivatePage]
internal sealed class PaperModel(ShopDbContext db, ReceiptReader receipts, PaperWriter writer) : PageModel
{
    public async Task<IActionResult> OnGetAsync([FromRoute] string number, [FromRoute] string paper, CancellationToken cancellationToken) =>
        await receipts.FindForStaffAsync(db, number, paper, cancellationToken) is { } facts
            ? File(PaperPdf.Write(writer.Write(facts), facts.IssuedAt), PaperPdf.ContentType, $"{facts.Number}.pdf")
            : NotFound();
}

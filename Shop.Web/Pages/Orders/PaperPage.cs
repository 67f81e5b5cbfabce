using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Papers;

namespace Shop.Web.Pages.Orders;

/// <summary>A receipt or a credit note, for whoever may see its order: the buyer, the buying session, the link of a mail (DW-74).</summary>
internal abstract class PaperPage(PaperWriter writer) : PageModel
{
    [FromRoute]
    public string Number { get; set; } = "";

    /// <summary>The token of a mail's link. No page says it again (DW-74): whoever came by it has the other links in the mail.</summary>
    [FromQuery(Name = "token")]
    public string? Token { get; set; }

    public PaperText Paper { get; private set; } = null!;

    public PaperFacts Facts { get; private set; } = null!;

    /// <summary>The viewer needs no token, so that this page can lead to the others of the order.</summary>
    public bool HasLinks => string.IsNullOrEmpty(Token);

    protected OrderViewer Viewer => new(HttpContext.Buyer(), Token);

    protected IActionResult Show(PaperFacts? facts)
    {
        if (facts is null)
        {
            return NotFound();
        }

        (Facts, Paper) = (facts, writer.Write(facts));
        return Page();
    }
}

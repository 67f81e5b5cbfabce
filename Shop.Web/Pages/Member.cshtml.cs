using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages;

/// <summary>What everybody may see of an account: its virtual gifts, and the ways to give it something (DW-17, DW-43).</summary>
[AllowAnonymous]
internal sealed class MemberModel(ShopDbContext db, Catalogue catalogue) : PageModel
{
    public MemberPage Shown { get; private set; } = null!;

    public bool IsMine => User.MemberId() == Shown.Id;

    /// <summary>A product of paid time on sale; null: none.</summary>
    public string? TimeSku { get; private set; }

    /// <summary>Points on sale; null: they are not sold.</summary>
    public string? PointsSku { get; private set; }

    public async Task<IActionResult> OnGetAsync(string name, CancellationToken cancellationToken)
    {
        if (await VirtualGiftOffers.ProfileAsync(db, name, cancellationToken) is not { } profile)
        {
            return NotFound();
        }

        Shown = profile;
        (TimeSku, PointsSku) = await catalogue.GivenToOthersAsync(db, cancellationToken);
        return Page();
    }
}

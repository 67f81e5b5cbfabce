using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin;

/// <summary>Looks up what became of a gift or a rename token.</summary>
[Authorize(StaffPolicies.Clerk)]
[PrivatePage]
internal sealed class DeliveriesModel(ShopDbContext db, TimeProvider clock, IStringLocalizer<CatalogueTexts> texts) : PageModel
{
    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    /// <summary>Null: nothing is looked for yet.</summary>
    public DeskFinds? Found { get; private set; }

    /// <summary>Why a delivery is stuck, in words; a reason without words is shown as it is stored.</summary>
    public string Stuck(string reason) => texts[$"Stuck.{reason}"] is { ResourceNotFound: false } words ? words : reason;

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Found = string.IsNullOrWhiteSpace(Text) ? null : await DeliveryDesk.FindAsync(db, Text, clock.GetUtcNow(), cancellationToken);
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

[AllowAnonymous]
internal sealed class IndexModel(
    ShopDbContext db, Catalogue catalogue, Standings standings, LookUps lookUps, KnownDevices devices, IStringLocalizer<ShopTexts> texts) : PageModel
{
    public IReadOnlyList<ProductGroup> Groups { get; private set; } = [];

    /// <summary>Null for a visitor.</summary>
    public Standing? Standing { get; private set; }

    /// <summary>Whom the gifts are for that are chosen here (DW-43); null: nobody is named, or nothing can be given to them.</summary>
    public string? For { get; private set; }

    /// <summary>Why nothing can be given to whoever the address names.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>What the addresses of products end with, so that they know whom they are for.</summary>
    public string Along => For is null ? "" : "?for=" + Uri.EscapeDataString(For);

    public async Task OnGetAsync([FromQuery(Name = "for")] string? forWhom, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(forWhom))
        {
            var mayAsk = lookUps.Allow(HttpContext);
            var link = mayAsk
                ? await GiftLinks.FindAsync(db, forWhom, HttpContext.Buyer(), devices.Who(HttpContext), cancellationToken)
                : null;
            For = link is { Refusal: null } ? link.Name : null;
            WhyNot = link is { Refusal: { } refusal } ? texts.Of(refusal, link.Name) : mayAsk ? null : texts["Refusal.TooManyLookUps"].Value;
        }

        Groups = await catalogue.FrontAsync(db, User.MemberId(), cancellationToken);
        Standing = User.MemberId() is { } member ? await standings.OfAsync(db, member, cancellationToken) : null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages;

/// <summary>The virtual gifts on sale (DW-16).</summary>
[AllowAnonymous]
internal sealed class VirtualGiftsModel(ShopDbContext db, Catalogue catalogue) : PageModel
{
    private const int MostText = 64;

    /// <summary>Whom it is for, as the link that led here says; it goes on to the gift's own page.</summary>
    [FromQuery(Name = "for")]
    public string? Recipient { get; set; }

    [FromQuery(Name = "tag")]
    public string? Wanted { get; set; }

    public string? For => string.IsNullOrWhiteSpace(Recipient) || Recipient.Length > MostText ? null : Recipient;

    public string? Tag => string.IsNullOrWhiteSpace(Wanted) || Wanted.Length > MostText ? null : Wanted;

    public IReadOnlyList<ProductView> Gifts { get; private set; } = [];

    public IReadOnlyList<string> Tags { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        (Gifts, Tags) = await catalogue.GiftsAsync(db, Tag, User.MemberId(), cancellationToken);

    /// <summary>This page with another tag.</summary>
    public string Address(string? tag) => "/gifts" + Query(("tag", tag), ("for", For));

    public string AddressOf(string sku) => $"/shop/{sku}" + Query(("for", For));

    private static string Query(params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToList();
        return given.Count == 0 ? "" : "?" + string.Join('&', given);
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>More time for oneself, with the day to which each choice leads: where the mails about the end of paid time lead to.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class ExtendModel(ShopDbContext db, Catalogue catalogue, Carts carts, Standings standings, IStringLocalizer<ShopTexts> texts) : FormPage
{
    [BindProperty]
    public string? Sku { get; set; }

    public Standing Standing { get; private set; } = null!;

    /// <summary>Time that the account can take now, of the class it has or had first.</summary>
    public IReadOnlyList<ProductView> Choices { get; private set; } = [];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        // what the page offers first is only a suggestion: nothing chosen is nothing
        var chosen = Sku;
        await LoadAsync(cancellationToken);
        if (Choices.All(choice => choice.Sku != chosen))
        {
            Problem(nameof(Sku), texts.Of(LineRefusal.NotOnSale));
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await carts.AddAsync(HttpContext.Buyer(), new AddToCart(chosen!, 1, null, null), cancellationToken))
        {
            case CartResult.Changed changed:
                CartCookie.Keep(HttpContext, changed.NewCartKey);
                TempData.Done(texts["Added"]);
                return RedirectToPage("/Cart");
            case CartResult.Refused refused:
                Problem(nameof(Sku), texts.Of(refused.Reason, User.Identity!.Name, refused.Limit));
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        Standing = await standings.OfAsync(db, member, cancellationToken);
        var groups = await catalogue.FrontAsync(db, member, cancellationToken);
        Choices = [.. groups.SelectMany(group => group.Products).Where(product => product.Effect is LineEffect.RunsUntil)
            .OrderByDescending(product => product.Effect is LineEffect.RunsUntil runs && product.Group == Standing.LastClass && runs.Class == Standing.LastClass)];
        Sku ??= Choices.Count > 0 ? Choices[0].Sku : null;
        return null;
    }
}

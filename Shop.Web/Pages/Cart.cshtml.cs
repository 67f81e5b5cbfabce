using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>The open cart: what is in it, what it comes to, and taking things out again.</summary>
[AllowAnonymous]
internal sealed class CartModel(CurrentCart current, Carts carts, IStringLocalizer<ShopTexts> texts) : FormPage
{
    /// <summary>Ids of the ticked lines.</summary>
    [BindProperty]
    public long[] Remove { get; set; } = [];

    [BindProperty]
    public bool UsePoints { get; set; }

    public CartView Cart { get; private set; } = CartView.Empty;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await carts.UsePointsAsync(HttpContext.Buyer(), UsePoints, cancellationToken);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        if (Remove.Length == 0)
        {
            Problem("", texts["Cart.NothingTicked"]);
            return await ShowAgainAsync(cancellationToken);
        }

        await carts.RemoveAsync(HttpContext.Buyer(), Remove, cancellationToken);
        TempData.Done(texts["Cart.Removed"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostDiscardAsync(CancellationToken cancellationToken)
    {
        if (await carts.DiscardAsync(HttpContext.Buyer(), cancellationToken))
        {
            TempData.Done(texts["Cart.Discarded"]);
        }
        else
        {
            TempData.Problem(texts["Cart.DiscardWaits"]);
        }

        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Cart = await current.ViewAsync(cancellationToken);
        UsePoints = Cart.UsePoints;
        foreach (var line in Cart.Lines.Where(line => line.Refusal is not null))
        {
            var why = texts.Of(line.Refusal!.Value, line.PossibleFrom, line.RecipientName, line.Limit ?? line.Form?.MaxQuantity, line.Form?.MinQuantity ?? 1);
            Problem("", texts["Cart.LineRefused", line.Title, why]);
        }

        return null;
    }
}

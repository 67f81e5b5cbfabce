using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>The open cart: what is in it, what it comes to, and taking things out again.</summary>
[AllowAnonymous]
internal sealed class CartModel(
    CurrentCart current, Carts carts, Tries tries, IStringLocalizer<ShopTexts> texts, IStringLocalizer<PromotionTexts> promotions) : FormPage
{
    /// <summary>Ids of the ticked lines.</summary>
    [BindProperty]
    public long[] Remove { get; set; } = [];

    [BindProperty]
    public bool UsePoints { get; set; }

    /// <summary>A promotion's code, as it was typed.</summary>
    [BindProperty]
    public string? Code { get; set; }

    public CartView Cart { get; private set; } = CartView.Empty;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await carts.UsePointsAsync(HttpContext.Buyer(), UsePoints, cancellationToken);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostCodeAsync(CancellationToken cancellationToken)
    {
        var buyer = HttpContext.Buyer();
        var name = buyer.MemberId is { } member ? string.Create(CultureInfo.InvariantCulture, $"member:{member}") : $"cart:{buyer.SessionHash}";
        if (await tries.PromotionAsync(HttpContext, name, cancellationToken) is not { } guess)
        {
            Problem(nameof(Code), promotions["Code.TooManyTries"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var result = await carts.EnterCodeAsync(buyer, Code, cancellationToken);
        if (result is not CodeResult.Refused { Reason: CodeRefusal.Unknown })
        {
            await tries.ForgetAsync(guess, CancellationToken.None);
        }

        if (result is CodeResult.Refused { Reason: var reason })
        {
            Problem(nameof(Code), promotions[$"Code.Refused.{reason}", Carts.MostCodes]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(promotions["Code.Taken", ((CodeResult.Taken)result).Code]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRemoveCodeAsync(CancellationToken cancellationToken)
    {
        if (await carts.RemoveCodeAsync(HttpContext.Buyer(), Code ?? "", cancellationToken))
        {
            TempData.Done(promotions["Code.Removed", Code ?? ""]);
        }
        else
        {
            TempData.Problem(promotions["Code.Stays", Code ?? ""]);
        }

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

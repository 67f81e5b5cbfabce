using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>A gift by mail: looking shows who will get it, only the POST uses the code up (DW-5).</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class ClaimModel(ShopDbContext db, Claims claims, GiftReturns returns, Tries tries, IStringLocalizer<OrderTexts> texts, IStringLocalizer<ShopTexts> refusals) : FormPage
{
    [FromRoute]
    public string Code { get; set; } = "";

    public ClaimView Gift { get; private set; } = null!;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (User.MemberId() is not { } member)
        {
            Problem("", texts["Claim.SignIn.Why"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (!await tries.MayTryGiftCodeAsync(HttpContext, member, cancellationToken))
        {
            return StatusCode(StatusCodes.Status429TooManyRequests);
        }

        switch (await claims.ClaimAsync(Code, member, cancellationToken))
        {
            case ClaimResult.Claimed:
                TempData.Done(texts["Claim.Done"]);
                return Redirect("/account");
            case ClaimResult.Refused refused:
                Problem("", refusals.Of(refused.Reason, refused.PossibleFrom, User.Identity?.Name));
                return await ShowAgainAsync(cancellationToken);
            case ClaimResult.Gone:
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostRefuseAsync(CancellationToken cancellationToken)
    {
        if (await tries.MayTryGiftCodeAsync(HttpContext, User.MemberId(), cancellationToken) && Code.Length <= 100 && await returns.RefuseAsync(Code, cancellationToken))
        {
            TempData.Done(texts["Claim.Refused"]);
            return Redirect("/");
        }

        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!await tries.MayTryGiftCodeAsync(HttpContext, User.MemberId(), cancellationToken))
        {
            return StatusCode(StatusCodes.Status429TooManyRequests);
        }

        if (Code.Length > 100 || await claims.FindAsync(db, Code, User.MemberId(), cancellationToken) is not { } gift)
        {
            await tries.WrongGiftCodeAsync(HttpContext, User.MemberId(), cancellationToken);
            return NotFound();
        }

        Gift = gift;
        return null;
    }
}

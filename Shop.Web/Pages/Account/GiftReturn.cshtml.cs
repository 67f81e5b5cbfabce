using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Giving back a gift that one got: what goes, what stays, then the act.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class GiftReturnModel(ShopDbContext db, GiftReturns returns, TimeProvider clock, IStringLocalizer<OrderTexts> texts) : FormPage
{
    [FromRoute(Name = "gift")]
    public long Id { get; set; }

    public ReturnView Gift { get; private set; } = null!;

    public DateTimeOffset Now { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        switch (await returns.ReturnAsync(User.MemberId()!.Value, Id, cancellationToken))
        {
            case GiftReturnResult.Returned:
                TempData.Done(texts["Return.Done"]);
                return Redirect("/account/gifts");
            case GiftReturnResult.TooMany tooMany:
                Problem("", texts["Return.TooMany", tooMany.Most]);
                return await ShowAgainAsync(cancellationToken);
            case GiftReturnResult.Used used:
                Problem("", texts[$"Return.Used.{used.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            case GiftReturnResult.Bound:
                Problem("", texts["Return.Bound"]);
                return await ShowAgainAsync(cancellationToken);
            case GiftReturnResult.TooLate:
                TempData.Problem(texts["Return.TooLate"]);
                return Redirect("/account/gifts");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await returns.FindAsync(db, User.MemberId()!.Value, Id, cancellationToken) is not { } gift)
        {
            return NotFound();
        }

        (Gift, Now) = (gift, clock.GetUtcNow());
        return null;
    }
}

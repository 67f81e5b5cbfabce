using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Pages.Account;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin;

/// <summary>Staff change a gift that nobody has yet: recipient, day, note. Each value that changed is a row with their name (DF-53).</summary>
[Authorize(StaffPolicies.Clerk)]
[PrivatePage]
internal sealed class DeliveryModel(ShopDbContext db, Gifts gifts, IStringLocalizer<OrderTexts> texts, IStringLocalizer<ShopTexts> refusals) : GiftFormPage(texts, refusals)
{
    [FromRoute(Name = "gift")]
    public long Id { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var number = (await gifts.FindForStaffAsync(db, User.MemberId()!.Value, Id, cancellationToken))?.OrderNumber;
        return number is null
            ? NotFound()
            : await ChangedAsync(await gifts.ChangeByStaffAsync(User.MemberId()!.Value, Id, Wish, cancellationToken), $"/admin/deliveries?q={number}", cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await gifts.FindForStaffAsync(db, User.MemberId()!.Value, Id, cancellationToken) is not { } waiting)
        {
            return NotFound();
        }

        Waiting = waiting;
        Terms = await gifts.TermsAsync(db, cancellationToken);
        return null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Keeping a method without buying: the provider's fields or the way to its page, and the way back from it. It asks the provider, like the pay page (docs/adr/0005).</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class PaymentMethodSetupModel(SavedMethods methods, ShopLinks links, IStringLocalizer<MethodTexts> texts, IStringLocalizer<CheckoutTexts> checkout) : PageModel
{
    [FromRoute]
    public Guid Setup { get; set; }

    public CardFields? Fields { get; private set; }

    public Uri? Link { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        switch (await methods.ContinueAsync(User.MemberId()!.Value, Setup, cancellationToken))
        {
            case SetupResult.Act act:
                Link = (act.Action as BuyerAction.Redirect)?.Url;
                Fields = CardFields.Of(act.Action, links.Setup(Setup), texts["Add.Submit"]);
                if (Fields is not null)
                {
                    HttpContext.PageHeaders().UseFieldsOf(Fields.Script);
                }

                return Page();
            case SetupResult.Unknown:
                return Page();
            case SetupResult.Saved saved:
                TempData.Done(texts["KeptIs", checkout.Of(saved.Method)]);
                return LocalRedirect("/account/payment-methods");
            case SetupResult.Declined:
                TempData.Problem(texts["NotKept"]);
                return LocalRedirect("/account/payment-methods");
            default:
                return NotFound();
        }
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Hosting;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A member's kept methods: the usual one, removing, and keeping one without buying.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class PaymentMethodsModel(ShopDbContext db, SavedMethods methods, ShopAddress address, IStringLocalizer<MethodTexts> texts) : FormPage
{
    /// <summary>The handle of the method that a button is about.</summary>
    [BindProperty]
    public string? Method { get; set; }

    [BindProperty]
    public string? Provider { get; set; }

    public IReadOnlyList<SavedMethodView> Methods { get; private set; } = [];

    public IReadOnlyList<SavingProvider> Providers => methods.Providers;

    /// <summary>The method whose removal is to be confirmed.</summary>
    public SavedMethodView? Removing { get; private set; }

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAskAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        Removing = Methods.FirstOrDefault(method => method.Handle == Method);
        return Removing is null ? NotFound() : Page();
    }

    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        switch (await methods.ForgetAsync(Member, Method ?? "", cancellationToken))
        {
            case ForgetResult.Forgotten:
                TempData.Done(texts["Removed"]);
                return LocalRedirect("/account/payment-methods");
            case ForgetResult.InUse:
                Problem(nameof(Method), texts["InUse"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                return NotFound();
        }
    }

    public async Task<IActionResult> OnPostDefaultAsync(CancellationToken cancellationToken)
    {
        if (!await methods.MakeDefaultAsync(Member, Method ?? "", cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["DefaultMade"]);
        return LocalRedirect("/account/payment-methods");
    }

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        switch (await methods.StartAsync(Member, Provider, cancellationToken))
        {
            // straight on where that is this site itself; a redirect from a form to another site would be refused by the page's own policy
            case SetupResult.Act { Action: BuyerAction.Redirect { Url: var url } } when address.IsOwn(url):
                return Redirect(url.PathAndQuery);
            case SetupResult.Act act:
                return LocalRedirect($"/account/payment-methods/{act.Setup:N}");
            case SetupResult.Unknown unknown:
                return LocalRedirect($"/account/payment-methods/{unknown.Setup:N}");
            case SetupResult.Saved:
                TempData.Done(texts["Kept"]);
                return LocalRedirect("/account/payment-methods");
            case SetupResult.TooMany:
                Problem("", texts["TooMany"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                Problem("", texts["NotKept"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Methods = await methods.ListAsync(db, Member, cancellationToken);
        return null;
    }
}

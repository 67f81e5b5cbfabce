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
internal sealed class PaymentMethodsModel(ShopDbContext db, SavedMethods methods, Subscriptions subscriptions, TimeProvider clock, ShopAddress address, IStringLocalizer<MethodTexts> texts) : FormPage
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

    /// <summary>What becomes of the subscriptions that are charged by it: another method's handle, or <see cref="End"/>.</summary>
    [BindProperty]
    public string? Instead { get; set; }

    public const string End = "end";

    /// <summary>The subscriptions that are charged by the method that is to be removed (MZ-58).</summary>
    public IReadOnlyList<SubscriptionView> Charged { get; private set; } = [];

    /// <summary>The methods that can take its place.</summary>
    public IReadOnlyList<SavedMethodView> Replacements =>
        [.. Methods.Where(method => method.Handle != Removing?.Handle && method is { IsExpired: false, PaysOnly: false } && methods.Renews(method.Provider))];

    /// <summary>When a subscription ends if its method goes; null: now.</summary>
    public DateTimeOffset? EndOf(SubscriptionView subscription) => subscription.IsValidAt(clock.GetUtcNow()) ? subscription.PaidThrough : null;

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAskAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        return await AskAsync(cancellationToken) ?? Page();
    }

    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        var ends = Instead == End;
        switch (await methods.ForgetAsync(Member, Method ?? "", cancellationToken, ends || string.IsNullOrEmpty(Instead) ? null : Instead, ends))
        {
            case ForgetResult.Renewing:
            case ForgetResult.NoReplacement:
                Problem(nameof(Instead), texts["Remove.NotChosen"]);
                Response.StatusCode = StatusCodes.Status400BadRequest;
                await LoadAsync(cancellationToken);
                return await AskAsync(cancellationToken) ?? Page();
            case ForgetResult.Forgotten:
                TempData.Done(texts[ends ? "Removed.Ends" : "Removed"]);
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

    /// <summary>What the question before a removal shows; an answer other than null is sent instead.</summary>
    private async Task<IActionResult?> AskAsync(CancellationToken cancellationToken)
    {
        Removing = Methods.FirstOrDefault(method => method.Handle == Method);
        Charged = [.. (await subscriptions.ListAsync(db, Member, cancellationToken)).Where(s => s.State != SubscriptionState.Ended && s.Method?.Handle == Method)];
        return Removing is null ? NotFound() : null;
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Methods = await methods.KeptAsync(db, Member, cancellationToken);
        return null;
    }
}

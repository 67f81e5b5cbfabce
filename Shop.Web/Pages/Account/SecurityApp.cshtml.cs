using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Hosting;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>
/// The app for the second step: set up with the password and a first code, recovery codes, turned off with the password. Key and codes stand only on the answer to the form
/// that asked for them.
/// </summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SecurityAppModel(SignIns signIns, SecondSteps steps, ShopAddress address, IStringLocalizer<SecurityTexts> texts) : FormPage
{
    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? Code { get; set; }

    public SecondStep Step { get; private set; } = null!;

    /// <summary>Recovery codes that were made just now; null: none were.</summary>
    public IReadOnlyList<string>? Codes { get; private set; }

    /// <summary>They came with turning it on.</summary>
    public bool AreFirst { get; private set; }

    /// <summary>The key is shown: to whoever just gave the password, and again after a wrong code.</summary>
    public bool IsShown { get; private set; }

    public Uri? Link => Step.Key is { } key ? Totp.Link(key, address.Host, User.Identity!.Name!) : null;

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostSetUpAsync(CancellationToken cancellationToken)
    {
        if (!await IsOwnerAsync(cancellationToken))
        {
            return await ShowAgainAsync(cancellationToken);
        }

        IsShown = await steps.SetUpAsync(Member, cancellationToken);
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostConfirmAsync(CancellationToken cancellationToken)
    {
        // a key is shown to whoever gave the password for it a moment ago, and to nobody later
        IsShown = await signIns.IsRecentAsync(HttpContext);
        if (!IsShown)
        {
            return LocalRedirect("/account/security/app");
        }

        Codes = await steps.ConfirmAsync(HttpContext, Member, Code ?? "", cancellationToken);
        if (Codes is null)
        {
            Problem(nameof(Code), texts["App.Code.Wrong"]);
            return await ShowAgainAsync(cancellationToken);
        }

        AreFirst = true;
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostCodesAsync(CancellationToken cancellationToken)
    {
        if (!await IsOwnerAsync(cancellationToken))
        {
            return await ShowAgainAsync(cancellationToken);
        }

        Codes = await steps.RenewCodesAsync(Member, cancellationToken);
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostOffAsync(CancellationToken cancellationToken)
    {
        if (!await IsOwnerAsync(cancellationToken))
        {
            return await ShowAgainAsync(cancellationToken);
        }

        await steps.TurnOffAsync(Member, cancellationToken);
        TempData.Done(texts["App.Off"]);
        return LocalRedirect("/account/security");
    }

    private async Task<bool> IsOwnerAsync(CancellationToken cancellationToken)
    {
        if (await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            return true;
        }

        Problem(nameof(Password), texts["Password.Current.Wrong"]);
        return false;
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Step = await steps.OfAsync(Member, cancellationToken);
        return null;
    }
}

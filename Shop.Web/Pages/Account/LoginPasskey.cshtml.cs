using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Signing in with a passkey: both steps at once.</summary>
[AllowAnonymous]
internal sealed class LoginPasskeyModel(SignIns signIns, Passkeys passkeys, IStringLocalizer<AccountTexts> account, IStringLocalizer<SecurityTexts> texts) : SignedOutPage(account)
{
    /// <summary>The browser's answer, JSON.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    /// <summary>What the browser is asked.</summary>
    public string Options { get; private set; } = "";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        if (await passkeys.CheckAsync(HttpContext, Credential ?? "") is { } member)
        {
            return await StartAsync(signIns, member, Texts["Login.Done", member.UserName!], cancellationToken);
        }

        Problem("", texts["SignIn.No"]);
        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        Options = await passkeys.AskAsync(HttpContext);
        return null;
    }
}

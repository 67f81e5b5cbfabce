using System.Buffers.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A member's passkeys: added with the password and the browser's answer, removed.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SecurityPasskeysModel(SignIns signIns, Passkeys passkeys, UserManager<Member> users, IStringLocalizer<SecurityTexts> texts) : FormPage
{
    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>The passkey that a button is about.</summary>
    [BindProperty]
    public string? Passkey { get; set; }

    /// <summary>The browser's answer, JSON.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    public IReadOnlyList<UserPasskeyInfo> Mine { get; private set; } = [];

    /// <summary>What the browser is asked; null: nothing yet.</summary>
    public string? Options { get; private set; }

    public static string HandleOf(UserPasskeyInfo passkey) => Base64Url.EncodeToString(passkey.CredentialId);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostBeginAsync(CancellationToken cancellationToken)
    {
        Name = Name?.Trim();
        if (Name is not { Length: > 0 and <= Passkeys.MostName } || Name.Any(char.IsControl))
        {
            Problem(nameof(Name), texts["Passkeys.Name.Wrong"]);
        }
        else if (!await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            Problem(nameof(Password), texts["Password.Current.Wrong"]);
        }
        else
        {
            Options = await passkeys.BeginAsync(HttpContext, await MeAsync(), Name);
            if (Options is not null)
            {
                return await ShowAsync(cancellationToken);
            }

            Problem("", texts["Passkeys.TooMany"]);
        }

        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        if (!await passkeys.AddAsync(HttpContext, await MeAsync(), Credential ?? "", cancellationToken))
        {
            Problem("", texts["Passkeys.NotAdded"]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Passkeys.Added"]);
        return LocalRedirect("/account/security/passkeys");
    }

    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        if (Passkey is null || !Base64Url.IsValid(Passkey) || !await passkeys.RemoveAsync(await MeAsync(), Base64Url.DecodeFromChars(Passkey), cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Passkeys.Removed"]);
        return LocalRedirect("/account/security/passkeys");
    }

    private async Task<Member> MeAsync() => (await users.GetUserAsync(User))!;

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Mine = await passkeys.ListAsync(await MeAsync());
        return null;
    }
}

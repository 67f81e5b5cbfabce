using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A new password, with the one before.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SecurityPasswordModel(Sessions sessions, IStringLocalizer<SecurityTexts> texts, IStringLocalizer<AccountTexts> account) : FormPage
{
    [BindProperty]
    public string? Current { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? ConfirmPassword { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (Password != ConfirmPassword)
        {
            Problem(nameof(ConfirmPassword), account["Repeat.Different"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var change = await sessions.ChangePasswordAsync(HttpContext, Current ?? "", Password ?? "", cancellationToken);
        if (change.Problem is { } problem)
        {
            var text = texts[problem];
            Problem(change.Field ?? "", text.ResourceNotFound ? account[problem] : text);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Password.Done"]);
        return LocalRedirect("/account/security");
    }
}

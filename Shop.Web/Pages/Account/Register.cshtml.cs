using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

[AllowAnonymous]
internal sealed class RegisterModel(Registration registration, SignIns signIns, IStringLocalizer<AccountTexts> texts) : SignedOutPage(texts)
{
    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? ConfirmPassword { get; set; }

    public IActionResult OnGet() => AwayIfSignedIn() ?? Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        switch (await registration.RegisterAsync(HttpContext, new Wish(UserName?.Trim(), Email?.Trim(), Password, ConfirmPassword), cancellationToken))
        {
            case RegistrationResult.Registered { Member: var member }:
                return await StartAsync(signIns, member, Texts["Register.Done", member.UserName!, member.Email!], cancellationToken);
            case RegistrationResult.Refused refused:
                foreach (var (field, text) in refused.Problems)
                {
                    Problem(field, Texts[text]);
                }

                break;
            default:
                Problem("", Texts["Register.TooMany"]);
                break;
        }

        return await ShowAgainAsync(cancellationToken);
    }
}

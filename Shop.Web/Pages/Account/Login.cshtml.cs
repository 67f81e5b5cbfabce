using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

[AllowAnonymous]
internal sealed class LoginModel(SignIns signIns, SecondSteps steps, IStringLocalizer<AccountTexts> texts) : SignedOutPage(texts)
{
    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public IActionResult OnGet() => AwayIfSignedIn() ?? Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        if (string.IsNullOrWhiteSpace(UserName))
        {
            Problem(nameof(UserName), Texts["UserName.Missing"]);
        }

        if (string.IsNullOrEmpty(Password))
        {
            Problem(nameof(Password), Texts["Password.Missing"]);
        }

        if (ModelState.IsValid)
        {
            if (await signIns.CheckAsync(HttpContext, UserName!.Trim(), Password!, cancellationToken) is { } member)
            {
                if (await steps.IsOnAsync(member.Id, cancellationToken))
                {
                    steps.Begin(HttpContext, member);
                    return RedirectToPage("/Account/LoginCode", new { returnUrl = LocalReturn });
                }

                return await StartAsync(signIns, member, Texts["Login.Done", member.UserName!], cancellationToken);
            }

            Problem("", Texts["Login.No"]);
        }

        return await ShowAgainAsync(cancellationToken);
    }
}

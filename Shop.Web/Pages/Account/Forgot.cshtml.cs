using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Asks for a reset mail. The answer is the same whether the address is known or not.</summary>
[AllowAnonymous]
internal sealed class ForgotModel(MailedLinks links, IStringLocalizer<AccountTexts> texts) : FormPage
{
    [BindProperty]
    public string? Email { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var email = Email?.Trim();
        if (!MailAddresses.IsUsable(email))
        {
            Problem(nameof(Email), texts["Email.Shape"]);
        }
        else if (!await links.ForgotAsync(HttpContext, email!, cancellationToken))
        {
            Problem("", texts["Forgot.TooMany"]);
        }
        else
        {
            TempData.Done(texts["Forgot.Done"]);
            return RedirectToPage();
        }

        return await ShowAgainAsync(cancellationToken);
    }
}

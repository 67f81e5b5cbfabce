using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

[AllowAnonymous]
internal sealed class LogoutModel(IStringLocalizer<AccountTexts> texts) : FormPage
{
    public async Task<IActionResult> OnPostAsync()
    {
        await SignIns.EndAsync(HttpContext);
        TempData.Done(texts["Logout.Done"]);
        return LocalRedirect("/");
    }
}

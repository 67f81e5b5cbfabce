using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Sets a new password by a mailed link. Opening the link uses nothing up; the form does.</summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class ResetModel(MailedLinks links, LinkCookie cookie, IStringLocalizer<AccountTexts> texts) : FormPage
{
    private const string Purpose = "reset";

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? ConfirmPassword { get; set; }

    public bool Works { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? member, string? token, CancellationToken cancellationToken)
    {
        if (member is not null && token is not null)
        {
            cookie.Keep(HttpContext, Purpose, new LinkCookie.Link(member, token));
            return RedirectToPage();
        }

        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (Password != ConfirmPassword)
        {
            Problem(nameof(ConfirmPassword), texts["Repeat.Different"]);
        }
        else if (cookie.Read(HttpContext, Purpose) is { } link)
        {
            var (done, words) = await links.ResetAsync(link, Password ?? "", cancellationToken);
            if (done)
            {
                cookie.End(HttpContext, Purpose);
                await SignIns.EndAsync(HttpContext);
                TempData.Done(texts[words]);
                return LocalRedirect("/account/login");
            }

            Problem(words.StartsWith("Password", StringComparison.Ordinal) ? nameof(Password) : "", texts[words]);
        }

        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Works = cookie.Read(HttpContext, Purpose) is { } link && await links.IsResetAsync(link);
        if (!Works && ModelState.IsValid)
        {
            Problem("", texts["Reset.Bad"]);
        }

        return null;
    }
}

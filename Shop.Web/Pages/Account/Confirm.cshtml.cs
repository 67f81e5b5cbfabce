using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Confirms an e-mail address. Opening the link shows the page and uses nothing up; the button does (chat previews open links).</summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class ConfirmModel(MailedLinks links, LinkCookie cookie, UserManager<Member> users, IStringLocalizer<AccountTexts> texts) : FormPage
{
    private const string Purpose = "confirm";

    public bool HasLink { get; private set; }

    /// <summary>Whoever is signed in; null for a visitor.</summary>
    public Member? Member { get; private set; }

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
        var result = cookie.Read(HttpContext, Purpose) is { } link ? await links.ConfirmAsync(link) : ConfirmResult.BadLink;
        cookie.End(HttpContext, Purpose);
        if (result == ConfirmResult.Confirmed)
        {
            TempData.Done(texts["Confirm.Done"]);
            return LocalRedirect(User.Identity?.IsAuthenticated == true ? "/account" : "/account/login");
        }

        Problem("", texts[result == ConfirmResult.AddressTaken ? "Confirm.Other" : "Confirm.Bad"]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAgainAsync(CancellationToken cancellationToken)
    {
        if (await users.GetUserAsync(User) is { EmailConfirmed: false } member)
        {
            if (!await links.ConfirmAgainAsync(HttpContext, member, cancellationToken))
            {
                Problem("", texts["Confirm.AgainTooMany"]);
                return await ShowAgainAsync(cancellationToken);
            }

            TempData.Done(texts["Confirm.AgainDone"]);
        }

        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        HasLink = ModelState.IsValid && cookie.Read(HttpContext, Purpose) is not null;
        Member = await users.GetUserAsync(User);
        return null;
    }
}

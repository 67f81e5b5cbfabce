using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>
/// The account of the community's site: whoever comes back from there is signed in if it belongs to a member, chooses a name if it belongs to nobody, or links it.
/// Signed in, it says what is linked and takes the link away.
/// </summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class CommunityModel(
    CommunityAccounts accounts, Registration registration, SignIns signIns, SecondSteps steps, UserManager<Member> users, IOptions<CommunityOptions> options, IStringLocalizer<CommunityTexts> words,
    IStringLocalizer<AccountTexts> texts) : SignedOutPage(texts)
{
    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public string Site => options.Value.Name;

    /// <summary>Who came back from the community's site.</summary>
    public CommunityIdentity? Arrived { get; private set; }

    /// <summary>What the account is called that belongs to whoever is signed in.</summary>
    public string? Linked { get; private set; }

    public bool IsSignedIn => User.MemberId() is not null;

    /// <summary>Whoever is signed in can get in by a password too.</summary>
    public bool HasPassword { get; private set; }


    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.IsOn)
        {
            return NotFound();
        }

        if (await accounts.ArrivedAsync(HttpContext) is not { } arrived || await accounts.OwnerAsync(arrived) is not { } owner)
        {
            return await ShowAsync(cancellationToken);
        }

        await CommunityAccounts.ForgetAsync(HttpContext);
        if (User.MemberId() is { } me)
        {
            if (owner.Id != me)
            {
                TempData.Problem(words["Link.OfAnother", Site, arrived.Name]);
            }

            return LocalRedirect(LocalReturn ?? CommunityRegistration.Page);
        }

        if (owner.Status != AccountStatus.Visible || (await users.GetRolesAsync(owner)).Count > 0)
        {
            // staff give money away: they show the shop's own password
            TempData.Problem(words[owner.Status == AccountStatus.Visible ? "SignIn.Staff" : "SignIn.No", Site]);
            return RedirectToPage("/Account/Login", new { returnUrl = LocalReturn });
        }

        if (await steps.IsOnAsync(owner.Id, cancellationToken))
        {
            steps.Begin(HttpContext, owner, passwordShown: false);
            return RedirectToPage("/Account/LoginCode", new { returnUrl = LocalReturn });
        }

        return await StartAsync(signIns, owner, Texts["Login.Done", owner.UserName!], cancellationToken, passwordShown: false);
    }

    public async Task<IActionResult> OnPostNewAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        if (await accounts.ArrivedAsync(HttpContext) is not { } arrived)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await registration.RegisterAsync(HttpContext, new Wish(UserName?.Trim(), Email?.Trim(), null, null), arrived.Login, cancellationToken))
        {
            case RegistrationResult.Registered { Member: var member }:
                await CommunityAccounts.ForgetAsync(HttpContext);
                return await StartAsync(signIns, member, Texts["Register.Done", member.UserName!, member.Email!], cancellationToken, passwordShown: false);
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

    public async Task<IActionResult> OnPostLinkAsync(CancellationToken cancellationToken)
    {
        if (User.MemberId() is not { } me || await accounts.ArrivedAsync(HttpContext) is not { } arrived)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        if (!await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            Problem(nameof(Password), words["Password.No"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var result = await accounts.LinkAsync(me, arrived, cancellationToken);
        await CommunityAccounts.ForgetAsync(HttpContext);
        if (result == LinkResult.Linked)
        {
            TempData.Done(words["Link.Done", Site, arrived.Name]);
        }
        else
        {
            TempData.Problem(words[$"Link.{result}", Site, arrived.Name]);
        }

        return LocalRedirect(LocalReturn ?? CommunityRegistration.Page);
    }

    public async Task<IActionResult> OnPostUnlinkAsync(CancellationToken cancellationToken)
    {
        if (User.MemberId() is not { } me)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        if (!await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            Problem(nameof(Password), words["Password.No"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (await accounts.UnlinkAsync(me, cancellationToken))
        {
            TempData.Done(words["Unlink.Done", Site]);
        }

        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.IsOn)
        {
            return NotFound();
        }

        Arrived = await accounts.ArrivedAsync(HttpContext);
        if (await users.GetUserAsync(User) is { } member)
        {
            Linked = await accounts.LinkedAsync(member.Id, cancellationToken);
            HasPassword = member.PasswordHash is not null;
        }
        else if (Arrived is not null && !HttpMethods.IsPost(Request.Method))
        {
            var name = Arrived.Name.ToLowerInvariant();
            UserName = UserNames.Problem(name) is null && await users.FindByNameAsync(name) is null ? name : null;
            Email = Arrived.Email;
        }

        return null;
    }
}

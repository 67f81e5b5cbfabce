using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>The second step of signing in, for whoever has just given the right password.</summary>
[AllowAnonymous]
internal sealed class LoginCodeModel(SignIns signIns, SecondSteps steps, IStringLocalizer<AccountTexts> account, IStringLocalizer<SecurityTexts> texts) : SignedOutPage(account)
{
    [BindProperty]
    public string? Code { get; set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        if (await steps.WhoAsync(HttpContext) is not var (member, passwordShown))
        {
            return Back();
        }

        if (string.IsNullOrWhiteSpace(Code))
        {
            Problem(nameof(Code), texts["Step.Missing"]);
        }
        else if (await steps.CheckAsync(HttpContext, member, Code, cancellationToken))
        {
            steps.End(HttpContext);
            return await StartAsync(signIns, member, Texts["Login.Done", member.UserName!], cancellationToken, passwordShown);
        }
        else
        {
            Problem(nameof(Code), texts["Step.Wrong"]);
        }

        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken) =>
        AwayIfSignedIn() ?? (await steps.WhoAsync(HttpContext) is null ? Back() : null);

    private IActionResult Back()
    {
        TempData.Problem(texts["Step.Gone"]);
        return RedirectToPage("/Account/Login", new { returnUrl = LocalReturn });
    }
}

using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A page that starts a session, so it is for those who have none: an open one is never turned into another (S16).</summary>
internal abstract class SignedOutPage(IStringLocalizer<AccountTexts> texts) : FormPage
{
    /// <summary>Where to go afterwards: a place of this shop, or the account.</summary>
    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    protected IStringLocalizer<AccountTexts> Texts => texts;

    /// <summary>The address to hand on, if it is one of ours.</summary>
    public string? LocalReturn => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : null;

    protected IActionResult? AwayIfSignedIn()
    {
        if (User.Identity?.IsAuthenticated != true)
        {
            return null;
        }

        TempData.Problem(texts["Login.Already", User.Identity.Name ?? ""]);
        return Onward();
    }

    protected async Task<IActionResult> StartAsync(SignIns signIns, Member member, string news, CancellationToken cancellationToken, bool passwordShown = true)
    {
        var leftOut = await signIns.StartAsync(HttpContext, member, cancellationToken, passwordShown);
        if (leftOut.Count == 0)
        {
            TempData.Done(news);
        }
        else
        {
            TempData.Problem($"{news} {HttpContext.RequestServices.GetRequiredService<IStringLocalizer<ShopTexts>>().Of(leftOut)}");
        }

        return Onward();
    }

    private LocalRedirectResult Onward() => LocalRedirect(LocalReturn ?? "/account");
}

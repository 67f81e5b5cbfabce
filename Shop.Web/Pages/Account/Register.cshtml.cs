using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

[AllowAnonymous]
internal sealed class RegisterModel(Registration registration, SignIns signIns, IStringLocalizer<AccountTexts> texts) : SignedOutPage(texts)
{
    [BindProperty(SupportsGet = true)]
    public string? Code { get; set; }

    /// <summary>What the code in the address offers.</summary>
    public SignUpOffer? Offer { get; private set; }

    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? ConfirmPassword { get; set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        if (!string.IsNullOrWhiteSpace(Code))
        {
            (Offer, var wrong) = await registration.OfferAsync(HttpContext, Code, cancellationToken);
            if (wrong is not null)
            {
                Problem(nameof(Code), Texts[wrong]);
            }
        }

        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (AwayIfSignedIn() is { } away)
        {
            return away;
        }

        switch (await registration.RegisterAsync(HttpContext, new Wish(UserName?.Trim(), Email?.Trim(), Password, ConfirmPassword, Code), cancellationToken))
        {
            case RegistrationResult.Registered { Member: var member } registered:
                return await StartAsync(signIns, member, $"{Texts["Register.Done", member.UserName!, member.Email!]} {OfCode(registered)}".TrimEnd(), cancellationToken);
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

    private string OfCode(RegistrationResult.Registered registered) => (registered.Code, registered.Time) switch
    {
        (null, _) or (SignUpOutcome.Granted, null) => "",
        (SignUpOutcome.Granted, { } time) => Texts["Code.Granted", ItemTexts.Time(time)],
        ({ } outcome, _) => Texts[$"Code.{outcome}"],
    };
}

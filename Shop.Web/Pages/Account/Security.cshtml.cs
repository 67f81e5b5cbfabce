using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>How the member signs in, and where the member is signed in.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SecurityModel(Sessions sessions, SecondSteps steps, Passkeys passkeys, UserManager<Member> users, IStringLocalizer<SecurityTexts> texts) : FormPage
{
    /// <summary>The session that a button is about.</summary>
    [BindProperty]
    public long Session { get; set; }

    public IReadOnlyList<OpenSession> Open { get; private set; } = [];

    public SecondStep Step { get; private set; } = null!;

    public int PasskeyCount { get; private set; }

    private long Member => User.MemberId()!.Value;

    public bool IsThis(OpenSession session) => session.KeyHash == TicketStore.Current(HttpContext);

    public string DeviceOf(OpenSession session) => Devices.Of(session.Device) switch
    {
        ({ } browser, { } system) => texts["Sessions.Device", browser, system],
        (null, null) => texts["Sessions.Device.Unknown"],
        var (browser, system) => texts["Sessions.Device.Only", browser ?? system ?? ""],
    };

    public string BegunOf(OpenSession session) => TimeText.Moment(session.BegunAt, ReaderZone.Of(HttpContext), CultureInfo.CurrentCulture);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostEndAsync(CancellationToken cancellationToken)
    {
        if (!await sessions.EndAsync(Member, Session, cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Sessions.Ended"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostEndOthersAsync(CancellationToken cancellationToken)
    {
        await sessions.EndOthersAsync(HttpContext, Member, cancellationToken);
        TempData.Done(texts["Sessions.EndedOthers"]);
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Open = await sessions.ListAsync(Member, cancellationToken);
        Step = await steps.OfAsync(Member, cancellationToken);
        PasskeyCount = (await passkeys.ListAsync((await users.GetUserAsync(User))!)).Count;
        return null;
    }
}

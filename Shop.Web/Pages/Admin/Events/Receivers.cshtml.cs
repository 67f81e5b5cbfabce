using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Hooks;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Events;

/// <summary>The programs of the site's that are told of events. A secret is shown in the answer that made it, and never again.</summary>
[Authorize(StaffPolicies.Owner)]
[PrivatePage]
internal sealed class ReceiversModel(ShopDbContext db, EventDesk desk, IOptions<EventHookOptions> options, IStringLocalizer<EventsTexts> texts) : FormPage
{
    [BindProperty]
    public string? Address { get; set; }

    public IReadOnlyList<EventReceiver> Receivers { get; private set; } = [];

    /// <summary>The secret that was just made; null: none was.</summary>
    public string? Secret { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        var result = await desk.AddAsync(Address ?? "", options.Value.AllowPrivate, User.MemberId()!.Value, cancellationToken);
        if (result is ReceiverResult.Made made)
        {
            (Secret, Address) = (made.Secret, null);
            ModelState.Clear();
            return await ShowAsync(cancellationToken);
        }

        Problem(nameof(Address), result switch
        {
            ReceiverResult.Known => texts["Receivers.Known"],
            ReceiverResult.TooMany => texts["Receivers.TooMany", EventDesk.MostReceivers],
            _ => texts["Receivers.NotUsable"],
        });
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostRenewAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        Secret = await desk.RenewAsync(id, cancellationToken);
        return Secret is null ? NotFound() : await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostEndAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        if (!await desk.EndAsync(id, cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Receivers.Ended"]);
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Receivers = [.. (await desk.ReceiversAsync(db, cancellationToken)).Where(r => r.EndedAt is null)];
        return null;
    }
}

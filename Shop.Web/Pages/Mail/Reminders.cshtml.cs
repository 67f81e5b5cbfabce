using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Web.Display;
using Shop.Web.Mail;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Mail;

/// <summary>Turns reminders by mail off, for whoever has the link of one; GET shows, POST does it.</summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class RemindersModel(Reminders reminders, IStringLocalizer<EventsTexts> texts) : FormPage
{
    [BindProperty(SupportsGet = true)]
    public long? Member { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    public bool IsOff { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!await reminders.TurnOffAsync(Member ?? 0, Token, cancellationToken))
        {
            return NotFound();
        }

        IsOff = true;
        return Page();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await reminders.IsGoodAsync(Member ?? 0, Token, cancellationToken))
        {
            return null;
        }

        Problem("", texts["Reminders.Gone"]);
        return NotFound();
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Mail;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Mails;

/// <summary>One mail with made-up contents, and a button that sends it to whoever looks at it: to no other address.</summary>
[Authorize(StaffPolicies.Clerk)]
[PrivatePage]
internal sealed class MailModel(
    ShopDbContext db, MailPreviews previews, MailFrames frames, MailSender sender, TimeProvider clock, IStringLocalizer<EventsTexts> texts) : FormPage
{
    [BindProperty(SupportsGet = true)]
    public string Kind { get; set; } = "";

    public OutgoingMail Sample { get; private set; } = null!;

    public string Text => Sample.Text(frames.Now);

    /// <summary>The reader's own confirmed address; null: there is none.</summary>
    public string? Own { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } answer)
        {
            return answer;
        }

        if (Own is null)
        {
            Problem("", texts["Mails.Test.NoAddress"]);
            return await ShowAgainAsync(cancellationToken);
        }

        // each press is a mail of its own
        var mail = Sample with { To = Own, Subject = texts["Mails.Test.Subject", Sample.Subject], DedupeKey = FormattableString.Invariant($"test:{Kind}:{User.MemberId()}:{clock.GetUtcNow().Ticks}") };
        try
        {
            await sender.SendAsync(mail, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UndeliverableException or NotSentException)
        {
            Problem("", texts["Mails.Test.Failed", e is UndeliverableException or NotSentException ? e.Message : e.GetType().Name]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Mails.Test.Done", Own]);
        return RedirectToPage(new { kind = Kind });
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await previews.FindAsync(Kind) is not { } sample)
        {
            return NotFound();
        }

        var me = User.MemberId()!.Value;
        Sample = sample;
        Own = await db.Users.Where(m => m.Id == me && m.EmailConfirmed).Select(m => m.Email).FirstOrDefaultAsync(cancellationToken);
        return null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Web.Mail;
using Shop.Web.Security;

namespace Shop.Web.Pages.Dev;

/// <summary>The mails that went to the folder. Development only: they hold links that open accounts.</summary>
[AllowAnonymous]
[PrivatePage]
internal sealed class MailModel(MailFolder folder, IHostEnvironment environment) : PageModel
{
    public IReadOnlyList<StoredMail> Mails { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            return NotFound();
        }

        Mails = await folder.ListAsync(cancellationToken);
        return Page();
    }

    /// <summary>The lines of a text; a line that is an address becomes a link.</summary>
    public static IEnumerable<(string Text, bool IsLink)> Lines(StoredMail mail) =>
        mail.Text.ReplaceLineEndings("\n").TrimEnd().Split('\n')
            .Select(line => (line, Uri.TryCreate(line, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https")));
}

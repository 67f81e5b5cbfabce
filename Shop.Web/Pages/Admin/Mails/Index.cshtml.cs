using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Web.Mail;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Mails;

/// <summary>Every mail that the shop sends.</summary>
[Authorize(StaffPolicies.Clerk)]
internal sealed class IndexModel(MailPreviews previews) : PageModel
{
    public IReadOnlyList<string> Kinds => previews.Kinds;
}

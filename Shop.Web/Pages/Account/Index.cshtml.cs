using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

[Authorize(StaffPolicies.Member)]
internal sealed class IndexModel(ShopDbContext db, Standings standings, OrderReader orders, RuleBook rules, MailReturns returns, IStringLocalizer<OrderTexts> texts) : PageModel
{
    private const int LatestOrders = 3;

    public Standing Standing { get; private set; } = null!;

    public IconQuota Icons { get; private set; } = null!;

    public IReadOnlyList<OrderRow> Latest { get; private set; } = [];

    /// <summary>When a mail to this member came back; null: they arrive.</summary>
    public DateTimeOffset? MailReturnedAt { get; private set; }

    /// <summary>Where the mails go, where that is said.</summary>
    public string? Address { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        MailReturnedAt = await ReturnedMail.SinceAsync(db, member, cancellationToken);
        Address = MailReturnedAt is null ? null : await db.Users.Where(m => m.Id == member).Select(m => m.Email).FirstAsync(cancellationToken);
        Standing = await standings.OfAsync(db, member, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, Standing.RuleRevision, cancellationToken);
        Icons = await ExtraIcons.QuotaAsync(db, member, Standing.Class, terms, cancellationToken);
        var page = await orders.PageAsync(db, member, new OrderFilter(), OrderSort.Newest, 1, cancellationToken);
        Latest = [.. page.Rows.Take(LatestOrders)];
    }

    public async Task<IActionResult> OnPostMailWorksAsync(CancellationToken cancellationToken)
    {
        await returns.WorksAsync(User.MemberId()!.Value, cancellationToken);
        TempData.Done(texts["Mail.Returned.Done"]);
        return RedirectToPage();
    }
}

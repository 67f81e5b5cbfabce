using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Orders;

/// <summary>Orders as the desk looks for them; at first those that a person should look at. Changes nothing.</summary>
[Authorize(StaffPolicies.Orders)]
[PrivatePage]
internal sealed class IndexModel(ShopDbContext db) : PageModel
{
    private const int LastPage = 10_000;

    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    [FromQuery(Name = "state")]
    public string? State { get; set; }

    /// <summary>A flag's word, <c>all</c>, or nothing: where nothing is looked for, those with any flag.</summary>
    [FromQuery(Name = "flag")]
    public string? Flag { get; set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    public bool OnlyFlagged => string.IsNullOrEmpty(Flag) && string.IsNullOrWhiteSpace(Text) && string.IsNullOrEmpty(State);

    public IReadOnlyList<DeskOrder> Rows { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var page = int.TryParse(PageNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        var search = new OrderSearch
        {
            Text = Text,
            State = Words.TryParse<OrderState>(State, out var state) ? state : null,
            Flag = Words.TryParse<OrderFlagKind>(Flag, out var flag) ? flag : null,
            Flagged = OnlyFlagged,
            Page = page,
        };
        (Rows, var more) = await OrderDesk.FindAsync(db, search, cancellationToken);
        Pager = new PagerModel(
            page, more, to => string.Create(CultureInfo.InvariantCulture, $"/admin/orders?q={Uri.EscapeDataString(Text ?? "")}&state={Uri.EscapeDataString(State ?? "")}&flag={Uri.EscapeDataString(Flag ?? "")}&page={to}"));
    }
}

using Microsoft.AspNetCore.Authorization;
using AutoMapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Mapping;
using Shop.Web.Texts;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

/// <summary>The member's points: the balance, and every change of it.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class PointsModel(ShopDbContext db, IMapper mapper, IStringLocalizer<OrderTexts> texts) : PageModel
{
    private const int PageSize = 30;
    private const int LastPage = 10_000;

    public long Balance { get; private set; }

    public IReadOnlyList<StatementRow> Rows { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        var number = int.TryParse(page, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        Balance = await PointsAccounts.BalanceAsync(db, member, cancellationToken);
        var lines = await PointsAccounts.StatementAsync(db, member, (number - 1) * PageSize, PageSize + 1, cancellationToken);
        Rows = [.. lines.Take(PageSize).Select(Row)];
        Pager = new PagerModel(number, lines.Count > PageSize, other => $"/account/points?page={other}");
    }

    private StatementRow Row(StatementLine line)
    {
        var row = mapper.Map<StatementRow>(line);
        var kind = texts[$"Points.Kind.{line.Kind}"];
        row.What = line.Reason ?? (kind.ResourceNotFound ? texts["Points.Kind"] : kind);
        return row;
    }
}

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
internal sealed class PointsModel(ShopDbContext db, IMapper mapper, IStringLocalizer<OrderTexts> texts, IStringLocalizer<PointsTexts> words) : PageModel
{
    private const int PageSize = 30;
    private const int LastPage = 10_000;

    public long Balance { get; private set; }

    public IReadOnlyList<StatementRow> Rows { get; private set; } = [];

    /// <summary>What runs out when; empty where points never do.</summary>
    public IReadOnlyList<PointsEnd> Ends { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        var number = int.TryParse(page, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        Balance = await PointsAccounts.BalanceAsync(db, member, cancellationToken);
        Ends = await PointsLots.OfAsync(db, member, cancellationToken);
        var lines = await PointsAccounts.StatementAsync(db, member, (number - 1) * PageSize, PageSize + 1, cancellationToken);
        var transfers = lines.Where(line => line.Kind == PointsAccounts.TransferKind).Select(line => line.JournalId).ToList();
        var others = transfers.Count == 0 ? new Dictionary<long, string?>() : await Transfers.OthersAsync(db, member, transfers, cancellationToken);
        Rows = [.. lines.Take(PageSize).Select(line => Row(line, others))];
        Pager = new PagerModel(number, lines.Count > PageSize, other => $"/account/points?page={other}");
    }

    private StatementRow Row(StatementLine line, IReadOnlyDictionary<long, string?> others)
    {
        var row = mapper.Map<StatementRow>(line);
        if (others.TryGetValue(line.JournalId, out var other))
        {
            row.What = line.Amount < 0 ? words["Sent.To", other!] : other is null ? words["Got.FromSomeone"] : words["Got.From", other];
            return row;
        }

        var kind = texts[$"Points.Kind.{line.Kind}"];
        row.What = line.Reason ?? (kind.ResourceNotFound ? texts["Points.Kind"] : kind);
        return row;
    }
}

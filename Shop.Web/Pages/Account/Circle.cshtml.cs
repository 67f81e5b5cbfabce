using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Whom the member likes to give to, by what they have (DW-42). Of others no date is told, only the group.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class CircleModel(
    ShopDbContext db, Writes writes, Catalogue catalogue, LookUps lookUps, TimeProvider clock, IStringLocalizer<CircleTexts> texts) : FormPage
{
    private const int PageSize = 50;

    [BindProperty]
    public string? Name { get; set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    public IReadOnlyList<IGrouping<CircleGroup, CircleRow>> Groups { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    /// <summary>The product that points are sold as; null: they are not sold.</summary>
    public string? PointsSku { get; private set; }

    private long Me => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Name), texts["TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var result = await writes.RunAsync((unit, token) => Circles.AddAsync(unit.Db, Me, Name ?? "", clock.GetUtcNow(), token), cancellationToken);
        if (result != CircleResult.Added)
        {
            Problem(nameof(Name), texts[$"{result}", Name ?? ""]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Added", Name!.Trim()]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRemoveAsync(long otherId, CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => Circles.RemoveAsync(unit.Db, Me, otherId, token), cancellationToken);
        TempData.Done(texts["Removed"]);
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var last = Circles.Most / PageSize;
        var number = int.TryParse(PageNumber, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, last) : 1;
        var rows = await Circles.ListAsync(db, Me, clock.GetUtcNow(), (number - 1) * PageSize, PageSize + 1, cancellationToken);
        Groups = [.. rows.Take(PageSize).GroupBy(row => row.Group)];
        Pager = new PagerModel(number, rows.Count > PageSize, other => $"/account/circle?page={other}");
        PointsSku = await catalogue.PointsSkuAsync(db, cancellationToken);
        return null;
    }
}

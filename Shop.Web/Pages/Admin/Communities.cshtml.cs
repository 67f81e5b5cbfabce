using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin;

/// <summary>Communities and the members who maintain them.</summary>
[Authorize(StaffPolicies.Clerk)]
internal sealed class CommunitiesModel(ShopDbContext db, Writes writes, TimeProvider clock, IStringLocalizer<AdminTexts> texts) : FormPage
{
    private const int PageSize = 20;
    private const int LastPage = 10_000;

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Community { get; set; }

    [BindProperty]
    public string? Maintainer { get; set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    public IReadOnlyList<Community> Communities { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostMakeAsync(CancellationToken cancellationToken)
    {
        var name = Name?.Trim() ?? "";
        var made = UserNames.Problem(name) is null
            ? await writes.RunAsync((unit, token) => Shop.Accounts.Communities.MakeAsync(unit.Db, name, clock.GetUtcNow(), token), cancellationToken)
            : null;
        if (made is null)
        {
            Problem(nameof(Name), texts[UserNames.Problem(name) is null ? "Communities.Taken" : "Communities.Shape"]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Communities.Made", name]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostMaintainAsync(CancellationToken cancellationToken)
    {
        var (community, member) = (Community ?? "", Maintainer ?? "");
        var result = (community + member).Any(char.IsControl)
            ? MaintainerResult.NoSuchCommunity
            : await writes.RunAsync((unit, token) => Shop.Accounts.Communities.NameAsync(unit.Db, community, member, clock.GetUtcNow(), token), cancellationToken);
        if (result != MaintainerResult.Named)
        {
            Problem(result == MaintainerResult.NoSuchCommunity ? nameof(Community) : nameof(Maintainer), texts[$"Communities.{result}"]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Communities.Named", member.Trim(), community.Trim()]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostDismissAsync(long communityId, long memberId, CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => Shop.Accounts.Communities.DismissAsync(unit.Db, communityId, memberId, token), cancellationToken);
        TempData.Done(texts["Communities.Dismissed"]);
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var number = int.TryParse(PageNumber, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        var found = await Shop.Accounts.Communities.ListAsync(db, (number - 1) * PageSize, PageSize + 1, cancellationToken);
        Communities = [.. found.Take(PageSize)];
        Pager = new PagerModel(number, found.Count > PageSize, other => $"/admin/communities?page={other}");
        return null;
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Codes;

/// <summary>Codes for signing up: what there is, new ones, and taking the time out of one (DW-90 to DW-92).</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class IndexModel(ShopDbContext db, SignUpDesk desk, RuleBook rules, TimeProvider clock, IStringLocalizer<CodesTexts> texts) : FormPage
{
    private const int DaysOfAMonth = 30;
    private const int MostPages = 1_000_000;

    [FromQuery(Name = "show")]
    public string? Show { get; set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    [BindProperty]
    public Guid Key { get; set; }

    /// <summary>Which of the two forms is shown or was sent.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    [BindProperty]
    public string? Word { get; set; }

    [BindProperty]
    public string? Count { get; set; }

    [BindProperty]
    public string? Class { get; set; }

    [BindProperty]
    public string? Months { get; set; }

    [BindProperty]
    public string? Days { get; set; }

    [BindProperty]
    public string? Expires { get; set; }

    [BindProperty]
    public string? ExpiresMonths { get; set; }

    [BindProperty]
    public string? ExpiresDays { get; set; }

    [BindProperty]
    public string? Suggests { get; set; }

    public SignUpFilter Filter { get; private set; }

    public IReadOnlyList<SignUpCodeRow> Rows { get; private set; } = [];

    public IReadOnlyList<AccountClass> Classes { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    /// <summary>Invitations that were just made.</summary>
    public IReadOnlyList<string> Made { get; private set; } = [];

    public bool IsInvitation => Kind == Words.Of(SignUpCodeKind.Invitation);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Key = NewKey();
        return ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (expires, isDay) = Until();
        if (!isDay)
        {
            return await WrongAsync(SignUpField.Expires, cancellationToken);
        }

        if (string.IsNullOrEmpty(Class) && (Number(Months, "0") != 0 || Number(Days, "0") != 0))
        {
            return await WrongAsync(SignUpField.Class, cancellationToken);
        }

        var wish = new NewSignUpCodes
        {
            Key = Key,
            Kind = IsInvitation ? SignUpCodeKind.Invitation : SignUpCodeKind.Promotion,
            Word = Word?.Trim().ToLowerInvariant(),
            Count = Number(Count) ?? -1,
            Time = string.IsNullOrEmpty(Class) ? null : new TimeGrant(Class, Number(Months, "0") ?? -1, Number(Days, "0") ?? -1),
            ExpiresAt = expires,
            Suggests = string.IsNullOrWhiteSpace(Suggests) ? null : Suggests.Trim(),
        };
        switch (await desk.MakeAsync(wish, User.MemberId()!.Value, cancellationToken))
        {
            case SignUpCodesResult.Made made when IsInvitation:
                Made = made.Codes;
                ModelState.Remove(nameof(Key));
                Key = NewKey();
                Response.Headers.CacheControl = "no-store";
                return await ShowAsync(cancellationToken);
            case SignUpCodesResult.Made made:
                TempData.Done(texts["Made.Promotion", made.Codes[0]]);
                return RedirectToPage();
            case SignUpCodesResult.Refused refused:
                return await WrongAsync(refused.Field, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostEmptyAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        if (await desk.EmptyAsync(id, User.MemberId()!.Value, cancellationToken))
        {
            TempData.Done(texts["Emptied.Done"]);
        }
        else
        {
            TempData.Problem(texts["Emptied.None"]);
        }

        return RedirectToPage(new { show = Show });
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Filter = Words.TryParse<SignUpFilter>(Show, out var filter) ? filter : SignUpFilter.All;
        var page = Math.Clamp(Number(PageNumber) ?? 1, 1, MostPages);
        (Rows, var more) = await desk.ListAsync(db, Filter, page, cancellationToken);
        Pager = new PagerModel(page, more, to => $"/admin/codes?show={Words.Of(Filter)}&page={to}");
        var terms = await rules.GetAsync<AccountTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        Classes = [.. terms.Classes.Where(c => c is { Rank: > 0, Permanent: false })];
        return null;
    }

    private Guid NewKey() => Guid.CreateVersion7(clock.GetUtcNow());

    private Task<IActionResult> WrongAsync(SignUpField field, CancellationToken cancellationToken)
    {
        Problem($"{field}", texts[$"Wrong.{field}", IsInvitation ? SignUpDesk.MostInvitations : SignUpDesk.MostUses]);
        return ShowAgainAsync(cancellationToken);
    }

    /// <summary>The end of the day typed, or so many months of 30 days and days from now (DW-91); false: neither can be read.</summary>
    private (DateTimeOffset? Until, bool IsDay) Until()
    {
        var (months, days) = (Number(ExpiresMonths, "0"), Number(ExpiresDays, "0"));
        if (months is not (>= 0 and <= 120) || days is not (>= 0 and <= 3650))
        {
            return (null, false);
        }

        var span = ((int)months * DaysOfAMonth) + (int)days;
        return (string.IsNullOrWhiteSpace(Expires), span) switch
        {
            (true, 0) => (null, true),
            (true, _) => (Core.Days.End(Core.Days.Of(clock.GetUtcNow()).AddDays(span)), true),
            (false, 0) when DateOnly.TryParseExact(Expires!.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue =>
                (Core.Days.End(day), true),
            _ => (null, false),
        };
    }

    private static int? Number(string? typed, string empty = "") =>
        int.TryParse(string.IsNullOrWhiteSpace(typed) ? empty : typed.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin;

/// <summary>What an account does on the site, which chance draws by, and who is in its circle.</summary>
[Authorize(StaffPolicies.Clerk)]
internal sealed class ActivityModel(ShopDbContext db, RandomDesk desk, TimeProvider clock, IStringLocalizer<ActivityTexts> texts) : FormPage
{
    [BindProperty(SupportsGet = true)]
    public string? Name { get; set; }

    [BindProperty]
    public string? Created { get; set; }

    [BindProperty]
    public string? LastPost { get; set; }

    [BindProperty]
    public string? Posts { get; set; }

    [BindProperty]
    public string? Comments { get; set; }

    [BindProperty]
    public string? RecentPosts { get; set; }

    [BindProperty]
    public string? RecentComments { get; set; }

    [BindProperty]
    public string? Members { get; set; }

    /// <summary>Null: no name was given, or nobody has it.</summary>
    public ActivityView? Account { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (Account is { } account)
        {
            static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
            var facts = account.Facts;
            Created = Days.Text(Days.Of(account.CreatedAt));
            LastPost = facts.LastPostAt is { } last ? Days.Text(Days.Of(last)) : null;
            (Posts, Comments, Members) = (Text(facts.Posts), Text(facts.Comments), Text(facts.Members));
            (RecentPosts, RecentComments) = (Text(facts.RecentPosts), Text(facts.RecentComments));
        }
        else if (!string.IsNullOrWhiteSpace(Name))
        {
            Problem(nameof(Name), texts["NoSuchAccount", Name.Trim()]);
        }

        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (Account is not { } account)
        {
            Problem(nameof(Name), texts["NoSuchAccount", Name?.Trim() ?? ""]);
            return await ShowAgainAsync(cancellationToken);
        }

        // a day that stays keeps its hour
        var facts = new ActivityFacts(
            Day(nameof(Created), Created, account.CreatedAt) ?? account.CreatedAt, Day(nameof(LastPost), LastPost, account.Facts.LastPostAt),
            Number(nameof(Posts), Posts), Number(nameof(Comments), Comments), Number(nameof(RecentPosts), RecentPosts),
            Number(nameof(RecentComments), RecentComments), account.Kind == AccountKind.Community ? Number(nameof(Members), Members) : 0);
        if (!ModelState.IsValid)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        await desk.NoteAsync(account.Id, facts, cancellationToken);
        TempData.Done(texts["Saved", account.Name]);
        return Redirect($"/admin/activity?name={Uri.EscapeDataString(account.Name)}");
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Account = await desk.FindAsync(db, Name, cancellationToken);
        return null;
    }

    private DateTimeOffset? Day(string field, string? typed, DateTimeOffset? was)
    {
        if (string.IsNullOrWhiteSpace(typed))
        {
            return null;
        }

        var today = Days.Of(clock.GetUtcNow());
        if (!DateOnly.TryParseExact(typed.Trim(), Days.Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day > today || day.Year < 1990)
        {
            Problem(field, texts["Day.Wrong", Days.Text(today), texts[field]]);
            return null;
        }

        return was is { } then && Days.Of(then) == day ? then : Days.Begin(day);
    }

    private int Number(string field, string? typed)
    {
        if (int.TryParse(typed?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ActivityFacts.Most)
        {
            return number;
        }

        Problem(field, texts["Number.Wrong", ActivityFacts.Most, texts[field]]);
        return 0;
    }
}

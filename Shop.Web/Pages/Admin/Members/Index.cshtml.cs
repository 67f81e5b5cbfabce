using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Members;

/// <summary>What an account has, and what staff give it or take from it: with a reason, and with a second person where it is much (M11).</summary>
[Authorize(StaffPolicies.Clerk)]
internal sealed class IndexModel(ShopDbContext db, StaffChanges changes, RuleBook rules, IStringLocalizer<MembersTexts> texts) : FormPage
{
    [FromRoute]
    public string Name { get; set; } = "";

    /// <summary>A word of <see cref="StaffChangeKind"/>.</summary>
    [BindProperty]
    public string? What { get; set; }

    [BindProperty]
    public string? Amount { get; set; }

    [BindProperty]
    public string? Class { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>The same form does its change once.</summary>
    [BindProperty]
    public string? FormKey { get; set; }

    public StaffMemberView Account { get; private set; } = null!;

    public IReadOnlyList<string> Classes { get; private set; } = [];

    /// <summary>When a mail to this member came back; null: they arrive.</summary>
    public DateTimeOffset? MailReturnedAt { get; private set; }

    private StaffTerms Terms { get; set; } = null!;

    private long Me => User.MemberId()!.Value;

    /// <summary>How much one person may do alone.</summary>
    public long Most(StaffChangeKind kind) => Terms.Most(kind);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } nobody)
        {
            return nobody;
        }

        if (!Words.TryParse<StaffChangeKind>(What, out var kind))
        {
            Problem(nameof(What), texts["Wrong.What"]);
            return await ShowAgainAsync(cancellationToken);
        }

        // what is no number at all is refused like one that is out of bounds
        var amount = long.TryParse(Amount?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var change = new StaffChange(kind, amount, kind == StaffChangeKind.GiveMonths ? Class : null);
        return await AnswerAsync(await changes.AskAsync(Account.Id, change, Reason, Me, FormKey ?? "", cancellationToken), cancellationToken);
    }

    public async Task<IActionResult> OnPostDecideAsync([FromForm] long change, [FromForm] string? to, CancellationToken cancellationToken)
    {
        if (!Words.TryParse<ApprovalState>(to, out var state) || !ApprovalStates.Table.IsLegal(ApprovalState.Open, state))
        {
            return BadRequest();
        }

        return await AnswerAsync(await changes.DecideAsync(change, state, Me, cancellationToken), cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await StaffChanges.FindAsync(db, Name, Me, cancellationToken) is not { } account)
        {
            return NotFound();
        }

        Account = account;
        MailReturnedAt = await ReturnedMail.SinceAsync(db, account.Id, cancellationToken);
        var set = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        Terms = set.Get<StaffTerms>();
        Classes = [.. set.Get<AccountTerms>().Classes.Where(c => c is { Rank: > 0, Permanent: false }).Select(c => c.Key)];
        FormKey ??= Shop.Core.Codes.New(20);
        return null;
    }

    private async Task<IActionResult> AnswerAsync(StaffResult result, CancellationToken cancellationToken)
    {
        switch (result)
        {
            case StaffResult.Done:
                TempData.Done(texts["Done"]);
                return Redirect(HttpContext.Request.Path);
            case StaffResult.Waits waits:
                TempData.Done(texts["Waits", waits.Most]);
                return Redirect(HttpContext.Request.Path);
            case StaffResult.Ended:
                TempData.Done(texts["Ended"]);
                return Redirect(HttpContext.Request.Path);
            case StaffResult.Refused refused:
                var field = refused.Reason switch
                {
                    StaffRefusal.Amount or StaffRefusal.NotThere => nameof(Amount),
                    StaffRefusal.ReasonMissing => nameof(Reason),
                    StaffRefusal.Class => nameof(Class),
                    _ => "",
                };
                Problem(field, texts[$"Wrong.{refused.Reason}", refused.Limit.ToString("N0", CultureInfo.CurrentCulture)]);
                if (refused.Reason != StaffRefusal.OtherContent)
                {
                    return await ShowAgainAsync(cancellationToken);
                }

                FormKey = null; // the page makes another
                return await ShowConflictAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}

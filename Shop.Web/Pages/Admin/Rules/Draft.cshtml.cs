using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Rules;

/// <summary>A draft: what it changes, what that does, and the ways on: publish, schedule, propose, approve, discard.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class DraftModel(ShopDbContext db, RuleDesk desk, RulePreview preview, IStringLocalizer<RulesTexts> texts, TimeProvider clock) : FormPage
{
    [BindProperty(SupportsGet = true, Name = "draft")]
    public string Number { get; set; } = "";

    [BindProperty]
    public int Version { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>When it is to hold, UTC; empty: at once.</summary>
    [BindProperty]
    public string? At { get; set; }

    public DraftView Draft { get; private set; } = null!;

    public RuleEffects? Effects { get; private set; }

    public Currency Currency { get; private set; }

    public bool SecondAdmin { get; private set; }

    public IReadOnlyList<RuleSection> Sections => desk.Sections;

    public static string Address(long draft) => FormattableString.Invariant($"/admin/rules/drafts/{draft}");

    public string Money(long minor) => new Money(minor, Currency).ForReader();

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostPublishAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? at = null;
        if (!string.IsNullOrWhiteSpace(At))
        {
            if (!RuleWords.TryMoment(At, out var moment))
            {
                Problem(nameof(At), texts["Publish.AtBad"]);
                return await ShowAgainAsync(cancellationToken);
            }

            at = moment;
        }

        return await DoAsync((draft, admin) => desk.PublishAsync(draft, Version, Reason, at, admin, cancellationToken), _ => "", cancellationToken);
    }

    public Task<IActionResult> OnPostApproveAsync(CancellationToken cancellationToken) =>
        DoAsync((draft, admin) => desk.ApproveAsync(draft, Version, admin, cancellationToken), _ => "", cancellationToken);

    public Task<IActionResult> OnPostTakeBackAsync(CancellationToken cancellationToken) =>
        DoAsync((draft, admin) => desk.TakeBackAsync(draft, Version, admin, cancellationToken), _ => texts["Done.TakenBack"], cancellationToken);

    public Task<IActionResult> OnPostRebaseAsync(CancellationToken cancellationToken) =>
        DoAsync((draft, admin) => desk.RebaseAsync(draft, Version, admin, cancellationToken), last => texts["Done.Rebased", last], cancellationToken);

    public Task<IActionResult> OnPostDiscardAsync(CancellationToken cancellationToken) =>
        DoAsync((draft, admin) => desk.DiscardAsync(draft, Version, admin, cancellationToken), _ => texts["Done.Discarded"], cancellationToken);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!long.TryParse(Number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || await desk.FindAsync(db, id, cancellationToken) is not { } draft)
        {
            return NotFound();
        }

        (Draft, Currency) = (draft, RuleWords.CurrencyOf(draft.Now));
        SecondAdmin = (await desk.InForceAsync(db, cancellationToken)).SecondAdmin;
        if (draft.Changes.Count > 0)
        {
            Effects = await preview.OfAsync(db, draft, cancellationToken);
        }

        if (HttpMethods.IsGet(Request.Method))
        {
            (Version, Reason) = (draft.Version, draft.Reason);
        }

        return null;
    }

    private async Task<IActionResult> DoAsync(Func<long, long, Task<DeskResult>> step, Func<long, string> saved, CancellationToken cancellationToken)
    {
        if (!long.TryParse(Number, NumberStyles.None, CultureInfo.InvariantCulture, out var draft))
        {
            return NotFound();
        }

        switch (await step(draft, User.MemberId()!.Value))
        {
            case DeskResult.Published published:
                TempData.Done(published.EffectiveAt > clock.GetUtcNow()
                    ? texts["Done.Scheduled", published.Revision, Moment(published.EffectiveAt)]
                    : texts["Done.Published", published.Revision]);
                return LocalRedirect("/admin/rules");
            case DeskResult.Proposed:
                TempData.Done(texts["Done.Proposed"]);
                return LocalRedirect(Address(draft));
            case DeskResult.Saved:
                if (await desk.FindAsync(db, draft, cancellationToken) is not { State: not RuleDraftState.Discarded } view)
                {
                    TempData.Done(saved(0));
                    return LocalRedirect("/admin/rules");
                }

                TempData.Done(saved(view.BasedOn));
                return LocalRedirect(Address(draft));
            case DeskResult.Unknown:
                return NotFound();
            case DeskResult.Refused refused:
                foreach (var problem in refused.Problems)
                {
                    Problem(problem.Path switch { "reason" => nameof(Reason), "at" => nameof(At), _ => "" }, problem.Text);
                }

                break;
            case DeskResult.Superseded { Last: var last }:
                Problem("", texts["Problem.Superseded", last.Id, last.Author ?? texts["Site"].Value, last.Reason]);
                break;
            case DeskResult.TooEarly early:
                Problem(nameof(At), texts["Problem.TooEarly", early.Last, Moment(early.LastEffectiveAt)]);
                break;
            case DeskResult.NeedsAnother:
                Problem("", texts["Problem.NeedsAnother"]);
                break;
            case DeskResult.NoChange:
                Problem("", texts["Problem.NoChange"]);
                break;
            default:
                Problem("", texts["Problem.Changed"]);
                break;
        }

        return await ShowAgainAsync(cancellationToken);
    }

    private string Moment(DateTimeOffset at) => TimeText.Moment(at, ReaderZone.Of(HttpContext), CultureInfo.CurrentCulture);
}

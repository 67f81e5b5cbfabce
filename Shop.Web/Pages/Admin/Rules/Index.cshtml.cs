using System.Text.Json.Nodes;
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

/// <summary>The rules in force, the drafts, the history; the way to and from files.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class IndexModel(ShopDbContext db, RuleDesk desk, IStringLocalizer<RulesTexts> texts) : FormPage
{
    private const int MostRevisions = 50;

    [BindProperty]
    public IFormFile? Upload { get; set; }

    public long Revision { get; private set; }

    public IReadOnlyDictionary<string, JsonObject> InForce { get; private set; } = new Dictionary<string, JsonObject>();

    public Currency Currency { get; private set; }

    public IReadOnlyList<RuleSection> Sections => desk.Sections;

    public IReadOnlyList<DraftLine> Drafts { get; private set; } = [];

    public IReadOnlyList<RevisionView> History { get; private set; } = [];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnGetExportAsync(long revision, CancellationToken cancellationToken) =>
        await desk.ExportAsync(db, revision, cancellationToken) is { } json
            ? File(System.Text.Encoding.UTF8.GetBytes(json), "application/json", FormattableString.Invariant($"rules-{revision}.json"))
            : NotFound();

    public async Task<IActionResult> OnPostBeginAsync(CancellationToken cancellationToken) =>
        LocalRedirect(DraftModel.Address(await desk.BeginAsync(User.MemberId()!.Value, cancellationToken)));

    public async Task<IActionResult> OnPostRestoreAsync(long revision, CancellationToken cancellationToken)
    {
        switch (await desk.RestoreAsync(revision, User.MemberId()!.Value, cancellationToken))
        {
            case DeskResult.Saved { Draft: var draft }:
                return LocalRedirect(DraftModel.Address(draft));
            case DeskResult.NoChange:
                TempData.Problem(texts["Done.NoChange"]);
                break;
            default:
                TempData.Problem(texts["Problem.Unknown"]);
                break;
        }

        return LocalRedirect("/admin/rules");
    }

    public async Task<IActionResult> OnPostWithdrawAsync(long revision, CancellationToken cancellationToken)
    {
        if (await desk.WithdrawAsync(revision, User.MemberId()!.Value, cancellationToken))
        {
            TempData.Done(texts["Done.Withdrawn", revision]);
        }
        else
        {
            TempData.Problem(texts["Problem.Withdraw", revision]);
        }

        return LocalRedirect("/admin/rules");
    }

    public async Task<IActionResult> OnPostImportAsync(CancellationToken cancellationToken)
    {
        if (Upload is null)
        {
            Problem(nameof(Upload), texts["Import.Missing"]);
            return await ShowAgainAsync(cancellationToken);
        }

        using var reader = new StreamReader(Upload.OpenReadStream());
        switch (await desk.ImportAsync(await reader.ReadToEndAsync(cancellationToken), User.MemberId()!.Value, cancellationToken))
        {
            case DeskResult.Saved { Draft: var draft }:
                TempData.Done(texts["Done.Imported", draft]);
                return LocalRedirect(DraftModel.Address(draft));
            case DeskResult.Refused refused:
                foreach (var problem in refused.Problems)
                {
                    Problem(nameof(Upload), problem.Text);
                }

                return await ShowAgainAsync(cancellationToken);
            default:
                TempData.Problem(texts["Done.NoChange"]);
                return LocalRedirect("/admin/rules");
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        (Revision, InForce, _) = await desk.InForceAsync(db, cancellationToken);
        Currency = RuleWords.CurrencyOf(InForce);
        Drafts = await desk.DraftsAsync(db, cancellationToken);
        History = await desk.HistoryAsync(db, 0, MostRevisions, cancellationToken);
        return null;
    }
}

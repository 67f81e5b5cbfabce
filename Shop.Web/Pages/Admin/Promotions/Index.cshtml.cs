using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Pages.Admin.Rules;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Promotions;

/// <summary>The promotions in force, how each stands and what it gave away; changing one leads to its row in a draft of the rules.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class IndexModel(ShopDbContext db, PromotionDesk desk, RuleDesk rules) : FormPage
{
    public IReadOnlyList<PromotionOnDesk> Rows { get; private set; } = [];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Opens the draft that was changed last, or a new one, at a promotion; at a new one where none is named.</summary>
    public async Task<IActionResult> OnPostAsync(string? row, CancellationToken cancellationToken)
    {
        var open = (await rules.DraftsAsync(db, cancellationToken)).Where(d => d.State == RuleDraftState.Open).OrderByDescending(d => d.ChangedAt).FirstOrDefault();
        var draft = open is not null ? await rules.FindAsync(db, open.Id, cancellationToken) : null;
        var there = draft is null || string.IsNullOrEmpty(row) || Has(draft, row);
        var id = draft is not null && there ? draft.Id : await rules.BeginAsync(User.MemberId()!.Value, cancellationToken);
        var place = EditModel.Address(id, PromotionTerms.Section) + "?list=promotions";
        return LocalRedirect(string.IsNullOrEmpty(row) ? place : $"{place}&row={Uri.EscapeDataString(row)}");
    }

    public string Day(DateOnly day) => TimeText.Day(day, CultureInfo.CurrentCulture);

    public string Number(int number) => number.ToString("N0", CultureInfo.CurrentCulture);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Rows = await desk.ListAsync(db, cancellationToken);
        return null;
    }

    private static bool Has(DraftView draft, string row) =>
        PromotionTerms.Rules.Fields.OfType<RuleField.Rows>().Single().Named(draft.Now[PromotionTerms.Section]).Any(r => r.Key == row);
}

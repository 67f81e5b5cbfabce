using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Sellers;

/// <summary>The services that sell through the shop, and the form for another one.</summary>
[Authorize(StaffPolicies.SellerManager)]
internal sealed class IndexModel(ShopDbContext db, SellerDesk desk, TimeProvider clock, IStringLocalizer<SellerTexts> texts) : FormPage
{
    [BindProperty]
    public string? Handle { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Contact { get; set; }

    [BindProperty]
    public string? TermsUrl { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public sealed record Row(string Handle, string Name, SellerState State, int Products);

    /// <summary>Those whose programs had so many charges refused that cards may be tested through them.</summary>
    public IReadOnlySet<string> Flagged { get; private set; } = new HashSet<string>();

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        switch (await desk.CreateAsync(new SellerForm(Handle, Name, Contact, TermsUrl), User.MemberId()!.Value, cancellationToken))
        {
            case SellerResult.Refused refused:
                foreach (var problem in refused.Problems)
                {
                    Problem($"{problem.Field}", texts[$"Refusal.{problem.Reason}"]);
                }

                return await ShowAgainAsync(cancellationToken);
            default:
                TempData.Done(texts["Made"]);
                return LocalRedirect(SellerModel.Address(Handle!.Trim()));
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Rows = await db.Sellers.OrderBy(s => s.Name).Select(s => new Row(s.Handle, s.Name, s.State, db.SellerProducts.Count(p => p.SellerId == s.Id))).ToListAsync(cancellationToken);
        var flagged = await SellerLimits.FlaggedAsync(db, clock.GetUtcNow(), cancellationToken);
        Flagged = flagged.Count == 0 ? Flagged : await db.Sellers.Where(s => flagged.Contains(s.Id)).Select(s => s.Handle).ToHashSetAsync(cancellationToken);
        return null;
    }
}

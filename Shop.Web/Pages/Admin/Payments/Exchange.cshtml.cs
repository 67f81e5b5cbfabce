using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin.Payments;

/// <summary>When the shop called a payment service about an order, and what came of it (DW-67). Changes nothing.</summary>
[Authorize(StaffPolicies.Refunder)]
[PrivatePage]
internal sealed class ExchangeModel(ShopDbContext db, RuleBook rules) : PageModel
{
    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    /// <summary>Null: there is no such order, or nothing is looked for.</summary>
    public IReadOnlyList<ProviderExchange>? Calls { get; private set; }

    public int Days { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Days = (await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).ExchangeDays;
        Calls = string.IsNullOrWhiteSpace(Text) ? null : await Exchanges.OfReferenceAsync(db, Text, cancellationToken);
    }
}

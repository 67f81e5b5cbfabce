using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Payments;

/// <summary>How payment services stand, a test of each, and events that need a second chance. Never a key, only that it is set.</summary>
[Authorize(StaffPolicies.Refunder)]
[PrivatePage]
internal sealed class IndexModel(
    ShopDbContext db, PaymentDesk desk, FeeDesk fees, TimeProvider clock, IAuthorizationService authorization, IStringLocalizer<PaymentsTexts> texts,
    IStringLocalizer<CheckoutTexts> methods) : FormPage
{
    public IReadOnlyList<ServiceView> Services { get; private set; } = [];

    public IReadOnlyList<DeadEvent> Dead { get; private set; } = [];

    /// <summary>What services really took, beside what the rules say.</summary>
    public IReadOnlyList<RealisedFees> Realised { get; private set; } = [];

    public FeeAdvice Advice { get; private set; } = new([], []);

    public Currency Currency { get; private set; }

    /// <summary>The reader may make test purchases.</summary>
    public bool MayTest { get; private set; }

    public string NameOf(ServiceView service) => methods.Name(service.Provider, service.Name);

    public string NameOf(string service) => methods.Name(service, Services.FirstOrDefault(s => s.Provider == service)?.Name ?? service);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostTestAsync([FromForm] string? provider, CancellationToken cancellationToken)
    {
        var health = await desk.TestAsync(provider ?? "", cancellationToken);
        var name = methods.Name(provider ?? "", provider ?? "");
        switch (health)
        {
            case null:
                TempData.Problem(texts["Test.None"]);
                break;
            case { CanStart: true }:
                TempData.Done(texts["Test.Good", name]);
                break;
            case { Detail: { } detail }:
                TempData.Problem(texts["Test.Bad", name, detail]);
                break;
            default:
                TempData.Problem(texts["Test.BadPlain", name]);
                break;
        }

        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRetryAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        if (await desk.RetryAsync(id, cancellationToken))
        {
            TempData.Done(texts["Dead.Retried"]);
        }
        else
        {
            TempData.Problem(texts["Dead.Gone"]);
        }

        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        MayTest = (await authorization.AuthorizeAsync(User, StaffPolicies.TestPurchases)).Succeeded;
        (Services, Dead) = (await desk.ListAsync(db, cancellationToken), await desk.DeadAsync(db, cancellationToken));
        var inForce = await fees.InForceAsync(db, clock.GetUtcNow(), cancellationToken);
        (Realised, Advice, Currency) = (await fees.RealisedAsync(db, inForce, cancellationToken), FeeDesk.Advise(inForce), inForce.Prices.Currency);
        return null;
    }
}

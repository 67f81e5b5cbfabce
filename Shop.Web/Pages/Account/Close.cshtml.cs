using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>Closing the account: all that will happen is said before, and only the POST with the password does it (MZ-61).</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class CloseModel(ShopDbContext db, AccountClosings closings, SignIns signIns, TimeProvider clock, IStringLocalizer<DataTexts> texts) : FormPage
{
    [BindProperty]
    public string? Password { get; set; }

    public ClosingView Will { get; private set; } = null!;

    public DateTimeOffset Now => clock.GetUtcNow();

    private long Member => User.MemberId()!.Value;

    /// <summary>What becomes of something that is paid and not delivered.</summary>
    public string Of(ClosingDelivery delivery) => delivery switch
    {
        { IsOwn: true } => texts["Deliveries.Own", delivery.Title],
        { State: DeliveryState.Stuck } => texts["Deliveries.Stuck", delivery.Title, delivery.To ?? ""],
        { To: null } => texts["Deliveries.Chance", delivery.Title],
        { State: DeliveryState.AwaitingClaim } => texts["Deliveries.Mailed", delivery.Title, delivery.To],
        _ => texts["Deliveries.Given", delivery.Title, delivery.To],
    };

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!await signIns.AgainAsync(HttpContext, Password ?? "", cancellationToken))
        {
            Problem(nameof(Password), texts["Password.Wrong"]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await closings.CloseAsync(Member, cancellationToken))
        {
            case ClosingResult.Closed:
                await SignIns.EndAsync(HttpContext);
                TempData.Done(texts["Done"]);
                return LocalRedirect("/");
            case ClosingResult.Staff:
                return await ShowAgainAsync(cancellationToken);
            default:
                return NotFound();
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Will = await closings.PreviewAsync(db, Member, cancellationToken);
        return null;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>One subscription: how it stands, and everything its payer can do with it. Somebody else's is not there.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SubscriptionModel(
    ShopDbContext db, Subscriptions subscriptions, SavedMethods methods, TimeProvider clock, IStringLocalizer<SubscriptionTexts> texts) : FormPage
{
    [FromRoute]
    public string Handle { get; set; } = "";

    /// <summary>The handle of the method that was chosen.</summary>
    [BindProperty]
    public string? Method { get; set; }

    /// <summary>The plan that was chosen.</summary>
    [BindProperty]
    public string? Plan { get; set; }

    public SubscriptionView Subscription { get; private set; } = null!;

    /// <summary>The kept methods that can be charged while their owner is away.</summary>
    public IReadOnlyList<SavedMethodView> Methods { get; private set; } = [];

    /// <summary>The plan that it has, and those that it can be changed to.</summary>
    public IReadOnlyList<PlanView> Plans { get; private set; } = [];

    public bool IsValid => Subscription.IsValidAt(clock.GetUtcNow());

    public bool MayChange => Subscription.State is not SubscriptionState.Ended;

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostMethodAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await subscriptions.ChangeMethodAsync(Member, Handle, Method, cancellationToken), "Method.Done", cancellationToken);

    public async Task<IActionResult> OnPostPlanAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await subscriptions.ChangePlanAsync(Member, Handle, Plan, cancellationToken), "Plan.Done", cancellationToken);

    public async Task<IActionResult> OnPostPauseAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await subscriptions.PauseAsync(Member, Handle, cancellationToken), "Pause.Done", cancellationToken);

    public async Task<IActionResult> OnPostResumeAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await subscriptions.ResumeAsync(Member, Handle, cancellationToken), "Resume.Done", cancellationToken);

    public async Task<IActionResult> OnPostTakeBackAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await subscriptions.TakeBackAsync(Member, Handle, cancellationToken), "TakeBack.Done", cancellationToken);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await subscriptions.FindAsync(db, Member, Handle, cancellationToken) is not { } subscription)
        {
            return NotFound();
        }

        Subscription = subscription;
        Methods = [.. (await methods.ListAsync(db, Member, cancellationToken)).Where(method => !method.IsExpired && methods.Renews(method.Provider))];
        Plans = await subscriptions.PlansAsync(db, Member, Handle, cancellationToken);
        return null;
    }

    private async Task<IActionResult> AnswerAsync(SubscriptionResult result, string done, CancellationToken cancellationToken)
    {
        switch (result)
        {
            case SubscriptionResult.Done:
                TempData.Done(texts[done]);
                return LocalRedirect($"/account/subscriptions/{Handle}");
            case SubscriptionResult.NotFound:
                return NotFound();
            case SubscriptionResult.NoSuchMethod:
                Problem(nameof(Method), texts["Method.NotThere"]);
                return await ShowAgainAsync(cancellationToken);
            case SubscriptionResult.NoSuchPlan:
                Problem(nameof(Plan), texts["Plan.None"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                Problem("", texts[$"{result}"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Mail;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Orders;

/// <summary>Staff ask somebody to pay (TF-44): what will be said is shown first, then a mail is sent or the words are there to copy. Below, what was asked for and how it stands.</summary>
[Authorize(StaffPolicies.Clerk)]
[PrivatePage]
internal sealed class RequestsModel(
    ShopDbContext db, PaymentRequests requests, ResourceDesk desk, RuleBook rules, PaymentRequestLetter letter, MailFrames frames, IOptions<RequestLocalizationOptions> localization,
    TimeProvider clock, IStringLocalizer<RequestTexts> texts) : FormPage
{
    public const string Here = "/admin/orders/requests";
    private const int LastPage = 10_000;

    /// <summary><c>all</c>, or what can still be paid.</summary>
    [FromQuery(Name = "show")]
    public string? Filter { get; set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    [BindProperty]
    public Guid Key { get; set; }

    /// <summary>The resource's name; empty: the next two.</summary>
    [BindProperty]
    public string? Resource { get; set; }

    [BindProperty]
    public string? Summary { get; set; }

    [BindProperty]
    public string? Amount { get; set; }

    [BindProperty]
    public string? SendTo { get; set; }

    [BindProperty]
    public string? Language { get; set; }

    public IReadOnlyList<Resource> Resources { get; private set; } = [];

    public IReadOnlyList<CultureInfo> Languages => [.. localization.Value.SupportedUICultures!];

    public Currency Currency { get; private set; } = Currency.Usd;

    public IReadOnlyList<(DeskRequest Request, string? Text)> Rows { get; private set; } = [];

    public PagerModel Pager { get; private set; } = null!;

    /// <summary>What will be said; null: it was not asked for.</summary>
    public RequestPreview? Preview { get; private set; }

    public bool IsAll => Filter == "all";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        (Key, Language) = (NewKey(), CultureInfo.CurrentUICulture.Name);
        return ShowAsync(cancellationToken);
    }

    /// <summary>Shows what would be said, and to whom.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var draft = await DraftAsync(cancellationToken);
        var (problems, words) = await requests.PreviewAsync(draft, cancellationToken);
        if (words is null)
        {
            return await WrongAsync(problems, cancellationToken);
        }

        var to = PaymentRequests.AddressOf(draft.SendTo);
        var mail = to is null ? null : await letter.MailAsync(Key.ToString("N"), to, words);
        Preview = new RequestPreview(to, mail?.Subject, mail?.Text(frames.Now) ?? await letter.TextAsync(words));
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostMakeAsync(CancellationToken cancellationToken)
    {
        var draft = await DraftAsync(cancellationToken);
        switch (await requests.MakeAsync(draft, User.MemberId()!.Value, cancellationToken))
        {
            case RequestResult.Made:
                TempData.Done(PaymentRequests.AddressOf(draft.SendTo) is { } to ? texts["Sent", to] : texts["Made"]);
                return LocalRedirect($"{Here}#requests");
            case RequestResult.Refused { Problems: [{ Reason: RequestRefusal.OtherContent }] refused }:
                Problem("", Sentence(refused[0]));
                ModelState.Remove(nameof(Key));
                Key = NewKey();
                return await ShowConflictAsync(cancellationToken);
            case RequestResult.Refused refused:
                return await WrongAsync(refused.Problems, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostWithdrawAsync([FromForm(Name = "order")] string? number, CancellationToken cancellationToken)
    {
        var result = await requests.WithdrawAsync(number ?? "", User.MemberId()!.Value, cancellationToken);
        if (result == EndingResult.Ended)
        {
            TempData.Done(texts["Withdraw.Done"]);
        }
        else
        {
            TempData.Problem(texts[$"Withdraw.{(result is { } other ? $"{other}" : "None")}"]);
        }

        return LocalRedirect($"{Here}#requests");
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var page = int.TryParse(PageNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        await LoadCurrencyAsync(cancellationToken);
        Resources = [.. (await desk.ListAsync(cancellationToken)).Where(r => r.OnSale)];
        var (found, more) = await requests.ListAsync(!IsAll, page, cancellationToken);
        var rows = new List<(DeskRequest, string?)>();
        foreach (var request in found)
        {
            rows.Add((request, request.State == RequestState.Open ? await letter.TextAsync(request.Words) : null));
        }

        Rows = rows;
        Pager = new PagerModel(page, more, to => string.Create(CultureInfo.InvariantCulture, $"{Here}?show={(IsAll ? "all" : "open")}&page={to}"));
        return null;
    }

    private async Task LoadCurrencyAsync(CancellationToken cancellationToken) =>
        Currency = (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;

    private async Task<RequestDraft> DraftAsync(CancellationToken cancellationToken)
    {
        await LoadCurrencyAsync(cancellationToken);
        return new RequestDraft
        {
            Key = Key,
            Resource = string.IsNullOrEmpty(Resource) ? null : Resource,
            Summary = Summary,
            // what cannot be read is out of bounds, and the request says so
            AmountMinor = string.IsNullOrWhiteSpace(Amount) ? null : MoneyInput.Read(Amount, Currency)?.Minor ?? 0,
            SendTo = SendTo,
            Culture = Languages.FirstOrDefault(l => l.Name == Language)?.Name ?? CultureInfo.CurrentUICulture.Name,
        };
    }

    private Guid NewKey() => Guid.CreateVersion7(clock.GetUtcNow());

    private Task<IActionResult> WrongAsync(IReadOnlyList<RequestProblem> problems, CancellationToken cancellationToken)
    {
        foreach (var problem in problems)
        {
            Problem(problem.Field == RequestField.Form ? "" : $"{problem.Field}", Sentence(problem));
        }

        return ShowAgainAsync(cancellationToken);
    }

    /// <summary>What is wrong and what is allowed.</summary>
    private string Sentence(RequestProblem problem) => texts[
        $"Refusal.{problem.Field}.{problem.Reason}", PaymentRequests.MostOfOneAsker, PaymentRequests.MostSummary, new Money(1, Currency).ForReader(),
        new Money(ResourceDesk.MostAmount, Currency).ForReader(), PaymentRequests.MostToAnAddress];
}

/// <summary>What will be said. To, subject: of a mail; null: words for a chat.</summary>
internal sealed record RequestPreview(string? To, string? Subject, string Text);

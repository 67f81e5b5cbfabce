using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Payments;

/// <summary>Money by hand: staff say what came for an order, and what they sent back (DW-62, P19).</summary>
[Authorize(StaffPolicies.Refunder)]
[PrivatePage]
internal sealed class ReceiveModel(ShopDbContext db, HandDesk desk, IStringLocalizer<PaymentsTexts> texts, IStringLocalizer<CheckoutTexts> methods) : FormPage
{
    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    /// <summary>Which of the order's tries it is about.</summary>
    [BindProperty]
    public Guid Attempt { get; set; }

    [BindProperty]
    public string? Amount { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    /// <summary>Null: nothing is looked for, or there is none.</summary>
    public HandOrder? Found { get; private set; }

    /// <summary>The try that is being looked at: the one that waits, else the last.</summary>
    public HandAttempt? Chosen { get; private set; }

    public IReadOnlyList<HandTask> Tasks { get; private set; } = [];

    public IReadOnlyList<HandWaiting> Waiting { get; private set; } = [];

    public string Way(string provider) => methods.Name(provider, provider);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public Task<IActionResult> OnPostFullAsync(CancellationToken cancellationToken) =>
        WithAmountAsync((amount, note) => desk.ReceiveAsync(Attempt, amount, User.MemberId()!.Value, note, cancellationToken), done => done.Used ? "Done.Used" : "Done.Surplus", cancellationToken);

    public Task<IActionResult> OnPostPartAsync(CancellationToken cancellationToken) =>
        WithAmountAsync((amount, note) => desk.NotePartAsync(Attempt, amount, User.MemberId()!.Value, note, cancellationToken), _ => "Done.Part", cancellationToken);

    public Task<IActionResult> OnPostPartsBackAsync(CancellationToken cancellationToken) =>
        WithNoteAsync(note => desk.ReturnPartsAsync(Attempt, User.MemberId()!.Value, note, cancellationToken), "Done.PartsBack", cancellationToken);

    public Task<IActionResult> OnPostVoidAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(Note))
        {
            return WrongAsync(nameof(Note), texts["Wrong.Note", HandDesk.MostNote], cancellationToken);
        }

        return WithNoteAsync(note => desk.VoidAsync(Attempt, User.MemberId()!.Value, note, cancellationToken), "Done.Void", cancellationToken);
    }

    public Task<IActionResult> OnPostSentAsync([FromForm] Guid refund, CancellationToken cancellationToken) =>
        WithNoteAsync(note => desk.ReturnedAsync(refund, User.MemberId()!.Value, note, cancellationToken), "Done.Sent", cancellationToken);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Found = string.IsNullOrWhiteSpace(Text) ? null : await desk.FindAsync(db, Text, cancellationToken);
        Chosen = Found?.Attempts.FirstOrDefault(a => a.Id == Attempt) ?? Found?.Attempts.FirstOrDefault(a => AttemptStates.Open.Contains(a.State)) ?? Found?.Attempts[^1];
        (Tasks, Waiting) = (await desk.TasksAsync(db, cancellationToken), await desk.WaitingAsync(db, cancellationToken));
        return null;
    }

    private async Task<IActionResult> WithAmountAsync(Func<Money, string, Task<HandResult>> say, Func<HandResult.Done, string> words, CancellationToken cancellationToken)
    {
        var order = string.IsNullOrWhiteSpace(Text) ? null : await desk.FindAsync(db, Text, cancellationToken);
        if (order?.Attempts.FirstOrDefault(a => a.Id == Attempt) is not { } attempt)
        {
            return await WrongAsync("", texts["Wrong.NotThere"], cancellationToken);
        }

        if (MoneyInput.Read(Amount, attempt.Due.Currency) is not { } amount)
        {
            return await WrongAsync(nameof(Amount), texts["Wrong.Amount", attempt.Due.Currency.Code, attempt.Due.ForReader()], cancellationToken);
        }

        return await SayAsync(note => say(amount, note), words, cancellationToken);
    }

    private Task<IActionResult> WithNoteAsync(Func<string, Task<HandResult>> say, string words, CancellationToken cancellationToken) => SayAsync(say, _ => words, cancellationToken);

    private async Task<IActionResult> SayAsync(Func<string, Task<HandResult>> say, Func<HandResult.Done, string> words, CancellationToken cancellationToken)
    {
        var note = Note?.Trim() ?? "";
        if (note.Length > HandDesk.MostNote || note.Any(char.IsControl))
        {
            return await WrongAsync(nameof(Note), texts["Wrong.Note", HandDesk.MostNote], cancellationToken);
        }

        switch (await say(note))
        {
            case HandResult.Done done:
                TempData.Done(texts[words(done)]);
                return RedirectToPage(new { q = Text });
            case HandResult.Refused refused:
                var why = texts[$"Wrong.{refused.Why}", refused.Due?.ForReader() ?? refused.Earlier?.Actor ?? ""];
                return await WrongAsync(refused.Why is HandRefusal.WrongAmount or HandRefusal.NotAPart ? nameof(Amount) : "", why, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private Task<IActionResult> WrongAsync(string field, string why, CancellationToken cancellationToken)
    {
        Problem(field, why);
        return ShowAgainAsync(cancellationToken);
    }
}

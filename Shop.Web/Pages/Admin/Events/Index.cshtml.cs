using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Events;

/// <summary>What happened, where each went, and what could not be sent.</summary>
[Authorize(StaffPolicies.Refunder)]
[PrivatePage]
internal sealed class IndexModel(ShopDbContext db, EventDesk desk, IAuthorizationService authorization, IStringLocalizer<EventsTexts> texts) : FormPage
{
    private const int LastPage = 10_000;

    /// <summary>A word of <see cref="ShopEventKind"/>; anything else shows all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    public IReadOnlyList<EventRow> Rows { get; private set; } = [];

    public IReadOnlyList<SentRow> Failed { get; private set; } = [];

    public IReadOnlyDictionary<long, string> Receivers { get; private set; } = new Dictionary<long, string>();

    public bool MayNameReceivers { get; private set; }

    public PagerModel Pager { get; private set; } = null!;

    /// <summary>What a message is: a mail by its kind, a call by its receiver.</summary>
    public string What(SentRow row) => row.ReceiverId is { } receiver
        ? texts["Sent.Hook", Receivers.GetValueOrDefault(receiver, "")]
        : texts[$"Mail.{row.Kind}"];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostRetryAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        Tell(await desk.RetryAsync(id, cancellationToken), "Failed.Retried");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostLetGoAsync([FromForm] long id, CancellationToken cancellationToken)
    {
        Tell(await desk.LetGoAsync(id, cancellationToken), "Failed.LetGone");
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var number = int.TryParse(Request.Query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        ShopEventKind? kind = Words.TryParse<ShopEventKind>(Kind, out var only) ? only : null;
        var found = await desk.ListAsync(db, kind, number, cancellationToken);
        Rows = found.Rows;
        Failed = await desk.FailedAsync(db, cancellationToken);
        Receivers = (await desk.ReceiversAsync(db, cancellationToken)).ToDictionary(r => r.Id, r => r.Address);
        MayNameReceivers = (await authorization.AuthorizeAsync(User, StaffPolicies.Owner)).Succeeded;
        Pager = new PagerModel(
            number, found.More, to => string.Create(CultureInfo.InvariantCulture, $"/admin/events?kind={Uri.EscapeDataString(kind is { } word ? Words.Of(word) : "")}&page={to}"));
        return null;
    }

    private void Tell(bool done, string key)
    {
        if (done)
        {
            TempData.Done(texts[key]);
        }
        else
        {
            TempData.Problem(texts["Failed.Gone"]);
        }
    }
}

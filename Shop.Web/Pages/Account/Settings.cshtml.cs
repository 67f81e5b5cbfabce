using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>From whom the member takes gifts (DW-37), and whether chance may draw the member and the communities the member maintains (DW-9).</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class SettingsModel(
    ShopDbContext db, Writes writes, RandomDesk desk, LookUps lookUps, TimeProvider clock, IStringLocalizer<OrderTexts> texts) : FormPage
{
    [BindProperty]
    public bool MembersOnly { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The accounts whose boxes the form showed.</summary>
    [BindProperty]
    public IReadOnlyList<long> Asked { get; set; } = [];

    /// <summary>Those of them that were ticked.</summary>
    [BindProperty]
    public IReadOnlyList<long> Drawn { get; set; } = [];

    /// <summary>Communities that the member maintains.</summary>
    public IReadOnlyList<MaintainedCommunity> Communities { get; private set; } = [];

    /// <summary>Accounts of the member's that chance never draws.</summary>
    public IReadOnlyList<long> OptedOut { get; private set; } = [];

    /// <summary>Who may send virtual gifts: a word of <see cref="VirtualGiftSenders"/>.</summary>
    [BindProperty]
    public string? Senders { get; set; }

    [BindProperty]
    public bool Unnamed { get; set; }

    /// <summary>The name of somebody who may send virtual gifts.</summary>
    [BindProperty]
    public string? Sender { get; set; }

    /// <summary>Reminders come by mail.</summary>
    [BindProperty]
    public bool Reminded { get; set; }

    public GiftWishesOf Wishes { get; private set; } = null!;

    public long Me => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostSignedOutAsync(CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => GiftWishes.SetMembersOnlyAsync(unit.Db, Me, MembersOnly, token), cancellationToken);
        TempData.Done(texts["Settings.Saved"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostMailsAsync(CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => MailWishes.SetRemindersAsync(unit.Db, Me, Reminded, clock.GetUtcNow(), token), cancellationToken);
        TempData.Done(texts["Settings.Saved"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRandomAsync(CancellationToken cancellationToken)
    {
        await desk.ChooseAsync(Me, Asked, Drawn, cancellationToken);
        TempData.Done(texts["Settings.Saved"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostVirtualGiftsAsync(CancellationToken cancellationToken)
    {
        if (!Words.TryParse<VirtualGiftSenders>(Senders, out var senders))
        {
            Problem(nameof(Senders), texts["Settings.Senders.Must"]);
            return await ShowAgainAsync(cancellationToken);
        }

        await writes.RunAsync((unit, token) => GiftWishes.SetVirtualGiftsAsync(unit.Db, Me, senders, Unnamed, token), cancellationToken);
        TempData.Done(texts["Settings.Saved"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostAllowAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Sender), texts["Settings.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var result = await writes.RunAsync((unit, token) => GiftWishes.NameSenderAsync(unit.Db, Me, Sender ?? "", clock.GetUtcNow(), token), cancellationToken);
        if (result != NamedResult.Named)
        {
            Problem(nameof(Sender), texts[result == NamedResult.NoSuchMember ? "Settings.NoSuchMember" : $"Settings.Allow.{result}", Sender ?? ""]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Settings.AllowDone", Sender!.Trim()]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostDisallowAsync(long senderId, CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => GiftWishes.UnnameSenderAsync(unit.Db, Me, senderId, token), cancellationToken);
        TempData.Done(texts["Settings.DisallowDone"]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostBanAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Name), texts["Settings.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        var result = await writes.RunAsync((unit, token) => GiftWishes.BanAsync(unit.Db, Me, Name ?? "", clock.GetUtcNow(), token), cancellationToken);
        if (result != BanResult.Banned)
        {
            Problem(nameof(Name), texts[$"Settings.{result}", Name ?? ""]);
            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Settings.BanDone", Name!.Trim()]);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostLiftAsync(long bannedId, CancellationToken cancellationToken)
    {
        await writes.RunAsync((unit, token) => GiftWishes.LiftAsync(unit.Db, Me, bannedId, token), cancellationToken);
        TempData.Done(texts["Settings.LiftDone"]);
        return RedirectToPage();
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Wishes = await GiftWishes.OfAsync(db, Me, cancellationToken);
        MembersOnly = Wishes.MembersOnly;
        Reminded = await MailWishes.WantsRemindersAsync(db, Me, cancellationToken);
        Communities = await Shop.Accounts.Communities.OfAsync(db, Me, cancellationToken);
        OptedOut = await Activities.OptedOutAsync(db, [Me, .. Communities.Select(c => c.Id)], cancellationToken);
        (Senders, Unnamed) = (Words.Of(Wishes.Senders), Wishes.Unnamed);
        return null;
    }
}

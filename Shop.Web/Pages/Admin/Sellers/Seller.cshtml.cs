using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Hooks;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Sellers;

/// <summary>One seller: who it is, who may frame the flow, its keys, its program and what it was told, its products, and who changed what. Secrets are shown once.</summary>
[Authorize(StaffPolicies.SellerManager)]
[PrivatePage]
internal sealed class SellerModel(
    ShopDbContext db, SellerDesk desk, SellerKeys keys, EventDesk events, LinkTokens tokens, IOptions<EventHookOptions> hooks, IHostEnvironment environment, TimeProvider clock,
    IStringLocalizer<SellerTexts> texts) : FormPage
{
    private const int MostDays = 3650;
    private const int MostChanges = 50;

    [FromRoute(Name = "seller")]
    public string Handle { get; set; } = "";

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Contact { get; set; }

    [BindProperty]
    public string? TermsUrl { get; set; }

    [BindProperty]
    public string? Origin { get; set; }

    [BindProperty]
    public string? State { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? Webhook { get; set; }

    [BindProperty]
    public IFormFile? Picture { get; set; }

    /// <summary>What a new key may do, as words.</summary>
    [BindProperty]
    public List<string> Scopes { get; set; } = [];

    [BindProperty]
    public string? Days { get; set; }

    public Seller Seller { get; private set; } = null!;

    public IReadOnlyList<string> Origins { get; private set; } = [];

    public IReadOnlyList<SellerKey> Keys { get; private set; } = [];

    public IReadOnlyList<SellerProduct> Products { get; private set; } = [];

    public IReadOnlyList<(SellerChange Change, string Actor)> Changes { get; private set; } = [];

    /// <summary>What it was told of, with the id that it knows it by.</summary>
    public IReadOnlyList<(string Id, EventRow Row)> Events { get; private set; } = [];

    public EventReceiver? Receiver { get; private set; }

    /// <summary>The key that was just made; null: none was.</summary>
    public string? NewKey { get; private set; }

    /// <summary>The secret of the program that was just made; null: none was.</summary>
    public string? Secret { get; private set; }

    public DateTimeOffset Now { get; private set; }

    private long Staff => User.MemberId()!.Value;

    public static string Address(string handle) => $"/admin/sellers/{Uri.EscapeDataString(handle)}";

    public static IEnumerable<KeyScopes> AllScopes => Enum.GetValues<KeyScopes>().Where(s => s != KeyScopes.None);

    /// <summary>The states into which it can come.</summary>
    public IEnumerable<SellerState> NextStates => Enum.GetValues<SellerState>().Where(to => SellerStates.Table.IsLegal(Seller.State, to));

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public Task<IActionResult> OnPostDataAsync(CancellationToken cancellationToken) =>
        ChangeAsync(id => desk.ChangeAsync(id, new SellerForm(null, Name, Contact, TermsUrl), Staff, cancellationToken), cancellationToken);

    public Task<IActionResult> OnPostStateAsync(CancellationToken cancellationToken) => Words.TryParse<SellerState>(State, out var to)
        ? ChangeAsync(id => desk.MoveAsync(id, to, Reason, Staff, cancellationToken), cancellationToken)
        : ShowAgainAsync(cancellationToken);

    public Task<IActionResult> OnPostOriginAsync(CancellationToken cancellationToken) =>
        ChangeAsync(id => desk.AddOriginAsync(id, Origin, environment.IsDevelopment(), Staff, cancellationToken), cancellationToken);

    public async Task<IActionResult> OnPostRemoveOriginAsync(CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id || !await desk.RemoveOriginAsync(id, Origin ?? "", Staff, cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Origin.Removed"]);
        return LocalRedirect(Address(Handle));
    }

    public async Task<IActionResult> OnPostLogoAsync(CancellationToken cancellationToken)
    {
        var file = await Uploads.ReadAsync(Picture, cancellationToken);
        return await ChangeAsync(id => desk.PictureAsync(id, null, file, Staff, cancellationToken), cancellationToken);
    }

    public async Task<IActionResult> OnPostKeyAsync(CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id)
        {
            return NotFound();
        }

        DateTimeOffset? ends = null;
        if (!string.IsNullOrWhiteSpace(Days))
        {
            if (!int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days is < 1 or > MostDays)
            {
                Problem(nameof(Days), texts["KeyRefusal.EndsInPast"]);
                return await ShowAgainAsync(cancellationToken);
            }

            ends = clock.GetUtcNow().AddDays(days);
        }

        var scopes = Scopes.Aggregate(KeyScopes.None, (sum, word) => sum | (Words.TryParse<KeyScopes>(word, out var scope) ? scope : KeyScopes.None));
        switch (await keys.IssueAsync(id, scopes, ends, Staff, cancellationToken))
        {
            case KeyResult.Made made:
                NewKey = made.Secret;
                return await ShowAsync(cancellationToken);
            case KeyResult.Refused refused:
                Problem(refused.Reason == KeyRefusal.NoScopes ? nameof(Scopes) : "", texts[$"KeyRefusal.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostRevokeKeyAsync([FromForm] long key, CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id || !await keys.RevokeAsync(id, key, Staff, cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Key.IsRevoked"]);
        return LocalRedirect(Address(Handle));
    }

    public async Task<IActionResult> OnPostWebhookAsync(CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id)
        {
            return NotFound();
        }

        var result = await events.NameAsync(id, Webhook ?? "", hooks.Value.AllowPrivate, Staff, cancellationToken);
        if (result is ReceiverResult.Made made)
        {
            Secret = made.Secret;
            return await ShowAsync(cancellationToken);
        }

        Problem(nameof(Webhook), texts[result is ReceiverResult.Known ? "Webhook.Known" : "Webhook.NotUsable"]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostSecretAsync(CancellationToken cancellationToken)
    {
        Secret = await IdAsync(cancellationToken) is { } id ? await events.RenewOfSellerAsync(id, Staff, cancellationToken) : null;
        return Secret is null ? NotFound() : await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostTestAsync(CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id || !await events.TryAsync(id, cancellationToken))
        {
            return NotFound();
        }

        TempData.Done(texts["Webhook.Tested"]);
        return LocalRedirect(Address(Handle));
    }

    public async Task<IActionResult> OnPostReplayAsync([FromForm] long told, CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id)
        {
            return NotFound();
        }

        TempData.Done(texts[await events.ReplayAsync(id, told, cancellationToken) ? "Events.Replayed" : "Events.Gone"]);
        return LocalRedirect(Address(Handle));
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await db.Sellers.AsNoTracking().FirstOrDefaultAsync(s => s.Handle == Handle, cancellationToken) is not { } seller)
        {
            return NotFound();
        }

        (Seller, Now) = (seller, clock.GetUtcNow());
        Origins = await Core.Sellers.OriginsAsync(db, seller.Id, cancellationToken);
        Keys = await db.SellerKeys.AsNoTracking().Where(k => k.SellerId == seller.Id).OrderByDescending(k => k.Id).ToListAsync(cancellationToken);
        Products = await db.SellerProducts.AsNoTracking().Where(p => p.SellerId == seller.Id).OrderBy(p => p.Title).ToListAsync(cancellationToken);
        Changes =
        [
            .. (await db.SellerChanges.AsNoTracking().Where(c => c.SellerId == seller.Id).OrderByDescending(c => c.Id).Take(MostChanges)
                .Select(c => new { Change = c, Actor = db.Users.Where(m => m.Id == c.ActorId).Select(m => m.UserName!).First() }).ToListAsync(cancellationToken))
                .Select(c => (c.Change, c.Actor)),
        ];
        Receiver = await events.OfSellerAsync(db, seller.Id, cancellationToken);
        var rows = (await events.ListAsync(db, null, 1, cancellationToken, seller.Id)).Rows;
        Events = [.. (await Task.WhenAll(rows.Select(row => tokens.EventAsync(row.Event.Id, cancellationToken).AsTask()))).Zip(rows)];
        if (!ModelState.ContainsKey(nameof(Name)))
        {
            (Name, Contact, TermsUrl) = (seller.Name, seller.Contact, seller.TermsUrl);
        }

        if (!ModelState.ContainsKey(nameof(Webhook)))
        {
            Webhook = Receiver?.Address;
        }

        return null;
    }

    private Task<long?> IdAsync(CancellationToken cancellationToken) => db.Sellers.Where(s => s.Handle == Handle).Select(s => (long?)s.Id).FirstOrDefaultAsync(cancellationToken);

    private async Task<IActionResult> ChangeAsync(Func<long, Task<SellerResult>> change, CancellationToken cancellationToken)
    {
        if (await IdAsync(cancellationToken) is not { } id)
        {
            return NotFound();
        }

        if (await change(id) is SellerResult.Refused refused)
        {
            foreach (var problem in refused.Problems)
            {
                Problem(problem.Field == SellerFormField.None ? "" : problem.Reason == SellerRefusal.Reason ? nameof(Reason) : $"{problem.Field}", texts[$"Refusal.{problem.Reason}"]);
            }

            return await ShowAgainAsync(cancellationToken);
        }

        TempData.Done(texts["Saved"]);
        return LocalRedirect(Address(Handle));
    }
}

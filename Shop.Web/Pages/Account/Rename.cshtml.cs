using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>A member's rename tokens: changing the own name with one, swapping names with two, and passing one on.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class RenameModel(
    ShopDbContext db, RenameTokens tokens, NameSwaps swaps, SignIns signIns, UserManager<Member> users, LookUps lookUps, IStringLocalizer<RenameTexts> texts) : FormPage
{
    /// <summary>The token that changes the name.</summary>
    [BindProperty]
    public string? Token { get; set; }

    [BindProperty]
    public string? NewName { get; set; }

    /// <summary>The token that is passed on.</summary>
    [BindProperty]
    public string? Given { get; set; }

    [BindProperty]
    public string? Recipient { get; set; }

    /// <summary>Whom to swap names with.</summary>
    [BindProperty]
    public string? With { get; set; }

    public IReadOnlyList<OpenSwap> Swaps { get; private set; } = [];

    public IReadOnlyList<RenameToken> Tokens { get; private set; } = [];

    public string OldName => User.Identity!.Name!;

    /// <summary>What will happen is shown, to be confirmed.</summary>
    public bool Checked { get; private set; }

    private long Member => User.MemberId()!.Value;

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await WrongAsync() is { } wrong)
        {
            Problem(nameof(NewName), texts[wrong]);
            return await ShowAgainAsync(cancellationToken);
        }

        Checked = true;
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostUseAsync(CancellationToken cancellationToken)
    {
        if (await WrongAsync() is { } wrong)
        {
            Problem(nameof(NewName), texts[wrong]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await tokens.UseAsync(Member, Token ?? "", NewName!, cancellationToken))
        {
            case RenameResult.Done done:
                // the session says the name, so it is written anew
                var member = await users.FindByNameAsync(done.Name);
                await signIns.StartAsync(HttpContext, member!, cancellationToken);
                TempData.Done(texts["Done", done.Name]);
                return LocalRedirect("/account");
            case RenameResult.Refused refused:
                Problem(refused.Reason == RenameRefusal.NoToken ? nameof(Token) : nameof(NewName), texts[$"Wrong.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostGiveAsync(CancellationToken cancellationToken)
    {
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(Recipient), texts["Wrong.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await tokens.GiveAsync(Member, Given ?? "", Recipient ?? "", cancellationToken))
        {
            case RenameResult.Done done:
                TempData.Done(texts["Given", done.Name]);
                return LocalRedirect("/account/rename");
            case RenameResult.Refused refused:
                Problem(refused.Reason == RenameRefusal.NoToken ? nameof(Given) : nameof(Recipient), texts[$"Wrong.{refused.Reason}", Recipient ?? ""]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostSwapAsync(CancellationToken cancellationToken)
    {
        var other = With?.Trim() ?? "";
        if (!lookUps.Allow(HttpContext))
        {
            Problem(nameof(With), texts["Wrong.TooManyLookUps"]);
            return await ShowAgainAsync(cancellationToken);
        }

        // a name that speaks for the site stays with whoever the site gave it to
        var result = UserNames.IsReserved(OldName) || UserNames.IsReserved(other)
            ? new RenameResult.Refused(RenameRefusal.NameTaken)
            : await swaps.AskAsync(Member, other, cancellationToken);
        switch (result)
        {
            case RenameResult.Done done:
                TempData.Done(texts["Swap.Asked", done.Name]);
                return LocalRedirect("/account/rename");
            case RenameResult.Refused refused:
                var words = texts[$"Wrong.Swap.{refused.Reason}", other];
                Problem(nameof(With), words.ResourceNotFound ? texts[$"Wrong.{refused.Reason}", other] : words);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostAgreeAsync([FromForm] long swapId, CancellationToken cancellationToken)
    {
        switch (await swaps.AgreeAsync(Member, swapId, cancellationToken))
        {
            case RenameResult.Done done:
                // the session says the name, so it is written anew
                var member = await users.FindByNameAsync(done.Name);
                await signIns.StartAsync(HttpContext, member!, cancellationToken);
                TempData.Done(texts["Done", done.Name]);
                return LocalRedirect("/account");
            case RenameResult.Refused refused:
                Problem("", texts[$"Wrong.{refused.Reason}"]);
                return await ShowAgainAsync(cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<IActionResult> OnPostEndSwapAsync([FromForm] long swapId, CancellationToken cancellationToken)
    {
        if (await swaps.EndAsync(Member, swapId, cancellationToken))
        {
            TempData.Done(texts["Swap.Ended"]);
        }

        return LocalRedirect("/account/rename");
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Swaps = await swaps.OpenAsync(db, Member, cancellationToken);
        Tokens = await RenameTokens.OfAsync(db, Member, cancellationToken);
        return null;
    }

    /// <summary>What is wrong with the new name before anything is tried, as a key of the texts.</summary>
    private async Task<string?> WrongAsync()
    {
        NewName = NewName?.Trim();
        return UserNames.Problem(NewName) switch
        {
            "UserName.Shape" => "Wrong.Shape",
            not null => "Wrong.NameTaken",
            _ when NewName == OldName => "Wrong.SameName",
            _ when !lookUps.Allow(HttpContext) => "Wrong.TooManyLookUps",
            _ => await users.FindByNameAsync(NewName!) is null ? null : "Wrong.NameTaken",
        };
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Paywall;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Orders;

/// <summary>What people do on the page of an order of the matrix: pay it here or with points, or prove that it is paid, by their account or by a recovery code (D11).</summary>
[PrivatePage]
[AllowAnonymous]
internal sealed class ClaimModel(OrderWall wall, MatrixOrders orders, PaywallSession sessions, Tries tries, IStringLocalizer<WallTexts> texts, IStringLocalizer<CheckoutTexts> checkout) : FormPage
{
    private const int MostTyped = 64;

    [FromRoute]
    public string Number { get; set; } = "";

    /// <summary>The number of the order that a recovery code is of.</summary>
    [BindProperty]
    public string? Paid { get; set; }

    [BindProperty]
    public string? Code { get; set; }

    public WallPage Wall { get; private set; } = null!;

    /// <summary>The recovery code that takes the place of the one that was used: it is shown once.</summary>
    public string? NextCode { get; private set; }

    /// <summary>The number of the order that it opened.</summary>
    public string Recovered { get; private set; } = "";

    /// <summary>Where what is paid now opens; null: in another browser.</summary>
    public string? Onward { get; private set; }

    private WallCall Call => WallCall.Of(Request, Number);

    private string Session => wall.SessionOf(HttpContext, Call, mayMake: true)!;

    /// <summary>The order's page, standing still.</summary>
    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Pay here: the order becomes this buyer's, and is paid like any other.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        // the browser that pays may be another than the one that wants to read: it pays for that one's session, and is known by its own
        var (own, buyer) = (sessions.Ensure(HttpContext), HttpContext.Buyer());
        if (buyer.MemberId is null && own != Session)
        {
            buyer = new Buyer(null, Codes.Hash(own));
        }

        if (Wall.State != WallState.Pay || await orders.ClaimAsync(Number, Call.Token, Call.ContractHash, buyer, Session, cancellationToken) is null)
        {
            Problem("", texts["Claim.Taken"]);
            return await ShowAgainAsync(cancellationToken);
        }

        return Redirect($"/checkout/{Number}/pay");
    }

    public async Task<IActionResult> OnPostPointsAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        if (HttpContext.Buyer() is not { MemberId: not null } buyer || Wall.Order is not { } order)
        {
            return NotFound();
        }

        switch (await orders.PayWithPointsAsync(Number, buyer, Session, cancellationToken))
        {
            case PlaceResult.Placed:
                return Onto(order.FulfillmentUrl);
            case PlaceResult.Refused { Reason: PlaceRefusal.MethodDisabled }:
                Problem("", texts["Points.Short"]);
                break;
            case PlaceResult.Refused refused:
                Problem("", checkout[$"Refusal.{refused.Reason}"]);
                break;
            case PlaceResult.Busy:
                Problem("", checkout["Busy"]);
                break;
            case PlaceResult.EarlierPaid:
                return Onto(order.FulfillmentUrl);
            default:
                Problem("", texts["Points.NotTaken"]);
                break;
        }

        return await ShowAgainAsync(cancellationToken);
    }

    /// <summary>The account has bought it before, by this order or by another: it needs no other credential.</summary>
    public async Task<IActionResult> OnPostProveAsync(CancellationToken cancellationToken)
    {
        if (User.MemberId() is not { } member)
        {
            return LocalRedirect("/account/login?returnUrl=" + Uri.EscapeDataString(Call.At("")));
        }

        if (await wall.FulfillmentUrlAsync(Number, cancellationToken) is { } url && await wall.OwnAsync(member, url, cancellationToken) is { } own
            && await orders.ProveAsync(own, Session, member, cancellationToken))
        {
            return Onto(url);
        }

        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        Problem("", texts["Prove.NotYours"]);
        return await ShowAgainAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostRecoverAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } elsewhere)
        {
            return elsewhere;
        }

        var (number, code) = ((Paid ?? "").Trim().ToLowerInvariant(), (Code ?? "").Trim().ToLowerInvariant());
        if (number.Length is 0 or > MostTyped || code.Length is 0 or > MostTyped)
        {
            Problem(number.Length is 0 or > MostTyped ? nameof(Paid) : nameof(Code), texts["Recover.Missing"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (!await tries.MayTryGiftCodeAsync(HttpContext, User.MemberId(), cancellationToken))
        {
            Problem(nameof(Code), texts["Recover.TooMany"]);
            return await ShowAgainAsync(cancellationToken);
        }

        if (await orders.RecoverAsync(number, code, Session, cancellationToken) is not { } next)
        {
            await tries.WrongGiftCodeAsync(HttpContext, User.MemberId(), cancellationToken);
            Problem(nameof(Code), texts["Recover.Wrong"]);
            return await ShowAgainAsync(cancellationToken);
        }

        (NextCode, Recovered) = (next, number);
        Onward = Session == sessions.Find(HttpContext) ? await wall.FulfillmentUrlAsync(number, cancellationToken) : null;
        return Page();
    }

    /// <summary>To what is paid now, in the browser whose session it is; on another device back to the order's page.</summary>
    private IActionResult Onto(string url) => Session == sessions.Find(HttpContext) ? Redirect(url) : ThereItOpens();

    private RedirectResult ThereItOpens()
    {
        TempData.Done(texts["Prove.There"]);
        return Redirect("/");
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!await wall.IsOneAsync(Number, cancellationToken))
        {
            return NotFound();
        }

        var (call, session) = (Call, Session);
        var answer = await wall.AskAsync(call, session, html: true, cancellationToken);
        if (answer is MatrixAnswer.Unknown or MatrixAnswer.Refused)
        {
            return StatusCode(OrderWall.StatusOf(answer));
        }

        if (answer is MatrixAnswer.Paid or MatrixAnswer.AlreadyPaid)
        {
            return LocalRedirect(call.At("")); // which leads on
        }

        Wall = await wall.ForPeopleAsync(HttpContext, call, answer, null, session, cancellationToken) with { IsStill = true };
        return null;
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Net.Http.Headers;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Paywall;
using Shop.Web.Security;

namespace Shop.Web.Pages;

/// <summary>What the page of a resource shows.</summary>
public enum ResourceState
{
    Content,
    Refunded,

    /// <summary>To programs that only look.</summary>
    Price,

    NoOrder, NotSold, TooMany,

    /// <summary>The back end, or the address that answers for it, does not answer.</summary>
    Away,
}

/// <summary>
/// A paid resource. Whoever has paid is given it; everybody else is sent to the page of an order of their own, which this GET makes where there is none: the one GET
/// of the shop that changes something (TF-10).
/// </summary>
[AllowAnonymous]
internal sealed class ResourceModel(
    ShopDbContext db, Storefront storefront, PaywallSession sessions, ClientAddress address, RuleBook rules, ResourceReader reader, OrderReader orders, Behind behind, MatrixOrders matrix,
    RefundPickups pickups) : PageModel
{
    private const int Kilo = 1024;

    /// <summary>The reader gives the same instance to all who come within a second.</summary>
    private static readonly ConditionalWeakTable<Resource, IHtmlContent> Rendered = [];

    /// <summary>R, decoded.</summary>
    [FromRoute(Name = "resource")]
    public string Code { get; set; } = "";

    /// <summary>O; empty or missing: none.</summary>
    [FromQuery(Name = "o")]
    public string? Order { get; set; }

    public Resource Resource { get; private set; } = null!;

    /// <summary>Of the price, where one is shown.</summary>
    public Currency Currency { get; private set; } = Currency.Usd;

    public ResourceState State { get; private set; }

    public IHtmlContent? Text { get; private set; }

    /// <summary>Where the wallet that paid is told to fetch the money; null: it need not.</summary>
    public string? RefundPage { get; private set; }

    /// <summary>The order that opens it, where it was paid from this browser or account: there is its recovery code. Null: it was paid elsewhere.</summary>
    public string? Receipt { get; private set; }

    public static string SizeOf(long bytes) => bytes >= Kilo * Kilo
        ? string.Create(CultureInfo.CurrentCulture, $"{bytes / (double)(Kilo * Kilo):N1} MB")
        : string.Create(CultureInfo.CurrentCulture, $"{Math.Max(1, bytes / Kilo):N0} KB");

    public static string Address(string code, string? order = null) =>
        $"/r/{Uri.EscapeDataString(code)}{(string.IsNullOrEmpty(order) ? "" : QueryString.Create("o", order))}";

    public static string FileAddress(string code) => $"/r/{Uri.EscapeDataString(code)}/file";

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        HttpContext.PageHeaders().IsOfOneReader = true;
        Response.Headers.Vary = HeaderNames.Cookie;
        if (await reader.FindAsync(Code, cancellationToken) is not { } resource)
        {
            return NotFound();
        }

        Resource = resource;
        if (PreviewBots.IsLookingOnly(Request))
        {
            Currency = (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;
            return Show(resource.OnSale ? ResourceState.Price : ResourceState.NotSold, resource.OnSale ? StatusCodes.Status200OK : StatusCodes.Status404NotFound);
        }

        var visitor = new PaywallVisitor(sessions.Ensure(HttpContext), address.LimitedHash(HttpContext), CultureInfo.CurrentUICulture.Name);
        try
        {
            var answer = await storefront.VisitAsync(new PaywallOffer(Code), string.IsNullOrEmpty(Order) ? null : Order, visitor, cancellationToken);
            return answer switch
            {
                StorefrontAnswer.Content content => await ContentAsync(content.Order, cancellationToken),
                StorefrontAnswer.Refunded refunded => await RefundedAsync(refunded.Order, visitor.Session, cancellationToken),
                StorefrontAnswer.Pay pay => Redirect(pay.Dropped is null ? pay.StatusUrl : $"{pay.StatusUrl}&was={Uri.EscapeDataString(pay.Dropped)}"),
                StorefrontAnswer.Elsewhere elsewhere => LocalRedirect(Address(Code, elsewhere.Order)),
                StorefrontAnswer.NoOrder => Show(ResourceState.NoOrder, StatusCodes.Status404NotFound),
                StorefrontAnswer.NotSold => Show(ResourceState.NotSold, StatusCodes.Status404NotFound),
                StorefrontAnswer.TooMany => ShowLater(ResourceState.TooMany, StatusCodes.Status429TooManyRequests, "600"),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (OrderBackEndException)
        {
            return ShowLater(ResourceState.Away, StatusCodes.Status503ServiceUnavailable, "5");
        }
    }

    private async Task<IActionResult> ContentAsync(string order, CancellationToken cancellationToken)
    {
        Receipt = Resource.Form != ResourceForm.Address && await orders.FindToActAsync(db, order, HttpContext.Buyer(), cancellationToken) is not null ? order : null;
        switch (Resource.Form)
        {
            case ResourceForm.Text:
                Text = Rendered.GetValue(Resource, text => LegalMarkdown.Render(text.Body ?? ""));
                return Show(ResourceState.Content, StatusCodes.Status200OK);
            case ResourceForm.File:
                return Show(ResourceState.Content, StatusCodes.Status200OK);
            default:
                return await behind.SendAsync(HttpContext, Resource.Address) ? new EmptyResult() : ShowLater(ResourceState.Away, StatusCodes.Status503ServiceUnavailable, "5");
        }
    }

    private async Task<PageResult> RefundedAsync(string order, string session, CancellationToken cancellationToken)
    {
        if (await matrix.StatusAsync(order, session, cancellationToken) is { RefundPendingMinor: > 0 } status && await pickups.FindAsync(status.OrderId, cancellationToken) is not null)
        {
            RefundPage = status.StatusUrl;
        }

        return Show(ResourceState.Refunded, StatusCodes.Status402PaymentRequired);
    }

    private PageResult ShowLater(ResourceState state, int status, string seconds)
    {
        Response.Headers.RetryAfter = seconds;
        return Show(state, status);
    }

    private PageResult Show(ResourceState state, int status)
    {
        (State, Response.StatusCode) = (state, status);
        return Page();
    }
}

using System.Globalization;
using Shop.Core;

namespace Shop.Web.Api;

/// <summary>Calls 6, 10, 11 and 13: subscriptions.</summary>
internal static class SubscriptionCalls
{
    private const long MostMinor = 1_000_000_00;
    private const string PeriodEnd = "period_end";
    private const string Now = "now";

    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "/subscription", "createSubscription", KeyScopes.Subscriptions, CreateAsync)
        {
            About = "Begins a subscription, which waits for its first payment. A buyer has one live subscription to a product.",
            Body =
            [
                ApiCalls.Id("buyer", "The buyer's id."), ApiCalls.Id("product", "The product's id."), ApiCalls.Id("payment", "The payment method, newly entered by the buyer."),
                new ApiField.Number("amount", "Minor units; required where the buyer names the price, else the product's own.", 1, MostMinor),
                new ApiField.Text("seller", "The key's own seller, if sent.", 64) { Shape = ApiCalls.IdShape },
            ],
            Answer = typeof(SubscriptionObject),
            SuccessStatus = StatusCodes.Status201Created,
        },
        new("PATCH", "/subscription/{id}", "changeSubscription", KeyScopes.Subscriptions, ChangeAsync)
        {
            About = "Charges it by another method (payment), cancels it (state inactive, at period_end or now) or takes a cancellation back (state active).",
            Body =
            [
                new ApiField.Text("payment", "The method from the next charge on.", 64) { Shape = ApiCalls.IdShape },
                new ApiField.Text("state", "inactive cancels, active takes a cancellation back.") { Choices = [SubscriptionObject.Active, SubscriptionObject.Inactive] },
                new ApiField.Text("at", "When it is cancelled; period_end without it.") { Choices = [PeriodEnd, Now] },
            ],
            Fixed = ["buyer", "seller"],
            Answer = typeof(SubscriptionObject),
        },
        new("GET", "/subscription", "listSubscriptions", KeyScopes.Read, ListAsync)
        {
            About = "A buyer's subscriptions, those that are over too, newest first.",
            Query = [ApiCalls.Id("buyer", "The buyer's id."), .. Paging.Fields],
            Answer = typeof(SubscriptionObject),
            IsPaged = true,
        },
    ];

    private static async Task<ApiAnswer> CreateAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var input = request.Input;
        if (input.Text("seller") is { } seller && seller != request.Key.SellerHandle)
        {
            return ApiProblem.Unprocessable("other_seller", "The seller is always the key's own.", new FieldError("seller", "fixed", "seller is not the key's own."));
        }

        var wish = new BeginSubscription(
            request.SellerId, input.Need("buyer"), input.Need("product"), input.Need("payment"), input.Number("amount"), CultureInfo.CurrentUICulture.Name);
        return Answer(await request.Get<SellerSubscriptions>().BeginAsync(wish, request.IsTakenOver, cancellationToken));
    }

    private static async Task<ApiAnswer> ChangeAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (input, service) = (request.Input, request.Get<SellerSubscriptions>());
        var (payment, state, at) = (input.Text("payment"), input.Text("state"), input.Text("at"));
        if ((payment is null) == (state is null))
        {
            return ApiProblem.Input([new FieldError(payment is null ? "state" : "payment", payment is null ? "required" : "not_together", "Send either payment or state.")]);
        }

        if (at is not null && state != SubscriptionObject.Inactive)
        {
            return ApiProblem.Input([new FieldError("at", "not_together", "at goes with state inactive only.")]);
        }

        return Answer((payment, state) switch
        {
            ({ } method, _) => await service.ChangeMethodAsync(request.SellerId, request.Id, method, cancellationToken),
            (_, SubscriptionObject.Inactive) => await service.CancelAsync(request.SellerId, request.Id, at == Now, cancellationToken),
            _ => await service.TakeBackAsync(request.SellerId, request.Id, cancellationToken),
        });
    }

    private static async Task<ApiAnswer> ListAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (buyer, paging, db) = (request.Input.Need("buyer"), Paging.Of(request.Input), request.Get<ShopDbContext>());
        long? before = null;
        if (paging.Before is { } given)
        {
            before = await SellerSubscriptions.RowAsync(db, request.SellerId, given, cancellationToken);
            if (before is null)
            {
                return ApiProblem.Input([new FieldError("before", "invalid", "before comes from the address of the next page.")]);
            }
        }

        if (await request.Get<SellerSubscriptions>().ListAsync(db, request.SellerId, buyer, before, paging.Skip, paging.PerPage + 1, cancellationToken) is not var (rows, total))
        {
            return ApiProblem.NotFound;
        }

        var page = paging.Of(ApiCalls.Base + "/subscription", buyer, rows, total, s => s.Handle);
        return ApiAnswer.Ok(new PageObject<SubscriptionObject>(page.Meta, [.. page.Objects.Select(SubscriptionObject.Of)]));
    }

    private static ApiAnswer Answer(SellerSubscriptionResult result) => result switch
    {
        SellerSubscriptionResult.Ok { IsNew: true } made => ApiAnswer.Created(SubscriptionObject.Of(made.Subscription)),
        SellerSubscriptionResult.Ok ok => ApiAnswer.Ok(SubscriptionObject.Of(ok.Subscription)),
        SellerSubscriptionResult.NotFound { What: "id" } => ApiProblem.NotFound,
        SellerSubscriptionResult.NotFound { What: var what } => ApiProblem.NotFound with { Errors = [new FieldError(what, "not_found", $"The seller has no such {what}.")] },
        SellerSubscriptionResult.Refused { Reason: var reason } => reason switch
        {
            SellerSubscriptionRefusal.SellerPaused => ApiProblem.Conflict("seller_paused", "The seller sells nothing at present."),
            SellerSubscriptionRefusal.NotOnSale => Field("product", "not_on_sale", "product is not on sale."),
            SellerSubscriptionRefusal.NotRecurring => Field("product", "not_recurring", "product is bought once."),
            SellerSubscriptionRefusal.AmountMissing => Field("amount", "required", "amount is needed: the buyer names the price."),
            SellerSubscriptionRefusal.AmountWrong => Field("amount", "out_of_range", "amount is not the product's price, or out of its bounds."),
            SellerSubscriptionRefusal.AmountNotTaken => Field("amount", "not_taken", "The payment service does not take this amount now."),
            SellerSubscriptionRefusal.TaxOpen => ApiProblem.Unprocessable("tax_open", "The tax depends on where the buyer is: send the buyer to the shop's buy flow."),
            SellerSubscriptionRefusal.MethodUnusable => Field("payment", "unusable", "payment is taken away, run out, or cannot be charged again."),
            SellerSubscriptionRefusal.GestureMissing => new ApiProblem(
                StatusCodes.Status403Forbidden, "gesture_missing", "The buyer has not just entered this method for a new subscription: let them enter one, or send them to the shop's buy flow."),
            SellerSubscriptionRefusal.Exists => ApiProblem.Conflict("subscription_exists", "The buyer has a live subscription to this product."),
            SellerSubscriptionRefusal.NotNow => ApiProblem.Conflict("illegal_change", "The subscription is over, or stopped by its payer."),
            SellerSubscriptionRefusal.Busy => ApiProblem.Conflict("payment_under_way", "A payment of this subscription is under way.") with { RetryAfter = 5 },
            SellerSubscriptionRefusal.BuyerUnavailable => ApiProblem.Conflict("buyer_unavailable", "The buyer's account is suspended or closed: nothing is sold to it."),
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static ApiProblem Field(string field, string code, string message) => ApiProblem.Unprocessable(code, message, new FieldError(field, code, message));
}

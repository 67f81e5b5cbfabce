using Shop.Core;

namespace Shop.Web.Api;

/// <summary>Calls 2 to 5: payment methods. A card goes from the buyer's browser to the provider; no number of one comes here or leaves (MZ-2).</summary>
internal static class PaymentCalls
{
    private static readonly ApiField Buyer = ApiCalls.Id("buyer", "The buyer's id.");
    private static readonly ApiField Provider = new ApiField.Text("provider", "The payment service; without it the shop picks by its order of methods.", 32) { Shape = ApiCalls.IdShape };

    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "/provider/tokenized-payment-method", "beginPaymentMethod", KeyScopes.Methods, BeginAsync)
        {
            About = "What the buyer's browser needs to hand a card to the provider. A service for tests gives a single-use token at once, for a test card by name.",
            Body = [Buyer, Provider, new ApiField.Text("card", "The name of a test card; only where the service has such.", 32) { Shape = ApiCalls.IdShape }],
            Answer = typeof(TokenObject),
            SuccessStatus = StatusCodes.Status201Created,
            IsNeverKept = true,
        },
        new("POST", "/payment", "createPaymentMethod", KeyScopes.Methods, CreateAsync)
        {
            About = "Stores the method that the token stands for. The buyer's own entering of it is good for one new subscription within a day.",
            Body = [Buyer, Provider, new ApiField.Text("token", "The single-use token that the browser got from the provider.", 300) { IsRequired = true, Shape = ApiCalls.Printable() }],
            Answer = typeof(PaymentObject),
            SuccessStatus = StatusCodes.Status201Created,
        },
        new("GET", "/payment", "listPaymentMethods", KeyScopes.Read, ListAsync)
        {
            About = "The methods that a buyer has brought or used at this seller, newest first.",
            Query = [Buyer, .. Paging.Fields],
            Answer = typeof(PaymentObject),
            IsPaged = true,
        },
        new("DELETE", "/payment/{id}", "deletePaymentMethod", KeyScopes.Methods, DeleteAsync)
        {
            About = "Takes a method away, here and at the provider. Refused while a subscription is charged by it.",
            Answer = typeof(PaymentObject),
        },
    ];

    private static async Task<ApiAnswer> BeginAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var input = request.Input;
        return await request.Get<SellerMethods>().BeginAsync(request.SellerId, input.Need("buyer"), input.Text("provider"), input.Text("card"), cancellationToken) switch
        {
            SellerMethodResult.Begun { Start: var start } => ApiAnswer.Created(new TokenObject(
                start.Provider, Public(start, "client_secret"), start.Token, Public(start, "publishable_key"))),
            var other => Refused(other),
        };
    }

    /// <summary>What the provider's own fields are drawn with, by the names that plug-ins give it.</summary>
    private static string? Public(TokenStart start, string name) => start.Public?.GetValueOrDefault(name);

    private static async Task<ApiAnswer> CreateAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var input = request.Input;
        return await request.Get<SellerMethods>().BringAsync(request.SellerId, input.Need("buyer"), input.Text("provider"), input.Need("token"), cancellationToken) switch
        {
            SellerMethodResult.Ok ok => ApiAnswer.Created(PaymentObject.Of(ok.Method)),
            var other => Refused(other),
        };
    }

    private static async Task<ApiAnswer> ListAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (buyer, paging) = (request.Input.Need("buyer"), Paging.Of(request.Input));
        if (await request.Get<SellerMethods>().ListAsync(request.Get<ShopDbContext>(), request.SellerId, buyer, cancellationToken) is not { } all)
        {
            return ApiProblem.NotFound;
        }

        // a buyer has a handful of them
        var from = paging.Before is { } before ? all.Select((m, i) => (m, i)).Where(x => x.m.Handle == before).Select(x => x.i + 1).FirstOrDefault() : paging.Skip;
        return ApiAnswer.Ok(paging.Of<PaymentObject>(ApiCalls.Base + "/payment", buyer, [.. all.Skip(from).Take(paging.PerPage + 1).Select(PaymentObject.Of)], all.Count, m => m.Id));
    }

    private static async Task<ApiAnswer> DeleteAsync(SellerRequest request, CancellationToken cancellationToken) =>
        await request.Get<SellerMethods>().RemoveAsync(request.SellerId, request.Id, cancellationToken) switch
        {
            SellerMethodResult.Ok ok => ApiAnswer.Ok(PaymentObject.Of(ok.Method)),
            var other => Refused(other),
        };

    private static ApiAnswer Refused(SellerMethodResult result) => result switch
    {
        SellerMethodResult.NotFound => ApiProblem.NotFound,
        SellerMethodResult.Refused { Reason: var reason } => reason switch
        {
            SellerMethodRefusal.NoProvider => ApiProblem.Unprocessable(
                "provider_unusable", "No such service keeps methods here.", new FieldError("provider", "not_a_choice", "provider is no service that keeps methods for renewals here.")),
            SellerMethodRefusal.NoTestCard => ApiProblem.Unprocessable("no_test_card", "The service has no such test card.", new FieldError("card", "not_a_choice", "card is no test card of this service.")),
            SellerMethodRefusal.OwnPage => ApiProblem.Unprocessable("own_page", "This service stores methods on a page of its own: send the buyer to the shop's buy flow."),
            SellerMethodRefusal.Declined => ApiProblem.Unprocessable("token_declined", "The provider did not take the token.", new FieldError("token", "declined", "token is not known, was used, or was declined.")),
            SellerMethodRefusal.TooMany => ApiProblem.Of(StatusCodes.Status429TooManyRequests) with { Code = "too_many_tries", Title = "Too many methods of this buyer or this seller.", RetryAfter = 3600 },
            SellerMethodRefusal.NoAnswer => ApiProblem.Of(StatusCodes.Status503ServiceUnavailable) with { Code = "provider_silent", Title = "The provider did not answer; send the same again.", RetryAfter = 5 },
            SellerMethodRefusal.Renewing => ApiProblem.Conflict("payment_renews", "Subscriptions are charged by this method: change theirs or cancel them first."),
            SellerMethodRefusal.InUse => ApiProblem.Conflict("payment_in_use", "A payment with this method is under way."),
            SellerMethodRefusal.KeptByMember => ApiProblem.Conflict("payment_of_member", "The member keeps this method at the shop and takes it away there."),
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

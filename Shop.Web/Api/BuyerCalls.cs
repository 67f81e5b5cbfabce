using Shop.Core;

namespace Shop.Web.Api;

/// <summary>Call 1: buyers.</summary>
internal static class BuyerCalls
{
    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "/buyer", "createBuyer", KeyScopes.Buyers, CreateAsync)
        {
            About = "Names a buyer by the seller's own id; named again it is the same one (200), and an address is taken only while it has none.",
            Body =
            [
                new ApiField.Text("uuid", "The seller's own id of the person.", SellerBuyers.MostUuid) { IsRequired = true, Shape = ApiCalls.Printable() },
                new ApiField.Text("email", "Where receipts go while the buyer has no account.", 254),
            ],
            Answer = typeof(BuyerObject),
            SuccessStatus = StatusCodes.Status201Created,
        },
    ];

    private static async Task<ApiAnswer> CreateAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var email = request.Input.Text("email")?.Trim().ToLowerInvariant();
        if (email is not null && !MailAddresses.IsUsable(email))
        {
            return ApiProblem.Input([new FieldError("email", "invalid", "email is no address that mail can be sent to.")]);
        }

        var named = await request.Get<SellerBuyers>().NameAsync(request.SellerId, request.Input.Need("uuid"), email, cancellationToken);
        var body = BuyerObject.Of(named.Buyer);
        return named.IsNew ? ApiAnswer.Created(body) : ApiAnswer.Ok(body);
    }
}

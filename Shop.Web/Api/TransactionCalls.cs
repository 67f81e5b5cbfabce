using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Api;

/// <summary>Calls 7, 8, 9 and 12: transactions.</summary>
internal static class TransactionCalls
{
    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "/transaction", "startTransaction", KeyScopes.Charges, StartAsync)
        {
            About = "Writes a transaction for what is due of a subscription. Nothing is charged yet.",
            Body = [ApiCalls.Id("subscription", "The subscription's id.")],
            Answer = typeof(TransactionObject),
            SuccessStatus = StatusCodes.Status201Created,
            NeedsKey = true,
        },
        new("POST", "/provider/charge-subscription", "chargeSubscription", KeyScopes.Charges, ChargeAsync)
        {
            About = "Charges a transaction. One that was charged before is told as it stands.",
            Body = [ApiCalls.Id("transaction", "The transaction's id.")],
            Answer = typeof(TransactionObject),
            NeedsKey = true,
        },
        new("PATCH", "/transaction/{id}", "recordTransaction", KeyScopes.Charges, RecordAsync)
        {
            About = "What the seller heard of a transaction. It only makes the shop ask the provider, whose word alone counts.",
            Body =
            [
                new ApiField.Group(
                    "attempt", "What was heard.",
                    [
                        new ApiField.Text("outcome", "How it is said to stand.") { Choices = [.. Enum.GetValues<TransactionState>().Select(Words.Of)] },
                        new ApiField.Text("provider_reference", "The provider's id of it.", 200) { Shape = ApiCalls.Printable() },
                        new ApiField.Text("failure_code", "Why it failed, as heard; the provider's own word is kept.", 64) { Shape = ApiCalls.Printable() },
                    ])
                {
                    IsRequired = true,
                },
            ],
            Fixed = ["buyer", "seller", "subscription"],
            Answer = typeof(TransactionObject),
        },
        new("GET", "/transaction", "listTransactions", KeyScopes.Read, ListAsync)
        {
            About = "A buyer's transactions, newest first.",
            Query = [ApiCalls.Id("buyer", "The buyer's id."), .. Paging.Fields],
            Answer = typeof(TransactionObject),
            IsPaged = true,
        },
    ];

    private static async Task<ApiAnswer> StartAsync(SellerRequest request, CancellationToken cancellationToken) =>
        await request.Get<SellerTransactions>().StartAsync(request.SellerId, request.Input.Need("subscription"), request.IsTakenOver, cancellationToken) switch
        {
            TransactionResult.Ok ok => ApiAnswer.Created(TransactionObject.Of(ok.Transaction)),
            var other => Refused(other),
        };

    private static async Task<ApiAnswer> ChargeAsync(SellerRequest request, CancellationToken cancellationToken) => Guid.TryParseExact(request.Input.Need("transaction"), "N", out var id)
        ? Answer(await request.Get<SellerTransactions>().ChargeAsync(request.SellerId, id, cancellationToken))
        : NoSuch("transaction");

    private static async Task<ApiAnswer> RecordAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(request.Id, "N", out var id))
        {
            return ApiProblem.NotFound;
        }

        var said = request.Input.Group("attempt")!;
        TransactionState? outcome = said.GetValueOrDefault("outcome") is string word ? Words.Parse<TransactionState>(word) : null;
        var report = new TransactionReport(outcome, (string?)said.GetValueOrDefault("provider_reference"));
        return Answer(await request.Get<SellerTransactions>().RecordAsync(request.SellerId, id, report, cancellationToken));
    }

    private static async Task<ApiAnswer> ListAsync(SellerRequest request, CancellationToken cancellationToken)
    {
        var (buyer, paging, db) = (request.Input.Need("buyer"), Paging.Of(request.Input), request.Get<ShopDbContext>());
        Guid? before = null;
        if (paging.Before is { } given)
        {
            if (!Guid.TryParseExact(given, "N", out var id))
            {
                return ApiProblem.Input([new FieldError("before", "invalid", "before comes from the address of the next page.")]);
            }

            before = id;
        }

        return await request.Get<SellerTransactions>().ListAsync(db, request.SellerId, buyer, before, paging.Skip, paging.PerPage + 1, cancellationToken) is var (rows, total)
            ? ApiAnswer.Ok(paging.Of<TransactionObject>(ApiCalls.Base + "/transaction", buyer, [.. rows.Select(TransactionObject.Of)], total, t => t.Id))
            : ApiProblem.NotFound;
    }

    private static ApiAnswer Answer(TransactionResult result) => result is TransactionResult.Ok ok ? ApiAnswer.Ok(TransactionObject.Of(ok.Transaction)) : Refused(result);

    private static ApiProblem NoSuch(string what) => ApiProblem.NotFound with { Errors = [new FieldError(what, "not_found", $"The seller has no such {what}.")] };

    private static ApiAnswer Refused(TransactionResult result) => result switch
    {
        TransactionResult.NotFound { What: "id" } => ApiProblem.NotFound,
        TransactionResult.NotFound { What: var what } => NoSuch(what),
        TransactionResult.Refused { Reason: var reason } => reason switch
        {
            TransactionRefusal.NothingDue => ApiProblem.Conflict("nothing_due", "Nothing is due of this subscription: it is paid for, stopped or over, or the buyer's account is suspended or closed."),
            TransactionRefusal.OtherUnderWay => ApiProblem.Conflict("transaction_under_way", "Another transaction of this subscription is under way or in doubt."),
            TransactionRefusal.MethodUnusable => ApiProblem.Unprocessable("payment_unusable", "The subscription's payment method is gone or does not work any more: change it first."),
            TransactionRefusal.TooMany => ApiProblem.Of(StatusCodes.Status429TooManyRequests) with { Code = "too_many_tries", Title = "Too many tries of this buyer or this seller.", RetryAfter = 3600 },
            TransactionRefusal.NotOfTheInterface => ApiProblem.Conflict("paid_in_shop", "The buyer pays this in the shop's own pages; no key charges it."),
            TransactionRefusal.IllegalChange => ApiProblem.Conflict("illegal_change", "The transaction cannot become that, or the provider does not confirm it."),
            TransactionRefusal.OtherReference => ApiProblem.Unprocessable(
                "other_reference", "The provider knows this transaction by another id.", new FieldError("attempt.provider_reference", "other", "attempt.provider_reference is not this transaction's.")),
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

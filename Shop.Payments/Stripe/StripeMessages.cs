namespace Shop.Payments.Stripe;

/// <summary>What Stripe made of a call: it did it, or it said why not. Everything else is thrown.</summary>
internal abstract record StripeAnswer<T>
{
    private StripeAnswer() { }

    /// <summary>Done. <paramref name="Repeated"/>: an old answer to a repeated key, so things may have moved on.</summary>
    public sealed record Given(T Body, bool Repeated) : StripeAnswer<T>;

    public sealed record Refused(StripeRefusal Why) : StripeAnswer<T>;
}

/// <summary>Stripe's own words for a refusal: status, type, code and the bank's reason.</summary>
internal sealed record StripeRefusal(int Status, string Type, string? Code, string? DeclineCode)
{
    /// <summary>The payment was tried and declined.</summary>
    public bool IsDecline => Type == "card_error";

    /// <summary>Stripe looked at the request and would not have it: certain, nothing happened. A key that was used for another request, or a
    /// wrong key of ours, is not that.</summary>
    public bool IsRefusal => Status is 400 or 404 && Type == "invalid_request_error";

    /// <summary>For the books; never for the buyer.</summary>
    public string Word => DeclineCode ?? Code ?? Type;
}

/// <summary>Where the buyer enters the card, written into the metadata: what a status means depends on it.</summary>
internal static class StripeWay
{
    /// <summary>The fields on our page: a decline there is not the end.</summary>
    public const string Fields = "fields";

    /// <summary>A hosted session; the payment's reference is the session's.</summary>
    public const string Hosted = "hosted";

    /// <summary>A saved method or a token, confirmed by us: a decline is the end.</summary>
    public const string Ours = "ours";
}

/// <summary>A payment intent, or nothing of it yet while a hosted session is open.</summary>
internal sealed record StripeIntent(
    string Id, string Status, bool Live, string? Attempt, string? Way, string? ClientSecret, string? Customer, bool KeepsMethod, StripeMethod? Method,
    Uri? NextUrl, StripeRefusal? LastError, StripeCharge? Charge, Money Capturable);

internal sealed record StripeSession(
    string Id, string Status, bool Live, string? Attempt, Uri? Url, DateTimeOffset ExpiresAt, string? Customer, StripeIntent? Intent, StripeSetup? Setup);

internal sealed record StripeCharge(
    string Id, bool IsTaken, Money Amount, Money? Fee, DateTimeOffset At, string? Attempt, string? Fingerprint, bool IsDisputed, IReadOnlyList<StripeRefund> Refunds, bool HasMoreRefunds,
    PaidWith? With);

internal sealed record StripeRefund(string Id, string Status, string? Ours, string? Charge, Money Amount, string? FailureCode, string? Attempt, DateTimeOffset At);

internal sealed record StripeDispute(string Id, string Status, string? Charge, Money Amount, string? Attempt, DateTimeOffset At);

internal sealed record StripeMethod(string Id, string? Customer, string Type, string? Brand, string? Last4, int? ExpiryMonth, int? ExpiryYear);

internal sealed record StripeSetup(string Id, string Status, string? ClientSecret, string? Customer, StripeMethod? Method, StripeRefusal? LastError);

internal sealed record StripeAccount(string Id, bool CanCharge);

internal sealed record StripePage<T>(IReadOnlyList<T> Items, string? Next);

internal sealed record NewStripePayment(
    AttemptId Attempt, Money Amount, string Way, string? Customer, string? Method, bool KeepForLater, string Summary, string Reference, string? StatementName);

internal sealed record NewStripePage(string Locale, Uri ReturnUrl, Uri CancelUrl, string? Email);

namespace Shop.Web.Sandbox;

/// <summary>A payment as the bank's books have it. Public because components, which are public, show it.</summary>
public sealed record BankPayment
{
    public required long Number { get; init; }

    public required string Id { get; init; }

    public required Guid Attempt { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public required string Summary { get; init; }

    public required string Reference { get; init; }

    public required string? Merchant { get; init; }

    public required string Locale { get; init; }

    public required Uri ReturnUrl { get; init; }

    public required Uri CancelUrl { get; init; }

    /// <summary>Stands in the form of the hosted page, so that no other page can send that form.</summary>
    public required string FormToken { get; init; }

    /// <summary>One of <see cref="BankStatus"/>.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>One of <see cref="Sandbox.DeclineCode"/>; of a declined payment only.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>Whose methods it may charge or add to; null when it does neither.</summary>
    public string? Customer { get; init; }

    /// <summary>The kept method that it charges when the shop confirms; null: what the buyer chooses.</summary>
    public string? Charges { get; init; }

    /// <summary>The method that it left behind.</summary>
    public string? Kept { get; init; }

    /// <summary>What the buyer pays with is kept once it is paid.</summary>
    public bool Keeps => Customer is not null && Charges is null;

    /// <summary>One of <see cref="BankSilence"/>: what the API does until <see cref="SilentUntil"/> when it is asked about this payment.</summary>
    public string? Silence { get; init; }

    public DateTimeOffset? SilentUntil { get; init; }
}

/// <summary>The words of the bank's API, and of its file.</summary>
internal static class BankStatus
{
    /// <summary>The buyer can pay it.</summary>
    public const string Open = "open";

    /// <summary>It charges a kept method, and waits for the shop to confirm. Nothing is taken.</summary>
    public const string Approved = "approved";

    /// <summary>The buyer has chosen to pay and must still prove who they are.</summary>
    public const string Authenticating = "authenticating";

    /// <summary>The bank is still deciding. Nothing is taken, and it can no longer be cancelled.</summary>
    public const string Pending = "pending";
    public const string Captured = "captured";
    public const string Cancelled = "cancelled";

    /// <summary>Refused for good; <see cref="DeclineCode"/> says why.</summary>
    public const string Declined = "declined";

    /// <summary>Of a setup.</summary>
    public const string Saved = "saved";

    /// <summary>Of a refund.</summary>
    public const string Succeeded = "succeeded";
}

/// <summary>Why a payment was declined, in the words of the bank's API.</summary>
internal static class DeclineCode
{
    public const string Declined = "declined";
    public const string InsufficientFunds = "insufficient_funds";
    public const string AuthenticationFailed = "authentication_failed";

    /// <summary>The method wants its owner to prove who they are, and they are not there.</summary>
    public const string AuthenticationRequired = "authentication_required";
    public const string Expired = "expired";

    /// <summary>After it was pending.</summary>
    public const string Denied = "denied";
}

/// <summary>How the bank's API behaves about a payment whose answer got lost.</summary>
internal static class BankSilence
{
    /// <summary>Calls are held open, and then dropped.</summary>
    public const string NoAnswer = "no_answer";

    /// <summary>Calls are answered with 500.</summary>
    public const string Failure = "failure";
}

internal sealed record BankCharge(string Id, string Payment, Guid Attempt, string Reference, long AmountMinor, string Currency, DateTimeOffset At);

/// <summary>A line of the bank's account statement: captured or refunded.</summary>
internal sealed record BankMovement(string Kind, string Id, Guid Attempt, long AmountMinor, string Currency, DateTimeOffset At);

internal sealed record BankRefund(string Id, string Charge, string Payment, Guid Refund, long AmountMinor, string Currency, string Status, DateTimeOffset At);

/// <summary>A method that the bank has kept for a customer. Public because components, which are public, show it.</summary>
public sealed record BankMethod(string Id, string Customer, BankCard Card, DateOnly ExpiresOn)
{
    public string Brand => Card.Brand;

    public string Last4 => Card.Last4;
}

/// <summary>A kind of card that can be kept, and what comes of charging it: a closed table. Public because components, which are public, show it.</summary>
public sealed record BankCard(string Kind, string Brand, string Last4)
{
    public const string Ok = "ok";
    public const string Declined = "declined";
    public const string Authenticate = "authenticate";

    /// <summary>How long a card works from the year in which it is kept.</summary>
    public const int Years = 2;

    public static IReadOnlyList<BankCard> All { get; } = [new(Ok, "visa", "4242"), new(Declined, "visa", "0002"), new(Authenticate, "visa", "3155")];

    public static BankCard? Find(string? kind) => All.FirstOrDefault(card => card.Kind == kind);
}

/// <summary>A card that is kept without a payment. Public because components, which are public, show it.</summary>
public sealed record BankSetup(string Id, string Customer, Uri ReturnUrl, string Locale, string FormToken, string Status, string? Method);

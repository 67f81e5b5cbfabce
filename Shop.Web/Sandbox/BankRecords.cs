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
}

/// <summary>The words of the bank's API, and of its file.</summary>
internal static class BankStatus
{
    /// <summary>The buyer can pay it.</summary>
    public const string Open = "open";
    public const string Captured = "captured";
    public const string Cancelled = "cancelled";

    /// <summary>Of a refund.</summary>
    public const string Succeeded = "succeeded";
}

internal sealed record BankCharge(string Id, string Payment, Guid Attempt, string Reference, long AmountMinor, string Currency, DateTimeOffset At);

internal sealed record BankRefund(string Id, string Charge, string Payment, Guid Refund, long AmountMinor, string Currency, string Status, DateTimeOffset At);

namespace Shop.Payments.Sandbox;

// the bank's messages, as it writes them: a member that is missing, null or of another type makes the answer unreadable

internal sealed record NewPayment(Guid Attempt, long AmountMinor, string Currency, string Summary, string Reference, string? Merchant, string Locale, Uri ReturnUrl, Uri CancelUrl,
    string Payer, string? Customer, string? Method, bool Save);

internal sealed record ConfirmPayment(bool BuyerPresent);

internal sealed record NewSetup(string Payer, string? Customer, string Locale, Uri ReturnUrl);

internal sealed record AttachToken(string Payer, string? Customer, string Token);

internal sealed record NewRefund(Guid Refund, long AmountMinor, string Currency);

internal sealed record BankPayment
{
    public required string Id { get; init; }

    public required bool Live { get; init; }

    public required string Account { get; init; }

    public required Guid Attempt { get; init; }

    public required string Status { get; init; }

    public string? DeclineCode { get; init; }

    public required Uri Url { get; init; }

    public string? Customer { get; init; }

    public BankMethod? SavedMethod { get; init; }

    public required IReadOnlyList<BankCharge> Charges { get; init; }

    public required IReadOnlyList<BankRefund> Refunds { get; init; }
}

internal sealed record BankMethod
{
    public required string Id { get; init; }

    public required string Brand { get; init; }

    public required string Last4 { get; init; }

    public required DateOnly ExpiresOn { get; init; }
}

internal sealed record BankSetup
{
    public required string Id { get; init; }

    public required string Customer { get; init; }

    public required string Status { get; init; }

    public required Uri Url { get; init; }

    public BankMethod? Method { get; init; }
}

internal sealed record BankCharge
{
    public required string Id { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal sealed record BankRefund
{
    public required string Id { get; init; }

    public required string Charge { get; init; }

    public required Guid Refund { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public required string Status { get; init; }
}

internal sealed record BankList<T>
{
    public required IReadOnlyList<T> Data { get; init; }
}

internal sealed record BankPage<T>
{
    public required IReadOnlyList<T> Data { get; init; }

    public required bool HasMore { get; init; }
}

internal sealed record BankMovement
{
    public required string Kind { get; init; }

    public required string Id { get; init; }

    public required Guid Attempt { get; init; }

    public required long AmountMinor { get; init; }

    public required string Currency { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal sealed record BankEvent
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required string Account { get; init; }

    public BankEventPayment? Payment { get; init; }

    public BankEventRefund? Refund { get; init; }
}

internal sealed record BankEventPayment
{
    public required string Id { get; init; }

    public required Guid Attempt { get; init; }

    public string? Charge { get; init; }
}

internal sealed record BankEventRefund
{
    public required string Id { get; init; }

    public required Guid Refund { get; init; }
}

internal sealed record BankAccount
{
    public required string Account { get; init; }

    public required bool Live { get; init; }
}

internal sealed record BankRefusal
{
    public required BankError Error { get; init; }
}

internal sealed record BankError
{
    public required string Code { get; init; }
}

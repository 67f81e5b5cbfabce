using System.Text.Json;

namespace Shop.Payments.PayPal;

// PayPal's messages as far as they are used, in its own words (snake case on the wire): a required member that is missing, null or of
// another type makes the answer unreadable

internal sealed record PayPalGrant
{
    public required string AccessToken { get; init; }

    /// <summary>Seconds.</summary>
    public required long ExpiresIn { get; init; }
}

internal sealed record PayPalMoney
{
    public required string CurrencyCode { get; init; }

    public required string Value { get; init; }
}

internal sealed record PayPalLink
{
    public required Uri Href { get; init; }

    public required string Rel { get; init; }
}

// ---- orders v2

internal sealed record NewOrder(string Intent, IReadOnlyList<NewUnit> PurchaseUnits, NewSource? PaymentSource);

internal sealed record NewUnit(
    string? ReferenceId, PayPalMoney Amount, PayPalPayee Payee, string Description, string CustomId, string InvoiceId, string? SoftDescriptor);

internal sealed record NewSource(NewWallet Paypal);

internal sealed record NewWallet(NewExperience? ExperienceContext = null, NewAttributes? Attributes = null, string? VaultId = null);

internal sealed record NewExperience(
    string? BrandName, string? Locale, string ShippingPreference, string? UserAction, Uri ReturnUrl, Uri CancelUrl);

internal sealed record NewAttributes(NewVaulting Vault, PayPalCustomer? Customer);

internal sealed record NewVaulting(string StoreInVault, string UsageType);

internal sealed record NewCapture(NewSource? PaymentSource);

internal sealed record NewPatch(string Op, string Path, string Value);

internal sealed record PayPalPayee
{
    public string? MerchantId { get; init; }
}

internal sealed record PayPalCustomer
{
    public required string Id { get; init; }
}

internal sealed record PayPalOrder
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public string? Intent { get; init; }

    public DateTimeOffset? CreateTime { get; init; }

    public IReadOnlyList<PayPalUnit> PurchaseUnits { get; init; } = [];

    public PayPalSource? PaymentSource { get; init; }

    public IReadOnlyList<PayPalLink> Links { get; init; } = [];
}

internal sealed record PayPalUnit
{
    public string? ReferenceId { get; init; }

    public string? CustomId { get; init; }

    public PayPalPayee? Payee { get; init; }

    public PayPalPayments Payments { get; init; } = new();
}

internal sealed record PayPalPayments
{
    public IReadOnlyList<PayPalCapture> Captures { get; init; } = [];

    public IReadOnlyList<PayPalRefund> Refunds { get; init; } = [];
}

internal sealed record PayPalCapture
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public PayPalStatusDetails? StatusDetails { get; init; }

    public required PayPalMoney Amount { get; init; }

    public string? CustomId { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public PayPalBreakdown? SellerReceivableBreakdown { get; init; }

    public PayPalProcessor? ProcessorResponse { get; init; }
}

internal sealed record PayPalStatusDetails
{
    public string? Reason { get; init; }
}

internal sealed record PayPalBreakdown
{
    public PayPalMoney? PaypalFee { get; init; }
}

internal sealed record PayPalProcessor
{
    public string? ResponseCode { get; init; }
}

internal sealed record PayPalSource
{
    public PayPalWallet? Paypal { get; init; }
}

internal sealed record PayPalWallet
{
    public PayPalAttributes? Attributes { get; init; }

    public PayPalAddress? Address { get; init; }
}

/// <summary>Of the account that paid, only where it is; the rest is not read.</summary>
internal sealed record PayPalAddress
{
    public string? CountryCode { get; init; }
}

internal sealed record PayPalAttributes
{
    public PayPalVaulted? Vault { get; init; }
}

internal sealed record PayPalVaulted
{
    public string? Id { get; init; }

    public string? Status { get; init; }

    public PayPalCustomer? Customer { get; init; }
}

// ---- payments v2

internal sealed record NewRefund(PayPalMoney Amount, string CustomId, string InvoiceId);

internal sealed record PayPalRefund
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public required PayPalMoney Amount { get; init; }

    public string? CustomId { get; init; }

    public IReadOnlyList<PayPalLink> Links { get; init; } = [];
}

// ---- vault v3

internal sealed record NewSetupToken(NewSetupSource PaymentSource, PayPalCustomer? Customer);

internal sealed record NewSetupSource(NewSetupWallet Paypal);

internal sealed record NewSetupWallet(string UsageType, NewExperience ExperienceContext);

internal sealed record NewPaymentToken(NewTokenSource PaymentSource);

internal sealed record NewTokenSource(NewTokenId Token);

internal sealed record NewTokenId(string Id, string Type);

internal sealed record PayPalSetupToken
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public PayPalCustomer? Customer { get; init; }

    public IReadOnlyList<PayPalLink> Links { get; init; } = [];
}

internal sealed record PayPalPaymentToken
{
    public required string Id { get; init; }

    public PayPalCustomer? Customer { get; init; }

    public PayPalTokenSource PaymentSource { get; init; } = new();
}

internal sealed record PayPalTokenSource
{
    public JsonElement? Paypal { get; init; }

    public PayPalCard? Card { get; init; }
}

internal sealed record PayPalCard
{
    public string? Brand { get; init; }

    public string? LastDigits { get; init; }

    /// <summary>Year and month.</summary>
    public string? Expiry { get; init; }
}

internal sealed record PayPalTokens
{
    public IReadOnlyList<PayPalPaymentToken> PaymentTokens { get; init; } = [];

    public required int TotalPages { get; init; }
}

// ---- disputes v1

internal sealed record PayPalDisputes
{
    public IReadOnlyList<PayPalDisputeLine> Items { get; init; } = [];
}

internal sealed record PayPalDisputeLine
{
    public required string DisputeId { get; init; }
}

internal sealed record PayPalDispute
{
    public required string DisputeId { get; init; }

    public required string Status { get; init; }

    public required PayPalMoney DisputeAmount { get; init; }

    public PayPalDisputeOutcome? DisputeOutcome { get; init; }
}

internal sealed record PayPalDisputeOutcome
{
    public required string OutcomeCode { get; init; }
}

// ---- reporting v1

internal sealed record PayPalMovements
{
    public IReadOnlyList<PayPalMovement> TransactionDetails { get; init; } = [];

    public required string AccountNumber { get; init; }

    public DateTimeOffset? LastRefreshedDatetime { get; init; }

    public required int Page { get; init; }

    public required int TotalPages { get; init; }
}

internal sealed record PayPalMovement
{
    public required PayPalMovementInfo TransactionInfo { get; init; }
}

internal sealed record PayPalMovementInfo
{
    public required string TransactionId { get; init; }

    public required string TransactionEventCode { get; init; }

    public required string TransactionStatus { get; init; }

    public required DateTimeOffset TransactionInitiationDate { get; init; }

    public required PayPalMoney TransactionAmount { get; init; }

    public string? CustomField { get; init; }

    public string? PaypalReferenceId { get; init; }

    /// <summary>TXN: another transaction, such as the capture that was refunded.</summary>
    public string? PaypalReferenceIdType { get; init; }
}

// ---- webhooks v1

internal sealed record PayPalWebhook
{
    public required string Id { get; init; }
}

internal sealed record PayPalVerified
{
    public required string VerificationStatus { get; init; }
}

internal sealed record PayPalEvent
{
    public required string Id { get; init; }

    public required string EventType { get; init; }

    public PayPalEventResource? Resource { get; init; }
}

/// <summary>An order, a capture, a refund, a dispute or a token: whatever the type of the event says.</summary>
internal sealed record PayPalEventResource
{
    public string? Id { get; init; }

    public string? CustomId { get; init; }

    public IReadOnlyList<PayPalUnit> PurchaseUnits { get; init; } = [];

    public PayPalSupplement? SupplementaryData { get; init; }

    public IReadOnlyList<PayPalLink> Links { get; init; } = [];

    public IReadOnlyList<PayPalDisputed> DisputedTransactions { get; init; } = [];

    public PayPalCustomer? Customer { get; init; }
}

internal sealed record PayPalSupplement
{
    public PayPalRelated? RelatedIds { get; init; }
}

internal sealed record PayPalRelated
{
    public string? OrderId { get; init; }
}

internal sealed record PayPalDisputed
{
    public required string SellerTransactionId { get; init; }

    public string? Custom { get; init; }
}

// ---- refusals

internal sealed record PayPalRefusal
{
    public string? Name { get; init; }

    public IReadOnlyList<PayPalRefusalDetail> Details { get; init; } = [];

    public IReadOnlyList<PayPalLink> Links { get; init; } = [];
}

internal sealed record PayPalRefusalDetail
{
    public required string Issue { get; init; }
}

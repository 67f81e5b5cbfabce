using Shop.Payments;

namespace Shop.Core;

/// <summary>A plan that a subscription could change to, or that it has.</summary>
public sealed record PlanView(string Sku, string Title, Money Price, int Months);

/// <summary>A subscription as its payer sees it (MZ-59).</summary>
public sealed record SubscriptionView
{
    public required string Handle { get; init; }

    public required string Title { get; init; }

    /// <summary>The seller whose product it is; null: the shop itself.</summary>
    public SellerLine? Seller { get; init; }

    public required string RecipientName { get; init; }

    /// <summary>The time is for the payer's own account.</summary>
    public required bool ForPayer { get; init; }

    public required SubscriptionState State { get; init; }

    /// <summary>What a period costs.</summary>
    public required Money Price { get; init; }

    public required int Months { get; init; }

    public DateTimeOffset? PaidThrough { get; init; }

    /// <summary>When it is charged next; null: it is not.</summary>
    public DateTimeOffset? NextChargeAt { get; init; }

    /// <summary>What is charged next.</summary>
    public required PlanView Next { get; init; }

    /// <summary>What is charged next differs from the period that runs.</summary>
    public bool Changes { get; init; }

    /// <summary>By what it is charged; null: there is none.</summary>
    public SavedMethodView? Method { get; init; }

    /// <summary>Its method was removed, here or at the payment service.</summary>
    public bool MethodGone { get; init; }

    /// <summary>A payment is under way, or in doubt.</summary>
    public bool IsCharging { get; init; }

    /// <summary>The token of the page where the renewal that is not paid is set right; null: there is none.</summary>
    public string? FixToken { get; init; }

    /// <summary>Null also while it is not cancelled (MF-19).</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public SubscriptionEnd? EndReason { get; init; }

    /// <summary>The hash of the product's picture; null: it has none.</summary>
    public string? Picture { get; init; }

    /// <summary>Time that is paid for is left.</summary>
    public bool IsValidAt(DateTimeOffset at) => PaidThrough > at;
}

/// <summary>What became of a wish about a subscription.</summary>
public enum SubscriptionResult
{
    Done,

    /// <summary>There is none of this member.</summary>
    NotFound,

    /// <summary>It is not in a state in which that can be done.</summary>
    NotNow,

    /// <summary>The method is not there, or cannot be charged while its owner is away.</summary>
    NoSuchMethod,

    /// <summary>The plan is not offered.</summary>
    NoSuchPlan,
}

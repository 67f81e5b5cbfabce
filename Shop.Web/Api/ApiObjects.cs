using System.Globalization;
using System.Text.Json.Serialization;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Api;

// the objects of parity/mozilla.md section 1, as they are written; the description is made of them

/// <summary>A person who buys from the seller.</summary>
internal sealed record BuyerObject(string Id, string Uuid, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Email, DateTimeOffset Created)
{
    public static BuyerObject Of(SellerBuyer buyer) => new(buyer.Handle, buyer.Uuid, buyer.Email, buyer.MadeAt);
}

/// <summary>What the buyer's browser needs to hand its card to the provider: either of the two.</summary>
internal sealed record TokenObject(
    string Provider,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientSecret,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PublishableKey);

/// <summary>A stored payment method, as far as it is shown.</summary>
internal sealed record PaymentObject(string Id, string Buyer, string Provider, string Brand, string? Last4, int? ExpMonth, int? ExpYear, string Label, bool Active)
{
    public static PaymentObject Of(SellerMethodView method) => new(
        method.Handle, method.Buyer, method.Provider, method.Brand, method.Last4, method.ExpiresOn?.Month, method.ExpiresOn?.Year,
        method.Last4 is null ? method.Brand : $"{method.Brand} {method.Last4}", method.Active);
}

/// <summary>A subscription. State: pending before its first payment, active, past_due, paused by its payer, inactive.</summary>
internal sealed record SubscriptionObject(
    string Id, string Buyer, string Seller, string Product, string? Payment, string State, long Amount, string Currency, string Period, DateTimeOffset? PaidThrough,
    DateTimeOffset? NextPayment, bool CancelAtPeriodEnd)
{
    public const string Active = "active";
    public const string Inactive = "inactive";

    public static SubscriptionObject Of(SellerSubscriptionView subscription) => new(
        subscription.Handle, subscription.Buyer, subscription.Seller, subscription.Product, subscription.Payment,
        subscription.State switch
        {
            SubscriptionState.Ending => Active,
            SubscriptionState.Ended => Inactive,
            var other => Words.Of(other),
        },
        subscription.Price.Minor, subscription.Price.Currency.Code, string.Create(CultureInfo.InvariantCulture, $"P{subscription.Months}M"), subscription.PaidThrough,
        subscription.NextChargeAt, subscription.State == SubscriptionState.Ending);
}

/// <summary>A payment attempt. State: pending, succeeded, failed, unknown.</summary>
internal sealed record TransactionObject(
    string Id, string? Subscription, string Buyer, string Seller, long Amount, string Currency, string State, string? Payment, string? ProviderReference, string? FailureCode,
    DateTimeOffset Created)
{
    public static TransactionObject Of(TransactionView transaction) => new(
        transaction.Id.ToString("N"), transaction.Subscription, transaction.Buyer, transaction.Seller, transaction.Amount.Minor, transaction.Amount.Currency.Code,
        Words.Of(transaction.State), transaction.Payment, transaction.ProviderReference, transaction.FailureCode, transaction.CreatedAt);
}

/// <summary>What a buyer has of a product. Until: null with active: for good. Of two answers the one that was changed later holds.</summary>
internal sealed record EntitlementObject(string Product, bool Active, DateTimeOffset? Until, DateTimeOffset ChangedAt);

/// <summary>What a buyer has of this seller's products.</summary>
internal sealed record EntitlementsObject(string Buyer, string Uuid, string Seller, IReadOnlyList<EntitlementObject> Entitlements);

/// <summary>Where a page stands among all. Next: the address of the next one, null on the last.</summary>
internal sealed record PageMeta(long Page, long PerPage, long Total, string? Next);

internal sealed record PageObject<T>(PageMeta Meta, IReadOnlyList<T> Objects);

namespace Shop.Core;

/// <summary>
/// A stored method that a buyer has brought to a seller or used there: what the seller is shown of the member's methods, under a name of its own, so that two sellers
/// cannot tell by it that they have the same buyer (MZ-21).
/// </summary>
public sealed class SellerMethod
{
    public long Id { get; private set; }

    /// <summary>The method's name in this seller's API.</summary>
    public required string Handle { get; init; }

    public required long SellerBuyerId { get; init; }

    public required long MethodId { get; init; }

    /// <summary>When the buyer entered it in the provider's fields on the seller's page: their own gesture, good for one new subscription; null: it was used in the shop's own pages.</summary>
    public DateTimeOffset? BroughtAt { get; init; }

    /// <summary>The subscription that the gesture was for; null: it is still good.</summary>
    public long? SubscriptionId { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

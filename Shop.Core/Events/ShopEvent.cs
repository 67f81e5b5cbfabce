using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Core;

/// <summary>What can happen that somebody may want to hear of. The first seven are those of subscriptions and their methods (MZ-22).</summary>
public enum ShopEventKind
{
    /// <summary>A member's payment method was stored.</summary>
    MethodCreated,

    /// <summary>A subscription is paid by another method from now on.</summary>
    MethodUpdated,

    SubscriptionCreated,

    /// <summary>A period of a subscription was paid. Its order is paid too: the two share one receipt.</summary>
    ChargeSucceeded,

    /// <summary>An attempt to charge a subscription came to nothing.</summary>
    ChargeFailed,

    /// <summary>A subscription was cancelled by whoever has it.</summary>
    CancelledByMember,

    /// <summary>A subscription was cancelled by the shop, after charges that failed.</summary>
    CancelledBySystem,

    OrderPaid,

    /// <summary>Something of an order was given back, in money or points.</summary>
    OrderRefunded,

    /// <summary>Somebody got what another had bought for them.</summary>
    GiftDelivered,

    /// <summary>An account's time runs out soon.</summary>
    TimeExpiring,

    /// <summary>An account's time ran out.</summary>
    TimeExpired,

    /// <summary>A payer contests a payment at the bank.</summary>
    DisputeOpened,

    /// <summary>An order has an odd circumstance that a person should see.</summary>
    FlagRaised,

    /// <summary>A buyer has a seller's product, or has it longer.</summary>
    EntitlementGranted,

    /// <summary>What a buyer had of a seller's product was taken back.</summary>
    EntitlementRevoked,

    /// <summary>Staff try whether a seller's program hears.</summary>
    SellerTest,

    /// <summary>A subscription of a seller's product is cancelled, by whomever: it is not charged any more.</summary>
    SubscriptionCancelled,
}

/// <summary>Something that happened, written once in the transaction that made it true, and sent from here to whoever the rules name.</summary>
public sealed class ShopEvent
{
    public long Id { get; private set; }

    public required ShopEventKind Kind { get; init; }

    /// <summary>Kind and happening: unique, so that one that is found twice is one event.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>Whose account it is about.</summary>
    public long? MemberId { get; init; }

    public long? OrderId { get; init; }

    public long? SubscriptionId { get; init; }

    /// <summary>The seller who is told of it, and nobody else; null: it is the site's.</summary>
    public long? SellerId { get; init; }

    /// <summary>The <see cref="EventFacts"/> as JSON.</summary>
    public required string Data { get; init; }

    /// <summary>The <see cref="EventMail"/> as JSON; null: events of its kind are told in another way, or not.</summary>
    public string? Mail { get; init; }

    /// <summary>When the rules were asked where it goes; null: not yet.</summary>
    public DateTimeOffset? RoutedAt { get; private set; }

    /// <summary>Where it went; null: not asked yet.</summary>
    public EventRoute? Route { get; private set; }

    public EventFacts Facts => JsonSerializer.Deserialize<EventFacts>(Data, JsonSerializerOptions.Web)!;
}

/// <summary>The mail that tells of an event: a row of the outbox that is written once the rules have been asked.</summary>
/// <param name="Kind">Which handler sends it: one of <see cref="OutboxKinds"/>.</param>
/// <param name="Key">Its unique key: two events that name the same one are told by one mail.</param>
/// <param name="Message">The handler's own payload.</param>
/// <param name="WaitMs">So long after the event it is due, in milliseconds.</param>
public sealed record EventMail(string Kind, string Key, JsonElement Message, int WaitMs = 0)
{
    public static EventMail Of(string kind, string key, object message, int waitMs = 0) =>
        new(kind, key, JsonSerializer.SerializeToElement(message, message.GetType(), JsonSerializerOptions.Web), waitMs);
}

/// <summary>Where events of a kind go.</summary>
public enum EventRoute { Nowhere, Mail, Webhook, Both }

/// <summary>Whom and what an event is about, by id.</summary>
public sealed record EventAbout(long? MemberId = null, long? OrderId = null, long? SubscriptionId = null)
{
    /// <summary>The seller whose event it is, and nobody else's; null: it is the site's.</summary>
    public long? SellerId { get; init; }
}

/// <summary>
/// What an event says besides its ids: what mails and receivers of webhooks need and cannot look up later. No addresses of people, no secrets and no links
/// that open anything.
/// </summary>
public sealed record EventFacts
{
    public static EventFacts None { get; } = new();

    /// <summary>What was bought, given or subscribed to, as it was called then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Title { get; init; }

    /// <summary>The product.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sku { get; init; }

    /// <summary>Money in minor units of <see cref="Currency"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? AmountMinor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Currency { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Points { get; init; }

    /// <summary>How it was, or was to be, paid: brand and last four, or the service's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Method { get; init; }

    /// <summary>Until when something runs or ran.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Until { get; init; }

    /// <summary>When the next charge or the next try is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>A word that says which of several ways it was: a flag's kind, the stage of a reminder, why a charge failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>The order's short reference.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? DeliveryId { get; init; }

    /// <summary>Of a method that was stored: when its owner last signed in on a device that was new; null: never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StrangeSignInAt { get; init; }

    /// <summary>Of a seller's event: its buyer, by our name and by its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Buyer { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BuyerUuid { get; init; }

    /// <summary>Of a seller's event: the subscription, by our name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subscription { get; init; }

    /// <summary>The stored method.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MethodId { get; init; }
}

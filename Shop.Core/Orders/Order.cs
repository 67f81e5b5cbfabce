namespace Shop.Core;

/// <summary>A placed order: frozen lines, prices and rules. Only its state, its reserve of points and the time of payment change.</summary>
public sealed class Order
{
    public long Id { get; private set; }

    /// <summary>Unguessable, and still it only identifies: access has the owner, the buying session, or a token.</summary>
    public required string Number { get; init; }

    /// <summary>Eight characters for a memo or the telephone; it grants nothing.</summary>
    public required string Reference { get; init; }

    /// <summary>The buyer's account; null when logged out.</summary>
    public long? BuyerId { get; init; }

    /// <summary>Where the receipt goes; required when logged out.</summary>
    public string? BuyerEmail { get; init; }

    /// <summary>SHA-256 of the key of the anonymous cart it was bought from: the buying session of a logged-out buyer.</summary>
    public string? SessionHash { get; init; }

    /// <summary>SHA-256 of the network address it was placed from, for the limits; null where those are off.</summary>
    public string? AddressHash { get; init; }

    public long? CartId { get; init; }

    public int CartVersion { get; init; }

    public OrderState State { get; private set; } = OrderState.AwaitingPayment;

    public required string Currency { get; init; }

    /// <summary>Where the buyer said they are, for the tax; null: no rule asked.</summary>
    public string? BuyerCountry { get; init; }

    /// <summary>The tax id of a buyer who is a business.</summary>
    public string? BuyerTaxId { get; init; }

    /// <summary>What the receipt calls a business.</summary>
    public string? BillTo { get; init; }

    /// <summary>The buyer is a business that owes the tax itself; the receipt says so.</summary>
    public bool ReverseCharge { get; init; }

    public required long NetMinor { get; init; }

    public required long TaxMinor { get; init; }

    /// <summary>Gross after discount = DueMinor + DuePoints x PointValueMinor.</summary>
    public required long PriceMinor { get; init; }

    public required long DueMinor { get; init; }

    public required long DuePoints { get; init; }

    public required long PointValueMinor { get; init; }

    /// <summary>Points promised to refunds that are under way or done.</summary>
    public long ReservedPoints { get; private set; }

    /// <summary>Points that its money earned in a bonus season, less those that refunds took back.</summary>
    public long BonusPoints { get; private set; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>When settle saw the money; read once, and what immediate deliveries count from.</summary>
    public DateTimeOffset? PaidAt { get; private set; }

    /// <summary>When it may be looked at for expiry if unpaid.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public required long RuleRevision { get; init; }

    public required int TermsVersion { get; init; }

    public required int PrivacyVersion { get; init; }

    /// <summary>BCP 47 language the buyer ordered in: mails are written in it.</summary>
    public required string Culture { get; init; }

    /// <summary>Raised to make an old receipt link void.</summary>
    public int ReceiptGeneration { get; private set; }

    /// <summary>SHA-256 of the receipt token in force.</summary>
    public required string ReceiptTokenHash { get; init; }

    /// <summary>It pays for a period of a subscription, its first or a later one.</summary>
    public bool ForSubscription { get; init; }

    public int Version { get; private set; }

    public List<OrderLine> Lines { get; init; } = [];

    /// <summary>The promotions that counted when it was placed.</summary>
    public List<OrderPromotion> Promotions { get; init; } = [];

    /// <summary>An order without money due is paid in the transaction that places it.</summary>
    internal Order PaidAtOnce(DateTimeOffset at)
    {
        OrderStates.Table.Apply(State, OrderState.Paid);
        State = OrderState.Paid;
        PaidAt = at;
        return this;
    }
}

/// <summary>A line as it was ordered. It has no state and never changes; recipient and date in force stand on its delivery.</summary>
public sealed class OrderLine
{
    public long Id { get; private set; }

    public long OrderId { get; internal set; }

    /// <summary>Order in the cart, from 0: points cover the lines in this order.</summary>
    public required int Position { get; init; }

    public required string Sku { get; init; }

    /// <summary>Key of the item kind that delivers it.</summary>
    public required string Kind { get; init; }

    /// <summary>What was bought, frozen as the kind's own JSON (class and months of paid time).</summary>
    public required string Goods { get; init; }

    public required int Quantity { get; init; }

    /// <summary>Of goods that are bought by amount, such as points, how many units; the line is then one item.</summary>
    public int? Units { get; init; }

    /// <summary>The cart line it was made from: settle takes exactly those out of the cart.</summary>
    public long? CartLineId { get; init; }

    /// <summary>Name of the product in the buyer's language when it was ordered.</summary>
    public required string Title { get; init; }

    public required long? RecipientId { get; init; }

    /// <summary>The recipient's name as it was ordered.</summary>
    public required string? RecipientName { get; init; }

    /// <summary>The address that a code is sent to, where it was ordered for nobody's account.</summary>
    public string? RecipientEmail { get; init; }

    /// <summary>Chance chooses the recipient; hidden, the line names nobody.</summary>
    public RandomChoice? Random { get; init; }

    public string? Note { get; init; }

    public bool Anonymous { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    /// <summary>Whose product it is; with the two below or without. Null: the shop's own.</summary>
    public long? SellerId { get; init; }

    public long? SellerProductId { get; init; }

    /// <summary>Whom the seller knows the buyer as.</summary>
    public long? SellerBuyerId { get; init; }

    public required long NetMinor { get; init; }

    public required long TaxMinor { get; init; }

    /// <summary>Gross after discount.</summary>
    public required long PriceMinor { get; init; }

    /// <summary>What promotions took off.</summary>
    public long DiscountMinor { get; init; }

    /// <summary>The tax that came on top of the price list; 0 where its prices include it. The price list's price is the price less this, and the discount.</summary>
    public long AddedTaxMinor { get; init; }

    public required long DueMinor { get; init; }

    public required long DuePoints { get; init; }

    /// <summary>Tax rate in parts of a million.</summary>
    public int TaxRatePpm { get; init; }

    public string TaxCategory { get; init; } = LineTax.Untaxed;
}

/// <summary>One change of an order's state: the history that I18 and I19 read.</summary>
public sealed class OrderEvent
{
    public long Id { get; private set; }

    public long OrderId { get; init; }

    /// <summary>From 1, without gaps.</summary>
    public required int Seq { get; init; }

    public OrderState? FromState { get; init; }

    public required OrderState ToState { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Reason { get; init; }

    /// <summary>The member of staff who did it; null: the shop.</summary>
    public long? ActorId { get; init; }
}

/// <summary>An odd circumstance of an order that a person should see. It does not multiply states.</summary>
public sealed class OrderFlag
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required OrderFlagKind Kind { get; init; }

    public required DateTimeOffset RaisedAt { get; init; }

    public DateTimeOffset? ClearedAt { get; private set; }

    /// <summary>Who raised or cleared it last, in words: <c>settle</c>, <c>janitor</c>, a staff member's name.</summary>
    public required string By { get; init; }

    /// <summary>So many points are short that were to be taken back; null: it is not about points, or nobody counted them.</summary>
    public long? Points { get; init; }

    /// <summary>Why a person cleared it; null: it stands, or the shop cleared it.</summary>
    public string? ClearReason { get; private set; }
}

public enum OrderFlagKind
{
    LatePayment, Overpaid, AmountMismatch, PaymentUnknown, DeliveryStuck, Dispute, RefundFailed, Irrevocable, Held, PointsShort,

    /// <summary>Somebody gave money back at the provider.</summary>
    RefundSeen,

    /// <summary>A refund waits for a second person.</summary>
    RefundProposed,

    /// <summary>Something says that the buyer is in another country than they said, and were taxed for.</summary>
    TaxEvidence,
}

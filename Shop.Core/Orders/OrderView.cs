using Shop.Payments;

namespace Shop.Core;

/// <summary>Who looks at an order: a member, a browser by its cart key, somebody with the link from a mail.</summary>
public sealed record OrderViewer(Buyer Buyer, string? Token);

/// <summary>An order that the viewer may pay.</summary>
/// <param name="ByLink">By the link of a failed renewal alone: what else its payer has kept is neither shown nor charged.</param>
public readonly record struct OrderToAct(long Id, bool ByLink);

/// <summary>An order as its buyer sees it.</summary>
public sealed record OrderView
{
    public required long Id { get; init; }

    public required string Number { get; init; }

    public required string Reference { get; init; }

    public required OrderState State { get; init; }

    /// <summary>The state's word for people and JSON; a paid order with refunds is <c>partially_refunded</c> (derived, never stored).</summary>
    public required string StateWord { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public DateTimeOffset? PaidAt { get; init; }

    public required Money Total { get; init; }

    public required Money DueMoney { get; init; }

    public required long DuePoints { get; init; }

    /// <summary>The tax in it.</summary>
    public required Money Tax { get; init; }

    /// <summary>The tax that came on top of the price list's prices.</summary>
    public required Money AddedTax { get; init; }

    /// <summary>The tax by rate, the highest first.</summary>
    public IReadOnlyList<TaxSum> Taxes { get; init; } = [];

    /// <summary>The buyer is a business that owes the tax itself.</summary>
    public bool IsReverseCharge { get; init; }

    /// <summary>What promotions took off its lines.</summary>
    public required Money Discount { get; init; }

    /// <summary>The promotions that counted when it was placed.</summary>
    public required IReadOnlyList<OrderPromotionView> Promotions { get; init; }

    /// <summary>Points that its money earned, less those that refunds took back.</summary>
    public required long BonusPoints { get; init; }

    /// <summary>Money given back of what paid the order, refunds that succeeded.</summary>
    public required Money Refunded { get; init; }

    /// <summary>Points given back of those that were spent on the order.</summary>
    public long RefundedPoints { get; init; }

    /// <summary>Money that came in and that the order could not use: it goes back by itself.</summary>
    public required IReadOnlyList<UnusedMoney> Unused { get; init; }

    public required IReadOnlyList<OrderLineView> Lines { get; init; }

    public string? BuyerEmail { get; init; }

    public long? BuyerId { get; init; }

    /// <summary>It pays for a period of a subscription.</summary>
    public bool ForSubscription { get; init; }

    /// <summary>The rules that it was placed under.</summary>
    public required long RuleRevision { get; init; }

    /// <summary>The buyer's language when it was placed.</summary>
    public required string Culture { get; init; }

    /// <summary>The provider of the last attempt; <see cref="PayMethod.Points"/> when no money was due; null before any attempt.</summary>
    public string? Provider { get; init; }

    public AttemptState? Attempt { get; init; }

    /// <summary>Why the last attempt ended, in our own word.</summary>
    public string? AttemptReason { get; init; }

    /// <summary>The receipt link's token, for the buyer and the buying session; null for those who came by it or may not have it.</summary>
    public string? ReceiptToken { get; init; }

    /// <summary>The viewer may do things (pay, change the method), not only read.</summary>
    public required bool MayAct { get; init; }

    /// <summary>They may by the link of a failed renewal alone (<see cref="OrderToAct.ByLink"/>).</summary>
    public bool ByLink { get; init; }

    public bool CanPay => MayAct && State == OrderState.AwaitingPayment;

    /// <summary>It is not paid, and its provider can still say something about it.</summary>
    public bool IsWithProvider => State == OrderState.AwaitingPayment && Attempt is { } attempt && AttemptStates.Open.Contains(attempt);

    /// <summary>Nobody can do anything but wait for the provider: paying again, another method and another cart are refused meanwhile.</summary>
    public bool IsInDoubt => IsWithProvider && Attempt is not (AttemptState.Action or AttemptState.Sent);
}

/// <summary>A promotion of an order: what it took off, and what it gave besides.</summary>
public sealed record OrderPromotionView(string Name, string? Code, Money Amount, int Months, int Points);

/// <summary>Money that an order could not use, and whether it is all back.</summary>
public sealed record UnusedMoney(Money Amount, bool IsBack);

/// <summary>Whose product a line is: whom its buyer turns to, and what they agreed to besides the shop's terms. As it was when it was ordered.</summary>
public sealed record SellerLine(string Name, string Contact, string? TermsUrl)
{
    internal static SellerLine Of(string goods) => Of(SellerGoods.Read(goods));

    internal static SellerLine Of(SellerGoods goods) => new(goods.Seller, goods.Contact, goods.TermsUrl);
}

/// <summary>A line of an order with what became of it.</summary>
public sealed record OrderLineView
{
    public required long Id { get; init; }

    public required string Sku { get; init; }

    public required string Title { get; init; }

    /// <summary>What kind of goods it is, by the key of its kind.</summary>
    public string Kind { get; init; } = "";

    public required int Quantity { get; init; }

    public long? RecipientId { get; init; }

    /// <summary>The seller whose product it is; null: the shop itself.</summary>
    public SellerLine? Seller { get; init; }

    public string? RecipientName { get; init; }

    /// <summary>Chance chose the recipient; hidden, no name and no account stands here, also after it was delivered (DW-7).</summary>
    public RandomChoice? Random { get; init; }

    public required bool ForBuyer { get; init; }

    public string? Note { get; init; }

    /// <summary>The recipient is not told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>After promotions, with tax.</summary>
    public required Money Price { get; init; }

    /// <summary>The tax in its price.</summary>
    public required LineTax Tax { get; init; }

    /// <summary>By the price list that held, with the tax or without it, before promotions.</summary>
    public Money ListPrice => new(checked(Price.Minor - Tax.AddedMinor + Discount.Minor), Price.Currency);

    /// <summary>What promotions took off.</summary>
    public required Money Discount { get; init; }

    /// <summary>Months of paid time that promotions gave with it.</summary>
    public required int ExtraMonths { get; init; }

    public required Money DueMoney { get; init; }

    public required long DuePoints { get; init; }

    public required DeliveryState Delivery { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>Until when the time runs that this line gave; only for the buyer's own account and communities (DECISIONS 23).</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The day a delivery is waiting for.</summary>
    public DateOnly? DeliverOn { get; init; }
}

/// <summary>A row of the order history (DW-75).</summary>
public sealed record OrderRow
{
    /// <summary>The sellers of its lines, besides the shop itself.</summary>
    public IReadOnlyList<string> Sellers { get; init; } = [];

    internal IReadOnlyList<long> SellerIds { get; init; } = [];

    public required string Number { get; init; }

    public required string Reference { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public required OrderState State { get; init; }

    public required string Currency { get; init; }

    public required long PriceMinor { get; init; }

    public required long DueMinor { get; init; }

    public required long DuePoints { get; init; }

    /// <summary>The provider it was paid with, or last tried with; null when points alone paid it.</summary>
    public string? Provider { get; init; }

    /// <summary>Title of its first line.</summary>
    public required string Title { get; init; }

    public required int Lines { get; init; }

    /// <summary>Where its last payment attempt stands; null: points alone paid it.</summary>
    public AttemptState? Attempt { get; init; }

    /// <summary>The number of its receipt; null: it has none.</summary>
    public string? Receipt { get; init; }

    /// <summary>The numbers of its credit notes that hold.</summary>
    public IReadOnlyList<string> CreditNotes { get; init; } = [];

    /// <summary>Its last try to pay came to nothing.</summary>
    public bool IsFailed => State is OrderState.AwaitingPayment or OrderState.Expired or OrderState.Cancelled && Attempt == AttemptState.Failed;
}

/// <summary>What a member looks for among their orders; everything that is given must fit.</summary>
public sealed record OrderFilter
{
    public const int MostText = 100;

    public OrderState? State { get; init; }

    /// <summary>Key of a kind of goods that a line has.</summary>
    public string? Kind { get; init; }

    /// <summary>Placed from here on, and before <see cref="Before"/>: a year of the reader's calendar.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Before { get; init; }

    /// <summary>An order's number or short reference, the number of its receipt or of a credit note, or a part of what a line is called.</summary>
    public string? Text { get; init; }

    /// <summary>The text as an amount of money, where it is one: what was paid, or what it came to.</summary>
    public long? TextMinor { get; init; }

    /// <summary>The text as a day, where it is one: from its beginning in the reader's zone to its end.</summary>
    public (DateTimeOffset From, DateTimeOffset Before)? TextDay { get; init; }
}

public enum OrderSort { Newest, Oldest, HighestTotal, LowestTotal }

/// <summary>A page of the history. <paramref name="Total"/> counts all rows that fit the filter.</summary>
public sealed record OrderPage(IReadOnlyList<OrderRow> Rows, int Total, int Page, int PageSize);

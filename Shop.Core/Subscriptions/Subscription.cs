namespace Shop.Core;

/// <summary>
/// Paid time that is bought again by itself, for oneself or for another account. Every date counts whole months from one instant
/// (<see cref="AnchorAt"/>), so that no month's end moves it. Prices are frozen; what the next period will be stands beside them.
/// </summary>
public sealed class Subscription
{
    public long Id { get; private set; }

    /// <summary>Our name for it in addresses; unguessable, and still access has its payer alone.</summary>
    public required string Handle { get; init; }

    /// <summary>Who pays.</summary>
    public required long MemberId { get; init; }

    /// <summary>The account that gets the time.</summary>
    public required long RecipientId { get; init; }

    /// <summary>The recipient is not told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>What is renewed whatever the plan: the class of the time.</summary>
    public required string Product { get; init; }

    /// <summary>The plan: a product of the price list.</summary>
    public required string Sku { get; init; }

    /// <summary>The seller's product that it renews; with the two below or without. Null: paid time of the shop.</summary>
    public long? SellerProductId { get; init; }

    public long? SellerId { get; init; }

    /// <summary>Whom the seller knows its payer as.</summary>
    public long? SellerBuyerId { get; init; }

    /// <summary>Of a seller's product, what was bought (<see cref="SellerGoods"/>), frozen.</summary>
    public string? Goods { get; init; }

    /// <summary>Months of a period.</summary>
    public required int Months { get; init; }

    /// <summary>Price of a period, minor units.</summary>
    public required long PriceMinor { get; init; }

    public required string Currency { get; init; }

    /// <summary>The kept method that is charged (<see cref="StoredMethod"/>); null: none yet, or the provider kept none.</summary>
    public long? MethodId { get; init; }

    public SubscriptionState State { get; private set; } = SubscriptionState.Pending;

    /// <summary>The instant from which months are counted; null before the first payment.</summary>
    public DateTimeOffset? AnchorAt { get; init; }

    /// <summary>Months from the anchor that are paid for.</summary>
    public int PaidMonths { get; init; }

    /// <summary>The number of the last period that was paid; 0 before the first.</summary>
    public int Period { get; init; }

    /// <summary>The end of what is paid for; null before the first payment.</summary>
    public DateTimeOffset? PaidThrough { get; init; }

    /// <summary>When its payer is told that it is charged next; null: it is not.</summary>
    public DateTimeOffset? NextChargeAt { get; init; }

    /// <summary>When the scheduler looks at it next; null: it need not.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The plan of the next period where it differs, or its price; with the three below or without.</summary>
    public string? NextSku { get; init; }

    public int? NextMonths { get; init; }

    public long? NextPriceMinor { get; init; }

    /// <summary>Charges from this instant on are by the next plan and price.</summary>
    public DateTimeOffset? NextFrom { get; init; }

    /// <summary>The revision of the rules whose prices were compared last.</summary>
    public long PriceRevision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its payer cancelled it; null: not, or taken back.</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public SubscriptionEnd? EndReason { get; init; }

    public string? LeaseOwner { get; init; }

    public DateTimeOffset LeaseUntil { get; init; } = DateTimeOffset.UnixEpoch;

    public long LeaseNo { get; init; }

    public int Version { get; private set; }

    /// <summary>What a period of so many months is called, in the reader's language.</summary>
    internal string TitleOf(int months) => Goods is null ? ItemTexts.Time(months, ItemTexts.Class(Product)) : SellerGoods.Read(Goods).Title;

    /// <summary>The same in a given language.</summary>
    internal string TitleIn(string culture, int months) => Goods is null ? ItemTexts.TimeIn(culture, months, Product) : SellerGoods.Read(Goods).Title;

    /// <summary>Where the next period begins: the end of what is paid for, counted anew from the anchor.</summary>
    internal DateTimeOffset NextStart => AnchorAt!.Value.AddMonths(PaidMonths);

    /// <summary>Whether a charge at an instant is already by the next plan and price.</summary>
    internal bool ChangesBy(DateTimeOffset at) => NextSku is not null && NextFrom <= at;
}

/// <summary>One period of a subscription and the order that pays for it: unique by number, so there is never a second one (MZ-17).</summary>
public sealed class SubscriptionPeriod
{
    public long Id { get; private set; }

    public required long SubscriptionId { get; init; }

    /// <summary>From 1, without gaps.</summary>
    public required int Number { get; init; }

    public required int Months { get; init; }

    public required long PriceMinor { get; init; }

    /// <summary>Null before the first payment of the subscription. Paid late, a period begins when it was paid.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    public required long OrderId { get; init; }

    public required long OrderLineId { get; init; }

    /// <summary>How often the scheduler has tried to charge it in vain.</summary>
    public int Tries { get; init; }

    /// <summary>SHA-256 of the token of the link by which its payer sets a failed renewal right; null: it is the first, which is bought at the checkout.</summary>
    public string? FixHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

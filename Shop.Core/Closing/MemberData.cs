namespace Shop.Core;

/// <summary>A member's data as they are handed out. Times are UTC, money is in minor units; docs/member-data.md says what each field is.</summary>
public sealed record MemberData
{
    public required DateTimeOffset ExportedAt { get; init; }

    public required AccountData Account { get; init; }

    public required MembershipData Membership { get; init; }

    public required PointsData Points { get; init; }

    public required IReadOnlyList<OrderData> Orders { get; init; }

    public required IReadOnlyList<CartLineData> Cart { get; init; }

    public required IReadOnlyList<SubscriptionData> Subscriptions { get; init; }

    public required IReadOnlyList<MethodData> PaymentMethods { get; init; }

    public required IReadOnlyList<ReceivedData> GiftsReceived { get; init; }

    public required IReadOnlyList<TransferData> Transfers { get; init; }

    public required IReadOnlyList<NameData> Names { get; init; }

    public required IReadOnlyList<string> Circle { get; init; }

    public required IReadOnlyList<string> NoGiftsFrom { get; init; }

    public required IReadOnlyList<string> VirtualGiftsFrom { get; init; }

    public required IReadOnlyList<string> Communities { get; init; }

    public required ActivityData? Activity { get; init; }

    public required IReadOnlyList<SessionData> Sessions { get; init; }

    public required IReadOnlyList<KnownAtSellerData> Sellers { get; init; }

    public required IReadOnlyList<HeldData> HeldAtSellers { get; init; }

    public required IReadOnlyList<LinkedAccountData> LinkedAccounts { get; init; }

    public required IReadOnlyList<OpenResourceData> OpenResources { get; init; }
}

public sealed record AccountData(
    string UserName, string? Email, bool EmailConfirmed, DateTimeOffset CreatedAt, string? Language, string? TimeZone, DateTimeOffset? RemindersOffAt,
    DateTimeOffset? StrangeSignInAt, bool GiftsFromMembersOnly, string VirtualGiftSenders, bool VirtualGiftsUnnamed, DateTimeOffset? SecondFactorSince, IReadOnlyList<string> Roles);

public sealed record MembershipData(string? Class, DateTimeOffset? Until, bool Permanent, IReadOnlyList<MembershipEventData> Events);

public sealed record MembershipEventData(string Kind, DateTimeOffset At, string Class, int Months, int Days, DateTimeOffset? RevokedAt);

public sealed record PointsData(long Balance, IReadOnlyList<PointsLineData> Statement, IReadOnlyList<PointsEndData> RunningOut);

public sealed record PointsLineData(DateTimeOffset At, string Kind, string? Reason, long Points, long BalanceAfter);

public sealed record PointsEndData(long Points, DateTimeOffset EndsAt);

public sealed record OrderData
{
    public required string Number { get; init; }

    public required string Reference { get; init; }

    public required string State { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public required DateTimeOffset? PaidAt { get; init; }

    public required string Currency { get; init; }

    public required long PriceMinor { get; init; }

    public required long TaxMinor { get; init; }

    public required long DueMinor { get; init; }

    public required long DuePoints { get; init; }

    public required string? Country { get; init; }

    public required string? TaxId { get; init; }

    public required string? BillTo { get; init; }

    public required int TermsVersion { get; init; }

    public required int PrivacyVersion { get; init; }

    public required string? Receipt { get; init; }

    public required string? PaidWith { get; init; }

    public required IReadOnlyList<string> CreditNotes { get; init; }

    public required IReadOnlyList<OrderLineData> Lines { get; init; }

    public required IReadOnlyList<PaymentData> Payments { get; init; }

    public required IReadOnlyList<RefundData> Refunds { get; init; }
}

public sealed record OrderLineData(
    string Sku, string Title, int Quantity, long PriceMinor, long DuePoints, string? RecipientName, string? Note, bool Anonymous, string? Delivery, DateTimeOffset? DeliverOn,
    DateTimeOffset? DeliveredAt);

public sealed record PaymentData(string Provider, string State, long AmountMinor, DateTimeOffset At, string? Reason);

public sealed record RefundData(string State, long AmountMinor, long Points, DateTimeOffset At, DateTimeOffset? SucceededAt);

public sealed record CartLineData(string Sku, int Quantity, string? RecipientName, string? Note, DateOnly? DeliverOn);

public sealed record SubscriptionData(
    string Product, int Months, long PriceMinor, string Currency, string RecipientName, string State, DateTimeOffset CreatedAt, DateTimeOffset? PaidThrough,
    DateTimeOffset? NextChargeAt, DateTimeOffset? CancelledAt, DateTimeOffset? EndedAt);

public sealed record MethodData(
    string Provider, string Brand, string? Last4, DateOnly? ExpiresOn, DateTimeOffset ConsentAt, int ConsentVersion, string Usage, DateTimeOffset? ForgottenAt);

public sealed record ReceivedData(string Title, string? FromName, string? Note, string State, DateTimeOffset? DeliveredAt, string? Answer);

public sealed record TransferData(DateTimeOffset At, string Direction, long Points, string? Note, string? OtherName);

public sealed record NameData(string State, DateTimeOffset CreatedAt, DateTimeOffset? UsedAt, string? OldName, string? NewName);

public sealed record ActivityData(
    DateTimeOffset CreatedAt, DateTimeOffset? LastPostAt, int Posts, int Comments, int RecentPosts, int RecentComments, bool CanBeDrawn);

/// <summary>What a seller knows the member by.</summary>
public sealed record KnownAtSellerData(string Seller, string Uuid, string? Email, DateTimeOffset? TiedAt);

/// <summary>What the member has of a seller, delivery by delivery; without months it is for good.</summary>
public sealed record HeldData(string Seller, string Product, int? Months, DateTimeOffset GrantedAt, DateTimeOffset? RevokedAt);

/// <summary>A browser in which something is open that the member paid for.</summary>
public sealed record OpenResourceData(string Number, string Title, DateTimeOffset OpenedAt);

public sealed record LinkedAccountData(string Site, string OutsideId, string? OutsideName);

public sealed record SessionData(DateTimeOffset BegunAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt, string? Device, string? Network);

using Shop.Accounts;

namespace Shop.Core;

/// <summary>Which fields an item kind's form asks for. <paramref name="ByMail"/>: the recipient may be an e-mail address, which is sent a code.</summary>
public sealed record ItemForm(int MaxQuantity, bool Recipient, bool Note, bool Anonymous, bool DeliverOn, bool ByMail = false)
{
    /// <summary>The least that a line holds.</summary>
    public int MinQuantity { get; init; } = 1;

    /// <summary>The recipient may be left to chance.</summary>
    public bool AtRandom { get; init; }

    /// <summary>The quantity counts units of an amount, such as points: whatever their number, the line is one item.</summary>
    public bool ByAmount { get; init; }

    /// <summary>It is for another person: whoever buys it has to name one.</summary>
    public bool ForOthers { get; init; }
}

/// <summary>
/// What "more information" says about a product, in the reader's language (DW-20). Prices and dates stand beside it. <paramref name="AtExpiry"/> is empty
/// for what does not run out.
/// </summary>
public sealed record ItemInfo(string Gives, string AtExpiry, string GivingBack);

/// <summary>What a line will do if it is paid now.</summary>
public abstract record LineEffect
{
    private LineEffect() { }

    /// <summary>Time on the buyer's own account: it then runs until that instant; null: for good.</summary>
    public sealed record RunsUntil(DateTimeOffset? Until, string Class) : LineEffect;

    /// <summary>A gift never shows the recipient's date, only what it adds, in words.</summary>
    public sealed record Adds(string Words) : LineEffect;
}

/// <summary>Why a line cannot be bought as it is.</summary>
public enum LineRefusal
{
    /// <summary>The product is not on sale (any more).</summary>
    NotOnSale,

    /// <summary>The quantity is out of its bounds.</summary>
    Quantity,

    /// <summary>Nobody has that name.</summary>
    NoSuchMember,

    /// <summary>The name belonged to an account that is gone for good.</summary>
    MemberPurged,

    /// <summary>The account is deleted or suspended.</summary>
    MemberNotVisible,

    /// <summary>For oneself one has to sign in.</summary>
    SignInForYourself,

    /// <summary>The note is too long.</summary>
    NoteTooLong,

    /// <summary>The account's class never runs out and takes no time.</summary>
    AlreadyPermanent,

    /// <summary>The two classes cannot be combined.</summary>
    NoSuchConversion,

    /// <summary>It would convert somebody else's remaining time.</summary>
    ConversionNotYours,

    /// <summary>Much time of a higher class is left.</summary>
    TooMuchTimeLeft,

    /// <summary>The cart already holds time of another class for the same account (DW-31).</summary>
    OtherClassInCart,

    /// <summary>The cart already holds a permanent class for the same account (DW-31).</summary>
    PermanentInCart,

    /// <summary>More would be given at once than an account takes (99 months).</summary>
    TooMuchAtOnce,

    /// <summary>This site's gifts say who they are from.</summary>
    AnonymousNotAllowed,

    /// <summary>What was typed is no day.</summary>
    DateUnreadable,

    /// <summary>The day of delivery is over.</summary>
    DateInPast,

    /// <summary>The day of delivery is farther away than the site allows.</summary>
    DateTooFar,

    /// <summary>The day of delivery is so far away that it is asked back (DW-36).</summary>
    DateNotConfirmed,

    /// <summary>The recipient wants no gifts from this buyer (DW-37).</summary>
    GiftsBanned,

    /// <summary>The recipient wants no gifts from people who are not signed in (DW-37).</summary>
    GiftsFromMembersOnly,

    /// <summary>This is no e-mail address that mail can be sent to.</summary>
    BadAddress,

    /// <summary>Such goods go to accounts only, not to an e-mail address.</summary>
    NotByMail,

    /// <summary>It is for somebody else, who has to be named; a gift cannot be turned to its giver.</summary>
    GiftForOneself,

    /// <summary>The time will count for less on this account, and the buyer must agree first (DW-41).</summary>
    ConsentNeeded,

    /// <summary>It is sold to people who are signed in, also as a gift.</summary>
    SignInFirst,

    /// <summary>It is for a person's account, and this is a community.</summary>
    PersonalOnly,

    /// <summary>None is left, those that are being paid among them.</summary>
    SoldOut,

    /// <summary>There is only so much of it, and the cart has one already.</summary>
    OneAtATime,

    /// <summary>Extra icons do not count for accounts of this class.</summary>
    IconsNotForClass,

    /// <summary>An account takes only so many icons, those in the cart and on their way among them.</summary>
    IconsFull,

    /// <summary>Such goods are not given to somebody drawn at random, or the site does not offer it.</summary>
    NotAtRandom,

    /// <summary>There is nobody whom chance could draw.</summary>
    NobodyToDraw,

    /// <summary>Whoever chance drew can no longer be drawn: has time by now, or is gone.</summary>
    CandidateGone,

    /// <summary>The account is suspended or deleted, and the giver has not said that it is meant all the same (DW-38).</summary>
    MemberGone,

    /// <summary>The recipient takes no virtual gifts from this buyer (DW-17).</summary>
    VirtualGiftNotWanted,

    /// <summary>The recipient takes virtual gifts only from people who say who they are (DW-17).</summary>
    VirtualGiftNotUnnamed,

    /// <summary>It cannot be renewed by itself.</summary>
    RenewalNotOffered,

    /// <summary>What renews by itself is one at a time, at once, for an account that is named.</summary>
    RenewalPlain,

    /// <summary>The buyer has a subscription of it for that account already (MZ-16).</summary>
    RenewalRunning,

    /// <summary>The price is another, or the amount that the buyer names is out of the seller's bounds (MZ-52).</summary>
    Amount,

    /// <summary>The seller has no buyer of that name.</summary>
    NoSuchBuyer,
}

/// <summary>An account a line is for, as far as kinds need to know it.</summary>
public sealed record Recipient(long Id, string Name, AccountKind Kind, AccountStatus Status)
{
    /// <summary>A community that the buyer maintains.</summary>
    public bool Maintained { get; init; }

    /// <summary>Wants no gifts from this buyer.</summary>
    public bool Bans { get; init; }

    /// <summary>Wants no gifts from people who are not signed in.</summary>
    public bool MembersOnly { get; init; }

    /// <summary>Why no gift of this buyer is taken, of whatever kind (DW-37); null: it is, or it is none.</summary>
    internal LineRefusal? Refusal(long? buyerId) => Id == buyerId || Maintained ? null
        : Bans ? LineRefusal.GiftsBanned
        : MembersOnly && buyerId is null ? LineRefusal.GiftsFromMembersOnly
        : null;
}

/// <summary>
/// A line as it stands in a cart or an order, with everything its kind needs to judge it. <paramref name="Quantity"/> is what the form's field said: pieces, or
/// units of an amount. No recipient: the buyer is not signed in yet.
/// </summary>
public sealed record ItemLine(Product Product, int Quantity, Recipient? Recipient, long? BuyerId)
{
    /// <summary>The day it is to be delivered; null: as soon as it is paid.</summary>
    public DateOnly? DeliverOn { get; init; }

    /// <summary>The days of <see cref="LineConsent"/> that the buyer agreed to; null: not asked.</summary>
    public int? ConsentDays { get; init; }

    /// <summary>Months of paid time that a promotion gives with it.</summary>
    public int ExtraMonths { get; init; }

    /// <summary>Chance chooses the recipient; hidden, there is none yet.</summary>
    public RandomChoice? Random { get; init; }

    /// <summary>The recipient is not to be told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>It is to be bought again by itself when its time is over.</summary>
    public bool Renews { get; init; }

    /// <summary>Of a seller's product: whom the seller's page names as the buyer; null: nobody.</summary>
    public long? NamedBuyerId { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    /// <summary>For the buyer's own account, or a community that the buyer maintains.</summary>
    public bool BuyerOwns => Recipient is { } to && (to.Id == BuyerId || to.Maintained);
}

/// <summary>Time bought for an account of another class counts for less there: what the buyer is shown and agrees to (DW-41).</summary>
/// <param name="Bought">The class that is bought.</param>
/// <param name="Held">The class that the account has and keeps.</param>
/// <param name="Days">The days that the time adds.</param>
/// <param name="Until">Until when the account then runs; null for an account that is not the buyer's.</param>
public sealed record LineConsent(string Bought, string Held, int Days, DateTimeOffset? Until);

/// <summary>
/// What holds while lines are previewed one after the other at one instant: each sees what those before it did to the same account.
/// </summary>
public sealed class Preview(DateTimeOffset at, RuleSet rules, IReadOnlyDictionary<long, MembershipState> memberships)
{
    private readonly Dictionary<long, MembershipState> states = new(memberships);

    public DateTimeOffset At { get; } = at;

    public RuleSet Rules { get; } = rules;

    public AccountTerms Terms { get; } = rules.Get<AccountTerms>();

    /// <summary>The lines are ordered already: what there is only so much of is set aside for them.</summary>
    public bool IsOrdered { get; init; }

    /// <summary>What is left of limited products, by name.</summary>
    public IReadOnlyDictionary<string, long> Left { get; init; } = new Dictionary<string, long>();

    /// <summary>The extra icons that accounts have or are to get; only where a line is about icons.</summary>
    public IReadOnlyDictionary<long, long> Icons { get; init; } = new Dictionary<long, long>();

    /// <summary>The virtual gifts among the products that are approved and active.</summary>
    public IReadOnlySet<string> ActiveGifts { get; init; } = new HashSet<string>();

    /// <summary>What recipients say about virtual gifts of this giver; only where a line is one.</summary>
    public IReadOnlyDictionary<long, VirtualGiftWelcome> VirtualGifts { get; init; } = new Dictionary<long, VirtualGiftWelcome>();

    /// <summary>The accounts and classes of time for which the buyer has subscriptions; only where a line renews.</summary>
    public IReadOnlySet<(long RecipientId, string Product)> Renewing { get; init; } = new HashSet<(long, string)>();

    /// <summary>When a line acts: at the preview's instant, or when its day begins.</summary>
    public DateTimeOffset When(ItemLine line) => line.DeliverOn is { } day && Days.Begin(day) is var begin && begin > At ? begin : At;

    public MembershipState this[long accountId]
    {
        get => states.GetValueOrDefault(accountId) ?? MembershipState.Never;
        set => states[accountId] = value;
    }
}

/// <summary>A delivery that is due, handed to its kind inside the transaction that marks it applied.</summary>
public sealed record DeliveryWork(long DeliveryId, string Goods, long RecipientId, long? BuyerId, DateTimeOffset EffectiveAt, long RuleRevision, MembershipState Before)
{
    /// <summary>For the buyer's own account, or a community that the buyer maintains.</summary>
    public required bool BuyerOwns { get; init; }

    public required AccountKind RecipientKind { get; init; }

    /// <summary>It waited for a day, and acts at the instant at which it is delivered.</summary>
    public required bool IsDated { get; init; }
}

/// <summary>What became of a delivery.</summary>
public abstract record DeliveryResult
{
    private DeliveryResult() { }

    /// <summary>The recipient has it. <paramref name="Until"/>: where time was given, until when it runs now.</summary>
    public sealed record Applied(DateTimeOffset? Until) : DeliveryResult;

    /// <summary>It is not time yet: again at that instant.</summary>
    public sealed record Later(DateTimeOffset At) : DeliveryResult;

    /// <summary>It cannot be given any more: a person must look.</summary>
    public sealed record Refused(LineRefusal Reason) : DeliveryResult;
}

/// <summary>What became of taking goods back.</summary>
public abstract record RevokeResult
{
    private RevokeResult() { }

    /// <summary>It is as if they had never been given; also where they were not given, or were taken back before.</summary>
    public sealed record Revoked : RevokeResult;

    /// <summary>They are no longer there to be taken, wholly or in part: nothing was changed, and staff decide (DF-49).</summary>
    public sealed record Refused(RevokeRefusal Reason) : RevokeResult;
}

/// <summary>Why goods cannot be taken back.</summary>
public enum RevokeRefusal
{
    /// <summary>Some of the points are spent, set aside or given away.</summary>
    PointsGone,

    /// <summary>Some of the time was turned into points.</summary>
    TimeTurnedIntoPoints,

    /// <summary>Some of the icons are no longer the account's.</summary>
    IconsGone,

    /// <summary>A token has changed a name.</summary>
    TokenUsed,
}

/// <summary>
/// A kind of goods. A new kind is one class of this sort and one form: it says what it asks for, what a product of it is called and does, and how
/// it is delivered and taken back.
/// </summary>
public abstract class ItemKind
{
    /// <summary>Stored with every line; never renamed.</summary>
    public abstract string Key { get; }

    /// <summary>Products can be of this kind.</summary>
    public virtual bool IsSold => true;

    public abstract ItemForm Form { get; }

    /// <summary>The form of a product under the rules in force, where they say more than <see cref="Form"/> does.</summary>
    public virtual ItemForm FormUnder(RuleSet rules, Product product) => Form;

    /// <summary>What is wrong with a product of this kind in a price list.</summary>
    public abstract IEnumerable<string> Problems(Product product, PriceList list);

    /// <summary>What the line is called, in the reader's language.</summary>
    public abstract string Title(Product product, int quantity);

    /// <summary>What the product is called where no quantity is chosen yet.</summary>
    public virtual string Name(Product product) => Title(product, 1);

    /// <summary>What a gift of one adds, in words.</summary>
    public virtual string Adds(Product product) => Title(product, 1);

    public abstract ItemInfo Info(Product product);

    /// <summary>Whether the line fits its recipient and the lines before it. Pure; <paramref name="preview"/> holds what is known of the accounts.</summary>
    public abstract LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before);

    /// <summary>The number that the sentence of a refusal needs; null: none, or a bound of the form.</summary>
    public virtual int? Limit(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => null;

    /// <summary>On which day a line that is refused now could first be delivered; null: waiting does not help. Asked for the buyer's own accounts only.</summary>
    public virtual DateOnly? PossibleFrom(ItemLine line, Preview preview) => null;

    /// <summary>What the buyer must agree to before the line goes in; null: nothing.</summary>
    public virtual LineConsent? Consent(ItemLine line, Preview preview) => null;

    /// <summary>What the line will do when it acts (<see cref="Preview.When"/>); the preview then holds what came of it.</summary>
    public abstract LineEffect? Effect(ItemLine line, Preview preview);

    /// <summary>What is bought, frozen for the order.</summary>
    public abstract string Freeze(Product product, int quantity);

    /// <summary>The same with what promotions gave: of goods other than time they only change the price.</summary>
    public virtual string Freeze(Product product, int quantity, LinePromotion promotion) => Freeze(product, quantity);

    /// <summary>It can be bought for somebody else; else whoever pays is whom it is for, with an account or without.</summary>
    public virtual bool IsForOthers => true;

    /// <summary>It is given to an account. Else to whoever pays, who may have none: its deliveries then have no recipient, and its work has <see cref="Nobody"/>.</summary>
    public virtual bool HasRecipient => true;

    /// <summary>Whom goods without a recipient are given to: no account has this id.</summary>
    public const long Nobody = 0;

    /// <summary>Whoever got one as a gift may give it back, so that its giver has the money again (docs/adr/0015).</summary>
    public virtual bool CanGoBack => true;

    /// <summary>Gives it, once per delivery, on the context and in the transaction handed over.</summary>
    public abstract Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken);

    /// <summary>Takes it back exactly, as if it had never been given, or refuses and changes nothing.</summary>
    public abstract Task<RevokeResult> RevokeAsync(ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken);
}

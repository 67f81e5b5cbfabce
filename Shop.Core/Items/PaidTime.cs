using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a product of paid time is: months of an account class; 0 months of one that never runs out are for good.</summary>
public sealed record PaidTimeGoods(string Class, int Months)
{
    /// <summary>Of a line that was ordered: of its months, those that a promotion gave besides.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Extra { get; init; }

    /// <summary>Of a line that was ordered: of its months, those that nobody paid for as the price list says (ADR 0012).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Unpaid { get; init; }

    /// <summary>Of a renewal: days besides the months, where its period begins at the end of a short month (docs/adr/0032).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Days { get; init; }
}

/// <summary>Paid time: months of an account class, for oneself or for another member.</summary>
public sealed class PaidTime(IAccountRules rules, RuleBook ruleBook, MembershipLedger memberships) : ItemKind
{
    public const string KindKey = "paid_time";

    /// <summary>The most months that one grant gives (F3).</summary>
    private const int MostMonths = 99;

    public override string Key => KindKey;

    public override ItemForm Form { get; } = new(MaxQuantity: 12, Recipient: true, Note: true, Anonymous: true, DeliverOn: true, ByMail: true);

    public override ItemForm FormUnder(RuleSet rules, Product product) =>
        Form with { MaxQuantity = Goods(product).Months == 0 ? 1 : Form.MaxQuantity, AtRandom = rules.Get<RandomTerms>().Offered };

    public override IEnumerable<string> Problems(Product product, PriceList list)
    {
        var goods = Goods(product);
        if (goods.Months is < 0 or > MostMonths)
        {
            yield return "Months must be 1 to 99.";
        }

        if (string.IsNullOrEmpty(goods.Class))
        {
            yield return "Class is missing.";
        }
    }

    public override string Title(Product product, int quantity)
    {
        var goods = Goods(product);
        var title = ItemTexts.Time(goods.Months, ItemTexts.Class(goods.Class));
        return quantity == 1 ? title : ItemTexts.Times(quantity, title);
    }

    public override ItemInfo Info(Product product)
    {
        var name = Goods(product).Class;
        return new ItemInfo(
            ItemTexts.OfClass("Gives_", name), Goods(product).Months == 0 ? "" : ItemTexts.OfClass("AtExpiry_", name), ItemTexts.Get("GivingBack"));
    }

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        if (((long)Goods(line.Product).Months * line.Quantity) + line.ExtraMonths > MostMonths)
        {
            return LineRefusal.TooMuchAtOnce;
        }

        if (line.Recipient is not { } recipient)
        {
            return null;
        }

        if (recipient.Status == AccountStatus.Purged)
        {
            return LineRefusal.MemberPurged;
        }

        if (recipient.Status != AccountStatus.Visible && !line.GoneConfirmed)
        {
            return LineRefusal.MemberGone;
        }

        return Conflict(line, recipient, preview.Terms, before) ?? Refusal(line, recipient, preview);
    }

    public override LineEffect? Effect(ItemLine line, Preview preview)
    {
        var goods = Total(line);
        if (line.Recipient is not { } recipient)
        {
            return new LineEffect.Adds(Adds(goods));
        }

        var less = Consent(line, preview);
        var after = After(line, recipient, preview);
        preview[recipient.Id] = after;
        return line.BuyerOwns
            ? new LineEffect.RunsUntil(after.Permanent ? null : after.Until, after.Class!)
            : new LineEffect.Adds(less is null ? Adds(goods) : ItemTexts.Get("AddsDays", less.Days, ItemTexts.Class(less.Held)));
    }

    public override DateOnly? PossibleFrom(ItemLine line, Preview preview) =>
        line.Recipient is { } recipient && preview[recipient.Id] is { Until: { } until } && Refusal(line, recipient, preview) == LineRefusal.TooMuchTimeLeft
            ? Days.NotBefore(until.AddDays(-preview.Terms.GuardDays))
            : null;

    public override LineConsent? Consent(ItemLine line, Preview preview)
    {
        if (line.Recipient is not { } recipient || preview[recipient.Id] is not { Class: { } held, Until: { } until })
        {
            return null;
        }

        // the class that was held stays only where the time bought counts in part (F3)
        var bought = Goods(line.Product).Class;
        var after = After(line, recipient, preview);
        return after.Class == held && held != bought && after.Until is { } then
            ? new LineConsent(bought, held, (int)(then - until).TotalDays, line.BuyerOwns ? then : null)
            : null;
    }

    public override string Freeze(Product product, int quantity) =>
        JsonSerializer.Serialize(Total(product, quantity), JsonSerializerOptions.Web);

    public override string Freeze(Product product, int quantity, LinePromotion promotion)
    {
        var goods = Total(product, quantity);
        var all = checked(goods.Months + promotion.ExtraMonths);
        return JsonSerializer.Serialize(goods with { Months = all, Extra = promotion.ExtraMonths, Unpaid = all - promotion.PaidMonths }, JsonSerializerOptions.Web);
    }

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var goods = Read(work.Goods);
        var grant = new TimeGrant(goods.Class, goods.Months, goods.Days) { To = work.RecipientKind };
        var terms = await ruleBook.GetAsync<AccountTerms>(db, work.RuleRevision, cancellationToken);
        if (work.IsDated && OnLastDay(work.Before, grant.Class, work.EffectiveAt) is { } end)
        {
            return new DeliveryResult.Later(end);
        }

        if (rules.Check(work.Before, grant, work.EffectiveAt, work.BuyerOwns, terms) is { } refusal)
        {
            return new DeliveryResult.Refused(InWords(refusal));
        }

        var request = new GrantRequest(work.RecipientId, Source(work.DeliveryId), MembershipEventKind.Grant, grant, work.EffectiveAt, work.RuleRevision)
        {
            UnpaidMonths = goods.Unpaid,
        };
        var after = await memberships.GrantLockedAsync(db, request, cancellationToken);
        return new DeliveryResult.Applied(after.Permanent ? null : after.Until);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        var source = Source(deliveryId);
        await MembershipLedger.LockedStateAsync(db, recipientId, cancellationToken);
        if (!await memberships.MayRevokeLockedAsync(db, recipientId, source, cancellationToken))
        {
            return new RevokeResult.Refused(RevokeRefusal.TimeTurnedIntoPoints);
        }

        await memberships.RevokeAsync(db, recipientId, source, now, reason, cancellationToken);
        await Stock.GiveBackAsync(db, deliveryId, cancellationToken);
        return new RevokeResult.Revoked();
    }

    /// <summary>What a product of paid time gives.</summary>
    internal static PaidTimeGoods GoodsOf(Product product) => Goods(product);

    /// <summary>Months that a promotion gave with a line; 0 for goods of other kinds.</summary>
    internal static int ExtraOf(OrderLine line) => line.Kind == KindKey ? GoodsOf(line.Goods).Extra : 0;

    /// <summary>Why an account cannot take time now; null: it can.</summary>
    internal LineRefusal? RefusalOf(MembershipState state, Recipient recipient, bool buyerOwns, PaidTimeGoods goods, DateTimeOffset at, AccountTerms terms) =>
        rules.Check(state, new TimeGrant(goods.Class, goods.Months, goods.Days) { To = recipient.Kind }, at, buyerOwns, terms) is { } refusal ? InWords(refusal) : null;

    /// <summary>Time that is to be given, frozen for an order line.</summary>
    internal static string Freeze(PaidTimeGoods goods) => JsonSerializer.Serialize(goods, JsonSerializerOptions.Web);

    /// <summary>What a line of paid time gave, all pieces together.</summary>
    internal static PaidTimeGoods GoodsOf(string frozen) => Read(frozen);

    private static PaidTimeGoods Goods(Product product) => product.Goods.Deserialize<PaidTimeGoods>(JsonSerializerOptions.Web)
        ?? throw new FormatException($"The goods of {product.Sku} are empty.");

    private static PaidTimeGoods Read(string goods) => JsonSerializer.Deserialize<PaidTimeGoods>(goods, JsonSerializerOptions.Web)
        ?? throw new FormatException("The goods of a line of paid time are empty.");

    private static PaidTimeGoods Total(Product product, int quantity)
    {
        var goods = Goods(product);
        return goods with { Months = checked(goods.Months * quantity) };
    }

    private static PaidTimeGoods Total(ItemLine line)
    {
        var goods = Total(line.Product, line.Quantity);
        return goods with { Months = checked(goods.Months + line.ExtraMonths) };
    }

    /// <summary>The source of the event that a delivery makes.</summary>
    internal static string Source(long deliveryId) => string.Create(CultureInfo.InvariantCulture, $"delivery:{deliveryId}");

    private static string Adds(PaidTimeGoods goods) => ItemTexts.Get("Adds", ItemTexts.Months(goods.Months, ItemTexts.Class(goods.Class)));

    private MembershipState After(ItemLine line, Recipient recipient, Preview preview)
    {
        var goods = Total(line);
        return rules.Apply(preview[recipient.Id], new TimeGrant(goods.Class, goods.Months, 0) { To = recipient.Kind }, Instant(line, recipient, preview), preview.Terms);
    }

    /// <summary>When the line acts; dated to the last day of time of another class, once that time is over.</summary>
    private static DateTimeOffset Instant(ItemLine line, Recipient recipient, Preview preview)
    {
        var at = preview.When(line);
        return at > preview.At ? OnLastDay(preview[recipient.Id], Goods(line.Product).Class, at) ?? at : at;
    }

    /// <summary>The end of the time held, where it is of another class and ends later on the same day: then nothing needs to be converted (DW-41).</summary>
    private static DateTimeOffset? OnLastDay(MembershipState held, string bought, DateTimeOffset at) =>
        held is { Permanent: false, Until: { } until } && held.Class != bought && until > at && Days.Of(until) == Days.Of(at) ? until : null;

    /// <summary>DW-31: for one account the lines of a cart are all of one class, and a permanent one stands alone.</summary>
    private static LineRefusal? Conflict(ItemLine line, Recipient recipient, AccountTerms terms, IReadOnlyList<ItemLine> before)
    {
        var wanted = Goods(line.Product).Class;
        foreach (var other in before.Where(l => l.Product.Kind == KindKey && l.Recipient?.Id == recipient.Id).Select(l => Goods(l.Product).Class))
        {
            if (other != wanted)
            {
                return LineRefusal.OtherClassInCart;
            }

            if (terms.Find(other) is { Permanent: true })
            {
                return LineRefusal.PermanentInCart;
            }
        }

        return null;
    }

    private LineRefusal? Refusal(ItemLine line, Recipient recipient, Preview preview)
    {
        var goods = Goods(line.Product);
        var grant = new TimeGrant(goods.Class, (goods.Months * line.Quantity) + line.ExtraMonths, 0) { To = recipient.Kind };
        var refusal = rules.Check(preview[recipient.Id], grant, Instant(line, recipient, preview), line.BuyerOwns, preview.Terms);
        return refusal is { } reason ? InWords(reason) : null;
    }

    private static LineRefusal InWords(GrantRefusal refusal) => refusal switch
    {
        GrantRefusal.NotAGrant => LineRefusal.TooMuchAtOnce,
        GrantRefusal.AlreadyPermanent => LineRefusal.AlreadyPermanent,
        GrantRefusal.NoSuchConversion => LineRefusal.NoSuchConversion,
        GrantRefusal.OwnerOnly => LineRefusal.ConversionNotYours,
        GrantRefusal.TooMuchTimeLeft => LineRefusal.TooMuchTimeLeft,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

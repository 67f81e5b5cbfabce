using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a line of icons gives: so many.</summary>
public sealed record IconGoods(int Icons);

/// <summary>How many icons an account has: those of its class, and extra ones, which count only while the class may have them.</summary>
public sealed record IconQuota(int OfClass, long Extra, bool ExtraCount, int Most)
{
    public long Counting => ExtraCount ? Math.Min(Most, OfClass + Extra) : OfClass;
}

/// <summary>
/// Extra icons (DW-12): for a person whose class may have them, as many as still fit. They never run out; they are counted in the ledger, in a unit of
/// their own.
/// </summary>
public sealed class ExtraIcons(TimeProvider clock, RuleBook ruleBook) : ItemKind
{
    public const string KindKey = "icons";

    private const string Unit = "ICONS";

    private static readonly AccountRef Issued = new("icons:issued", Unit, false);

    public override string Key => KindKey;

    public override ItemForm Form { get; } = new(MaxQuantity: 500, Recipient: true, Note: true, Anonymous: true, DeliverOn: true);

    /// <summary>The icons of an account now.</summary>
    public static async Task<IconQuota> QuotaAsync(
        ShopDbContext db, long memberId, string accountClass, AccountTerms terms, CancellationToken cancellationToken) =>
        Quota(terms.Find(accountClass), await Ledger.BalanceAsync(db, Of(memberId).Code, cancellationToken), terms);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [];

    public override string Title(Product product, int quantity) => ItemTexts.Icons(quantity);

    public override ItemInfo Info(Product product) =>
        new(ItemTexts.Get("Gives_icons"), ItemTexts.Get("AtExpiry_icons"), ItemTexts.Get("GivingBack_icons"));

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        if (line.Recipient is not { } recipient)
        {
            return null;
        }

        return recipient switch
        {
            { Status: AccountStatus.Purged } => LineRefusal.MemberPurged,
            { Status: not AccountStatus.Visible } => LineRefusal.MemberNotVisible,
            { Kind: not AccountKind.Personal } => LineRefusal.PersonalOnly,
            _ when ClassOf(preview[recipient.Id], preview) is not { BonusIcons: true } => LineRefusal.IconsNotForClass,
            _ => line.Quantity > Room(line, preview, before) ? LineRefusal.IconsFull : null,
        };
    }

    public override int? Limit(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => line.Recipient is null ? null : Room(line, preview, before);

    public override LineEffect? Effect(ItemLine line, Preview preview) => new LineEffect.Adds(ItemTexts.Get("Adds", ItemTexts.Icons(line.Quantity)));

    public override string Freeze(Product product, int quantity) => JsonSerializer.Serialize(new IconGoods(quantity), JsonSerializerOptions.Web);

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var goods = JsonSerializer.Deserialize<IconGoods>(work.Goods, JsonSerializerOptions.Web) ?? throw new FormatException("The goods of a line of icons are empty.");
        var terms = await ruleBook.GetAsync<AccountTerms>(db, work.RuleRevision, cancellationToken);
        if (await Ledger.BalanceAsync(db, Of(work.RecipientId).Code, cancellationToken) + goods.Icons > terms.MostIcons)
        {
            return new DeliveryResult.Refused(LineRefusal.IconsFull);
        }

        var draft = new JournalDraft
        {
            IdemKey = Delivered(work.DeliveryId), Kind = "icons_bought", Lines = [(Issued, -goods.Icons), (Of(work.RecipientId), goods.Icons)],
        };
        await Ledger.PostAsync(db, draft, clock.GetUtcNow(), cancellationToken);
        return new DeliveryResult.Applied(null);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        await MembershipLedger.LockedStateAsync(db, recipientId, cancellationToken);
        var key = Delivered(deliveryId);
        var given = await db.Journals.Where(j => j.IdemKey == key)
            .Select(j => new { j.Id, Icons = j.Entries.Where(e => e.Amount > 0).Sum(e => e.Amount) }).FirstOrDefaultAsync(cancellationToken);
        if (given is null)
        {
            return new RevokeResult.Revoked();
        }

        var draft = new JournalDraft
        {
            IdemKey = "icons:" + key, Kind = "icons_revoked", ReversesId = given.Id, Lines = [(Of(recipientId), -given.Icons), (Issued, given.Icons)], Reason = reason,
        };
        return await Ledger.PostAsync(db, draft, now, cancellationToken) is PostResult.Insufficient
            ? new RevokeResult.Refused(RevokeRefusal.IconsGone)
            : new RevokeResult.Revoked();
    }

    /// <summary>
    /// The extra icons that accounts have or are to get: also those of orders that are paid or being paid and not delivered, except of the cart's own
    /// order, whose lines are counted as the cart's. An order that nobody pays takes nothing from anybody. No query where no product is of this kind.
    /// </summary>
    internal static async Task<IReadOnlyDictionary<long, long>> TakenAsync(
        ShopDbContext db, IEnumerable<Product> products, IReadOnlyCollection<long> recipients, long? cartId, CancellationToken cancellationToken)
    {
        if (recipients.Count == 0 || !products.Any(p => p.Kind == KindKey))
        {
            return new Dictionary<long, long>();
        }

        var codes = recipients.ToDictionary(id => Of(id).Code);
        var held = await db.LedgerAccounts.Where(a => codes.Keys.Contains(a.Code)).Join(db.AccountBalances, a => a.Id, b => b.AccountId, (a, b) => new { a.Code, b.Balance })
            .ToDictionaryAsync(a => codes[a.Code], a => a.Balance, cancellationToken);
        var coming = await db.Deliveries
            .Where(d => d.RecipientId != null && recipients.Contains(d.RecipientId.Value)
                && (d.State == DeliveryState.Scheduled || d.State == DeliveryState.AwaitingClaim || d.State == DeliveryState.Stuck))
            .Join(db.OrderLines.Where(l => l.Kind == KindKey), d => d.OrderLineId, l => l.Id, (d, l) => new { d.OrderId, Recipient = d.RecipientId!.Value, l.Quantity })
            .Where(x => db.Orders.Any(o => o.Id == x.OrderId && (o.State != OrderState.AwaitingPayment || ((cartId == null || o.CartId != cartId)
                && db.PaymentAttempts.Any(a => a.OrderId == o.Id && (a.State == AttemptState.Pending || a.State == AttemptState.Held || a.State == AttemptState.Unknown))))))
            .GroupBy(x => x.Recipient).Select(g => new { g.Key, Icons = g.Sum(x => x.Quantity) })
            .ToListAsync(cancellationToken);
        foreach (var more in coming)
        {
            held[more.Key] = held.GetValueOrDefault(more.Key) + more.Icons;
        }

        return held;
    }

    internal static AccountRef Of(long memberId) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"user:{memberId}:icons"), Unit, true);

    private static string Delivered(long deliveryId) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"deliver:{deliveryId}");

    private static AccountClass? ClassOf(MembershipState state, Preview preview) =>
        state.PhaseAt(preview.At) is MembershipPhase.Active or MembershipPhase.Permanent
            ? preview.Terms.Find(state.Class)
            : preview.Terms.Classes.FirstOrDefault(c => c.Rank == 0);

    private static IconQuota Quota(AccountClass? held, long extra, AccountTerms terms) => new(held?.IconLimit ?? 0, extra, held is { BonusIcons: true }, terms.MostIcons);

    /// <summary>How many more fit beside those of the class, those the account has or is to get, and those of the lines before.</summary>
    private static int Room(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        var recipient = line.Recipient!.Id;
        var inCart = before.Where(l => l.Product.Kind == KindKey && l.Recipient?.Id == recipient).Sum(l => (long)l.Quantity);
        var quota = Quota(ClassOf(preview[recipient], preview), preview.Icons.GetValueOrDefault(recipient) + inCart, preview.Terms);
        return (int)Math.Max(0, quota.Most - quota.Counting);
    }
}

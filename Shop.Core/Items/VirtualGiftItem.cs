using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a virtual gift is called and what is said about it: part of its row in the price list, and frozen with every line.</summary>
public sealed record VirtualGiftGoods(string? Name, string? About)
{
    /// <summary>The longest name, in characters.</summary>
    public const int MostName = 60;

    /// <summary>The longest description, in characters.</summary>
    public const int MostAbout = 300;
}

/// <summary>
/// Virtual gifts: something to look at, for another person, who says whether it is taken and shown (DW-15, DW-17). Only what is approved and active is sold.
/// </summary>
public sealed class VirtualGiftItem(TimeProvider clock) : ItemKind
{
    public const string KindKey = "virtual_gift";

    public override string Key => KindKey;

    /// <summary>It is declined instead, which costs nobody anything.</summary>
    public override bool CanGoBack => false;

    public override ItemForm Form { get; } = new(MaxQuantity: 1, Recipient: true, Note: true, Anonymous: true, DeliverOn: true) { ForOthers = true };

    public override IEnumerable<string> Problems(Product product, PriceList list)
    {
        var goods = GoodsOf(product);
        if (string.IsNullOrWhiteSpace(goods.Name))
        {
            yield return ShopRuleTexts.Get("GiftName");
        }

        if (product.Points is null)
        {
            yield return ShopRuleTexts.Get("GiftPoints");
        }
    }

    public override string Title(Product product, int quantity) => GoodsOf(product).Name ?? product.Sku;

    public override ItemInfo Info(Product product) =>
        new(GoodsOf(product).About ?? ItemTexts.Get("Gives_virtual_gift"), ItemTexts.Get("AtExpiry_virtual_gift", VirtualGiftOffers.Days), ItemTexts.Get("GivingBack_virtual_gift"));

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => line switch
    {
        _ when !preview.IsOrdered && !preview.ActiveGifts.Contains(line.Product.Sku) => LineRefusal.NotOnSale,
        { Recipient: null } => LineRefusal.GiftForOneself,
        _ when line.Recipient.Id == line.BuyerId => LineRefusal.GiftForOneself,
        { Recipient.Status: AccountStatus.Purged } => LineRefusal.MemberPurged,
        { Recipient.Status: not AccountStatus.Visible } => LineRefusal.MemberNotVisible,
        { Recipient.Kind: not AccountKind.Personal } => LineRefusal.PersonalOnly,
        _ => Unwelcome(preview.VirtualGifts.GetValueOrDefault(line.Recipient.Id, VirtualGiftWelcome.Everybody), line.BuyerId, line.Anonymous),
    };

    public override LineEffect? Effect(ItemLine line, Preview preview) => new LineEffect.Adds(ItemTexts.Get("Offers", Title(line.Product, 1)));

    public override string Freeze(Product product, int quantity) => JsonSerializer.Serialize(GoodsOf(product), JsonSerializerOptions.Web);

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        // what the recipient says on the day of delivery counts, not what was said when it was bought
        var said = await WelcomesAsync(db, db.Users.Where(m => m.Id == work.RecipientId), work.BuyerId, cancellationToken);
        var anonymous = await db.Deliveries.Where(d => d.Id == work.DeliveryId).Select(d => d.Anonymous).FirstAsync(cancellationToken);
        if (Unwelcome(said[work.RecipientId], work.BuyerId, anonymous) is { } unwelcome)
        {
            return new DeliveryResult.Refused(unwelcome);
        }

        await VirtualGiftOffers.OfferAsync(db, work.DeliveryId, work.RecipientId, clock.GetUtcNow(), cancellationToken);
        return new DeliveryResult.Applied(null);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        await VirtualGiftOffers.RevokeAsync(db, deliveryId, now, cancellationToken);
        return new RevokeResult.Revoked();
    }

    /// <summary>The virtual gifts of a list that may be sold now. No query where no product is one.</summary>
    internal static async Task<IReadOnlySet<string>> ActiveAsync(ShopDbContext db, IEnumerable<Product> products, CancellationToken cancellationToken)
    {
        var wanted = products.Where(p => p.Kind == KindKey).Select(p => p.Sku).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return wanted;
        }

        var active = await db.VirtualGifts.Where(g => g.State == VirtualGiftState.Active).Select(g => g.Sku).ToListAsync(cancellationToken);
        wanted.IntersectWith(active);
        return wanted;
    }

    internal static VirtualGiftGoods GoodsOf(Product product) =>
        product.Goods.Deserialize<VirtualGiftGoods>(JsonSerializerOptions.Web) ?? throw new FormatException($"The goods of {product.Sku} are empty.");

    /// <summary>What recipients say about virtual gifts of this giver. No query where no product is one.</summary>
    internal static async Task<IReadOnlyDictionary<long, VirtualGiftWelcome>> WelcomesAsync(
        ShopDbContext db, IEnumerable<Product> products, IReadOnlyCollection<long> recipients, long? giver, CancellationToken cancellationToken) =>
        products.Any(p => p.Kind == KindKey)
            ? await WelcomesAsync(db, db.Users.Where(m => recipients.Contains(m.Id)), giver, cancellationToken)
            : new Dictionary<long, VirtualGiftWelcome>();

    private static async Task<Dictionary<long, VirtualGiftWelcome>> WelcomesAsync(ShopDbContext db, IQueryable<Member> members, long? giver, CancellationToken cancellationToken) =>
        await members.Select(m => new
        {
            m.Id,
            Said = new VirtualGiftWelcome(
                db.VirtualGiftWishes.Where(w => w.MemberId == m.Id).Select(w => (VirtualGiftSenders?)w.Senders).FirstOrDefault() ?? VirtualGiftSenders.All,
                db.VirtualGiftWishes.Where(w => w.MemberId == m.Id).Select(w => (bool?)w.Unnamed).FirstOrDefault() ?? true,
                db.NamedSenders.Any(s => s.MemberId == m.Id && s.SenderId == giver),
                db.Circle.Any(c => c.MemberId == m.Id && c.OtherId == giver)),
        }).ToDictionaryAsync(m => m.Id, m => m.Said, cancellationToken);

    /// <summary>Why a recipient takes no virtual gift of this giver. A trust group becomes a case of this switch where the site knows one.</summary>
    private static LineRefusal? Unwelcome(VirtualGiftWelcome wish, long? giver, bool anonymous) => wish.Senders switch
    {
        VirtualGiftSenders.Nobody => LineRefusal.VirtualGiftNotWanted,
        VirtualGiftSenders.Named when !wish.NamesGiver => LineRefusal.VirtualGiftNotWanted,
        VirtualGiftSenders.Circle when !wish.HasInCircle => LineRefusal.VirtualGiftNotWanted,
        VirtualGiftSenders.Registered when giver is null => LineRefusal.GiftsFromMembersOnly,
        _ when !wish.Unnamed && (anonymous || giver is null) => LineRefusal.VirtualGiftNotUnnamed,
        _ => null,
    };
}

/// <summary>What a recipient says about virtual gifts of one giver.</summary>
/// <param name="NamesGiver">The giver is on the recipient's list.</param>
/// <param name="HasInCircle">The giver is in the recipient's circle.</param>
public sealed record VirtualGiftWelcome(VirtualGiftSenders Senders, bool Unnamed, bool NamesGiver, bool HasInCircle)
{
    public static VirtualGiftWelcome Everybody { get; } = new(VirtualGiftSenders.All, true, false, false);
}

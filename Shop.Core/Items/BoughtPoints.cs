using System.Text.Json;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a line of points gives: so many.</summary>
public sealed record PointsGoods(int Points);

/// <summary>Points, for oneself or for another person: bought by number, for money only, by somebody who is signed in (DW-10, DW-11).</summary>
public sealed class BoughtPoints(RuleBook rules, TimeProvider clock) : ItemKind
{
    public const string KindKey = "points";

    public override string Key => KindKey;

    public override ItemForm Form { get; } = new(MaxQuantity: 5000, Recipient: true, Note: true, Anonymous: true, DeliverOn: true) { MinQuantity = 30, ByAmount = true };

    public override ItemForm FormUnder(RuleSet rules, Product product)
    {
        var terms = rules.Get<PointTerms>();
        return Form with { MinQuantity = terms.LeastBought, MaxQuantity = terms.MostBought };
    }

    public override IEnumerable<string> Problems(Product product, PriceList list)
    {
        if (product is { On: true, Points: not null })
        {
            yield return ShopRuleTexts.Get("PointsForPoints");
        }

        if (product.On && product.PriceMinor != list.PointValueMinor)
        {
            yield return ShopRuleTexts.Get("PointPrice", list.PointValueMinor, product.PriceMinor);
        }
    }

    public override string Title(Product product, int quantity) => ItemTexts.Points(quantity);

    public override string Name(Product product) => ItemTexts.Get("Points");

    public override string Adds(Product product) => ItemTexts.Get("Adds_points");

    public override ItemInfo Info(Product product) => new(ItemTexts.Get("Gives_points"), "", ItemTexts.Get("GivingBack_points"));

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        var form = FormUnder(preview.Rules, line.Product);
        if (line.Quantity < form.MinQuantity || line.Quantity > form.MaxQuantity)
        {
            return LineRefusal.Quantity;
        }

        return line switch
        {
            { BuyerId: null } => LineRefusal.SignInFirst,
            { Recipient.Status: AccountStatus.Purged } => LineRefusal.MemberPurged,
            { Recipient.Status: not AccountStatus.Visible } => LineRefusal.MemberNotVisible,
            { Recipient.Kind: not AccountKind.Personal } => LineRefusal.PersonalOnly,
            _ => null,
        };
    }

    public override LineEffect? Effect(ItemLine line, Preview preview) => new LineEffect.Adds(ItemTexts.Get("Adds", ItemTexts.Points(line.Quantity)));

    public override string Freeze(Product product, int quantity) => JsonSerializer.Serialize(new PointsGoods(quantity), JsonSerializerOptions.Web);

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var goods = JsonSerializer.Deserialize<PointsGoods>(work.Goods, JsonSerializerOptions.Web) ?? throw new FormatException("The goods of a line of points are empty.");
        var now = clock.GetUtcNow();
        var end = (await rules.GetAsync<PointTerms>(db, work.RuleRevision, cancellationToken)).EndOf(now);
        await PointsAccounts.DeliverAsync(db, work.DeliveryId, work.RecipientId, goods.Points, work.BuyerId, end, now, cancellationToken);
        return new DeliveryResult.Applied(null);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        await MembershipLedger.LockedStateAsync(db, recipientId, cancellationToken);
        return await PointsAccounts.TakeBackAsync(db, deliveryId, recipientId, now, reason, cancellationToken) is PostResult.Insufficient
            ? new RevokeResult.Refused(RevokeRefusal.PointsGone)
            : new RevokeResult.Revoked();
    }
}

using System.Text.Json;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a line of rename tokens gives: so many.</summary>
public sealed record RenameGoods(int Tokens);

/// <summary>Rename tokens, for oneself or for another person: they come into being when they are delivered (DW-13, DW-14).</summary>
public sealed class RenameTokenItem(TimeProvider clock) : ItemKind
{
    public const string KindKey = "rename";

    public override string Key => KindKey;

    public override ItemForm Form { get; } = new(MaxQuantity: 10, Recipient: true, Note: true, Anonymous: true, DeliverOn: true);

    public override IEnumerable<string> Problems(Product product, PriceList list) => [];

    public override string Title(Product product, int quantity) =>
        quantity == 1 ? ItemTexts.Get("Rename") : ItemTexts.Get("Times", quantity, ItemTexts.Get("Rename"));

    public override ItemInfo Info(Product product) => new(ItemTexts.Get("Gives_rename"), "", ItemTexts.Get("GivingBack_rename"));

    public override LineRefusal? Check(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before) => line switch
    {
        { Recipient.Status: AccountStatus.Purged } => LineRefusal.MemberPurged,
        { Recipient.Status: not AccountStatus.Visible } => LineRefusal.MemberNotVisible,
        { Recipient.Kind: not AccountKind.Personal } => LineRefusal.PersonalOnly,
        _ => null,
    };

    public override LineEffect? Effect(ItemLine line, Preview preview) => new LineEffect.Adds(ItemTexts.Get("Adds", Title(line.Product, line.Quantity)));

    public override string Freeze(Product product, int quantity) => JsonSerializer.Serialize(new RenameGoods(quantity), JsonSerializerOptions.Web);

    public override async Task<DeliveryResult> DeliverAsync(ShopDbContext db, DeliveryWork work, CancellationToken cancellationToken)
    {
        var goods = JsonSerializer.Deserialize<RenameGoods>(work.Goods, JsonSerializerOptions.Web) ?? throw new FormatException("The goods of a line of tokens are empty.");
        await RenameTokens.MakeAsync(db, work.DeliveryId, work.RecipientId, goods.Tokens, clock.GetUtcNow(), cancellationToken);
        return new DeliveryResult.Applied(null);
    }

    public override async Task<RevokeResult> RevokeAsync(
        ShopDbContext db, long deliveryId, long recipientId, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        await RenameTokens.RevokeAsync(db, deliveryId, reason, cancellationToken) ? new RevokeResult.Revoked() : new RevokeResult.Refused(RevokeRefusal.TokenUsed);
}

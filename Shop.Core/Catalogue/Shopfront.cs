using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A heading of the price list with its products, in the order of the list.</summary>
public sealed record ProductGroup(string Key, string Title, IReadOnlyList<ProductView> Products);

/// <summary>A product as the shop shows it: both prices, what its form asks for, and what "more information" says (DW-20).</summary>
public sealed record ProductView
{
    public required string Sku { get; init; }

    public required string Group { get; init; }

    public required string Title { get; init; }

    public required Money Price { get; init; }

    /// <summary>Price in points; null: not for points.</summary>
    public required long? Points { get; init; }

    public required ItemForm Form { get; init; }

    public required ItemInfo Info { get; init; }

    /// <summary>What one of it would do to the buyer's own account if paid now; null while nobody is signed in, or where it cannot be bought.</summary>
    public LineEffect? ForOneself { get; init; }

    /// <summary>Why the buyer's own account cannot take it.</summary>
    public LineRefusal? NotForOneself { get; init; }

    /// <summary>What it does as a gift.</summary>
    public LineEffect? AsGift { get; init; }
}

/// <summary>The shop's window: what is on sale by the rules in force. Reads only.</summary>
public sealed class Shopfront(RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
    /// <summary>Everything on sale, by group (DW-1).</summary>
    public async Task<IReadOnlyList<ProductGroup>> ListAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var list = await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return
        [
            .. list.Products.Where(p => p.On && kinds.Find(p.Kind) is not null)
                .GroupBy(p => p.Group, StringComparer.Ordinal)
                .Select(group => new ProductGroup(group.Key, ItemTexts.Group(group.Key), [.. group.Select(p => View(p, list.Money))])),
        ];
    }

    /// <summary>One product with what it would do for this buyer now; null when it is not on sale.</summary>
    public async Task<ProductView?> FindAsync(ShopDbContext db, Buyer buyer, string sku, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        if (list.OnSale(sku) is not { } product || kinds.Find(product.Kind) is not { } kind)
        {
            return null;
        }

        var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
        var own = buyer.MemberId is { } id ? (await CartPricing.RecipientsAsync(db, [id], cancellationToken)).GetValueOrDefault(id) : null;
        var memberships = own is null ? [] : await CartPricing.MembershipsAsync(db, [own.Id], cancellationToken);
        var preview = new Preview(clock.GetUtcNow(), terms, memberships);
        var line = new ItemLine(product, 1, own, buyer.MemberId);
        var refusal = own is null ? null : kind.Check(line, preview, []);
        return View(product, list.Money) with
        {
            AsGift = kind.Effect(line with { Recipient = null }, preview),
            ForOneself = own is null || refusal is not null ? null : kind.Effect(line, preview),
            NotForOneself = refusal,
        };
    }

    private ProductView View(Product product, Currency currency)
    {
        var kind = kinds.Get(product.Kind);
        return new ProductView
        {
            Sku = product.Sku,
            Group = product.Group,
            Title = kind.Title(product, 1),
            Price = new Money(product.PriceMinor, currency),
            Points = product.Points,
            Form = kind.Form,
            Info = kind.Info(product),
        };
    }
}

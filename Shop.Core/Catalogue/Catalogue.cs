using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A product as the shop front and its own page show it.</summary>
public sealed record ProductView
{
    public required string Sku { get; init; }

    public required string Group { get; init; }

    public required string Title { get; init; }

    public required Money Price { get; init; }

    /// <summary>Its price in points; null: not for points.</summary>
    public long? Points { get; init; }

    public required ItemForm Form { get; init; }

    /// <summary>The longest note its form takes, in characters.</summary>
    public required int MaxNote { get; init; }

    /// <summary>What its form offers for gifts.</summary>
    public required GiftTerms Gifts { get; init; }

    /// <summary>The day it is here, for the form's earliest day of delivery.</summary>
    public required DateOnly Today { get; init; }

    public required ItemInfo Info { get; init; }

    /// <summary>What one of it would do for the viewer's own account if paid now; for everybody else: what it adds.</summary>
    public LineEffect? Effect { get; init; }

    /// <summary>Why the viewer's own account cannot take it now.</summary>
    public LineRefusal? Refusal { get; init; }

    /// <summary>On which day the viewer's own account could first take it, where only the time stands in its way.</summary>
    public DateOnly? PossibleFrom { get; init; }
}

/// <summary>Products under one heading, in the price list's order.</summary>
public sealed record ProductGroup(string Key, string Title, IReadOnlyList<ProductView> Products);

/// <summary>Reads what is on sale now.</summary>
public sealed class Catalogue(RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
    /// <summary>Everything on sale, by group (DW-1, DW-2).</summary>
    public async Task<IReadOnlyList<ProductGroup>> FrontAsync(ShopDbContext db, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, cancellationToken);
        return [.. list.Products.Where(p => p.On).GroupBy(p => p.Group)
            .Select(g => new ProductGroup(g.Key, ItemTexts.Group(g.Key), [.. g.Select(p => View(p, list, viewer))]))];
    }

    /// <summary>One product; null when it is not on sale.</summary>
    public async Task<ProductView?> FindAsync(ShopDbContext db, string sku, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, cancellationToken);
        return list.OnSale(sku) is { } product ? View(product, list, viewer) : null;
    }

    private sealed record Viewer(Recipient? Self, MembershipState State, AccountTerms Terms, CartTerms Carts, GiftTerms Gifts, DateTimeOffset At);

    private async Task<(PriceList List, Viewer Viewer)> ReadAsync(ShopDbContext db, long? memberId, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
        var self = memberId is { } id ? (await CartPricing.RecipientsAsync(db, [id], Giver.Of(new Buyer(id, null)), cancellationToken)).GetValueOrDefault(id) : null;
        var state = self is null ? MembershipState.Never : await MembershipLedger.StateAsync(db, self.Id, cancellationToken);
        var (carts, gifts) = (await rules.GetAsync<CartTerms>(db, revision, cancellationToken), await rules.GetAsync<GiftTerms>(db, revision, cancellationToken));
        return (list, new Viewer(self, state, terms, carts, gifts, clock.GetUtcNow()));
    }

    private ProductView View(Product product, PriceList list, Viewer viewer)
    {
        var kind = kinds.Get(product.Kind);
        var states = viewer.Self is { } self ? new Dictionary<long, MembershipState> { [self.Id] = viewer.State } : [];
        var preview = new Preview(viewer.At, viewer.Terms, states);
        var line = new ItemLine(product, 1, viewer.Self, viewer.Self?.Id);
        var refusal = kind.Check(line, preview, []);
        return new ProductView
        {
            Sku = product.Sku,
            Group = product.Group,
            Title = kind.Title(product, 1),
            Price = new Money(product.PriceMinor, list.Money),
            Points = product.Points,
            Form = kind.Form,
            MaxNote = viewer.Carts.MaxNote,
            Gifts = viewer.Gifts,
            Today = Days.Of(viewer.At),
            Info = kind.Info(product),
            Effect = refusal is null ? kind.Effect(line, preview) : null,
            Refusal = refusal,
            PossibleFrom = refusal is null ? null : kind.PossibleFrom(line, preview),
        };
    }
}

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

    /// <summary>What a gift of it adds, in words.</summary>
    public required string Adds { get; init; }

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

    /// <summary>Of a limited product: at most so many are left; null: no limit, or more than pages tell.</summary>
    public long? LeftAtMost { get; init; }

    /// <summary>The bonus season that is on; null: none.</summary>
    public SeasonView? Season { get; init; }

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
        var (list, viewer) = await ReadAsync(db, memberId, null, cancellationToken);
        return [.. list.Products.Where(p => p.On).GroupBy(p => p.Group)
            .Select(g => new ProductGroup(g.Key, ItemTexts.Group(g.Key), [.. g.Select(p => View(p, list, viewer))]))];
    }

    /// <summary>One product; null when it is not on sale.</summary>
    public async Task<ProductView?> FindAsync(ShopDbContext db, string sku, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, sku, cancellationToken);
        return list.OnSale(sku) is { } product ? View(product, list, viewer) : null;
    }

    /// <summary>The product that points are sold as; null: they are not on sale.</summary>
    public async Task<string?> PointsSkuAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken))
            .Products.FirstOrDefault(p => p.On && p.Kind == BoughtPoints.KindKey)?.Sku;

    private sealed record Viewer(
        Recipient? Self, MembershipState State, RuleSet Rules, IReadOnlyDictionary<string, long> Left, IReadOnlyDictionary<long, long> Icons, DateTimeOffset At);

    private async Task<(PriceList List, Viewer Viewer)> ReadAsync(ShopDbContext db, long? memberId, string? sku, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        var self = memberId is { } id ? (await CartPricing.RecipientsAsync(db, [id], Giver.Of(new Buyer(id, null)), cancellationToken)).GetValueOrDefault(id) : null;
        var state = self is null ? MembershipState.Never : await MembershipLedger.StateAsync(db, self.Id, cancellationToken);
        var list = set.Get<PriceList>();
        var left = await Stock.LeftAsync(db, list.Products.Where(p => p.On && (sku is null || p.Sku == sku)), null, cancellationToken);
        var icons = self is null || sku is null
            ? new Dictionary<long, long>()
            : await ExtraIcons.TakenAsync(db, list.Products.Where(p => p.On && p.Sku == sku), [self.Id], null, cancellationToken);
        return (list, new Viewer(self, state, set, left, icons, clock.GetUtcNow()));
    }

    private ProductView View(Product product, PriceList list, Viewer viewer)
    {
        var kind = kinds.Get(product.Kind);
        var states = viewer.Self is { } self ? new Dictionary<long, MembershipState> { [self.Id] = viewer.State } : [];
        var preview = new Preview(viewer.At, viewer.Rules, states) { Left = viewer.Left, Icons = viewer.Icons };
        var form = kind.FormUnder(viewer.Rules, product);
        var line = new ItemLine(product, form.MinQuantity, viewer.Self, viewer.Self?.Id);
        var refusal = kinds.Check(line, preview, []);
        return new ProductView
        {
            Sku = product.Sku,
            Group = product.Group,
            Title = kind.Name(product),
            Adds = kind.Adds(product),
            Price = new Money(product.PriceMinor, list.Money),
            Points = product.Points,
            Form = form,
            MaxNote = viewer.Rules.Get<CartTerms>().MaxNote,
            Gifts = viewer.Rules.Get<GiftTerms>(),
            Today = Days.Of(viewer.At),
            Info = kind.Info(product),
            Effect = refusal is null ? kind.Effect(line, preview) : null,
            Refusal = refusal,
            PossibleFrom = refusal is null ? null : kind.PossibleFrom(line, preview),
            LeftAtMost = viewer.Left.TryGetValue(product.Sku, out var left) && left > 0 ? Stock.AtMost(left) : null,
            Season = SeasonView.At(viewer.Rules, viewer.At),
        };
    }
}

using Microsoft.EntityFrameworkCore;
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

    /// <summary>The tax that comes on top of the price; null: none does.</summary>
    public PlusTax? PlusTax { get; init; }

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

    /// <summary>The hash of its picture beside its name; null: none.</summary>
    public string? SmallPicture { get; init; }

    /// <summary>The hash of the picture on its own page; null: none.</summary>
    public string? LargePicture { get; init; }

    /// <summary>Of a limited product: at most so many are left; null: no limit, or more than pages tell.</summary>
    public long? LeftAtMost { get; init; }

    /// <summary>The bonus season that is on; null: none.</summary>
    public SeasonView? Season { get; init; }

    /// <summary>It can be bought so that it renews by itself.</summary>
    public bool Renews { get; init; }

    /// <summary>Of what renews by itself, after how many months; else 0.</summary>
    public int RenewsMonths { get; init; }

    /// <summary>Why the viewer's own account cannot take it now.</summary>
    public LineRefusal? Refusal { get; init; }

    /// <summary>On which day the viewer's own account could first take it, where only the time stands in its way.</summary>
    public DateOnly? PossibleFrom { get; init; }
}

/// <summary>Products under one heading, in the price list's order. <paramref name="Gives"/>: what goods of this sort give.</summary>
public sealed record ProductGroup(string Key, string Title, string Gives, IReadOnlyList<ProductView> Products);

/// <summary>Reads what is on sale now.</summary>
public sealed class Catalogue(RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
    private static readonly PerModel<Func<ShopDbContext, string?, IAsyncEnumerable<VirtualGift>>> ActiveGifts = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string? sku) =>
            db.VirtualGifts.AsNoTracking().Where(g => g.State == VirtualGiftState.Active && (sku == null || g.Sku == sku))));

    private static readonly PerModel<Func<ShopDbContext, string?, IAsyncEnumerable<ProductPicture>>> PicturesOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string? sku) => db.ProductPictures.AsNoTracking().Where(p => sku == null || p.Sku == sku)));

    /// <summary>Everything on sale, by group (DW-1, DW-2); of virtual gifts, which have a page of their own, those that stand first.</summary>
    public async Task<IReadOnlyList<ProductGroup>> FrontAsync(ShopDbContext db, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, null, cancellationToken);
        return [.. list.Products.Where(p => IsSold(p, viewer) && (p.Kind != VirtualGiftItem.KindKey || viewer.Gifts[p.Sku] is { Featured: true, Custom: false })).GroupBy(p => p.Group)
            .Select(g => new ProductGroup(g.Key, ItemTexts.Group(g.Key), Gives(g.First()), [.. g.Select(p => View(p, list, viewer))]))];

        string Gives(Product first) => first.Kind == VirtualGiftItem.KindKey ? ItemTexts.Get("Gives_virtual_gift") : kinds.Get(first.Kind).Info(first).Gives;
    }

    /// <summary>The virtual gifts on sale, those that stand first before the others, and every tag they have (DW-16). Gifts made for somebody are not among them.</summary>
    /// <param name="tag">Only those with that tag; null: all.</param>
    public async Task<(IReadOnlyList<ProductView> Gifts, IReadOnlyList<string> Tags)> GiftsAsync(
        ShopDbContext db, string? tag, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, null, cancellationToken);
        var sold = list.Products.Where(p => p.Kind == VirtualGiftItem.KindKey && IsSold(p, viewer) && !viewer.Gifts[p.Sku].Custom).ToList();
        return (
            [.. sold.Where(p => tag is null || TagsOf(p).Contains(tag)).OrderByDescending(p => viewer.Gifts[p.Sku].Featured).Select(p => View(p, list, viewer))],
            [.. sold.SelectMany(TagsOf).Distinct().Order(StringComparer.Ordinal)]);

        string[] TagsOf(Product product) => viewer.Gifts[product.Sku].Tags?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
    }

    /// <summary>Where links to give time and points lead: the first product of each kind on sale; null: none.</summary>
    public async Task<(string? TimeSku, string? PointsSku)> GivenToOthersAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var list = await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return (First(PaidTime.KindKey), First(BoughtPoints.KindKey));

        string? First(string kind) => list.Products.FirstOrDefault(p => p.On && p.Kind == kind)?.Sku;
    }

    /// <summary>One product; null when it is not on sale.</summary>
    public async Task<ProductView?> FindAsync(ShopDbContext db, string sku, long? memberId, CancellationToken cancellationToken)
    {
        var (list, viewer) = await ReadAsync(db, memberId, sku, cancellationToken);
        return list.OnSale(sku) is { } product && IsSold(product, viewer) ? View(product, list, viewer) : null;
    }

    /// <summary>The product that points are sold as; null: they are not on sale.</summary>
    public async Task<string?> PointsSkuAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken))
            .Products.FirstOrDefault(p => p.On && p.Kind == BoughtPoints.KindKey)?.Sku;

    private sealed record Viewer(
        Recipient? Self, MembershipState State, RuleSet Rules, IReadOnlyDictionary<string, long> Left, IReadOnlyDictionary<long, long> Icons, DateTimeOffset At)
    {
        /// <summary>The virtual gifts that may be sold.</summary>
        public required IReadOnlyDictionary<string, VirtualGift> Gifts { get; init; }

        public required IReadOnlyList<ProductPicture> Pictures { get; init; }
    }

    private static bool IsSold(Product product, Viewer viewer) => product.On && (product.Kind != VirtualGiftItem.KindKey || viewer.Gifts.ContainsKey(product.Sku));

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
        var shown = list.Products.Where(p => p.On && (sku is null || p.Sku == sku)).ToList();
        var gifts = shown.Any(p => p.Kind == VirtualGiftItem.KindKey)
            ? await ActiveGifts.For(db)(db, sku).ToDictionaryAsync(g => g.Sku, cancellationToken: cancellationToken)
            : [];
        var pictures = await PicturesOf.For(db)(db, sku).ToListAsync(cancellationToken);
        return (list, new Viewer(self, state, set, left, icons, clock.GetUtcNow()) { Gifts = gifts, Pictures = pictures });
    }

    private ProductView View(Product product, PriceList list, Viewer viewer)
    {
        var kind = kinds.Get(product.Kind);
        var states = viewer.Self is { } self ? new Dictionary<long, MembershipState> { [self.Id] = viewer.State } : [];
        var preview = new Preview(viewer.At, viewer.Rules, states) { Left = viewer.Left, Icons = viewer.Icons, ActiveGifts = viewer.Gifts.Keys.ToHashSet() };
        var form = kind.FormUnder(viewer.Rules, product);
        var line = new ItemLine(product, form.MinQuantity, viewer.Self, viewer.Self?.Id);
        var refusal = kinds.Check(line, preview, []);
        var renews = SubscriptionTerms.Offers(viewer.Rules, product);
        return new ProductView
        {
            Sku = product.Sku,
            Group = product.Group,
            Title = kind.Name(product),
            Adds = kind.Adds(product),
            Price = new Money(product.PriceMinor, list.Money),
            PlusTax = viewer.Rules.Get<TaxTerms>().Added(product.Sku),
            Points = product.Points,
            Form = form,
            MaxNote = viewer.Rules.Get<CartTerms>().MaxNote,
            Gifts = viewer.Rules.Get<GiftTerms>(),
            Today = Days.Of(viewer.At),
            Info = product.About is { Length: > 0 } about ? kind.Info(product) with { Gives = about } : kind.Info(product),
            SmallPicture = viewer.Pictures.FirstOrDefault(p => p.Sku == product.Sku && p.Size == PictureSize.Small)?.Hash,
            LargePicture = viewer.Pictures.FirstOrDefault(p => p.Sku == product.Sku && p.Size == PictureSize.Large)?.Hash,
            Effect = refusal is null ? kind.Effect(line, preview) : null,
            Refusal = refusal,
            Renews = renews,
            RenewsMonths = renews ? PaidTime.GoodsOf(product).Months : 0,
            PossibleFrom = refusal is null ? null : kind.PossibleFrom(line, preview),
            LeftAtMost = viewer.Left.TryGetValue(product.Sku, out var left) && left > 0 ? Stock.AtMost(left) : null,
            Season = SeasonView.At(viewer.Rules, viewer.At),
        };
    }
}

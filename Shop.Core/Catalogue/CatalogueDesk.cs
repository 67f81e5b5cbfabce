using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Which products the desk's list shows. waiting: virtual gifts that nobody has approved.</summary>
public enum CatalogueFilter { All, On, Off, Waiting }

/// <summary>What staff look for in the catalogue.</summary>
/// <param name="Text">Part of a name, a title or a tag; empty: everything.</param>
/// <param name="Kind">The key of an item kind; null: every kind.</param>
public sealed record CatalogueSearch(string? Text, string? Kind, CatalogueFilter Show);

/// <summary>A product as the desk sees it.</summary>
public sealed record CatalogueRow
{
    public required Product Product { get; init; }

    public required string Title { get; init; }

    public required Money Price { get; init; }

    /// <summary>The draft of the rules in which alone it stands; null: the rules have it.</summary>
    public long? Draft { get; init; }

    /// <summary>It can be bought now: on, in the rules in force, and approved where that is needed.</summary>
    public required bool IsSold { get; init; }

    /// <summary>Pieces sold in the last <see cref="CatalogueDesk.SoldDays"/> days and not given back as a whole order.</summary>
    public required long Sold { get; init; }

    /// <summary>Of a limited product: how many are left, those being paid not among them; null: no limit.</summary>
    public long? Left { get; init; }

    /// <summary>Pieces of a limited product that unpaid orders hold.</summary>
    public long Reserved { get; init; }

    public string? SmallPicture { get; init; }

    public string? LargePicture { get; init; }

    /// <summary>Of a virtual gift; null: nothing but the price list knows it yet.</summary>
    public VirtualGift? Gift { get; init; }
}

/// <summary>A change of the catalogue with the name of whoever made it; null: the shop itself.</summary>
public sealed record CatalogueEvent(CatalogueField Field, string? Old, string? New, DateTimeOffset At, string? Actor, string Reason);

/// <summary>What a new product is to be, as far as its kind asks for it.</summary>
public sealed record NewProduct
{
    public required string Sku { get; init; }

    public required string Kind { get; init; }

    public required string Group { get; init; }

    /// <summary>In minor units; of a virtual gift it follows from <see cref="Points"/>.</summary>
    public long PriceMinor { get; init; }

    public long? Points { get; init; }

    public int? Stock { get; init; }

    public string? About { get; init; }

    public string? Class { get; init; }

    public int? Months { get; init; }

    public string? Name { get; init; }

    public GiftDetails Details { get; init; } = new("", false, false);
}

/// <summary>What staff say about a virtual gift beside its price list row. Tags: words with spaces or commas between them.</summary>
public sealed record GiftDetails(string Tags, bool Featured, bool Custom);

/// <summary>What became of a change of the catalogue. Unless it is <see cref="Done"/> or <see cref="Drafted"/>, nothing was changed.</summary>
public abstract record CatalogueResult
{
    private CatalogueResult() { }

    public sealed record Done : CatalogueResult;

    /// <summary>It stands in a draft of the rules, which has to be published.</summary>
    public sealed record Drafted(long Draft) : CatalogueResult;

    /// <summary>There is no such product, or none of this kind.</summary>
    public sealed record Unknown : CatalogueResult;

    /// <summary>A reason of 1 to <see cref="CatalogueDesk.MostReason"/> characters is needed.</summary>
    public sealed record NoReason : CatalogueResult;

    /// <summary>Somebody changed it since, or it says so already.</summary>
    public sealed record Changed : CatalogueResult;

    /// <summary>The tags are longer than they may be, or no small words.</summary>
    public sealed record BadTags : CatalogueResult;

    /// <summary>A gift needs both pictures before it is approved.</summary>
    public sealed record NoPictures : CatalogueResult;

    /// <summary>The site wants another admin than the one who made it to approve it.</summary>
    public sealed record NeedsAnother : CatalogueResult;

    /// <summary>It was sold, so it can be switched off and not deleted (DW-15).</summary>
    public sealed record WasSold : CatalogueResult;

    /// <summary>It is active: it is switched off first.</summary>
    public sealed record IsActive : CatalogueResult;

    public sealed record BadPicture(PictureRefusal Why) : CatalogueResult;

    /// <summary>Something is wrong with a product, each with its place in the rules.</summary>
    public sealed record Refused(IReadOnlyList<RuleProblem> Problems) : CatalogueResult;
}

/// <summary>
/// Where staff see and change what is sold. Prices, switches, names and words are rules: those changes go into a draft. Pictures, and what a virtual gift is
/// beside its price, are changed at once, each with a row that says who and why.
/// </summary>
public sealed class CatalogueDesk(Writes writes, RuleBook book, RuleDesk desk, ItemKinds kinds, TimeProvider clock)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MostReason = 200;

    public const int SoldDays = 90;
    private const int MostDrafts = 50;
    private const int MostEvents = 100;

    /// <summary>Every product of the last rules and of drafts, in their order, as far as it is looked for. A fixed number of queries.</summary>
    public async Task<IReadOnlyList<CatalogueRow>> ListAsync(ShopDbContext db, CatalogueSearch search, CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(db, null, cancellationToken);
        var text = search.Text?.Trim() ?? "";
        return
        [
            .. rows.Where(r => (search.Kind is null || r.Product.Kind == search.Kind)
                && (text.Length == 0 || Has(r.Product.Sku, text) || Has(r.Title, text) || Has(r.Gift?.Tags ?? "", text))
                && search.Show switch
                {
                    CatalogueFilter.On => r.IsSold,
                    CatalogueFilter.Off => !r.IsSold,
                    CatalogueFilter.Waiting => r.Product.Kind == VirtualGiftItem.KindKey && r.Gift is null or { State: VirtualGiftState.Proposed },
                    _ => true,
                }),
        ];
    }

    /// <summary>One product with its history, newest first; null: neither the rules nor a draft have it.</summary>
    public async Task<(CatalogueRow Row, IReadOnlyList<CatalogueEvent> History)?> FindAsync(ShopDbContext db, string sku, CancellationToken cancellationToken)
    {
        if (await ReadAsync(db, sku, cancellationToken) is not [var row, ..])
        {
            return null;
        }

        var history = await db.CatalogueChanges.Where(c => c.Sku == sku).OrderByDescending(c => c.Id).Take(MostEvents)
            .Select(c => new CatalogueEvent(
                c.Field, c.Old, c.New, c.At, db.Users.Where(m => m.Id == c.ActorId).Select(m => m.UserName).FirstOrDefault(), c.Reason))
            .ToListAsync(cancellationToken);
        return (row, history);
    }

    /// <summary>Puts a new product into the admin's draft of the rules; a virtual gift also into the catalogue, where it waits for its approval.</summary>
    public async Task<CatalogueResult> AddAsync(NewProduct wish, string? reason, long admin, CancellationToken cancellationToken)
    {
        if (Reason(reason) is not { } why)
        {
            return new CatalogueResult.NoReason();
        }

        if (kinds.Find(wish.Kind) is null)
        {
            return new CatalogueResult.Unknown();
        }

        var isGift = wish.Kind == VirtualGiftItem.KindKey;
        var tags = Tags(wish.Details.Tags);
        if (isGift && tags is null)
        {
            return new CatalogueResult.BadTags();
        }

        var (draft, version) = await desk.ContinueAsync(admin, cancellationToken);
        var list = await writes.ReadAsync(async (db, token) => (await desk.FindAsync(db, draft, token))!.Now[PriceList.Section], cancellationToken);
        var products = (JsonArray)list["products"]!;
        if (products.Any(p => (string?)p!["sku"] == wish.Sku))
        {
            return new CatalogueResult.Refused([new RuleProblem($"{PriceList.Section}:products[{wish.Sku}].sku", ShopRuleTexts.Get("SkuTaken", wish.Sku))]);
        }

        var pointValue = (long)list["pointValueMinor"]!;
        products.Add(JsonSerializer.SerializeToNode(Product(wish, pointValue), JsonSerializerOptions.Web));
        switch (await desk.SaveAsync(draft, version, PriceList.Section, list, admin, cancellationToken))
        {
            case DeskResult.Refused refused:
                return new CatalogueResult.Refused(refused.Problems);
            case DeskResult.Saved:
                break;
            default:
                return new CatalogueResult.Changed();
        }

        if (isGift)
        {
            var now = clock.GetUtcNow();
            await writes.RunAsync(
                async (unit, token) =>
                {
                    await EnsureAsync(unit.Db, wish.Sku, admin, now, token);
                    await DescribeAsync(unit.Db, wish.Sku, new GiftDetails(tags!, wish.Details.Featured, wish.Details.Custom), token);
                    Add(unit.Db, wish.Sku, CatalogueField.Made, null, wish.Name, admin, why, now);
                    return await unit.Db.SaveChangesAsync(token);
                },
                cancellationToken);
        }

        return new CatalogueResult.Drafted(draft);
    }

    /// <summary>Tags, first place and "made for somebody" of a virtual gift.</summary>
    public async Task<CatalogueResult> DescribeAsync(string sku, GiftDetails details, string? reason, long admin, CancellationToken cancellationToken)
    {
        if (Tags(details.Tags) is not { } tags)
        {
            return new CatalogueResult.BadTags();
        }

        return await ChangeAsync(
            sku,
            reason,
            async (db, gift, why, token) =>
            {
                (CatalogueField Field, string? Old, string? New)[] changes =
                [
                    (CatalogueField.Tags, gift.Tags?.Trim(), tags.Length == 0 ? null : tags),
                    (CatalogueField.Featured, Flag(gift.Featured), Flag(details.Featured)),
                    (CatalogueField.Custom, Flag(gift.Custom), Flag(details.Custom)),
                ];
                if (changes.All(c => c.Old == c.New))
                {
                    return new CatalogueResult.Changed();
                }

                await DescribeAsync(db, sku, details with { Tags = tags }, token);
                foreach (var change in changes.Where(c => c.Old != c.New))
                {
                    Add(db, sku, change.Field, change.Old, change.New, admin, why, clock.GetUtcNow());
                }

                return new CatalogueResult.Done();
            },
            cancellationToken);
    }

    /// <summary>Approves a virtual gift or switches it on (active), or switches it off; each as the table of its states says, once.</summary>
    public Task<CatalogueResult> SwitchAsync(string sku, bool on, string? reason, long admin, CancellationToken cancellationToken) => ChangeAsync(
        sku,
        reason,
        async (db, gift, why, token) =>
        {
            var to = on ? VirtualGiftState.Active : VirtualGiftState.Off;
            if (!VirtualGiftStates.Table.Before(to).Contains(gift.State))
            {
                return new CatalogueResult.Changed();
            }

            var (now, isFirst) = (clock.GetUtcNow(), gift.State == VirtualGiftState.Proposed);
            if (isFirst && await db.ProductPictures.CountAsync(p => p.Sku == sku, token) < Enum.GetValues<PictureSize>().Length)
            {
                return new CatalogueResult.NoPictures();
            }

            if (isFirst && gift.MadeBy == admin && (await book.GetAsync<PublishingTerms>(db, await book.CurrentAsync(db, token), token)).SecondAdmin)
            {
                return new CatalogueResult.NeedsAnother();
            }

            var (by, at) = isFirst ? (admin, now) : (gift.ApprovedBy, gift.ApprovedAt);
            var moved = await db.VirtualGifts.Where(g => g.Sku == sku && g.State == gift.State).ExecuteUpdateAsync(
                set => set.SetProperty(g => g.State, to).SetProperty(g => g.ApprovedBy, by).SetProperty(g => g.ApprovedAt, at), token);
            if (moved == 0)
            {
                return new CatalogueResult.Changed();
            }

            Add(db, sku, CatalogueField.State, Words.Of(gift.State), Words.Of(to), admin, why, now);
            return new CatalogueResult.Done();
        },
        cancellationToken);

    /// <summary>Gives a product of any kind a picture; the file is read strictly and written anew.</summary>
    public async Task<CatalogueResult> PictureAsync(string sku, PictureSize size, byte[] file, string? reason, long? admin, CancellationToken cancellationToken)
    {
        if (Reason(reason) is not { } why)
        {
            return new CatalogueResult.NoReason();
        }

        var (least, most) = Pictures.Sides(size);
        var (png, width, height, refusal) = file.Length == 0 ? (null, 0, 0, PictureRefusal.Missing) : PngFile.Rewrite(file, least, most);
        if (png is null)
        {
            return new CatalogueResult.BadPicture(refusal!.Value);
        }

        return await writes.RunAsync<CatalogueResult>(
            async (unit, token) =>
            {
                if ((await ProductsAsync(unit.Db, token)).All(p => p.Product.Sku != sku))
                {
                    return new CatalogueResult.Unknown();
                }

                var now = clock.GetUtcNow();
                var (old, hash) = await Pictures.PutAsync(unit.Db, sku, size, png, width, height, admin, now, token);
                if (old == hash)
                {
                    return new CatalogueResult.Changed();
                }

                Add(unit.Db, sku, size == PictureSize.Small ? CatalogueField.SmallPicture : CatalogueField.LargePicture, old, hash, admin, why, now);
                await unit.Db.SaveChangesAsync(token);
                return new CatalogueResult.Done();
            },
            cancellationToken);
    }

    /// <summary>Takes a virtual gift that was never sold out of the catalogue, and its row out of the price list, in a draft.</summary>
    public async Task<CatalogueResult> DeleteAsync(string sku, string? reason, long admin, CancellationToken cancellationToken)
    {
        var result = await ChangeAsync(
            sku,
            reason,
            async (db, gift, why, token) =>
            {
                if (gift.State == VirtualGiftState.Active)
                {
                    return new CatalogueResult.IsActive();
                }

                // asked by the statement that deletes: nothing is sold while it is not active
                var gone = await db.VirtualGifts.Where(g => g.Sku == sku && g.State == gift.State && !db.OrderLines.Any(l => l.Sku == sku)).ExecuteDeleteAsync(token);
                if (gone == 0)
                {
                    return new CatalogueResult.WasSold();
                }

                await db.ProductPictures.Where(p => p.Sku == sku).ExecuteDeleteAsync(token);
                Add(db, sku, CatalogueField.Deleted, Words.Of(gift.State), null, admin, why, clock.GetUtcNow());
                return new CatalogueResult.Done();
            },
            cancellationToken);
        if (result is not CatalogueResult.Done)
        {
            return result;
        }

        var (draft, version) = await desk.ContinueAsync(admin, cancellationToken);
        var list = await writes.ReadAsync(async (db, token) => (await desk.FindAsync(db, draft, token))!.Now[PriceList.Section], cancellationToken);
        var products = (JsonArray)list["products"]!;
        if (products.FirstOrDefault(p => (string?)p!["sku"] == sku) is { } row)
        {
            products.Remove(row);
            return await desk.SaveAsync(draft, version, PriceList.Section, list, admin, cancellationToken) is DeskResult.Saved
                ? new CatalogueResult.Drafted(draft)
                : new CatalogueResult.Changed();
        }

        return result;
    }

    /// <summary>Approves a gift that came with the shop, with its pictures: for demo members only. What is there already stays as it is.</summary>
    public async Task EnsureShownAsync(string sku, GiftDetails details, byte[] small, byte[] large, CancellationToken cancellationToken)
    {
        if (await writes.ReadAsync((db, token) => db.VirtualGifts.AnyAsync(g => g.Sku == sku, token), cancellationToken))
        {
            return;
        }

        const string Why = "came with the shop";
        var now = clock.GetUtcNow();
        await PictureAsync(sku, PictureSize.Small, small, Why, null, cancellationToken);
        await PictureAsync(sku, PictureSize.Large, large, Why, null, cancellationToken);
        await writes.RunAsync(
            async (unit, token) =>
            {
                await EnsureAsync(unit.Db, sku, null, now, token);
                await DescribeAsync(unit.Db, sku, details, token);
                Add(unit.Db, sku, CatalogueField.State, Words.Of(VirtualGiftState.Proposed), Words.Of(VirtualGiftState.Active), null, Why, now);
                await unit.Db.SaveChangesAsync(token);
                return await unit.Db.VirtualGifts.Where(g => g.Sku == sku && g.State == VirtualGiftState.Proposed).ExecuteUpdateAsync(
                    set => set.SetProperty(g => g.State, VirtualGiftState.Active).SetProperty(g => g.ApprovedAt, now), token);
            },
            cancellationToken);
    }

    private async Task<IReadOnlyList<CatalogueRow>> ReadAsync(ShopDbContext db, string? sku, CancellationToken cancellationToken)
    {
        var all = (await ProductsAsync(db, cancellationToken)).Where(p => sku is null || p.Product.Sku == sku).ToList();
        var skus = all.Select(p => p.Product.Sku).ToList();
        var set = await book.OfAsync(db, await book.CurrentAsync(db, cancellationToken), cancellationToken);
        var inForce = set.Get<PriceList>();
        var since = clock.GetUtcNow().AddDays(-SoldDays);
        var sold = await db.Orders.Where(o => o.PaidAt >= since && o.State != OrderState.Refunded)
            .Join(db.OrderLines.Where(l => skus.Contains(l.Sku)), o => o.Id, l => l.OrderId, (_, l) => new { l.Sku, l.Quantity })
            .GroupBy(l => l.Sku).Select(g => new { g.Key, Count = g.Sum(l => (long)l.Quantity) }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var limited = all.Select(p => p.Product).Where(p => p.Limited is not null).ToList();
        var left = await Stock.LeftAsync(db, limited, null, cancellationToken);
        var reserved = await Stock.ReservedAsync(db, limited, cancellationToken);
        var pictures = await db.ProductPictures.AsNoTracking().Where(p => skus.Contains(p.Sku)).ToListAsync(cancellationToken);
        var gifts = await db.VirtualGifts.AsNoTracking().Where(g => skus.Contains(g.Sku)).ToDictionaryAsync(g => g.Sku, cancellationToken);
        return
        [
            .. all.Select(each =>
            {
                var (product, draft) = each;
                var gift = gifts.GetValueOrDefault(product.Sku);
                return new CatalogueRow
                {
                    Product = product,
                    Title = kinds.Find(product.Kind)?.Name(product) ?? product.Sku,
                    Price = new Money(product.PriceMinor, inForce.Money),
                    Draft = draft,
                    IsSold = inForce.OnSale(product.Sku) is not null && (product.Kind != VirtualGiftItem.KindKey || gift is { State: VirtualGiftState.Active }),
                    Sold = sold.GetValueOrDefault(product.Sku),
                    Left = left.TryGetValue(product.Sku, out var number) ? number : null,
                    Reserved = reserved.GetValueOrDefault(product.Sku),
                    SmallPicture = Of(PictureSize.Small),
                    LargePicture = Of(PictureSize.Large),
                    Gift = gift,
                };

                string? Of(PictureSize size) => pictures.Find(p => p.Sku == product.Sku && p.Size == size)?.Hash;
            }),
        ];
    }

    /// <summary>The products of the last revision, then those that only drafts have.</summary>
    private async Task<IReadOnlyList<(Product Product, long? Draft)>> ProductsAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var last = await book.LastAsync(db, cancellationToken);
        var list = await book.GetAsync<PriceList>(db, last, cancellationToken);
        var drafts = await db.RuleDrafts.AsNoTracking().Where(d => d.State == RuleDraftState.Open || d.State == RuleDraftState.Proposed)
            .OrderByDescending(d => d.ChangedAt).Select(d => new { d.Id, d.Sections }).Take(MostDrafts).ToListAsync(cancellationToken);
        var found = list.Products.Select(p => (p, (long?)null)).ToList();
        foreach (var draft in drafts)
        {
            if (JsonNode.Parse(draft.Sections)?[PriceList.Section] is { } section && section.Deserialize<PriceList>(JsonSerializerOptions.Web) is { } drafted)
            {
                found.AddRange(drafted.Products.Where(p => found.All(f => f.Item1.Sku != p.Sku)).Select(p => (p, (long?)draft.Id)));
            }
        }

        return found;
    }

    /// <summary>One change of a virtual gift, in a transaction of its own; nothing of it stays unless it is done.</summary>
    private async Task<CatalogueResult> ChangeAsync(
        string sku, string? reason, Func<ShopDbContext, VirtualGift, string, CancellationToken, Task<CatalogueResult>> change, CancellationToken cancellationToken)
    {
        if (Reason(reason) is not { } why)
        {
            return new CatalogueResult.NoReason();
        }

        return await writes.RunAsync<CatalogueResult>(
            async (unit, token) =>
            {
                if (!(await ProductsAsync(unit.Db, token)).Any(p => p.Product.Sku == sku && p.Product.Kind == VirtualGiftItem.KindKey))
                {
                    return new CatalogueResult.Unknown();
                }

                await EnsureAsync(unit.Db, sku, null, clock.GetUtcNow(), token);
                var gift = await unit.Db.VirtualGifts.AsNoTracking().FirstAsync(g => g.Sku == sku, token);
                var result = await change(unit.Db, gift, why, token);
                if (result is not CatalogueResult.Done)
                {
                    return unit.RollBack(result);
                }

                await unit.Db.SaveChangesAsync(token);
                return result;
            },
            cancellationToken);
    }

    private static Task EnsureAsync(ShopDbContext db, string sku, long? admin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (proposed, at) = (Words.Of(VirtualGiftState.Proposed), now.ToUnixTimeMilliseconds());
        return db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO virtual_gifts (sku, featured, custom, state, made_by, made_at) VALUES ({sku}, 0, 0, {proposed}, {admin}, {at}) ON CONFLICT (sku) DO NOTHING
            """,
            cancellationToken);
    }

    private static Task DescribeAsync(ShopDbContext db, string sku, GiftDetails details, CancellationToken cancellationToken)
    {
        var tags = details.Tags.Length == 0 ? null : $" {details.Tags} ";
        return db.VirtualGifts.Where(g => g.Sku == sku).ExecuteUpdateAsync(
            set => set.SetProperty(g => g.Tags, tags).SetProperty(g => g.Featured, details.Featured).SetProperty(g => g.Custom, details.Custom), cancellationToken);
    }

    private static void Add(ShopDbContext db, string sku, CatalogueField field, string? old, string? now, long? admin, string why, DateTimeOffset at) =>
        db.CatalogueChanges.Add(new CatalogueChange { Sku = sku, Field = field, Old = old, New = now, At = at, ActorId = admin, Reason = why });

    private static Product Product(NewProduct wish, long pointValue)
    {
        var isGift = wish.Kind == VirtualGiftItem.KindKey;
        object goods = wish.Kind switch
        {
            VirtualGiftItem.KindKey => new VirtualGiftGoods(wish.Name, wish.About),
            PaidTime.KindKey when wish.Months is { } months => new PaidTimeGoods(wish.Class ?? "", months),
            PaidTime.KindKey => new { @class = wish.Class ?? "" },
            _ => new { },
        };
        return new Product
        {
            Sku = wish.Sku,
            Kind = wish.Kind,
            Group = wish.Group,
            On = true,
            PriceMinor = isGift ? checked((wish.Points ?? 0) * pointValue) : wish.PriceMinor,
            Points = wish.Points,
            Stock = wish.Stock,
            About = isGift ? null : wish.About,
            Goods = JsonSerializer.SerializeToElement(goods, JsonSerializerOptions.Web),
        };
    }

    private static string? Reason(string? typed) => PlainText.Of(typed ?? "") is { Length: > 0 and <= MostReason } why ? why : null;

    /// <summary>The words, once each, with a space between them; null: too long, or no small words.</summary>
    private static string? Tags(string typed)
    {
        var words = string.Join(' ', typed.ToLowerInvariant().Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct());
        return words.Length <= VirtualGift.MostTags && words.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-') ? words : null;
    }

    private static string Flag(bool value) => value ? "1" : "0";

    private static bool Has(string text, string part) => CultureInfo.InvariantCulture.CompareInfo.IndexOf(text, part, CompareOptions.IgnoreCase) >= 0;
}

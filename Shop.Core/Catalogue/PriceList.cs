using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What is sold and for how much: a section of the rule book. A product that is not in it is not sold.</summary>
public sealed record PriceList
{
    public const string Section = "shop.prices";

    public required string Currency { get; init; }

    /// <summary>What a point is worth, in minor units: the ratio of every price in points to its price in money.</summary>
    public required long PointValueMinor { get; init; }

    /// <summary>The least money part of an order that is paid in money and points (F1), in minor units.</summary>
    public required long MixedFloorMinor { get; init; }

    /// <summary>Days after which a cart that nobody touched may go (DW-29).</summary>
    public int CartDays { get; init; } = 30;

    /// <summary>Days an unpaid order waits before it may expire.</summary>
    public int OrderDays { get; init; } = 7;

    public required IReadOnlyList<Product> Products { get; init; }

    [JsonIgnore]
    public Currency Money => Payments.Currency.Of(Currency);

    /// <summary>The product on sale under that name; null when there is none or it is switched off.</summary>
    public Product? OnSale(string sku) => Products.FirstOrDefault(p => p.On && p.Sku == sku);

    /// <summary>The price list of parity/dreamwidth.md section 1. What this version of the shop cannot deliver yet stands there switched off.</summary>
    public static PriceList Sample { get; } = new()
    {
        Currency = "USD",
        PointValueMinor = 10,
        MixedFloorMinor = 300,
        Products =
        [
            Time("paid12", "paid", 12, 2500), Time("paid6", "paid", 6, 1300), Time("paid2", "paid", 2, 500), Time("paid1", "paid", 1, 300),
            Time("prem12", "premium", 12, 4000), Time("prem6", "premium", 6, 2000),
            Other("seed", PaidTime.KindKey, 20_000, 2000, on: true) with { Group = "seed", Stock = 400, Goods = JsonSerializer.SerializeToElement(new { @class = "seed" }) },
            Other("rename", RenameTokenItem.KindKey, 1500, 150, on: true),
            Other("icons", ExtraIcons.KindKey, 100, 10, on: true),
            Other("points", BoughtPoints.KindKey, 10, null, on: true),
            Gift("gift_moon", "A sliver of moon", 10, "For somebody who is up late. It lights one page and keeps quiet about the rest."),
            Gift("gift_lantern", "A paper lantern", 20, "Warm, slightly crooked, and bright enough to find the way home by."),
            Gift("gift_tea", "A cup of tea", 10, "Still hot. No need to say anything while it is drunk."),
            Gift("gift_boat", "A paper boat", 30, "Folded from a letter that was never sent. It floats."),
        ],
    };

    private static Product Time(string sku, string accountClass, int months, long priceMinor) => new()
    {
        Sku = sku,
        Kind = PaidTime.KindKey,
        Group = accountClass,
        On = true,
        PriceMinor = priceMinor,
        Points = priceMinor / 10,
        Goods = JsonSerializer.SerializeToElement(new PaidTimeGoods(accountClass, months), JsonSerializerOptions.Web),
    };

    /// <summary>A virtual gift for so many points; it is sold once the catalogue has it approved.</summary>
    private static Product Gift(string sku, string name, long points, string about) => new()
    {
        Sku = sku,
        Kind = VirtualGiftItem.KindKey,
        Group = "gifts",
        On = true,
        PriceMinor = points * 10,
        Points = points,
        Goods = JsonSerializer.SerializeToElement(new VirtualGiftGoods(name, about), JsonSerializerOptions.Web),
    };

    private static Product Other(string sku, string kind, long priceMinor, long? points, bool on = false) => new()
    {
        Sku = sku,
        Kind = kind,
        Group = kind,
        On = on,
        PriceMinor = priceMinor,
        Points = points,
        Goods = JsonSerializer.SerializeToElement(new { }, JsonSerializerOptions.Web),
    };
}

/// <summary>A product of the price list.</summary>
public sealed record Product
{
    public required string Sku { get; init; }

    /// <summary>Key of the item kind that knows how to describe and deliver it.</summary>
    public required string Kind { get; init; }

    /// <summary>Under which heading the front page lists it.</summary>
    public required string Group { get; init; }

    /// <summary>On sale; switched off it is neither listed nor reachable.</summary>
    public required bool On { get; init; }

    /// <summary>Gross price of one, in minor units.</summary>
    public required long PriceMinor { get; init; }

    /// <summary>Price of one in points; null: not for points.</summary>
    public long? Points { get; init; }

    /// <summary>How many may be sold altogether; 0: none, negative or null: as many as are wanted.</summary>
    public int? Stock { get; init; }

    /// <summary>The number that may be sold; null: no limit.</summary>
    [JsonIgnore]
    public int? Limited => Stock is >= 0 ? Stock : null;

    /// <summary>Money paid for it earns no points in a bonus season.</summary>
    public bool NoBonus { get; init; }

    /// <summary>The site's own words about it, in place of the shop's; null: the shop's.</summary>
    public string? About { get; init; }

    /// <summary>What the kind needs to know, as its own record.</summary>
    public required JsonElement Goods { get; init; }
}

using System.Text.Json.Nodes;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>The price list as a section of the rule book: its fields, and what is wrong with a list, checked when published and at every start (DW-19).</summary>
public sealed class PriceListCheck(IEnumerable<ItemKind> kinds)
{
    private const long HighestMinor = 1_000_000_000;
    private readonly Dictionary<string, ItemKind> kinds = kinds.Where(k => k.IsSold).ToDictionary(k => k.Key, StringComparer.Ordinal);

    /// <summary>
    /// The section with its bounds; the fields of goods are those of paid time and virtual gifts, and only products that have them show them. The check is asked for when
    /// it is needed: kinds need the rule book, which needs its sections.
    /// </summary>
    public static RuleSection<PriceList> Rules(Func<PriceListCheck> check) => new(PriceList.Section, PriceList.Sample, list => check().Problems(list))
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Choice("currency", [.. Currency.All.Select(c => c.Code).Order(StringComparer.Ordinal)]),
            new RuleField.Amount("pointValueMinor", 1, 10_000),
            new RuleField.Amount("mixedFloorMinor", 0, HighestMinor),
            new RuleField.Number("cartDays", 1, 366),
            new RuleField.Number("orderDays", 1, 366),
            new RuleField.Rows("products", ["sku"],
            [
                new RuleField.Word("kind", 32),
                new RuleField.Switch("on"),
                new RuleField.Amount("priceMinor", 1, HighestMinor),
                new RuleField.Number("points", 1, HighestMinor) { Optional = true },
                new RuleField.Number("stock", -1, 1_000_000) { Optional = true },
                new RuleField.Switch("noBonus"),
                new RuleField.Word("group", 32),
                new RuleField.Word("goods.class", 32) { Optional = true },
                new RuleField.Number("goods.months", 1, 99) { Optional = true },
                new RuleField.Text("goods.name", VirtualGiftGoods.MostName) { Optional = true },
                new RuleField.Text("goods.about", VirtualGiftGoods.MostAbout) { Optional = true },
                new RuleField.Text("about", VirtualGiftGoods.MostAbout) { Optional = true },
            ])
            {
                Blank = new JsonObject { ["kind"] = PaidTime.KindKey, ["noBonus"] = false, ["goods"] = new JsonObject() },
            },
        ],
    };

    private IEnumerable<RuleProblem> Problems(PriceList list) => list.Products.SelectMany(p => Problems(p, list));

    private IEnumerable<RuleProblem> Problems(Product product, PriceList list)
    {
        var path = $"{PriceList.Section}:products[{product.Sku}]";
        if (product.Points is { } points && (Int128)points * list.PointValueMinor != product.PriceMinor)
        {
            yield return new RuleProblem(
                path + ".points", ShopRuleTexts.Get("PointsRatio", product.Sku, points, (Int128)points * list.PointValueMinor, product.PriceMinor));
        }

        if (product.On && !kinds.ContainsKey(product.Kind))
        {
            yield return new RuleProblem(path + ".on", ShopRuleTexts.Get("NoKind", product.Sku, product.Kind));
        }

        if (kinds.TryGetValue(product.Kind, out var kind))
        {
            foreach (var problem in kind.Problems(product, list))
            {
                yield return new RuleProblem(path + ".goods", $"{product.Sku}: {problem}");
            }
        }
    }
}

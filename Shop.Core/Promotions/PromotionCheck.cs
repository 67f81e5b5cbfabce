using Shop.Accounts;

namespace Shop.Core;

/// <summary>What promotions must keep to the price list, the classes and the seasons: things that exist, and nobody richer for having bought.</summary>
public static class PromotionCheck
{
    public static RuleSetCheck Check { get; } = new(Problems);

    private static IEnumerable<RuleProblem> Problems(RuleSet rules) => rules.Get<PromotionTerms>().Promotions.SelectMany(p => Problems(p, rules));

    private static IEnumerable<RuleProblem> Problems(Promotion promotion, RuleSet rules)
    {
        var (list, path) = (rules.Get<PriceList>(), PromotionTerms.Path(promotion));
        var named = promotion.Product is { } sku ? list.Products.FirstOrDefault(p => p.Sku == sku) : null;
        if (promotion.Product is not null && named is null)
        {
            yield return new RuleProblem($"{path}.product", ShopRuleTexts.Get("PromotionNoProduct", promotion.Key, promotion.Product));
            yield break;
        }

        if (named?.Kind == BoughtPoints.KindKey)
        {
            yield return new RuleProblem($"{path}.product", ShopRuleTexts.Get("PromotionPoints", promotion.Key));
            yield break;
        }

        if (promotion.MemberClass is { } name && rules.Get<AccountTerms>().Find(name) is null)
        {
            yield return new RuleProblem($"{path}.memberClass", ShopRuleTexts.Get("PromotionNoClass", promotion.Key, name));
        }

        var looked = list.Products.Where(p => p.On && promotion.LooksAt(p.Sku, p.Kind == BoughtPoints.KindKey)).ToList();
        if (promotion.AmountMinor is { } amount)
        {
            if (amount % list.PointValueMinor != 0)
            {
                yield return new RuleProblem($"{path}.amountMinor", ShopRuleTexts.Get("PromotionWholePoints", promotion.Key, amount, list.PointValueMinor));
            }

            if (Least(promotion, looked) is { } costs && amount >= costs)
            {
                yield return new RuleProblem($"{path}.amountMinor", ShopRuleTexts.Get("PromotionAmount", promotion.Key, amount, costs));
            }
        }

        if (promotion.Months is { } months)
        {
            var packages = looked.Where(p => p.Kind == PaidTime.KindKey).Select(p => PaidTime.GoodsOf(p).Months).Where(m => m > 0).ToList();
            if (packages.Count == 0 && (named is not null || looked.Count > 0))
            {
                yield return new RuleProblem($"{path}.months", ShopRuleTexts.Get("PromotionNoTime", promotion.Key));
            }
            else if (packages.Count > 0 && months > packages.Min())
            {
                yield return new RuleProblem($"{path}.months", ShopRuleTexts.Get("PromotionMonths", promotion.Key, months, packages.Min()));
            }
        }

        if (promotion.Points is { } points && Least(promotion, [.. looked.Where(p => !p.NoBonus)]) is { } least)
        {
            // a season may run at the same time, and both together must leave something of the price
            var season = rules.Get<PointTerms>().Seasons.Where(s => s.From <= promotion.Until && s.Until >= promotion.From).MinBy(s => s.MinorPerPoint);
            if (PromotionPricing.Parts(points, least, list.PointValueMinor) + PromotionPricing.Parts(season?.MinorPerPoint, list.PointValueMinor) >= PromotionPricing.Whole)
            {
                var worth = checked(points * list.PointValueMinor);
                yield return new RuleProblem(
                    $"{path}.points", season is null ? ShopRuleTexts.Get("PromotionPointsPay", promotion.Key, points, worth, least)
                        : ShopRuleTexts.Get("PromotionAndSeason", promotion.Key, points, worth, least, season.Key));
            }
        }
    }

    /// <summary>The least that a cart costs in which a promotion counts; null: nothing that it looks at is on sale.</summary>
    private static long? Least(Promotion promotion, IReadOnlyList<Product> looked) =>
        looked.Count == 0 ? null : Math.Max(promotion.MinimumMinor ?? 0, looked.Min(p => p.PriceMinor));
}

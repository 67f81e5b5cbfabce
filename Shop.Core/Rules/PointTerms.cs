using System.Globalization;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What points are worth besides paying: a section of the rule book. The guard over its rates is <see cref="PointTermsCheck"/>.</summary>
public sealed record PointTerms
{
    public const string Section = "shop.points";

    /// <summary>The fewest points that are sold at once (DW-11).</summary>
    public int LeastBought { get; init; } = 30;

    /// <summary>The most points that one line of a cart holds (DW-11).</summary>
    public int MostBought { get; init; } = 5000;

    /// <summary>The most points that are passed on at once (DW-48).</summary>
    public int MostTransferred { get; init; } = 5000;

    /// <summary>How often one account passes points on within an hour.</summary>
    public int MostTransfers { get; init; } = 20;

    /// <summary>So many days after they came in points run out; 0: never. It holds for points that come in from then on.</summary>
    public int LifeDays { get; init; }

    /// <summary>Days before points run out at which their member is told first; 0: not.</summary>
    public int FirstReminderDays { get; init; } = 30;

    /// <summary>Days before points run out at which their member is told once more; 0: not.</summary>
    public int LastReminderDays { get; init; } = 7;

    /// <summary>When points end that come in at an instant; null: never.</summary>
    public DateTimeOffset? EndOf(DateTimeOffset at) => LifeDays == 0 ? null : at.AddDays(LifeDays);

    /// <summary>Days between two conversions of the same account (F5).</summary>
    public int ConversionDays { get; init; } = 30;

    /// <summary>Seconds of time that a conversion leaves at least (F5).</summary>
    public int LeastLeftSeconds { get; init; } = 300;

    /// <summary>Days of time that are turned into points at once (F5).</summary>
    public int BlockDays { get; init; } = 30;

    /// <summary>Points for a block of time, by class; a class that is not listed is not turned into points.</summary>
    public IReadOnlyList<TimeRate> TimeRates { get; init; } = [];

    /// <summary>Seasons in which money spent earns points (DW-93).</summary>
    public IReadOnlyList<BonusSeason> Seasons { get; init; } = [];

    /// <summary>The rates of the sample price list: the highest that earn nobody points (F5, corrected).</summary>
    public static PointTerms Sample { get; } = new()
    {
        TimeRates = [new TimeRate { Class = "paid", PointsPerBlock = 20 }, new TimeRate { Class = "premium", PointsPerBlock = 29 }],
    };

    public static RuleSection<PointTerms> Rules { get; } = new(Section, Sample, Problems)
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Number("leastBought", 1, 100_000),
            new RuleField.Number("mostBought", 1, 100_000),
            new RuleField.Number("mostTransferred", 1, 1_000_000),
            new RuleField.Number("mostTransfers", 1, 10_000),
            new RuleField.Number("blockDays", 1, 366),
            new RuleField.Number("conversionDays", 0, 366),
            new RuleField.Number("leastLeftSeconds", 61, 31 * 86_400),
            new RuleField.Number("lifeDays", 0, 36_500),
            new RuleField.Number("firstReminderDays", 0, 365),
            new RuleField.Number("lastReminderDays", 0, 365),
            new RuleField.Rows("timeRates", ["class"], [new RuleField.Number("pointsPerBlock", 1, 1_000_000)]),
            new RuleField.Rows("seasons", ["key"], [new RuleField.Day("from"), new RuleField.Day("until"), new RuleField.Amount("minorPerPoint", 1, 1_000_000)]),
        ],
    };

    private static IEnumerable<RuleProblem> Problems(PointTerms terms)
    {
        if (terms.MostBought < terms.LeastBought)
        {
            yield return new RuleProblem($"{Section}:mostBought", ShopRuleTexts.Get("MostBelowLeast", terms.LeastBought, terms.MostBought));
        }

        if (terms.FirstReminderDays > 0 && terms.LastReminderDays >= terms.FirstReminderDays)
        {
            yield return new RuleProblem($"{Section}:lastReminderDays", ShopRuleTexts.Get("PointsRemindersInOrder", terms.LastReminderDays, terms.FirstReminderDays));
        }

        foreach (var season in terms.Seasons.Where(s => s.Until < s.From))
        {
            yield return new RuleProblem($"{Section}:seasons[{season.Key}].until", ShopRuleTexts.Get("SeasonEndsFirst", season.Key, Day(season.From), Day(season.Until)));
        }

        var inOrder = terms.Seasons.OrderBy(s => s.From).ThenBy(s => s.Key, StringComparer.Ordinal).ToList();
        foreach (var (first, second) in inOrder.Zip(inOrder.Skip(1)).Where(pair => pair.Second.From <= pair.First.Until))
        {
            yield return new RuleProblem(
                $"{Section}:seasons[{second.Key}].from", ShopRuleTexts.Get("SeasonsOverlap", first.Key, second.Key, Day(second.From), Day(first.Until)));
        }
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Points for a block of time of a class.</summary>
public sealed record TimeRate
{
    public required string Class { get; init; }

    public required int PointsPerBlock { get; init; }
}

/// <summary>A season with a bonus: one point for each whole amount of money paid, from the first day to the last, UTC, both included.</summary>
public sealed record BonusSeason
{
    public required string Key { get; init; }

    public required DateOnly From { get; init; }

    public required DateOnly Until { get; init; }

    /// <summary>Money that earns one point, in minor units.</summary>
    public required long MinorPerPoint { get; init; }
}

/// <summary>What the sections of accounts and shop must keep to each other: classes that exist, and nobody richer for having bought (F5, DF-12).</summary>
public static class PointTermsCheck
{
    public static RuleSetCheck Check { get; } = new(Problems);

    /// <summary>
    /// The packages of time on sale, with what each costs in points (money counts as the points it would buy, rounded down), less the bonus that it earns in
    /// a season.
    /// </summary>
    public static IReadOnlyList<TimePackage> Packages(PriceList list, BonusSeason? season = null) =>
    [
        .. list.Products.Where(p => p.On && p.Kind == PaidTime.KindKey)
            .Select(p => (Product: p, Goods: PaidTime.GoodsOf(p)))
            .Select(p => new TimePackage(p.Goods.Class, p.Goods.Months, (p.Product.PriceMinor / list.PointValueMinor) - (season is null || p.Product.NoBonus ? 0 : p.Product.PriceMinor / season.MinorPerPoint))),
    ];

    private static IEnumerable<RuleProblem> Problems(RuleSet rules)
    {
        var (list, terms, points) = (rules.Get<PriceList>(), rules.Get<AccountTerms>(), rules.Get<PointTerms>());
        var unknown = list.Products.Where(p => p.On && p.Kind == PaidTime.KindKey && terms.Find(PaidTime.GoodsOf(p).Class) is not { Rank: > 0 }).ToList();
        foreach (var product in unknown)
        {
            yield return new RuleProblem(
                $"{PriceList.Section}:products[{product.Sku}].goods.class", ShopRuleTexts.Get("SoldClassUnknown", product.Sku, PaidTime.GoodsOf(product).Class));
        }

        foreach (var product in list.Products.Where(p => p.On && p.Kind == PaidTime.KindKey).Except(unknown))
        {
            var (goods, path) = (PaidTime.GoodsOf(product), $"{PriceList.Section}:products[{product.Sku}].goods.months");
            var permanent = terms.Find(goods.Class) is { Permanent: true };
            if (permanent != (goods.Months == 0))
            {
                yield return new RuleProblem(path, permanent ? ShopRuleTexts.Get("PermanentMonths", product.Sku, goods.Class) : ShopRuleTexts.Get("MonthsMust", product.Sku));
            }
        }

        foreach (var rate in points.TimeRates.Where(r => terms.Find(r.Class) is not { Rank: > 0, Permanent: false }))
        {
            yield return new RuleProblem($"{PointTerms.Section}:timeRates[{rate.Class}]", ShopRuleTexts.Get("RateClassUnknown", rate.Class));
        }

        foreach (var limit in TimeForPoints.Limits(Packages(list), terms, points.BlockDays))
        {
            if (points.TimeRates.FirstOrDefault(r => r.Class == limit.Class) is { } rate && rate.PointsPerBlock > limit.HighestRate)
            {
                yield return new RuleProblem(
                    $"{PointTerms.Section}:timeRates[{rate.Class}].pointsPerBlock",
                    ShopRuleTexts.Get(
                        "RatePaysMore", rate.Class, rate.PointsPerBlock, points.BlockDays, limit.Package.Months, limit.Package.Class, limit.Package.Points,
                        limit.HighestRate));
            }
        }

        foreach (var season in points.Seasons.Where(s => s.MinorPerPoint > list.PointValueMinor))
        {
            // time bought in the season has earned points already: it may bring back only what is left of its price
            foreach (var limit in TimeForPoints.Limits(Packages(list, season), terms, points.BlockDays))
            {
                if (points.TimeRates.FirstOrDefault(r => r.Class == limit.Class) is { } rate && rate.PointsPerBlock > limit.HighestRate)
                {
                    yield return new RuleProblem(
                        $"{PointTerms.Section}:seasons[{season.Key}].minorPerPoint",
                        ShopRuleTexts.Get("SeasonAndRate", season.Key, limit.Package.Months, limit.Package.Class, rate.Class, rate.PointsPerBlock, points.BlockDays, limit.HighestRate));
                }
            }
        }

        foreach (var season in points.Seasons.Where(s => s.MinorPerPoint <= list.PointValueMinor))
        {
            yield return new RuleProblem(
                $"{PointTerms.Section}:seasons[{season.Key}].minorPerPoint",
                ShopRuleTexts.Get("SeasonPaysMore", season.Key, season.MinorPerPoint, list.PointValueMinor));
        }
    }
}

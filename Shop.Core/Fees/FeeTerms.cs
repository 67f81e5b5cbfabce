using Shop.Accounts;
using Shop.Payments;
using Shop.Payments.Fees;

namespace Shop.Core;

/// <summary>What payment services take by contract, and how long prices are promised: a section of the rule book.</summary>
public sealed record FeeTerms
{
    public const string Section = "shop.fees";

    /// <summary>Before this day, UTC, no price is raised; null: nothing is promised.</summary>
    public DateOnly? PricesUntil { get; init; }

    /// <summary>Before this day, UTC, the fees below were promised to the shop; null: nothing is promised.</summary>
    public DateOnly? FeesUntil { get; init; }

    public IReadOnlyList<ServiceFee> Services { get; init; } = [];

    /// <summary>The section, with what the services publish until the site writes its own contracts down.</summary>
    public static RuleSection<FeeTerms> Rules(IEnumerable<PublishedFee> published) => new(
        Section,
        new FeeTerms { Services = [.. published.Select(fee => new ServiceFee { Service = fee.Service.Value, RateThousandths = fee.RateThousandths, FixedMinor = fee.FixedMinor })] },
        _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Day("pricesUntil") { Optional = true },
            new RuleField.Day("feesUntil") { Optional = true },
            new RuleField.Rows(
                "services", ["service"],
                [
                    new RuleField.Word("service", 32), new RuleField.Number("rateThousandths", 0, 99_999), new RuleField.Amount("fixedMinor", 0, 100_000_00),
                    new RuleField.Amount("leastMinor", 0, 100_000_00), new RuleField.Choice("returned", [.. Enum.GetValues<FeeReturned>().Select(Words.Of)]),
                ])
            {
                Blank = new() { ["service"] = "", ["rateThousandths"] = 0, ["fixedMinor"] = 0, ["leastMinor"] = 0, ["returned"] = Words.Of(FeeReturned.None) },
            },
        ],
    };

    /// <summary>A promise that was made is kept: before its day no price goes up, and it is not taken back (fees.md M6).</summary>
    public static RuleSuccession Succession { get; } = new((before, after, effectiveAt) =>
        before.Get<FeeTerms>().PricesUntil is { } until && effectiveAt < Start(until) ? Broken(before, after, until) : []);

    internal static DateTimeOffset Start(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private static IEnumerable<RuleProblem> Broken(RuleSet before, RuleSet after, DateOnly until)
    {
        var day = until.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        if (after.Get<FeeTerms>().PricesUntil is not { } next || next < until)
        {
            yield return new RuleProblem($"{Section}:pricesUntil", ShopRuleTexts.Get("PromiseShortened", day));
        }

        if (after.Get<TaxTerms>().IsOnTop && !before.Get<TaxTerms>().IsOnTop)
        {
            yield return new RuleProblem($"{TaxTerms.Section}:included", ShopRuleTexts.Get("PromiseTax", day));
        }

        var (was, now) = (before.Get<PriceList>(), after.Get<PriceList>());
        if (now.Currency != was.Currency)
        {
            yield return new RuleProblem($"{PriceList.Section}:currency", ShopRuleTexts.Get("PromiseCurrency", day));
            yield break;
        }

        if (now.PointValueMinor > was.PointValueMinor)
        {
            yield return new RuleProblem($"{PriceList.Section}:pointValueMinor", ShopRuleTexts.Get("PromisePoint", day));
        }

        foreach (var product in was.Products)
        {
            var path = $"{PriceList.Section}:products[{product.Sku}]";
            var offer = now.Products.FirstOrDefault(p => p.Sku == product.Sku);
            if (offer is null)
            {
                yield return new RuleProblem(path, ShopRuleTexts.Get("PromiseRemoved", product.Sku, day));
            }
            else if (offer.PriceMinor > product.PriceMinor)
            {
                yield return new RuleProblem($"{path}.priceMinor", ShopRuleTexts.Get("PromiseRaised", product.Sku, day, product.PriceMinor, offer.PriceMinor));
            }
            else if (offer.Points > product.Points)
            {
                yield return new RuleProblem($"{path}.points", ShopRuleTexts.Get("PromiseRaisedInPoints", product.Sku, day, product.Points, offer.Points));
            }
            else if (GivesLess(product, offer))
            {
                yield return new RuleProblem($"{path}.goods", ShopRuleTexts.Get("PromiseGoods", product.Sku, day));
            }
        }
    }

    // words about the goods may change; what is handed over may not become less, which would be a higher price
    private static bool GivesLess(Product was, Product now) => now.Kind != was.Kind
        || (was.Kind == PaidTime.KindKey && (PaidTime.GoodsOf(now).Class != PaidTime.GoodsOf(was).Class || PaidTime.GoodsOf(now).Months < PaidTime.GoodsOf(was).Months));
}

/// <summary>What one payment service takes of a payment.</summary>
public sealed record ServiceFee
{
    /// <summary>The id of its plug-in.</summary>
    public required string Service { get; init; }

    /// <summary>Thousandths of a percent of the amount: 2900 is 2.9 %.</summary>
    public int RateThousandths { get; init; }

    public long FixedMinor { get; init; }

    /// <summary>The least it takes, minor units.</summary>
    public long LeastMinor { get; init; }

    /// <summary>What it gives back of its fee with a refund: the word of a <see cref="FeeReturned"/>.</summary>
    public string Returned { get; init; } = Words.Of(FeeReturned.None);

    /// <param name="currency">Of the price list.</param>
    /// <param name="until">How long the fee was promised to the shop.</param>
    /// <param name="capabilities">Amounts that the plug-in takes.</param>
    /// <param name="leastMinor">The least amount by the rules for the way to pay.</param>
    internal BackendFee In(Currency currency, DateOnly? until, PaymentCapabilities capabilities, long leastMinor) => new()
    {
        Id = Service,
        Rate = new(RateThousandths, 100_000),
        Fixed = FeeAmount.OfMinor(FixedMinor, currency),
        Least = FeeAmount.OfMinor(LeastMinor, currency),
        Lowest = Math.Max(leastMinor, In(currency, capabilities.Minimum) ?? 0) is > 0 and var lowest ? FeeAmount.OfMinor(lowest, currency) : null,
        Highest = In(currency, capabilities.Maximum) is { } highest ? FeeAmount.OfMinor(highest, currency) : null,
        RefundReturns = Words.Parse<FeeReturned>(Returned),
        GuaranteedUntil = until is { } day ? FeeTerms.Start(day) : null,
    };
    private static long? In(Currency currency, Money? bound) => bound is { } money && money.Currency == currency ? money.Minor : null;
}

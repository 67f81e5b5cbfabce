using System.Text.Json.Nodes;

namespace Shop.Payments.Fees;

/// <summary>M1 to M10 of a price list and the payment services in force (fees.md, section 4).</summary>
public static class ShopFeeReport
{
    private static readonly int[] Limits = [5, 10, 15, 20];

    /// <summary>What nobody can know beforehand, and no figure here contains.</summary>
    public static IReadOnlyList<string> Excluded { get; } = ["cross-border and currency surcharges", "disputes", "special wallet rates", "taxes"];

    private static readonly IReadOnlyList<FeeMetricText> Texts =
    [
        new("M1", "steps of the packages", "a smaller package, ten times which reaches this one; overbuy = points of the cheapest combination - points needed"),
        new("M2", "money that never becomes service", "f(P), and f(P) + stranded points x point value, as % of P"),
        new("M3", "range of prices", "[max(shop's minimum, lo), hi]; floor for a limit t: fix / (t - pct), rounded up"),
        new("M4", "range of fees", "f(P) / P over the prices; f(P) = max(minFee, round(pct x P + fix))"),
        new("M5", "upkeep per year", "a: unused points that run out in a year; b: change of the price list (own definition); c: staying paid for a year (own definition)"),
        new("M6", "assurance period", "the earliest of what was promised for prices and fees, minus now"),
        new("M7", "shortest time to use what was bought", "expiry of points - end of the sale"),
        new("M8", "share of the fee borne by the shop", "(f(P + s) - s) / f(P + s), s the surcharge; covered: (N + fix) / (1 - pct), rounded up"),
        new("M9", "refund criterion", "the buyer's fee of a refund <= another way + surcharge of buying again; besides what the shop loses"),
        new("M10", "promised against real fees", "compared on the desk's page, from what the services report"),
    ];

    /// <param name="inputs">The bytes that were read, for the hash.</param>
    /// <exception cref="FeeInputException">What was given does not fit together.</exception>
    public static FeeReport Make(
        string file, ShopPrices prices, IReadOnlyList<BackendFee> backends, DateTimeOffset now, FeePolicy policy, params IEnumerable<ReadOnlyMemory<byte>> inputs)
    {
        try
        {
            return Made(prices, [.. backends.OrderBy(b => b.Id, StringComparer.Ordinal)], now, policy, inputs);
        }
        catch (OverflowException)
        {
            throw new FeeInputException(file, "holds amounts whose sums are too large to be computed");
        }
    }

    private static FeeReport Made(ShopPrices prices, IReadOnlyList<BackendFee> backends, DateTimeOffset now, FeePolicy policy, IEnumerable<ReadOnlyMemory<byte>> inputs)
    {
        var unit = FeeAmount.UnitsPerMinor(prices.Currency);
        var overbuys = prices.Items.Where(i => i.Points > 0).OrderBy(i => i.Id, StringComparer.Ordinal)
            .Select(i => (Item: i, Bought: ShopMetrics.Cheapest(prices, i.Points!.Value))).Where(i => i.Bought is not null).ToList();
        var use = ShopMetrics.ShortestUse(prices, now);
        var metrics = new JsonObject
        {
            ["M1"] = new JsonObject
            {
                ["packages"] = prices.Packages.Count == 0 ? null : Ladder(prices),
                ["items"] = Rows(overbuys, i => new JsonObject
                {
                    ["item"] = i.Item.Id, ["points"] = i.Item.Points, ["bought"] = i.Bought!.Points, ["stranded"] = i.Bought.Stranded,
                    ["strandedPct"] = new Ratio(i.Bought.Stranded, i.Item.Points!.Value).Percent(),
                }),
            },
            ["M2"] = new JsonObject
            {
                ["prices"] = Rows(Payable(prices, backends), p => new JsonObject
                {
                    ["backend"] = p.Backend.Id, ["price"] = FeeAmount.Write(p.Price), ["fee"] = FeeAmount.Write(p.Backend.Of(p.Price, unit)),
                    ["feePct"] = new Ratio(p.Backend.Of(p.Price, unit), p.Price).Percent(),
                }),
                ["items"] = Rows(backends.SelectMany(b => overbuys.Where(i => b.Takes(i.Bought!.Price)).Select(i => (Backend: b, i.Item, Bought: i.Bought!))), i => new JsonObject
                {
                    ["backend"] = i.Backend.Id, ["item"] = i.Item.Id, ["paid"] = FeeAmount.Write(i.Bought.Price), ["fee"] = FeeAmount.Write(i.Backend.Of(i.Bought.Price, unit)),
                    ["stranded"] = FeeAmount.Write(i.Bought.Stranded * prices.PointValue), ["neverServicePct"] = ShopMetrics.NeverService(i.Bought, i.Backend, prices).Percent(),
                }),
            },
            ["M3"] = new JsonObject { ["pointValue"] = FeeAmount.Write(prices.PointValue), ["backends"] = Rows(backends, b => PriceRange(prices, b, unit)) },
            ["M4"] = Rows(backends, b => FeeRange(prices, b, unit)),
            ["M5"] = new JsonObject
            {
                ["pointsLostPct"] = ShopMetrics.YearlyLoss(use?.Days).Percent(),
                ["priceChangePct"] = ShopMetrics.PriceChange(prices)?.Percent(),
                ["priceChangeSince"] = prices.Earlier is { } earlier ? FeeReport.Time(earlier.At) : null,
                ["year"] = Rows(prices.Items.Where(i => i is { Months: > 0, Cash: > 0 }).OrderBy(i => i.Id, StringComparer.Ordinal), i => new JsonObject { ["item"] = i.Id, ["cost"] = FeeAmount.Write(ShopMetrics.YearOf(i)) }),
            },
            ["M6"] = Assured(ShopMetrics.AssuredUntil(prices, backends), now),
            ["M7"] = new JsonObject { ["days"] = use is { } shortest ? FeeReport.Days(FeeReport.Seconds(shortest)) : FeeReport.Unlimited },
            ["M8"] = Rows(Payable(prices, backends), p => new JsonObject
            {
                ["backend"] = p.Backend.Id, ["price"] = FeeAmount.Write(p.Price), ["surcharge"] = FeeAmount.Write(p.Backend.SurchargeOn(p.Price, unit)),
                ["shopPct"] = ShopMetrics.ShopShare(p.Price, p.Backend, unit).Percent(), ["covered"] = FeeAmount.Write(p.Backend.Covered(p.Price, unit)),
            }),
            ["M9"] = Rows(Payable(prices, backends), p => new JsonObject
            {
                ["backend"] = p.Backend.Id, ["price"] = FeeAmount.Write(p.Price), ["ok"] = ShopMetrics.RefundHolds(p.Price, p.Backend, 0, unit),
                ["shopLoses"] = FeeAmount.Write(p.Backend.LostByRefund(p.Price, unit)),
            }),
            ["M10"] = null,
        };
        var verdicts = policy.Judge(metrics);
        var root = new JsonObject
        {
            ["tool"] = "fees shop",
            ["inputHash"] = FeeReport.HashOf(inputs),
            ["now"] = FeeReport.Time(now),
            ["currency"] = prices.Currency.Code,
            ["notes"] = FeeReport.Texts(
            [
                "advisory: these figures inform, an informed buyer may go on anyway",
                "assumption: one spend and at most one refresh per coin; in a shop: one payment per purchase, nothing is split or joined",
                "limit: prices cut to the packages of one shop never leave anything over, and look better here than they are",
                "limit: fees that depend on how long something is valid are not seen by figures of one moment",
                $"rates: {string.Join("; ", backends.Select(Rates))}",
                $"rounding: {string.Join(", ", backends.Select(b => $"{b.Id} {Word(b.Rounding)}"))}, to the minor unit; percentages half up",
                $"excluded, because nobody knows them beforehand: {string.Join(", ", Excluded)}",
                "rates are settings, to be checked against the contract with each service",
                "anonymity: points belong to an account, so there is none to measure",
            ]),
            ["backends"] = Rows(backends, Terms),
            ["metrics"] = metrics,
            ["consolidation"] = Rows(backends.SelectMany(b => ShopMetrics.Consolidations(prices, b, unit)), c => new JsonObject
            {
                ["backend"] = c.Backend.Id, ["price"] = FeeAmount.Write(c.Price), ["once"] = FeeAmount.Write(c.Once), ["times"] = c.Times, ["part"] = FeeAmount.Write(c.Part),
                ["split"] = FeeAmount.Write(c.Split), ["saved"] = FeeAmount.Write(c.Saved),
            }),
            ["advice"] = Rows(Crossovers(backends, unit), c => new JsonObject { ["cheaper"] = c.Below.Id, ["than"] = c.Other.Id, ["below"] = FeeAmount.Write(c.At) }),
            ["warnings"] = FeeReport.Texts(Warnings(prices, backends, now)),
            ["policy"] = FeeReport.PolicyOf(verdicts),
        };
        return new(root, Texts, verdicts.All(v => v.Ok));
    }

    /// <summary>Below which price one service is cheaper than another.</summary>
    public static IEnumerable<(BackendFee Below, BackendFee Other, long At)> Crossovers(IReadOnlyList<BackendFee> backends, long minorUnit) =>
        backends.SelectMany(b => backends.Where(o => o != b).Select(o => (Below: b, Other: o, At: b.CheaperThanBelow(o, minorUnit)))).Where(c => c.At is not null)
            .Select(c => (c.Below, c.Other, c.At!.Value));

    private static string Rates(BackendFee b) =>
        $"{b.Id} {b.Rate.Percent()} % + {FeeAmount.Write(b.Fixed)}" + (b.Least > 0 ? $", at least {FeeAmount.Write(b.Least)}" : "");

    // the table as it was given, amounts in the price list's currency
    private static JsonObject Terms(BackendFee b) => new()
    {
        ["id"] = b.Id,
        ["pct"] = b.Rate.Percent(),
        ["fix"] = FeeAmount.Write(b.Fixed),
        ["minFee"] = FeeAmount.Write(b.Least),
        ["lo"] = b.Lowest is { } lowest ? FeeAmount.Write(lowest) : null,
        ["hi"] = b.Highest is { } highest ? FeeAmount.Write(highest) : null,
        ["rounding"] = b.Rounding switch { FeeRounding.Up => "up", FeeRounding.Down => "down", _ => "half-up" },
        ["refundReturns"] = b.RefundReturns switch { FeeReturned.Variable => "variable", FeeReturned.All => "all", _ => "none" },
        ["refundFee"] = FeeAmount.Write(b.RefundFee),
        ["surchargePct"] = b.SurchargeRate.Percent(),
        ["surchargeFix"] = FeeAmount.Write(b.SurchargeFixed),
        ["guaranteedUntil"] = b.GuaranteedUntil is { } until ? FeeReport.Time(until) : null,
    };

    private static string Word(FeeRounding rounding) => rounding switch { FeeRounding.Up => "up", FeeRounding.Down => "down", _ => "half up" };

    private static IEnumerable<(BackendFee Backend, long Price)> Payable(ShopPrices prices, IReadOnlyList<BackendFee> backends) =>
        backends.SelectMany(b => prices.Prices.Where(b.Takes).Select(p => (b, p)));

    private static JsonArray Rows<T>(IEnumerable<T> rows, Func<T, JsonObject> map) => new([.. rows.Select(r => (JsonNode?)map(r))]);

    private static JsonObject Ladder(ShopPrices prices)
    {
        var ladder = new CoinStructure(prices.Packages.Select(p => new Denomination(p.Price, 0, 0, 0, 0)));
        return new() { ["literal"] = Steps(CoinMetrics.LiteralSteps(ladder)), ["intended"] = Steps(CoinMetrics.IntendedSteps(ladder)) };
    }

    private static JsonObject Steps(StepsVerdict verdict) => new() { ["ok"] = verdict.Ok, ["fails"] = FeeReport.Texts(verdict.Fails.Select(FeeAmount.Write)) };

    private static JsonObject PriceRange(ShopPrices prices, BackendFee backend, long unit)
    {
        var floors = new JsonObject();
        foreach (var limit in Limits)
        {
            floors[$"{limit}"] = backend.FloorFor(new(limit, 100), unit) is { } floor ? FeeAmount.Write(floor) : null;
        }

        return new()
        {
            ["backend"] = backend.Id,
            ["lo"] = FeeAmount.Write(Math.Max(prices.Minimum, backend.Lowest ?? 0)),
            ["hi"] = backend.Highest is { } highest ? FeeAmount.Write(highest) : FeeReport.Unlimited,
            ["lowestForPct"] = floors,
        };
    }

    private static JsonObject FeeRange(ShopPrices prices, BackendFee backend, long unit)
    {
        var fees = prices.Prices.Where(backend.Takes).Select(p => (Price: p, Share: new Ratio(backend.Of(p, unit), p))).ToList();
        if (fees.Count == 0)
        {
            return new() { ["backend"] = backend.Id, ["min"] = null, ["minAt"] = null, ["max"] = null, ["maxAt"] = null };
        }

        var (least, greatest) = (fees.MinBy(f => f.Share), fees.MaxBy(f => f.Share));
        return new()
        {
            ["backend"] = backend.Id, ["min"] = least.Share.Percent(), ["minAt"] = FeeAmount.Write(least.Price), ["max"] = greatest.Share.Percent(), ["maxAt"] = FeeAmount.Write(greatest.Price),
        };
    }

    private static JsonObject Assured(DateTimeOffset? until, DateTimeOffset now) => until is null
        ? new() { ["until"] = null, ["seconds"] = null, ["days"] = "0.0" }
        : FeeReport.Span(until, now).AsObject();

    private static IEnumerable<string> Warnings(ShopPrices prices, IReadOnlyList<BackendFee> backends, DateTimeOffset now)
    {
        foreach (var backend in backends.Where(b => !prices.Prices.Any(b.Takes)))
        {
            yield return $"{backend.Id} takes none of these prices";
        }

        var stranded = prices.Items.Where(i => i.Points > 0).Select(i => ShopMetrics.Cheapest(prices, i.Points!.Value)).ToList();
        if (stranded.Count > 0 && stranded.TrueForAll(o => o is { Stranded: 0 }))
        {
            yield return "no change ever occurs: the packages may be cut to these items";
        }

        foreach (var same in prices.Packages.GroupBy(p => p.Points).Where(p => p.Select(package => package.Price).Distinct().Count() > 1).OrderBy(p => p.Key))
        {
            yield return $"{same.Key} points are sold at different prices";
        }

        if (prices.GuaranteedUntil is null)
        {
            yield return "nothing was promised about how long these prices hold";
        }
        else if (ShopMetrics.AssuredUntil(prices, backends) <= now)
        {
            yield return "what was promised has ended";
        }
    }
}

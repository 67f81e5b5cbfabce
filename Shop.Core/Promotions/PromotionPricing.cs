using Shop.Accounts;

namespace Shop.Core;

/// <summary>A line of a cart as promotions see it. <paramref name="PriceMinor"/> is what it costs by the price list, all pieces together.</summary>
public sealed record PromotionLine(long Id, string Sku, long PriceMinor)
{
    /// <summary>The line is points: no promotion looks at it.</summary>
    public bool IsPoints { get; init; }

    /// <summary>Money paid for it earns points.</summary>
    public bool EarnsBonus { get; init; } = true;

    /// <summary>Months of paid time in it; 0: it is something else, or time for good.</summary>
    public int Months { get; init; }
}

/// <summary>What promotions ask about whoever buys. <paramref name="Codes"/> are those in the cart.</summary>
public sealed record PromotionBuyer(DateOnly Today, bool SignedIn, IReadOnlyCollection<string> Codes)
{
    public bool HasOrdered { get; init; }

    /// <summary>The class of the buyer's account now.</summary>
    public string? Class { get; init; }

    /// <summary>Promotions, by key, that no order may use any more.</summary>
    public IReadOnlySet<string> UsedUp { get; init; } = new HashSet<string>();

    /// <summary>Promotions, by key, that this buyer may not use any more.</summary>
    public IReadOnlySet<string> UsedByBuyer { get; init; } = new HashSet<string>();
}

/// <summary>Why a promotion does not count in a cart.</summary>
public enum PromotionMiss
{
    /// <summary>There is no such code now.</summary>
    Unknown,

    /// <summary>Its last day is over.</summary>
    Over,

    UsedUp,

    UsedByBuyer,

    /// <summary>It is for members, and nobody is signed in.</summary>
    SignIn,

    /// <summary>The buyer has paid an order before.</summary>
    NotFirst,

    OtherClass,

    /// <summary>What it is for is not in the cart.</summary>
    ProductMissing,

    /// <summary>What it looks at costs too little.</summary>
    MinimumMissing,

    /// <summary>It would give nothing here, or leave nothing to pay.</summary>
    NothingToGive,

    /// <summary>Others, with which it does not go together, give more.</summary>
    OthersGiveMore,
}

/// <summary>A promotion that counts: what it takes off, the months and the points it gives.</summary>
public sealed record PromotionUse(Promotion Promotion, long AmountMinor, int Months, int Points);

/// <summary>A promotion that does not count, and why. <paramref name="MissingMinor"/>: what is missing to the least amount.</summary>
public sealed record PromotionMissed(string Code, Promotion? Promotion, PromotionMiss Reason, long MissingMinor = 0);

/// <summary>What promotions do to a line.</summary>
/// <param name="DiscountMinor">What is taken off its price: whole points.</param>
/// <param name="ExtraMonths">Months that it gives besides those bought.</param>
/// <param name="PaidMonths">Of all its months, those that were paid for as the price list says: only they can be turned into points.</param>
public readonly record struct LinePromotion(long DiscountMinor, int ExtraMonths, int PaidMonths);

/// <summary>What promotions do to a cart; the lines in the order in which they were given.</summary>
public sealed record PromotionResult(IReadOnlyList<PromotionUse> Uses, IReadOnlyList<PromotionMissed> Missed, IReadOnlyList<LinePromotion> Lines);

/// <summary>
/// What promotions do to a cart (ADR 0012). Pure: the same cart gives the same answer on every node, whatever the order of its lines, in a number of steps that is
/// bounded by promotions times lines.
/// </summary>
public static class PromotionPricing
{
    /// <summary>Shares of a price are counted in millionths.</summary>
    public const long Whole = 1_000_000;

    private const int MostMonths = 99;

    private static readonly int[] MostDays = [.. Enumerable.Range(0, MostMonths + 1).Select(TimeForPoints.MostDays)];

    /// <param name="promotions">All of the rules.</param>
    /// <param name="seasonMinorPerPoint">Money for a point in the season that is on; null: none is.</param>
    public static PromotionResult Of(
        IReadOnlyList<Promotion> promotions, IReadOnlyList<PromotionLine> lines, PromotionBuyer buyer, long pointValueMinor, long? seasonMinorPerPoint = null)
    {
        var season = Parts(seasonMinorPerPoint, pointValueMinor);
        var missed = buyer.Codes.Where(code => promotions.All(p => p.Code != code || !p.On || p.From > buyer.Today))
            .Select(code => new PromotionMissed(code, null, PromotionMiss.Unknown)).ToList();
        var fitting = new List<Promotion>();
        foreach (var promotion in promotions.Where(p => p.On && p.From <= buyer.Today && (p.Code is null || buyer.Codes.Contains(p.Code))))
        {
            if (Miss(promotion, lines, buyer) is not { } miss)
            {
                fitting.Add(promotion);
            }
            else if (promotion.Code is not null || miss.Reason == PromotionMiss.SignIn)
            {
                missed.Add(miss);
            }
        }

        // percentages of the price come first, then amounts, then what is given besides
        fitting = [.. fitting.OrderBy(Rank).ThenBy(p => p.Key, StringComparer.Ordinal)];
        var best = Try([.. fitting.Where(p => !p.Alone)], lines, pointValueMinor, season);
        foreach (var alone in fitting.Where(p => p.Alone))
        {
            var sole = Try([alone], lines, pointValueMinor, season);
            best = sole.Gain > best.Gain ? sole : best;
        }

        foreach (var promotion in fitting.Where(p => p.Code is not null && best.Uses.All(use => use.Promotion != p)))
        {
            var gives = Try([promotion], lines, pointValueMinor, season).Uses.Count > 0;
            missed.Add(new PromotionMissed(promotion.Code!, promotion, gives ? PromotionMiss.OthersGiveMore : PromotionMiss.NothingToGive));
        }

        return new PromotionResult(
            best.Uses, [.. missed.OrderBy(m => m.Code, StringComparer.Ordinal).ThenBy(m => m.Promotion?.Key, StringComparer.Ordinal)],
            [.. lines.Select((line, i) => new LinePromotion(best.Off[i], best.Extra[i], PaidMonths(line, i, best, season)))]);
    }

    /// <summary>The share of a price that so many points are worth, in millionths, rounded up.</summary>
    public static long Parts(long points, long priceMinor, long pointValueMinor) =>
        priceMinor <= 0 ? Whole : (long)Int128.Min(Whole, (((Int128)points * pointValueMinor * Whole) + priceMinor - 1) / priceMinor);

    /// <summary>The share of the money that a season gives back, in millionths, rounded up; null: there is none.</summary>
    public static long Parts(long? minorPerPoint, long pointValueMinor) => minorPerPoint is { } money ? Parts(1, money, pointValueMinor) : 0;

    /// <summary>What of a promotion's points money earns: in proportion to what is paid in money of what it looks at. Never more than the points.</summary>
    public static long Earned(int points, long paidMinor, long priceMinor) => priceMinor <= 0 ? 0 : (long)((Int128)points * paidMinor / priceMinor);

    /// <summary>
    /// Spreads whole units over weights by largest remainder: in proportion, none above its weight, the sum exact. Where remainders are equal the higher weight,
    /// then the lower id has it.
    /// </summary>
    public static long[] Spread(long units, IReadOnlyList<(long Id, long Weight)> over)
    {
        var all = over.Aggregate(0L, (sum, part) => checked(sum + part.Weight));
        var shares = new long[over.Count];
        if (units <= 0 || all == 0)
        {
            return shares;
        }

        var left = units = Math.Min(units, all);
        var remainders = new (long Over, long Weight, long Id, int At)[over.Count];
        for (var i = 0; i < over.Count; i++)
        {
            var exact = (Int128)units * over[i].Weight;
            shares[i] = (long)(exact / all);
            left -= shares[i];
            remainders[i] = ((long)(exact % all), over[i].Weight, over[i].Id, i);
        }

        foreach (var part in remainders.OrderByDescending(r => r.Over).ThenByDescending(r => r.Weight).ThenBy(r => r.Id).Take((int)left))
        {
            shares[part.At]++;
        }

        return shares;
    }

    private static int Rank(Promotion promotion) => promotion switch { { Percent: not null } => 0, { AmountMinor: not null } => 1, { Months: not null } => 2, _ => 3 };

    private static PromotionMissed? Miss(Promotion promotion, IReadOnlyList<PromotionLine> lines, PromotionBuyer buyer)
    {
        PromotionMissed Because(PromotionMiss reason, long missing = 0) => new(promotion.Code ?? "", promotion, reason, missing);
        if (promotion.Until < buyer.Today)
        {
            return Because(PromotionMiss.Over);
        }

        if (buyer.UsedUp.Contains(promotion.Key))
        {
            return Because(PromotionMiss.UsedUp);
        }

        if (promotion.NeedsMember && !buyer.SignedIn)
        {
            return Because(PromotionMiss.SignIn);
        }

        if (promotion.FirstOrder && buyer.HasOrdered)
        {
            return Because(PromotionMiss.NotFirst);
        }

        if (buyer.UsedByBuyer.Contains(promotion.Key))
        {
            return Because(PromotionMiss.UsedByBuyer);
        }

        if (promotion.MemberClass is { } wanted && wanted != buyer.Class)
        {
            return Because(PromotionMiss.OtherClass);
        }

        var looked = lines.Where(line => promotion.LooksAt(line.Sku, line.IsPoints)).ToList();
        if (looked.Count == 0)
        {
            return Because(PromotionMiss.ProductMissing);
        }

        var missing = (promotion.MinimumMinor ?? 0) - looked.Aggregate(0L, (sum, line) => checked(sum + line.PriceMinor));
        return missing > 0 ? Because(PromotionMiss.MinimumMissing, missing) : null;
    }

    /// <summary>A cart with a set of promotions. <paramref name="Gain"/>: what the buyer saves or gets, in minor units; <paramref name="Parts"/>: the share of each line that comes back as points.</summary>
    private sealed record Trial(IReadOnlyList<PromotionUse> Uses, long[] Off, int[] Extra, long[] Parts, long Gain);

    /// <summary>Applies promotions one after the other; one that would give nothing, or leave nothing to pay, is left out.</summary>
    private static Trial Try(IReadOnlyList<Promotion> set, IReadOnlyList<PromotionLine> lines, long unit, long season)
    {
        var (off, extra, parts, uses, gain) = (new long[lines.Count], new int[lines.Count], new long[lines.Count], new List<PromotionUse>(), 0L);
        foreach (var promotion in set)
        {
            var looked = Enumerable.Range(0, lines.Count).Where(i => promotion.LooksAt(lines[i].Sku, lines[i].IsPoints)).ToList();
            if (promotion.Months is { } months)
            {
                var longest = looked.Where(i => lines[i].Months >= months && lines[i].Months + extra[i] + months <= MostMonths)
                    .OrderByDescending(i => lines[i].Months).ThenByDescending(i => lines[i].PriceMinor).ThenBy(i => lines[i].Id).Select(i => (int?)i).FirstOrDefault();
                if (longest is { } to)
                {
                    extra[to] += months;
                    gain += (long)((Int128)lines[to].PriceMinor * months / lines[to].Months);
                    uses.Add(new PromotionUse(promotion, 0, months, 0));
                }
            }
            else if (promotion.Points is { } points)
            {
                var earning = looked.Where(i => lines[i].EarnsBonus).ToList();
                var share = Parts(points, earning.Aggregate(0L, (sum, i) => checked(sum + lines[i].PriceMinor - off[i])), unit);
                if (earning.Count > 0 && earning.All(i => parts[i] + share + season < Whole))
                {
                    earning.ForEach(i => parts[i] += share);
                    gain = checked(gain + (points * unit));
                    uses.Add(new PromotionUse(promotion, 0, 0, points));
                }
            }
            else if (Discount(promotion, looked, lines, off, unit) is > 0 and var amount)
            {
                gain = checked(gain + amount);
                uses.Add(new PromotionUse(promotion, amount, 0, 0));
            }
        }

        return new Trial(uses, off, extra, parts, gain);
    }

    /// <summary>
    /// Takes a discount off the lines it looks at: whole points, so that what can be paid in points still can, and never all of a line, so that each has something
    /// that can be given back. Returns what was taken off, 0: nothing.
    /// </summary>
    private static long Discount(Promotion promotion, List<int> looked, IReadOnlyList<PromotionLine> lines, long[] off, long unit)
    {
        var over = looked.Select(i => (lines[i].Id, Weight: Math.Max(0, lines[i].PriceMinor - off[i] - 1) / unit)).ToList();
        var price = looked.Aggregate(0L, (sum, i) => checked(sum + lines[i].PriceMinor - off[i]));
        var wanted = promotion.Percent is { } percent ? (long)((Int128)price * percent / 100) : promotion.AmountMinor ?? 0;
        var units = Math.Min(wanted / unit, over.Sum(part => part.Weight));
        var left = lines.Select((line, i) => line.PriceMinor - off[i]).Aggregate(0L, (sum, rest) => checked(sum + rest));
        if (units <= 0 || left <= units * unit)
        {
            return 0;
        }

        var shares = Spread(units, over);
        for (var i = 0; i < looked.Count; i++)
        {
            off[looked[i]] += shares[i] * unit;
        }

        return units * unit;
    }

    /// <summary>
    /// The most months whose time, also where months are long, costs no more by the price list than was paid for the line: so that turned into points, at any rate
    /// that the price list allows, they bring no more than was paid (ADR 0011).
    /// </summary>
    private static int PaidMonths(PromotionLine line, int i, Trial trial, long season)
    {
        var given = trial.Parts[i] == 0 ? 0 : trial.Parts[i] + season;
        if (line.Months is 0 or > MostMonths || (trial.Off[i] == 0 && given == 0))
        {
            return line.Months;
        }

        var (paid, whole) = ((Int128)(line.PriceMinor - trial.Off[i]) * (Whole - given), (Int128)line.PriceMinor * Whole);
        var months = line.Months;
        while (months > 0 && (months * whole > line.Months * paid || MostDays[months] * whole > MostDays[line.Months] * paid))
        {
            months--;
        }

        return months;
    }
}

using System.Numerics;

namespace Shop.Payments.Fees;

public enum FeeRounding { HalfUp, Up, Down }

/// <summary>What a service gives back of its fee when a payment is given back: nothing, the part that depends on the amount, or all of it.</summary>
public enum FeeReturned { None, Variable, All }

/// <summary>What a payment service takes, and what of it the buyer bears. Amounts in units of <see cref="FeeAmount"/>, rates as fractions.</summary>
public sealed record BackendFee
{
    public required string Id { get; init; }

    public Ratio Rate { get; init; } = Ratio.Zero;

    public long Fixed { get; init; }

    public long Least { get; init; }

    /// <summary>The least amount it takes; null: any.</summary>
    public long? Lowest { get; init; }

    /// <summary>The most it takes; null: any.</summary>
    public long? Highest { get; init; }

    public FeeRounding Rounding { get; init; }

    public FeeReturned RefundReturns { get; init; }

    /// <summary>What the buyer pays for a refund.</summary>
    public long RefundFee { get; init; }

    public Ratio SurchargeRate { get; init; } = Ratio.Zero;

    public long SurchargeFixed { get; init; }

    /// <summary>Until when these fees were promised; null: without an end.</summary>
    public DateTimeOffset? GuaranteedUntil { get; init; }

    public bool Takes(long amount) => amount >= (Lowest ?? 0) && amount <= (Highest ?? long.MaxValue);

    /// <summary>f(P) before rounding; the least fee counts.</summary>
    public Ratio Exact(long amount)
    {
        var fee = (Rate * new Ratio(amount, 1)) + new Ratio(Fixed, 1);
        return fee < new Ratio(Least, 1) ? new(Least, 1) : fee;
    }

    /// <summary>f(P), in whole minor units.</summary>
    /// <param name="amount">What the buyer pays.</param>
    /// <param name="minorUnit">Units of the smallest coin of the currency.</param>
    public long Of(long amount, long minorUnit) => Math.Max(Least, Rounded((Rate * new Ratio(amount, 1)) + new Ratio(Fixed, 1), minorUnit));

    /// <summary>What the buyer pays on top of a price.</summary>
    public long SurchargeOn(long price, long minorUnit) => Rounded((SurchargeRate * new Ratio(price, 1)) + new Ratio(SurchargeFixed, 1), minorUnit);

    /// <summary>What the buyer pays so that the shop keeps the price ("cover the fees"), rounded up to the minor unit.</summary>
    public long Covered(long price, long minorUnit) => Math.Max(
        Ceiling(new Ratio(price + Fixed, 1) / (Ratio.One - Rate), minorUnit), Ceiling(new Ratio(price + Least, 1), minorUnit));

    /// <summary>M3: the least price of which the fee takes no more than a part, before rounding; null when the rate alone takes more.</summary>
    public long? FloorFor(Ratio limit, long minorUnit) => limit <= Rate
        ? null
        : Math.Max(Ceiling(new Ratio(Fixed, 1) / (limit - Rate), minorUnit), Ceiling(new Ratio(Least, 1) / limit, minorUnit));

    /// <summary>M9: what the shop is short of when a payment is given back whole.</summary>
    public long LostByRefund(long amount, long minorUnit) => RefundReturns switch
    {
        FeeReturned.None => Of(amount, minorUnit),
        FeeReturned.Variable => Math.Max(0, Of(amount, minorUnit) - Rounded(Rate * new Ratio(amount, 1), minorUnit)),
        _ => 0,
    };

    /// <summary>The price from which on the other service is at least as cheap; null where one of both is always the cheaper one.</summary>
    public long? CheaperThanBelow(BackendFee other, long minorUnit) =>
        Rate > other.Rate && Fixed < other.Fixed ? Ceiling(new Ratio(other.Fixed - Fixed, 1) / (Rate - other.Rate), minorUnit) : null;

    private static long Ceiling(Ratio amount, long minorUnit) => (long)((amount / new Ratio(minorUnit, 1)).Up() * minorUnit);

    private long Rounded(Ratio amount, long minorUnit)
    {
        var minor = amount / new Ratio(minorUnit, 1);
        BigInteger whole = Rounding switch { FeeRounding.Up => minor.Up(), FeeRounding.Down => minor.Down(), _ => minor.HalfUp() };
        return (long)(whole * minorUnit);
    }
}

/// <summary>Points sold together.</summary>
/// <param name="Points">Bonus included.</param>
public sealed record PointPackage(string Id, long Price, long Points, DateTimeOffset? SaleEnd, PointExpiry? Expiry);

/// <summary>When points run out: at an instant, or so many days after the sale.</summary>
public sealed record PointExpiry(DateTimeOffset? At, int? Days)
{
    public DateTimeOffset After(DateTimeOffset sale) => At ?? sale.AddDays(Days ?? 0);
}

/// <param name="Id">Its name in the price list.</param>
/// <param name="Points">Cost in points; null: not for points.</param>
/// <param name="Cash">Cost in money; null: not for money.</param>
/// <param name="Months">Time it gives; null: none.</param>
public sealed record PricedItem(string Id, long? Points, long? Cash, int? Months);

public sealed record ShopPrices
{
    public required Currency Currency { get; init; }

    /// <summary>What one point is worth.</summary>
    public required long PointValue { get; init; }

    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Until when no price is raised; null: nothing was promised.</summary>
    public DateTimeOffset? GuaranteedUntil { get; init; }

    /// <summary>The least money an order takes.</summary>
    public long Minimum { get; init; }

    public IReadOnlyList<PointPackage> Packages { get; init; } = [];

    /// <summary>Points that are sold one by one, but so many at least; null: in packages only.</summary>
    public long? PointsFrom { get; init; }

    /// <summary>When points that are sold one by one run out; null: never.</summary>
    public PointExpiry? PointsExpiry { get; init; }

    /// <summary>What was sold before; null: no history is known.</summary>
    public EarlierPrices? Earlier { get; init; }

    public IReadOnlyList<PricedItem> Items { get; init; } = [];

    /// <summary>Every price in money, each once, the lowest first.</summary>
    public IReadOnlyList<long> Prices => [.. Packages.Select(p => p.Price).Concat(Items.Where(i => i.Cash > 0).Select(i => i.Cash!.Value)).Distinct().Order()];
}

/// <summary>The price list as it stood at a time.</summary>
public sealed record EarlierPrices(DateTimeOffset At, IReadOnlyList<PricedItem> Items);

/// <summary>A price paid at once, and the same sum in several payments of a smaller price.</summary>
public sealed record Consolidation(BackendFee Backend, long Price, long Part, long Once, long Split)
{
    public long Times => Price / Part;

    public long Saved => Split - Once;
}

/// <summary>What buying the points of an item costs, and how many of them are left over.</summary>
public sealed record Overbuy(long Price, long Points, long Needed)
{
    public long Stranded => Points - Needed;
}

/// <summary>Metrics of fees.md section 4. Pure, over exact numbers.</summary>
public static class ShopMetrics
{
    /// <summary>The most points of an item for which packages are combined.</summary>
    public const long MostPoints = 200_000;

    /// <summary>The cheapest way to have so many points, of equally cheap ones that with the fewest left over; null when points are not sold.</summary>
    public static Overbuy? Cheapest(ShopPrices prices, long needed)
    {
        if (prices.PointsFrom is { } from && prices.Packages.Count == 0)
        {
            var bought = Math.Max(from, needed);
            return new(checked(bought * prices.PointValue), bought, needed);
        }

        if (prices.Packages.Count == 0)
        {
            return null;
        }

        var best = new (long Price, long Points)[needed + 1];
        for (var points = 1L; points <= needed; points++)
        {
            best[points] = prices.Packages.Select(p => (Before: best[Math.Max(0, points - p.Points)], Package: p))
                .Select(p => (p.Before.Price + p.Package.Price, p.Before.Points + p.Package.Points)).Min();
        }

        return new(best[needed].Price, best[needed].Points, needed);
    }

    /// <summary>M2: part of the buyer's money that never becomes service: the fee, and points left over.</summary>
    public static Ratio NeverService(Overbuy bought, BackendFee backend, ShopPrices prices)
    {
        var unit = FeeAmount.UnitsPerMinor(prices.Currency);
        return new(backend.Of(bought.Price, unit) + checked(bought.Stranded * prices.PointValue), bought.Price);
    }

    /// <summary>M5 c: what staying paid for a year costs with one product, bought as often as it takes.</summary>
    public static long YearOf(PricedItem item) => item is { Months: > 0, Cash: { } cash } ? checked((12 + item.Months.Value - 1) / item.Months.Value * cash) : 0;

    /// <summary>M5 a: part of unused points that a year takes; nothing without an expiry.</summary>
    public static Ratio YearlyLoss(int? days) => days is not { } life ? Ratio.Zero : life <= 365 ? Ratio.One : new(365, life);

    /// <summary>M5 b: by which part everything that was sold before costs more now; null without a history, and where nothing of it is sold any more.</summary>
    public static Ratio? PriceChange(ShopPrices prices)
    {
        var both = (prices.Earlier?.Items ?? []).Join(prices.Items, then => then.Id, now => now.Id, (then, now) => (Then: then.Cash ?? 0, Now: now.Cash ?? 0))
            .Where(p => p is { Then: > 0, Now: > 0 }).ToList();
        return both.Count == 0 ? null : new(both.Sum(p => p.Now) - both.Sum(p => p.Then), both.Sum(p => p.Then));
    }

    /// <summary>Of each price what one payment costs, and what as many payments of the smallest price cost that make up the same sum (12 at most).</summary>
    public static IEnumerable<Consolidation> Consolidations(ShopPrices prices, BackendFee backend, long minorUnit)
    {
        var payable = prices.Prices.Where(backend.Takes).ToList();
        return payable.Select(price => (Price: price, Part: payable.FirstOrDefault(p => p < price && price % p == 0 && price / p <= 12))).Where(p => p.Part > 0)
            .Select(p => new Consolidation(backend, p.Price, p.Part, backend.Of(p.Price, minorUnit), p.Price / p.Part * backend.Of(p.Part, minorUnit)));
    }

    /// <summary>M6: the earliest end of what was promised; null when nothing was.</summary>
    public static DateTimeOffset? AssuredUntil(ShopPrices prices, IEnumerable<BackendFee> backends) => backends.Select(b => b.GuaranteedUntil).Append(prices.GuaranteedUntil).Min();

    /// <summary>M7: the shortest time from the end of a sale to the end of what was sold; null: nothing ends.</summary>
    public static TimeSpan? ShortestUse(ShopPrices prices, DateTimeOffset now) =>
        prices.Packages.Where(p => p.Expiry is not null).Select(p => (TimeSpan?)(p.Expiry!.After(p.SaleEnd ?? now) - (p.SaleEnd ?? now)))
            .Append(prices is { PointsFrom: not null, PointsExpiry: { } expiry } ? expiry.After(now) - now : null).Min();

    /// <summary>M8: part of the fee that the shop bears. One where there is no surcharge, zero where the surcharge is more than the fee.</summary>
    public static Ratio ShopShare(long price, BackendFee backend, long minorUnit)
    {
        var surcharge = backend.SurchargeOn(price, minorUnit);
        var fee = backend.Of(price + surcharge, minorUnit);
        return fee == 0 ? Ratio.Zero : new(Math.Max(0, fee - surcharge), fee);
    }

    /// <summary>M9: the buyer's fee of a refund is no more than another way costs and what buying again costs the buyer.</summary>
    public static bool RefundHolds(long price, BackendFee backend, long elsewhere, long minorUnit) => backend.RefundFee <= elsewhere + backend.SurchargeOn(price, minorUnit);

    /// <summary>M10: the 95th percentile, by rank, of the part of each payment that its fee took; null without payments.</summary>
    public static Ratio? Percentile95(IEnumerable<(long Amount, long Fee)> paid)
    {
        var shares = paid.Where(p => p.Amount > 0).Select(p => new Ratio(p.Fee, p.Amount)).Order().ToList();
        return shares.Count == 0 ? null : shares[(((shares.Count * 95) + 99) / 100) - 1];
    }
}

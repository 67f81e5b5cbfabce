namespace Shop.Payments.Fees;

/// <summary>A withdrawal, an amount paid from it, and what was found there.</summary>
public sealed record GridPoint<T>(long Withdrawn, long Spent, T Value);

/// <summary>The least and the greatest of a metric, each with the first withdrawal and amount where it was met.</summary>
public sealed record GridRange<T>(GridPoint<T> Least, GridPoint<T> Greatest);

/// <summary>
/// Every withdrawal with every amount that is a multiple of the step (M3, M4, M8, M10). One spending and at most one refresh for each coin.
/// </summary>
public sealed class SpendingGrid
{
    public const int MostPoints = 250_000;

    private readonly CoinStructure structure;
    private readonly IReadOnlyList<Purse> purses;
    private readonly List<(Purse Purse, Spending Spending, long Fees)> points = [];
    private readonly SortedDictionary<long, long> dearest = [];

    /// <param name="structure">The coins.</param>
    /// <param name="withdrawals">Amounts withdrawn.</param>
    /// <param name="from">The least amount paid that counts for the ranges; lower limits are looked for below it too.</param>
    /// <param name="to">The most that is paid, before what the coins themselves allow.</param>
    /// <param name="step">A multiple of the smallest value.</param>
    /// <param name="coinsPerOperation">Coins that one operation takes.</param>
    public SpendingGrid(CoinStructure structure, IEnumerable<long> withdrawals, long from, long to, long step, int coinsPerOperation)
    {
        this.structure = structure;
        purses = [.. withdrawals.Distinct().Order().Select(structure.Greedy)];
        (From, Step) = (from, step);
        var highest = Math.Min(Math.Min(to, (long)Int128.Min((Int128)coinsPerOperation * structure.Largest, long.MaxValue)), purses.Max(p => p.Balance));
        To = highest / step * step;
        if ((Int128)(To / step) * purses.Count > MostPoints)
        {
            throw new FeeInputException("--step", $"gives more than {MostPoints} amounts to look at: take a larger step, a smaller --spend or fewer --withdraw");
        }

        foreach (var purse in purses)
        {
            for (var amount = step; amount <= Math.Min(To, purse.Balance); amount += step)
            {
                var spending = structure.Spend(purse, amount)!;
                var fees = purse.WithdrawFees + spending.DepositFees + spending.ChangeLoss;
                dearest[amount] = Math.Max(dearest.GetValueOrDefault(amount), fees);
                if (amount >= from)
                {
                    points.Add((purse, spending, fees));
                }
            }
        }
    }

    public long From { get; }

    /// <summary>The highest amount looked at.</summary>
    public long To { get; }

    public long Step { get; }

    public bool IsEmpty => points.Count == 0;

    /// <summary>M3: from here on no amount costs more than the limit, whatever was withdrawn; null when the highest one already does.</summary>
    public long? LowestWithin(Ratio limit)
    {
        long? lowest = null;
        foreach (var (amount, fees) in dearest.Reverse())
        {
            if (new Ratio(fees, amount) > limit)
            {
                break;
            }

            lowest = amount;
        }

        return lowest;
    }

    /// <summary>M4 as an amount; null when nothing can be paid.</summary>
    public GridRange<long>? Fees() => Range(p => p.Fees);

    /// <summary>M4 as part of the amount.</summary>
    public GridRange<Ratio>? FeeShares() => Range(p => new Ratio(p.Fees, p.Spending.Amount));

    /// <summary>M8; null where there are no fees to take over.</summary>
    public GridRange<Ratio>? MerchantShares(long wireShare, long? maxFee) =>
        Range(p => CoinMetrics.MerchantShare(p.Spending.DepositFees, wireShare, maxFee, p.Fees) ?? default, p => p.Fees > 0);

    /// <summary>M10: the largest distance between what is announced and what is found.</summary>
    public GridPoint<long>? LargestDistance(FeeEstimate estimate)
    {
        var announced = new Dictionary<long, long>();
        return Range(p =>
        {
            if (!announced.TryGetValue(p.Spending.Amount, out var fee))
            {
                announced[p.Spending.Amount] = fee = estimate.Of(p.Spending.Amount, structure.Smallest);
            }

            return Math.Abs(fee - p.Fees);
        })?.Greatest;
    }

    /// <summary>Coins an amount is paid with: their mean and the most of them.</summary>
    public (Ratio Mean, long Most) CoinsPerAmount() =>
        IsEmpty ? (Ratio.Zero, 0) : (new(points.Sum(p => p.Spending.Count), points.Count), points.Max(p => p.Spending.Count));

    /// <summary>M3: the most coins that change of these amounts is refreshed into.</summary>
    public long MostChangeCoins() => points.Select(p => p.Spending.ChangeCoins).DefaultIfEmpty(0).Max();

    /// <summary>Whether a payment ever leaves change; where none does, the coins were cut to the amounts.</summary>
    public bool LeavesChange() => points.Any(p => p.Spending.Change > 0);

    private GridRange<T>? Range<T>(
        Func<(Purse Purse, Spending Spending, long Fees), T> metric, Func<(Purse Purse, Spending Spending, long Fees), bool>? counts = null)
        where T : struct, IComparable<T>
    {
        GridPoint<T>? least = null, greatest = null;
        foreach (var point in points)
        {
            if (counts?.Invoke(point) == false)
            {
                continue;
            }

            var value = metric(point);
            if (least is null || value.CompareTo(least.Value) < 0)
            {
                least = new(point.Purse.Amount, point.Spending.Amount, value);
            }

            if (greatest is null || value.CompareTo(greatest.Value) > 0)
            {
                greatest = new(point.Purse.Amount, point.Spending.Amount, value);
            }
        }

        return least is null ? null : new(least, greatest!);
    }
}

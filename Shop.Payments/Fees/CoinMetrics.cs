namespace Shop.Payments.Fees;

public sealed record StepsVerdict(bool Ok, IReadOnlyList<long> Fails);

/// <summary>M2 of one coin. Amounts; <paramref name="Dust"/> stands apart from the cost.</summary>
public sealed record CoinCost(Denomination Coin, long Direct, long Refresh, long Dust, bool Exempt)
{
    public Ratio DirectShare => new(Direct, Coin.Value);

    public Ratio RefreshShare => new(Refresh, Coin.Value);
}

/// <summary>M5: part of the value that keeping takes in a year of 365 days.</summary>
public sealed record Upkeep(Ratio Simple, Ratio Compound);

public sealed record RefundVerdict(bool Ok, IReadOnlyList<Denomination> Fails);

/// <summary>Metrics of fees.md section 3 that need no amounts to be paid. Pure, over exact numbers.</summary>
public static class CoinMetrics
{
    public const long SecondsPerYear = 365L * 86_400;

    /// <summary>M1 as it is written: another value, ten times which reaches this one.</summary>
    public static StepsVerdict LiteralSteps(CoinStructure structure) => Steps(structure, (other, value) => other != value);

    /// <summary>M1 as it is meant, and judged: a smaller value, ten times which reaches this one.</summary>
    public static StepsVerdict IntendedSteps(CoinStructure structure) => Steps(structure, (other, value) => other < value);

    public static CoinCost EndToEnd(CoinStructure structure, Denomination coin)
    {
        // a coin worth less than its refresh fee is lost whole
        var fresh = coin.Value < coin.Refresh ? null : structure.Greedy(coin.Value - coin.Refresh);
        return new(
            coin, coin.Withdraw + coin.Deposit, coin.Withdraw + (fresh is null ? coin.Value : coin.Refresh + fresh.WithdrawFees), fresh?.Dust ?? 0,
            coin.Value == structure.Smallest);
    }

    /// <summary>M5 of one coin.</summary>
    /// <param name="spendingSeconds">sd - sw of the coin.</param>
    public static Upkeep UpkeepOf(CoinStructure structure, Denomination coin, long spendingSeconds, Ratio refreshAt)
    {
        var (loss, years) = (new Ratio(structure.RefreshLoss(coin, coin.Value), coin.Value), Years(spendingSeconds, refreshAt));
        return new(loss / years, Ratio.One - Logarithm.Power(Ratio.One - loss, Ratio.One / years));
    }

    /// <summary>M5 of what a withdrawal gave; zero for an empty purse.</summary>
    public static Ratio UpkeepOf(CoinStructure structure, Purse purse, Func<Denomination, long> spendingSeconds, Ratio refreshAt) => purse.Balance == 0
        ? Ratio.Zero
        : purse.Coins.Select(c => new Ratio(checked(structure.RefreshLoss(c.Coin, c.Coin.Value) * c.Count), purse.Balance) / Years(spendingSeconds(c.Coin), refreshAt))
            .Aggregate(Ratio.Zero, (sum, next) => sum + next);

    /// <summary>M6 for coins not yet withdrawn: when the first value, way to wire or fee of the exchange is no longer published. Null: nothing is published at all.</summary>
    public static DateTimeOffset? AssuredUntil(ExchangeFees fees, DateTimeOffset now)
    {
        var ends = fees.Keys.Where(k => !k.Lost).GroupBy(k => k.Coin.Value).Select(k => End(k.Select(key => (key.Start, key.WithdrawEnd)), now))
            .Concat(fees.WireFees.GroupBy(f => f.Method, StringComparer.Ordinal).Select(f => End(f.Select(fee => (fee.Start, fee.End)), now)))
            .Append(End(fees.GlobalFees.Select(fee => (fee.Start, fee.End)), now));
        return ends.Min();
    }

    /// <summary>M6 for coins already held: when the first of them can no longer be deposited.</summary>
    public static DateTimeOffset? HeldUntil(ExchangeFees fees, DateTimeOffset now) =>
        fees.Keys.Where(k => k.IsHeldAt(now)).Select(k => (DateTimeOffset?)k.DepositEnd).Min();

    /// <summary>M7, in seconds.</summary>
    public static long ShortestSpendingSeconds(IEnumerable<DenominationKey> keys) => keys.Min(k => k.SpendingSeconds);

    /// <summary>M8: part of the end-to-end fees that a merchant can take over; null where there are none.</summary>
    public static Ratio? MerchantShare(long depositFees, long wireShare, long? maxFee, long endToEnd) =>
        endToEnd == 0 ? null : new(Math.Min(depositFees + wireShare, maxFee ?? long.MaxValue), endToEnd);

    /// <summary>M9: refunding costs no more than a refund elsewhere and buying again.</summary>
    public static RefundVerdict Refunds(CoinStructure structure, long elsewhere, bool returnsDeposit)
    {
        var fails = structure.Denominations.Where(d => d.Refund - (returnsDeposit ? d.Deposit : 0) > elsewhere + d.Withdraw + d.Deposit).ToList();
        return new(fails.Count == 0, fails);
    }

    /// <summary>Fees of the smallest coin that are neither nothing nor the whole coin, by name.</summary>
    public static IReadOnlyList<string> OddFeesOfTheSmallest(CoinStructure structure) =>
    [
        .. structure.Denominations.Where(d => d.Value == structure.Smallest)
            .SelectMany(d => new[] { (Name: "withdraw", Fee: d.Withdraw, d.Value), (Name: "deposit", Fee: d.Deposit, d.Value), (Name: "refresh", Fee: d.Refresh, d.Value) })
            .Where(f => f.Fee != 0 && f.Fee != f.Value).Select(f => f.Name).Distinct(),
    ];

    private static StepsVerdict Steps(CoinStructure structure, Func<long, long, bool> counts)
    {
        var values = structure.Denominations.Select(d => d.Value).Distinct().ToList();
        var fails = values.Where(v => v != structure.Smallest && !values.Any(other => counts(other, v) && (Int128)other * 10 >= v)).Order().ToList();
        return new(fails.Count == 0, fails);
    }

    private static Ratio Years(long seconds, Ratio refreshAt) => refreshAt * new Ratio(seconds, SecondsPerYear);

    // the end of the gapless chain of times that holds now; null where none does
    private static DateTimeOffset? End(IEnumerable<(DateTimeOffset Start, DateTimeOffset End)> times, DateTimeOffset now)
    {
        DateTimeOffset? end = null;
        foreach (var time in times.OrderBy(t => t.Start))
        {
            if (time.Start <= (end ?? now) && time.End > (end ?? now))
            {
                end = time.End;
            }
        }

        return end;
    }
}

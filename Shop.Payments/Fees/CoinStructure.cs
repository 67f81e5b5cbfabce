namespace Shop.Payments.Fees;

/// <summary>A coin on offer: its value and what withdrawing, depositing, refreshing and refunding it costs, in units of <see cref="FeeAmount"/>.</summary>
public sealed record Denomination(long Value, long Withdraw, long Deposit, long Refresh, long Refund);

public sealed record CoinCount(Denomination Coin, long Count);

/// <summary>The coins a withdrawal gives, the largest first, and what is too little for a coin.</summary>
public sealed record Purse(long Amount, IReadOnlyList<CoinCount> Coins, long Dust)
{
    public long Balance { get; } = Coins.Sum(c => checked(c.Coin.Value * c.Count));

    public long WithdrawFees { get; } = Coins.Sum(c => checked(c.Coin.Withdraw * c.Count));

    public long Count { get; } = Coins.Sum(c => c.Count);
}

/// <summary>What paying an amount uses and costs. The last coin's rest is turned into new coins, once.</summary>
public sealed record Spending(long Amount, IReadOnlyList<CoinCount> Used, long DepositFees, long Change, long ChangeLoss, long ChangeCoins)
{
    public long Count { get; } = Used.Sum(c => c.Count);
}

/// <summary>Denominations of one currency and how coins of them are chosen (fees.md, section 1). Sums that do not fit throw <see cref="OverflowException"/>.</summary>
public sealed class CoinStructure
{
    public CoinStructure(IEnumerable<Denomination> denominations)
    {
        // of equal values the cheaper one is withdrawn: the order of the input must not matter
        Denominations = [.. denominations.Distinct().OrderByDescending(d => d.Value).ThenBy(d => d.Withdraw).ThenBy(d => d.Deposit).ThenBy(d => d.Refresh).ThenBy(d => d.Refund)];
        if (Denominations.Count == 0 || Denominations.Any(d => d.Value <= 0 || d.Withdraw < 0 || d.Deposit < 0 || d.Refresh < 0 || d.Refund < 0))
        {
            throw new ArgumentException("A structure has denominations, each with a value above 0 and no fee below 0.", nameof(denominations));
        }
    }

    /// <summary>The largest value first.</summary>
    public IReadOnlyList<Denomination> Denominations { get; }

    public long Largest => Denominations[0].Value;

    public long Smallest => Denominations[^1].Value;

    public Purse Greedy(long amount)
    {
        var (rest, coins) = (Math.Max(0, amount), new List<CoinCount>());
        foreach (var coin in Denominations)
        {
            var count = rest / (coin.Value + coin.Withdraw);
            if (count > 0)
            {
                coins.Add(new(coin, count));
                rest -= count * (coin.Value + coin.Withdraw);
            }
        }

        return new(amount, coins, rest);
    }

    /// <summary>What is lost when the amount left on a coin becomes new coins.</summary>
    public long RefreshLoss(Denomination coin, long left) => left == 0 ? 0 : left < coin.Refresh ? left : left - Greedy(left - coin.Refresh).Balance;

    /// <returns>Null when the purse holds less than the amount.</returns>
    public Spending? Spend(Purse purse, long amount)
    {
        if (amount > purse.Balance)
        {
            return null;
        }

        var (rest, used) = (amount, new List<CoinCount>());
        foreach (var (coin, count) in purse.Coins)
        {
            var taken = Math.Min(count, (rest / coin.Value) + (rest % coin.Value > 0 ? 1 : 0));
            if (taken == 0)
            {
                break;
            }

            used.Add(new(coin, taken));
            rest -= taken * coin.Value;
            if (rest <= 0)
            {
                break;
            }
        }

        var change = -rest;
        var fees = used.Sum(c => checked(c.Coin.Deposit * c.Count));
        if (change == 0)
        {
            return new(amount, used, fees, 0, 0, 0);
        }

        var last = used[^1].Coin;
        var changeCoins = change < last.Refresh ? 0 : Greedy(change - last.Refresh).Count;
        return new(amount, used, fees, change, RefreshLoss(last, change), changeCoins);
    }

    /// <summary>E(W, x): everything that withdrawing and paying takes away, whoever bears it; null when it cannot be paid.</summary>
    public long? EndToEnd(Purse purse, long amount) =>
        Spend(purse, amount) is { } spending ? purse.WithdrawFees + spending.DepositFees + spending.ChangeLoss : null;

    /// <summary>What arrives in a bank account when an amount is deposited; null when the purse holds less.</summary>
    public long? Arrives(Purse purse, long amount, long wireFee) => Spend(purse, amount) is { } spending ? amount - spending.DepositFees - wireFee : null;

    /// <summary>The most coins that any rest of any coin is refreshed into, whatever the amount paid.</summary>
    public long MostChangeCoins() => Denominations.Where(d => d.Value - 1 > d.Refresh).Select(d => MostCoins(d.Value - 1 - d.Refresh)).DefaultIfEmpty(0).Max();

    // over all amounts up to a limit: at each value either as many as the limit allows, or one fewer and then anything below that coin
    private long MostCoins(long limit)
    {
        var below = new long[Denominations.Count + 1];
        for (var i = Denominations.Count - 1; i >= 1; i--)
        {
            below[i] = MostFrom(i, Cost(i - 1) - 1, below);
        }

        return MostFrom(0, limit, below);
    }

    private long MostFrom(int first, long limit, long[] below)
    {
        var (most, taken, rest) = (0L, 0L, limit);
        for (var i = first; i < Denominations.Count; i++)
        {
            var (count, over) = Math.DivRem(rest, Cost(i));
            if (count > 0)
            {
                most = Math.Max(most, taken + count - 1 + below[i + 1]);
            }

            (taken, rest) = (taken + count, over);
        }

        return Math.Max(most, taken);
    }

    private long Cost(int index) => Denominations[index].Value + Denominations[index].Withdraw;
}

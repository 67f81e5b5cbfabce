using System.Numerics;
using Shop.Payments.Fees;

namespace Shop.Payments.Tests.Fees;

/// <summary>fees.md, section 3, word by word: coin by coin, amount by amount, second by second. Slow, and only for small numbers.</summary>
internal sealed class SlowReference(IEnumerable<Denomination> denominations)
{
    private readonly List<Denomination> all =
        [.. denominations.OrderByDescending(d => d.Value).ThenBy(d => d.Withdraw).ThenBy(d => d.Deposit).ThenBy(d => d.Refresh).ThenBy(d => d.Refund)];

    private readonly Dictionary<long, (List<Denomination> Coins, long Dust)> greedy = [];

    private long Smallest => all.Min(d => d.Value);

    public (List<Denomination> Coins, long Dust) Greedy(long amount)
    {
        if (greedy.TryGetValue(amount, out var known))
        {
            return known;
        }

        var (coins, rest) = (new List<Denomination>(), amount);
        foreach (var d in all)
        {
            while (rest >= d.Value + d.Withdraw)
            {
                coins.Add(d);
                rest -= d.Value + d.Withdraw;
            }
        }

        return greedy[amount] = (coins, rest);
    }

    public long RefreshLoss(Denomination d, long left)
    {
        if (left == 0)
        {
            return 0;
        }

        if (left < d.Refresh)
        {
            return left;
        }

        return left - Greedy(left - d.Refresh).Coins.Sum(c => c.Value);
    }

    /// <summary>Coins used, their deposit fees, the last coin and what is left on it; null when the coins do not suffice.</summary>
    public (int Coins, long Deposit, Denomination Last, long Left)? Spend(long withdrawn, long amount)
    {
        var (missing, used, deposit) = (amount, 0, 0L);
        foreach (var coin in Greedy(withdrawn).Coins)
        {
            used++;
            deposit += coin.Deposit;
            if (coin.Value >= missing)
            {
                return (used, deposit, coin, coin.Value - missing);
            }

            missing -= coin.Value;
        }

        return null;
    }

    public long? EndToEnd(long withdrawn, long amount) =>
        Spend(withdrawn, amount) is { } spent ? Greedy(withdrawn).Coins.Sum(c => c.Withdraw) + spent.Deposit + RefreshLoss(spent.Last, spent.Left) : null;

    public List<long> Steps(bool literal)
    {
        var fails = new List<long>();
        foreach (var v in all.Select(d => d.Value).Distinct().Order())
        {
            var holds = v == Smallest;
            foreach (var d in all)
            {
                holds |= d.Value != v && (literal || d.Value < v) && 10 * d.Value >= v;
            }

            if (!holds)
            {
                fails.Add(v);
            }
        }

        return fails;
    }

    public (long Direct, long Refresh, long Dust) Cost(Denomination d)
    {
        if (d.Value < d.Refresh)
        {
            return (d.Withdraw + d.Deposit, d.Withdraw + d.Value, 0);
        }

        var (coins, dust) = Greedy(d.Value - d.Refresh);
        return (d.Withdraw + d.Deposit, d.Withdraw + d.Refresh + coins.Sum(c => c.Withdraw), dust);
    }

    public long Highest(IReadOnlyList<long> withdrawals, long to, long step, int coins)
    {
        var highest = Math.Min(to, Math.Min(coins * all.Max(d => d.Value), withdrawals.Max(w => Greedy(w).Coins.Sum(c => c.Value))));
        while (highest % step != 0)
        {
            highest--;
        }

        return highest;
    }

    public long? Lowest(IReadOnlyList<long> withdrawals, long highest, long step, long percent)
    {
        var within = new Dictionary<long, bool>();
        for (var x = step; x <= highest; x += step)
        {
            within[x] = withdrawals.Select(w => EndToEnd(w, x)).Where(e => e is not null).All(e => e * 100 <= percent * x);
        }

        long? lowest = null;
        for (var from = step; from <= highest && lowest is null; from += step)
        {
            var holds = true;
            for (var x = from; x <= highest && holds; x += step)
            {
                holds = within[x];
            }

            lowest = holds ? from : null;
        }

        return lowest;
    }

    /// <summary>All pairs in order: what was withdrawn, what is spent, E, and the deposit fees in it.</summary>
    public List<(long W, long X, long E, long Deposit)> Pairs(IReadOnlyList<long> withdrawals, long from, long highest, long step)
    {
        var pairs = new List<(long, long, long, long)>();
        foreach (var w in withdrawals.Distinct().Order())
        {
            for (var x = 1L; x <= highest; x++)
            {
                if (x % step == 0 && x >= from && EndToEnd(w, x) is { } e)
                {
                    pairs.Add((w, x, e, Spend(w, x)!.Value.Deposit));
                }
            }
        }

        return pairs;
    }

    public int ChangeCoins(IEnumerable<(long W, long X, long E, long Deposit)> pairs)
    {
        var most = 0;
        foreach (var (w, x, _, _) in pairs)
        {
            var (_, _, last, left) = Spend(w, x)!.Value;
            most = Math.Max(most, left == 0 || left < last.Refresh ? 0 : Greedy(left - last.Refresh).Coins.Count);
        }

        return most;
    }

    public int AnyChangeCoins()
    {
        var most = 0;
        foreach (var d in all)
        {
            for (var left = 1L; left < d.Value; left++)
            {
                most = Math.Max(most, left < d.Refresh ? 0 : Greedy(left - d.Refresh).Coins.Count);
            }
        }

        return most;
    }

    public static long? AssuredUntil(IEnumerable<IEnumerable<(long From, long Until)>> chains, long now)
    {
        long? earliest = null;
        foreach (var chain in chains.Select(c => c.ToList()))
        {
            var at = now;
            while (chain.Exists(t => t.From <= at && at < t.Until))
            {
                at++;
            }

            if (at > now)
            {
                earliest = Math.Min(earliest ?? long.MaxValue, at);
            }
        }

        return earliest;
    }

    /// <summary>abs + log x log2(P / v_min) + lin x P, the logarithm digit by digit, rounded half up.</summary>
    public long Announced(long absolute, long log, int linearThousandths, long amount)
    {
        const int Digits = 60;
        const int Precision = 256;
        var (whole, rest) = (0, (new BigInteger(amount) << Precision) / Smallest);
        while (rest >= BigInteger.One << (Precision + 1))
        {
            rest >>= 1;
            whole++;
        }

        BigInteger logarithm = whole;
        for (var i = 0; i < Digits; i++)
        {
            rest = (rest * rest) >> Precision;
            var digit = rest >= BigInteger.One << (Precision + 1) ? 1 : 0;
            rest >>= digit;
            logarithm = (logarithm * 2) + digit;
        }

        var thousandths = ((BigInteger)(1000 * absolute) << Digits) + (1000 * log * logarithm) + ((BigInteger)(linearThousandths * amount) << Digits);
        var divisor = new BigInteger(1000) << Digits;
        return (long)(((2 * thousandths) + divisor) / (2 * divisor));
    }
}
